// Branches and tags.
#include "repository/refs.hpp"

#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"

namespace kontor::repository {
namespace {

Status check_ref_name(std::string_view name) {
  auto bad = [&] {
    return fail(Errc::invalid, "invalid_ref", fmt::format("'{}' is not a valid name for a branch or tag.", header_safe(name, 100)));
  };
  if (name.empty() || name.size() > 200 || name.front() == '/' || name.back() == '/' || name.back() == '.' || name == "@" ||
      name.starts_with("-") || name.starts_with("refs/") || name == "HEAD")
    return bad();
  if (name.find("..") != std::string_view::npos || name.find("//") != std::string_view::npos || name.find("@{") != std::string_view::npos ||
      !valid_utf8(name))
    return bad();
  for (char c : name)
    if (static_cast<unsigned char>(c) <= 32 || c == 127 || std::string_view("~^:?*[\\").find(c) != std::string_view::npos) return bad();
  for (std::string_view part : split(name, '/'))
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) return bad();
  return {};
}

}  // namespace

std::string event_json(const Repository& r, std::string_view ref, const std::optional<git::Oid>& before, const git::Oid& after) {
  JsonWriter w;
  w.begin_object().field("repository", r.id).field("asset", r.asset()).field("ref", ref);
  if (before) w.field("before", before->hex());
  return std::move(w.field("after", after.hex()).end_object()).str();
}

Task<Status> Repositories::create_branch(Repository r, std::string name, std::string start, bool empty, bool overwrite, Author author) {
  KT_CO_CHECK(check_ref_name(name));
  auto* self = this;
  Time now = context_.wall.now();
  std::shared_ptr<const StoredPack> stored;
  std::optional<git::Oid> first;
  if (empty) {
    git::PackWriter pack;
    git::Oid attributes = pack.add(git::Type::blob, default_gitattributes(r.kind));
    git::Oid tree = pack.add(git::Type::tree, git::encode_tree({{".gitattributes", attributes, false, 0100644}}));
    first = pack.add(git::Type::commit, git::encode_commit({tree, {}, person(author, now), person(author, now), "initial commit"}));
    KT_CO_TRY(stored, co_await store_pack(r.id, std::move(pack)));
  }
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    auto& x = self->context_;
    git::Oid at;
    if (first) {
      KT_CHECK(x.store.add_pack(u, r.id, stored->key, stored->size, stored->entries));
      at = *first;
    } else {
      KT_TRY(at, self->view_in(u, r.id).resolve(start.empty() ? "main" : start));
    }
    std::string ref = "refs/heads/" + name;
    KT_TRY(auto there, x.store.ref(u, r.id, ref));
    if (there && !overwrite) return fail(Errc::conflict, "ref_exists", fmt::format("Reference {} already exists", ref));
    KT_TRY(bool moved, x.store.move_ref(u, r.id, {ref, at, at}, there ? std::optional(there->target) : std::nullopt, now));
    if (!moved) return fail(Errc::conflict, "ref_exists", fmt::format("Reference {} already exists", ref));
    if (ref == main_ref) {
      GitView view = self->view_in(u, r.id);
      KT_TRY(Derived d, self->derive_in(view, r, at));
      KT_CHECK(x.store.set_derived(u, r, d, now));
    }
    KT_CHECK(x.outbox.append(u, "ref.created", r.id, event_json(r, ref, std::nullopt, at)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Status> Repositories::delete_branch(Repository r, std::string name) {
  if (name == "main") co_return fail(Errc::invalid, "default_branch", "Cannot delete refs/heads/main: it is the default branch.");
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(bool gone, self->context_.store.delete_ref(u, r.id, "refs/heads/" + name));
    if (!gone)
      return fail(Errc::not_found, "revision_not_found",
                  fmt::format("Invalid rev id: refs/heads/{} does not exist", header_safe(name, 200)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Status> Repositories::create_tag(Repository r, std::string name, std::string revision, std::string message, Author author) {
  auto* self = this;
  Time now = context_.wall.now();
  auto find = [=](UnitOfWork& u) -> Result<git::Oid> {
    KT_TRY(git::Oid at, self->view_in(u, r.id).resolve(revision));
    KT_CHECK(check_ref_name(name));
    KT_TRY(auto there, self->context_.store.ref(u, r.id, "refs/tags/" + name));
    if (there) return fail(Errc::conflict, "ref_exists", fmt::format("Tag reference exists already: refs/tags/{}", name));
    return at;
  };
  KT_CO_TRY(git::Oid commit, co_await context_.storage.read(find));
  git::Oid target = commit;
  std::shared_ptr<const StoredPack> stored;
  if (!message.empty()) {
    git::PackWriter pack;
    target = pack.add(git::Type::tag, git::encode_tag({commit, name, message + "\n", person(author, now)}));
    KT_CO_TRY(stored, co_await store_pack(r.id, std::move(pack)));
  }
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    auto& x = self->context_;
    if (stored) KT_CHECK(x.store.add_pack(u, r.id, stored->key, stored->size, stored->entries));
    KT_TRY(bool made, x.store.move_ref(u, r.id, {"refs/tags/" + name, target, commit}, std::nullopt, now));
    if (!made) return fail(Errc::conflict, "ref_exists", fmt::format("Tag reference exists already: refs/tags/{}", name));
    KT_CHECK(x.outbox.append(u, "ref.created", r.id, event_json(r, "refs/tags/" + name, std::nullopt, commit)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

Task<Status> Repositories::delete_tag(Repository r, std::string name) {
  auto* self = this;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(bool gone, self->context_.store.delete_ref(u, r.id, "refs/tags/" + name));
    if (!gone) return fail(Errc::not_found, "revision_not_found", fmt::format("Tag {} does not exist", header_safe(name, 200)));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool ok, co_await context_.storage.write(body));
  co_return Status{};
}

}  // namespace kontor::repository
