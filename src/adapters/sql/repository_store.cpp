#include "adapters/sql/repository_store.hpp"

#include <fmt/format.h>

#include "adapters/sql/catalogue_store.hpp"
#include "adapters/sql/rows.hpp"
#include "adapters/sql/search_index.hpp"
#include "base/text.hpp"

namespace kontor::sql {
namespace {

using namespace repository;

#define REPO_COLUMNS "r.id, r.kind, r.owner, r.ns, r.name, r.visibility, r.gated, r.created_ns, r.updated_ns"
#define REPO_ALL REPO_COLUMNS ", r.head, r.info, r.listing, r.downloads, r.likes"

const Statement find_name("SELECT " REPO_COLUMNS " FROM repository r WHERE r.kind = ?1 AND r.name_key = ?2");
const Statement find_id("SELECT " REPO_COLUMNS " FROM repository r WHERE r.id = ?1");
const Statement row_name("SELECT " REPO_ALL " FROM repository r WHERE r.kind = ?1 AND r.name_key = ?2");
const Statement row_id("SELECT " REPO_ALL " FROM repository r WHERE r.id = ?1");
const Statement by_redirect("SELECT " REPO_COLUMNS
                            " FROM repository_redirect d JOIN repository r ON r.id = d.repository WHERE d.kind = ?1 AND d.name_key = ?2");
const Statement add(
    "INSERT INTO repository (id, kind, owner, ns, name, name_key, visibility, gated, created_ns, updated_ns, downloads, likes, head, info, "
    "listing) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 0, 0, '', '', '') ON CONFLICT (kind, name_key) DO NOTHING");
const Statement rename_row("UPDATE repository SET owner = ?2, ns = ?3, name = ?4, name_key = ?5 WHERE id = ?1");
const Statement taken("SELECT id FROM repository WHERE kind = ?1 AND name_key = ?2");
const Statement drop_redirect("DELETE FROM repository_redirect WHERE kind = ?1 AND name_key = ?2");
const Statement add_redirect(
    "INSERT INTO repository_redirect (kind, name_key, repository) VALUES (?1, ?2, ?3) ON CONFLICT (kind, name_key) DO UPDATE SET "
    "repository = excluded.repository");
const Statement settings("UPDATE repository SET visibility = ?2, gated = ?3 WHERE id = ?1");
const Statement derived("UPDATE repository SET head = ?2, info = ?3, listing = ?4, updated_ns = ?5 WHERE id = ?1");
const Statement drop_tags("DELETE FROM repository_tag WHERE repository = ?1");
const Statement add_tag(
    "INSERT INTO repository_tag (kind, tag, repository) VALUES (?1, ?2, ?3) ON CONFLICT (kind, tag, repository) DO NOTHING");
const Statement del_objects("DELETE FROM git_object WHERE repository = ?1");
const Statement del_packs("DELETE FROM git_pack WHERE repository = ?1");
const Statement del_refs("DELETE FROM git_ref WHERE repository = ?1");
const Statement del_redirects("DELETE FROM repository_redirect WHERE repository = ?1");
const Statement del_requests("DELETE FROM access_request WHERE repository = ?1");
const Statement del_likes("DELETE FROM repository_like WHERE repository = ?1");
const Statement every_pack("SELECT pack FROM git_pack");
const Statement del_repo("DELETE FROM repository WHERE id = ?1");
const Statement all_repos("SELECT " REPO_COLUMNS " FROM repository r ORDER BY r.id");

const Statement get_ref("SELECT name, target, peeled FROM git_ref WHERE repository = ?1 AND name = ?2");
const Statement get_refs("SELECT name, target, peeled FROM git_ref WHERE repository = ?1 ORDER BY name");
const Statement new_ref(
    "INSERT INTO git_ref (repository, name, target, peeled, updated_ns) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (repository, name) DO "
    "NOTHING");
const Statement cas_ref("UPDATE git_ref SET target = ?3, peeled = ?4, updated_ns = ?5 WHERE repository = ?1 AND name = ?2 AND target = ?6");
const Statement del_ref("DELETE FROM git_ref WHERE repository = ?1 AND name = ?2");

#define OBJECT_COLUMNS "oid, type, size, pack, at, lfs_sha256, lfs_size"
const Statement get_object("SELECT " OBJECT_COLUMNS " FROM git_object WHERE repository = ?1 AND oid = ?2");
const Statement object_range("SELECT oid FROM git_object WHERE repository = ?1 AND oid >= ?2 AND oid <= ?3 AND type = 1 LIMIT 2");
const Statement add_pack_row("INSERT INTO git_pack (repository, pack, size) VALUES (?1, ?2, ?3) ON CONFLICT (repository, pack) DO NOTHING");
const Statement add_object(
    "INSERT INTO git_object (repository, oid, type, size, pack, at, lfs_sha256, lfs_size) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON "
    "CONFLICT (repository, oid) DO NOTHING");
const Statement scan_objects(
    "SELECT repository, " OBJECT_COLUMNS
    " FROM git_object WHERE repository > ?1 OR (repository = ?1 AND oid > ?2) ORDER BY repository, oid LIMIT 1000");

const Statement add_event = Statement::insert("INSERT INTO outbox (position, topic, item, body, at_ns) VALUES (?1, ?2, ?3, ?4, ?5)");

constexpr std::size_t most_searched = 8;
constexpr int few_named = 1000;

std::string key_of(std::string_view ns, std::string_view name) { return ascii_lower(std::string(ns) + "/" + std::string(name)); }

Repository repo_of(const Row& r) {
  Repository out;
  out.id = r.text(0);
  out.kind = static_cast<Kind>(r.integer(1));
  out.owner = r.text(2);
  out.ns = r.text(3);
  out.name = r.text(4);
  out.visibility = r.integer(5) ? identity::Visibility::private_ : identity::Visibility::public_;
  out.gated = r.text(6);
  out.created_at = {r.integer(7)};
  out.updated_at = {r.integer(8)};
  return out;
}

RepositoryRow row_of(const Row& r) { return {repo_of(r), r.text(9), r.text(10), r.text(11), r.integer(12), r.integer(13), 0}; }

RefRow ref_of(const Row& r) { return {r.text(0), *git::Oid::parse(r.text(1)), *git::Oid::parse(r.text(2))}; }

ObjectRow object_of(const Row& r, std::size_t at) {
  ObjectRow o;
  o.oid = git::Oid::from_bytes(r.text(at));
  o.type = static_cast<git::Type>(r.integer(at + 1));
  o.size = static_cast<std::uint64_t>(r.integer(at + 2));
  o.pack = r.text(at + 3);
  o.at = static_cast<std::uint64_t>(r.integer(at + 4));
  if (!r.is_null(at + 5)) o.lfs = git::LfsPointer{r.text(at + 5), static_cast<std::uint64_t>(r.integer(at + 6))};
  return o;
}

class Store final : public RepositoryStore {
 public:
  Result<std::optional<Repository>> find(UnitOfWork& u, Kind kind, std::string_view ns, std::string_view name) override {
    return one(u, find_name, {static_cast<int>(kind), key_of(ns, name)});
  }
  Result<std::optional<Repository>> find_by_id(UnitOfWork& u, std::string_view id) override { return one(u, find_id, {id}); }
  Result<std::optional<RepositoryRow>> row(UnitOfWork& u, Kind kind, std::string_view ns, std::string_view name) override {
    KT_TRY(Rows rows, session(u).query(row_name, {static_cast<int>(kind), key_of(ns, name)}));
    if (rows.empty()) return std::nullopt;
    return row_of(rows[0]);
  }
  Result<std::optional<RepositoryRow>> row_by_id(UnitOfWork& u, std::string_view id) override {
    KT_TRY(Rows rows, session(u).query(row_id, {id}));
    if (rows.empty()) return std::nullopt;
    return row_of(rows[0]);
  }
  Result<std::optional<Repository>> redirect(UnitOfWork& u, Kind kind, std::string_view ns, std::string_view name) override {
    return one(u, by_redirect, {static_cast<int>(kind), key_of(ns, name)});
  }
  Status insert(UnitOfWork& u, const Repository& r) override {
    KT_TRY(auto n, session(u).exec(add, {r.id, static_cast<int>(r.kind), r.owner, r.ns, r.name, key_of(r.ns, r.name),
                                         static_cast<int>(r.visibility), r.gated, r.created_at.ns}));
    if (n == 0) return exists(r);
    KT_CHECK(catalogue_follow(u, r.id));
    return changed(session(u).exec(drop_redirect, {static_cast<int>(r.kind), key_of(r.ns, r.name)}));
  }
  Status rename(UnitOfWork& u, const Repository& before, const Repository& after) override {
    int kind = static_cast<int>(before.kind);
    KT_TRY(Rows there, session(u).query(taken, {kind, key_of(after.ns, after.name)}));
    if (!there.empty() && there[0].text(0) != before.id) return exists(after);
    KT_CHECK(changed(session(u).exec(drop_redirect, {kind, key_of(after.ns, after.name)})));
    KT_CHECK(changed(session(u).exec(rename_row, {before.id, after.owner, after.ns, after.name, key_of(after.ns, after.name)})));
    KT_CHECK(catalogue_follow(u, before.id));
    if (key_of(before.ns, before.name) != key_of(after.ns, after.name))
      return changed(session(u).exec(add_redirect, {kind, key_of(before.ns, before.name), before.id}));
    return {};
  }
  Status update_settings(UnitOfWork& u, const Repository& r) override {
    KT_CHECK(changed(session(u).exec(settings, {r.id, static_cast<int>(r.visibility), r.gated})));
    return catalogue_follow(u, r.id);
  }
  Status remove(UnitOfWork& u, std::string_view id) override {
    KT_CHECK(catalogue_remove(u, id));
    for (const Statement* s : {&drop_tags, &del_objects, &del_packs, &del_refs, &del_redirects, &del_requests, &del_likes, &del_repo})
      KT_CHECK(changed(session(u).exec(*s, {id})));
    return {};
  }
  Result<std::vector<std::string>> pack_names(UnitOfWork& u) override {
    KT_TRY(Rows rows, session(u).query(every_pack, {}));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (Row r : rows) out.push_back(r.text(0));
    return out;
  }
  Status set_derived(UnitOfWork& u, const Repository& r, const Derived& d, Time now) override {
    KT_CHECK(changed(session(u).exec(derived, {r.id, d.head, d.info, d.listing, now.ns})));
    KT_CHECK(catalogue_describe(u, r.id, d));
    KT_CHECK(changed(session(u).exec(drop_tags, {r.id})));
    for (const auto& t : d.tags) KT_CHECK(session(u).exec_later(add_tag, {static_cast<int>(r.kind), t, r.id}));
    return {};
  }

