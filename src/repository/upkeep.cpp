// What an operator asks of all repositories: packs that nobody names go, and everything stored is read again.
#include <fmt/format.h>

#include <set>

#include "base/text.hpp"
#include "repository/repositories.hpp"

namespace kontor::repository {

Task<Result<Repositories::Swept>> Repositories::sweep(std::int64_t grace_seconds, bool dry_run) {
  auto* self = this;
  Time cutoff = Time::from_seconds(context_.wall.now().seconds() - std::max<std::int64_t>(grace_seconds, 3600));  // a commit takes seconds
  auto work = [=]() -> Result<Swept> {
    auto& x = self->context_;
    std::map<std::string, std::uint64_t> old;
    KT_CHECK(x.bytes.list("packs/", [&](const std::string& key, std::uint64_t size, Time written) {
      if (written < cutoff) old.emplace(key, size);
    }));
    // Read after the listing: a pack that was there and got its row meanwhile is named.
    KT_TRY(auto named, x.storage.read_now([&](UnitOfWork& u) { return x.store.pack_names(u); }));
    for (const std::string& key : named) old.erase(key);
    Swept out;
    for (const auto& [key, size] : old) {
      if (!dry_run) KT_CHECK(x.bytes.remove(key));
      ++out.packs;
      out.bytes += size;
    }
    return out;
  };
  co_return co_await run_on(context_.pool, work);
}

Result<std::uint64_t> Repositories::verify_all(const std::function<void(std::string_view, std::string_view, std::string_view)>& report) {
  std::uint64_t checked = 0;
  auto* self = this;
  std::function<void(std::string_view, std::string_view, std::string_view)> tell = report;
  auto body = [&](UnitOfWork& u) -> Result<std::uint64_t> {
    std::uint64_t n = 0;
    auto& x = self->context_;
    std::map<std::string, std::set<git::Oid>> known;
    std::map<std::string, std::vector<std::pair<git::Oid, std::string>>> wanted;  // repository -> (object, who needs it)
    KT_CHECK(x.store.each_object(u, [&](std::string_view repository, const ObjectRow& row) -> Status {
      ++n;
      std::string repo(repository);
      known[repo].insert(row.oid);
      auto content = read_object(x.bytes, row);
      std::string item = fmt::format("git {} {}", git::type_name(row.type), row.oid.hex());
      if (!content) {
        tell(item, repository, content.error().message);
        return {};
      }
      if (git::object_id(row.type, *content) != row.oid) tell(item, repository, "the stored bytes have another SHA-1");
      if (row.type == git::Type::commit) {
        auto c = git::parse_commit(*content);
        if (!c)
          tell(item, repository, "cannot be parsed");
        else {
          if (c->tree != git::object_id(git::Type::tree, "")) wanted[repo].emplace_back(c->tree, item);
          for (auto& p : c->parents) wanted[repo].emplace_back(p, item);
        }
      } else if (row.type == git::Type::tree) {
        auto t = git::parse_tree(*content);
        if (!t)
          tell(item, repository, "cannot be parsed");
        else
          for (auto& e : *t) wanted[repo].emplace_back(e.oid, item);
      } else if (row.type == git::Type::blob) {
        auto pointer = git::parse_pointer(*content);
        if (pointer) {
          KT_TRY(auto linked, x.content.find(u, repository, pointer->sha256));
          if (!linked) tell(item, repository, fmt::format("points to content {} that is not there", pointer->sha256));
        }
      }
      return {};
    }));
    for (auto& [repo, list] : wanted)
      for (auto& [oid, who] : list)
        if (!known[repo].contains(oid)) tell(who, repo, fmt::format("needs object {} that is missing", oid.hex()));
    KT_TRY(auto all, x.store.all(u));
    for (auto& r : all) {
      KT_TRY(auto refs, x.store.refs(u, r.id));
      for (auto& ref : refs)
        if (!known[r.id].contains(ref.commit) || !known[r.id].contains(ref.target))
          tell("ref " + ref.name, r.id, "points to a commit that is missing");
    }
    return n;
  };
  KT_TRY(checked, context_.storage.read_now(body));
  return checked;
}

}  // namespace kontor::repository
