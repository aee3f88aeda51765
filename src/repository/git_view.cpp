#include "repository/git_view.hpp"

#include <fmt/format.h>

#include <deque>
#include <set>

#include "base/text.hpp"

namespace kontor::repository {

std::shared_ptr<const std::string> ObjectCache::get(const git::Oid& oid) {
  std::lock_guard lock(mutex_);
  auto it = items_.find(std::string(oid.view()));
  if (it == items_.end()) return nullptr;
  order_.splice(order_.begin(), order_, it->second);
  return it->second->body;
}

void ObjectCache::put(const git::Oid& oid, std::shared_ptr<const std::string> body) {
  std::lock_guard lock(mutex_);
  std::string key(oid.view());
  if (items_.contains(key) || body->size() > limit_ / 8) return;
  used_ += body->size() + 128;
  order_.push_front({oid, std::move(body)});
  items_[key] = order_.begin();
  while (used_ > limit_) {
    used_ -= order_.back().body->size() + 128;
    items_.erase(std::string(order_.back().oid.view()));
    order_.pop_back();
  }
}

Result<std::string> read_object(content::ByteStore& bytes, const ObjectRow& row) {
  auto damaged = [&](std::string_view why) {
    return fail(Errc::internal, "damaged", fmt::format("git object {} in pack {}: {}", row.oid.hex(), row.pack, why));
  };
  KT_TRY(auto reader, bytes.open(row.pack));
  if (row.at >= reader->size()) return damaged("beyond the end of the pack");
  std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(reader->size() - row.at, git::max_deflated(row.size) + 16));
  std::string record(want, '\0');
  KT_CHECK(reader->read(row.at, record));
  auto head = git::parse_record_head(record);
  if (!head || head->size != row.size || head->type != row.type) return damaged("another object stands there");
  auto body = git::inflate_exact(std::string_view(record).substr(head->head_bytes), head->size);
  if (!body) return damaged("cannot be inflated");
  return body;
}

void GitView::add(const std::vector<StoredPack>& packs) {
  for (const auto& p : packs)
    for (const auto& e : p.entries)
      added_.try_emplace(std::string(e.oid.view()), ObjectRow{e.oid, e.type, e.size, p.key, e.offset, e.pointer});
}

Result<std::optional<ObjectRow>> GitView::row_of(const git::Oid& oid) {
  if (!added_.empty())
    if (auto it = added_.find(std::string(oid.view())); it != added_.end()) return it->second;
  return store_.object(unit_, id_, oid);
}

Result<std::shared_ptr<const std::string>> GitView::object(const git::Oid& oid, git::Type type) {
  if (auto hit = cache_.get(oid)) return hit;
  KT_TRY(auto row, row_of(oid));
  if (!row || row->type != type)
    return fail(Errc::internal, "damaged", fmt::format("git {} {} of repository {} is missing", git::type_name(type), oid.hex(), id_));
  KT_TRY(std::string body, read_object(bytes_, *row));
  auto shared = std::make_shared<const std::string>(std::move(body));
  if (type != git::Type::blob) cache_.put(oid, shared);
  return shared;
}

Result<git::Oid> GitView::resolve(std::string_view rev) {
  auto missing = [&] { return fail(Errc::not_found, "revision_not_found", fmt::format("Invalid rev id: {}", header_safe(rev, 200))); };
  if (rev.empty() || rev == "HEAD") rev = "main";
  auto by_name = [&](std::string name) -> Result<std::optional<git::Oid>> {
    KT_TRY(auto r, store_.ref(unit_, id_, name));
    if (!r) return std::nullopt;
    return r->commit;
  };
  if (rev.starts_with("refs/")) {
    KT_TRY(auto o, by_name(std::string(rev)));
    if (!o) return missing();
    return *o;
  }
  for (std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    KT_TRY(auto o, by_name(std::string(prefix) + std::string(rev)));
    if (o) return *o;
  }
  if (rev.size() >= 5 && rev.size() <= 40 && rev.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos) {
    KT_TRY(auto found, store_.commits_by_prefix(unit_, id_, ascii_lower(rev)));
    if (found.size() == 1) return found[0];
  }
  return missing();
}

Result<std::string> GitView::blob(const git::Oid& oid) {
  KT_TRY(auto body, object(oid, git::Type::blob));
  return *body;
}
Result<git::Commit> GitView::commit(const git::Oid& oid) {
  KT_TRY(auto body, object(oid, git::Type::commit));
  return git::parse_commit(*body);
}
Result<std::vector<git::TreeEntry>> GitView::tree(const git::Oid& oid) {
  static const git::Oid empty = git::object_id(git::Type::tree, "");
  if (oid == empty) return std::vector<git::TreeEntry>();
  KT_TRY(auto body, object(oid, git::Type::tree));
  return git::parse_tree(*body);
}