  Result<std::vector<RepositoryRow>> list(UnitOfWork& u, const ListQuery& q) override {
    Bindings b;
    std::string kind = b.number(static_cast<int>(q.kind)), from = "FROM repository r JOIN catalogue_entry c ON c.repository = r.id WHERE";
    if (!q.search.empty()) {
      // Few are read from the index of names; more are soon met by walking the order that is asked for.
      SearchFor what;
      what.kind(static_cast<int>(q.kind));
      if (!q.all_private) what.visible(q.readable_owners);
      if (!q.owner.empty()) what.any('o', {q.owner});
      for (std::size_t i = 0; i < std::min(q.search.size(), most_searched); ++i) what.name(q.search[i]);
      KT_TRY(auto found, search_find(u, what, std::max(few_named, 10 * q.limit)));
      if (found.count == 0) return std::vector<RepositoryRow>();
      if (found.all) from = found.from(b, "JOIN repository r ON r.id = c.repository") + " AND";
    }
    std::string sql = "SELECT " REPO_ALL ", c.trending " + from + " c.kind = " + kind;
    if (!q.all_private) {
      sql += " AND (r.visibility = 0";
      for (std::size_t i = 0; i < std::min<std::size_t>(q.readable_owners.size(), 16); ++i)
        sql += " OR r.owner = " + b.text(q.readable_owners[i]);
      sql += ")";
    }
    if (!q.owner.empty()) sql += " AND r.owner = " + b.text(q.owner);
    for (std::size_t i = 0; i < std::min(q.search.size(), most_searched); ++i)
      sql += " AND r.name_key LIKE " + b.text(containing(q.search[i])) + " ESCAPE '!'";
    for (std::size_t i = 0; i < std::min<std::size_t>(q.tags.size(), 16); ++i)
      sql += " AND EXISTS (SELECT 1 FROM repository_tag t WHERE t.kind = ?1 AND t.tag = " + b.text(q.tags[i]) + " AND t.repository = r.id)";
    bool by_id = q.sort == "id";
    std::string column = by_id                       ? "r.name_key"
                         : q.sort == "lastModified"  ? "r.updated_ns"
                         : q.sort == "downloads"     ? "r.downloads"
                         : q.sort == "likes"         ? "c.likes"
                         : q.sort == "trendingScore" ? "c.trending"
                                                     : "r.created_ns";
    if (q.after) {
      if (by_id)
        sql += " AND r.name_key > " + b.text(q.after->second);
      else {
        std::string value = b.number(q.after->first);
        sql += fmt::format(" AND ({0}, r.id) < ({1}, {2})", column, value, b.text(q.after->second));
      }
    }
    sql +=
        (by_id ? std::string(" ORDER BY r.name_key") : fmt::format(" ORDER BY {} DESC, r.id DESC", column)) + " LIMIT " + b.number(q.limit);
    KT_TRY(Rows rows, session(u).query(prepared(sql), b.params()));
    std::vector<RepositoryRow> out;
    for (Row r : rows) {
      out.push_back(row_of(r));
      out.back().trending = r.integer(14);
    }
    return out;
  }