Result<FileEntry> GitView::entry(std::string path, const git::TreeEntry& e) {
  FileEntry f;
  f.path = std::move(path);
  f.is_folder = e.is_tree;
  f.oid = e.oid;
  f.mode = e.mode;
  if (!e.is_tree) {
    KT_TRY(auto row, row_of(e.oid));
    if (!row) return fail(Errc::internal, "damaged", fmt::format("git blob {} of repository {} is missing", e.oid.hex(), id_));
    f.blob_size = row->size;
    f.lfs = row->lfs;
    f.size = f.lfs ? f.lfs->size : row->size;
  }
  return f;
}

Result<std::optional<FileEntry>> GitView::find(const git::Oid& at, std::string_view path) {
  KT_TRY(git::Commit c, commit(at));
  git::TreeEntry current{"", c.tree, true, 040000};
  if (!path.empty()) {
    for (std::string_view part : split(path, '/')) {
      if (!current.is_tree) return std::nullopt;
      KT_TRY(auto entries, tree(current.oid));
      bool found = false;
      for (auto& e : entries)
        if (e.name == part) {
          current = e;
          found = true;
          break;
        }
      if (!found) return std::nullopt;
    }
  }
  KT_TRY(FileEntry f, entry(std::string(path), current));
  return f;
}

Result<std::vector<FileEntry>> GitView::list(const git::Oid& at, std::string_view path, bool recursive) {
  KT_TRY(auto folder, find(at, path));
  if (!folder || !folder->is_folder)
    return fail(Errc::not_found, "entry_not_found", fmt::format("{} does not exist on this revision.", path));
  std::vector<FileEntry> out;
  auto walk = [&](auto& self, const git::Oid& oid, const std::string& prefix) -> Status {
    KT_TRY(auto entries, tree(oid));
    for (const auto& e : entries) {
      std::string full = prefix.empty() ? e.name : prefix + "/" + e.name;
      KT_TRY(FileEntry f, entry(full, e));
      out.push_back(std::move(f));
      if (recursive && e.is_tree) KT_CHECK(self(self, e.oid, full));
    }
    return {};
  };
  KT_CHECK(walk(walk, folder->oid, std::string(path)));
  return out;
}

Result<std::vector<CommitEntry>> GitView::history(const git::Oid& from, std::size_t skip, std::size_t limit, std::size_t* total) {
  std::vector<CommitEntry> out;
  std::optional<git::Oid> at = from;
  std::size_t n = 0;
  while (at) {
    KT_TRY(git::Commit c, commit(*at));
    auto parent = c.parents.empty() ? std::nullopt : std::optional(c.parents[0]);
    if (n >= skip && out.size() < limit) out.push_back({*at, std::move(c)});
    ++n;
    if (!total && out.size() >= limit) break;
    at = parent;
  }
  if (total) *total = n;
  return out;
}

Result<std::unordered_map<std::string, CommitEntry>> GitView::last_commits(const git::Oid& from, const std::vector<std::string>& paths) {
  std::unordered_map<std::string, CommitEntry> out;
  std::set<std::string> open(paths.begin(), paths.end());
  // The id of each open path in a commit's tree; a path whose id differs from the parent's was changed by the commit.
  auto ids = [&](const git::Oid& root) -> Result<std::unordered_map<std::string, git::Oid>> {
    std::unordered_map<std::string, git::Oid> found;
    std::unordered_map<std::string, std::vector<git::TreeEntry>> folders;
    KT_TRY(folders[""], tree(root));
    for (const std::string& p : open) {
      std::string folder;
      std::size_t start = 0;
      for (;;) {
        std::size_t slash = p.find('/', start);
        std::string name = p.substr(start, slash == std::string::npos ? slash : slash - start);
        const git::TreeEntry* hit = nullptr;
        for (auto& e : folders[folder])
          if (e.name == name) hit = &e;
        if (!hit) break;
        if (slash == std::string::npos) {
          found[p] = hit->oid;
          break;
        }
        if (!hit->is_tree) break;
        std::string next = p.substr(0, slash);
        if (!folders.contains(next)) {
          git::Oid oid = hit->oid;
          KT_TRY(auto entries, tree(oid));
          folders[next] = std::move(entries);
        }
        folder = next;
        start = slash + 1;
      }
    }
    return found;
  };
  git::Oid at = from;
  KT_TRY(git::Commit c, commit(at));
  KT_TRY(auto here, ids(c.tree));
  while (!open.empty()) {
    std::unordered_map<std::string, git::Oid> before;
    std::optional<git::Commit> parent;
    if (!c.parents.empty()) {
      KT_TRY(parent, commit(c.parents[0]));
      KT_TRY(before, ids(parent->tree));
    }
    for (auto it = open.begin(); it != open.end();) {
      auto h = here.find(*it);
      auto b = before.find(*it);
      bool changed = h != here.end() && (b == before.end() || b->second != h->second);
      if (changed || h == here.end()) {
        if (changed) out[*it] = {at, c};
        it = open.erase(it);
      } else {
        ++it;
      }
    }
    if (!parent) break;
    at = c.parents[0];
    c = std::move(*parent);
    here = std::move(before);
  }
  return out;
}

}  // namespace kontor::repository