  Result<std::optional<RefRow>> ref(UnitOfWork& u, std::string_view repository, std::string_view name) override {
    KT_TRY(Rows rows, session(u).query(get_ref, {repository, name}));
    if (rows.empty()) return std::nullopt;
    return ref_of(rows[0]);
  }
  Result<std::vector<RefRow>> refs(UnitOfWork& u, std::string_view repository) override {
    KT_TRY(Rows rows, session(u).query(get_refs, {repository}));
    std::vector<RefRow> out;
    for (Row r : rows) out.push_back(ref_of(r));
    return out;
  }
  Result<bool> move_ref(UnitOfWork& u, std::string_view repository, const RefRow& to, std::optional<git::Oid> expected, Time now) override {
    Result<std::int64_t> n =
        expected ? session(u).exec(cas_ref, {repository, to.name, to.target.hex(), to.commit.hex(), now.ns, expected->hex()})
                 : session(u).exec(new_ref, {repository, to.name, to.target.hex(), to.commit.hex(), now.ns});
    if (!n) return Unexpected(n.error());
    return *n == 1;
  }
  Result<bool> delete_ref(UnitOfWork& u, std::string_view repository, std::string_view name) override {
    KT_TRY(auto n, session(u).exec(del_ref, {repository, name}));
    return n == 1;
  }
  Result<std::optional<ObjectRow>> object(UnitOfWork& u, std::string_view repository, const git::Oid& oid) override {
    KT_TRY(Rows rows, session(u).query(get_object, {repository, Blob{oid.view()}}));
    if (rows.empty()) return std::nullopt;
    return object_of(rows[0], 0);
  }
  Result<std::vector<git::Oid>> commits_by_prefix(UnitOfWork& u, std::string_view repository, std::string_view hex) override {
    std::string low(hex), high(hex);
    low.resize(40, '0');
    high.resize(40, 'f');
    auto from = git::Oid::parse(low), to = git::Oid::parse(high);
    if (!from || !to) return std::vector<git::Oid>();
    KT_TRY(Rows rows, session(u).query(object_range, {repository, Blob{from->view()}, Blob{to->view()}}));
    std::vector<git::Oid> out;
    for (Row r : rows) out.push_back(git::Oid::from_bytes(r.text(0)));
    return out;
  }
  Status add_pack(UnitOfWork& u, std::string_view repository, std::string_view pack, std::uint64_t size,
                  const std::vector<git::PackWriter::Entry>& entries) override {
    KT_CHECK(session(u).exec_later(add_pack_row, {repository, pack, static_cast<std::int64_t>(size)}));
    for (const auto& e : entries) {
      std::optional<std::string_view> sha;
      std::optional<std::int64_t> lfs_size;
      if (e.pointer) {
        sha = e.pointer->sha256;
        lfs_size = static_cast<std::int64_t>(e.pointer->size);
      }
      KT_CHECK(
          session(u).exec_later(add_object, {repository, Blob{e.oid.view()}, static_cast<int>(e.type), static_cast<std::int64_t>(e.size),
                                             pack, static_cast<std::int64_t>(e.offset), sha, lfs_size}));
    }
    return {};
  }
  Status each_object(UnitOfWork& u, const std::function<Status(std::string_view, const ObjectRow&)>& visit) override {
    std::string repository, oid;
    for (;;) {
      KT_TRY(Rows rows, session(u).query(scan_objects, {repository, Blob{oid}}));
      if (rows.empty()) return {};
      for (Row r : rows) {
        repository = r.text(0);
        oid = r.text(1);
        KT_CHECK(visit(repository, object_of(r, 1)));
      }
    }
  }
  Result<std::vector<Repository>> all(UnitOfWork& u) override {
    KT_TRY(Rows rows, session(u).query(all_repos, {}));
    std::vector<Repository> out;
    for (Row r : rows) out.push_back(repo_of(r));
    return out;
  }

 private:
  static Status exists(const Repository& r) {
    return fail(Errc::conflict, "repo_exists", fmt::format("A {} repository called {} already exists", kind_name(r.kind), r.full_name()));
  }
  Result<std::optional<Repository>> one(UnitOfWork& u, const Statement& s, Params p) {
    KT_TRY(Rows rows, session(u).query(s, p));
    if (rows.empty()) return std::nullopt;
    return repo_of(rows[0]);
  }
};

class SqlOutbox final : public Outbox {
 public:
  explicit SqlOutbox(const Clock& wall) : wall_(wall) {}
  Status append(UnitOfWork& u, std::string_view topic, std::string_view key, std::string_view json) override {
    return session(u).exec_later(add_event, {session(u).next_serial("feed"), topic, key, json, wall_.now().ns});
  }

 private:
  const Clock& wall_;
};

}  // namespace

std::unique_ptr<RepositoryStore> make_repository_store() { return std::make_unique<Store>(); }
std::unique_ptr<Outbox> make_outbox(const Clock& wall) { return std::make_unique<SqlOutbox>(wall); }

}  // namespace kontor::sql
