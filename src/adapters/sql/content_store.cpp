#include "adapters/sql/content_store.hpp"

#include <cstring>

#include "adapters/sql/session.hpp"

namespace kontor::sql {
namespace {

using content::Hash;
using content::LinkedFile;
using content::LinkRow;
using content::Recipe;
using content::Term;
using content::XorbRow;

Blob blob(const Hash& h) { return {h.view()}; }
Param big(std::uint64_t v) { return Param(static_cast<std::int64_t>(v)); }

Unexpected damaged() { return fail(Errc::internal, "damaged_row", "A row of the content tables is damaged."); }

Result<Hash> hash_at(const Row& row, std::size_t i) {
  const std::string& b = row.text(i);
  if (b.size() != 32) return damaged();
  return Hash::from_bytes(b);
}

constexpr std::size_t term_bytes = 44;

std::string pack(const std::vector<Term>& terms) {
  std::string out;
  out.reserve(terms.size() * term_bytes);
  for (const Term& t : terms) {
    out += t.xorb.view();
    std::uint32_t words[3] = {t.start, t.end, t.bytes};
    out.append(reinterpret_cast<const char*>(words), 12);
  }
  return out;
}

Result<Recipe> recipe_of(const Row& row) {  // xet, size, recipe
  Recipe r;
  KT_TRY(r.xet, hash_at(row, 0));
  r.size = static_cast<std::uint64_t>(row.integer(1));
  std::string_view packed = row.text(2);
  if (packed.size() % term_bytes != 0) return damaged();
  for (; !packed.empty(); packed.remove_prefix(term_bytes)) {
    std::uint32_t words[3];
    std::memcpy(words, packed.data() + 32, 12);
    r.terms.push_back({Hash::from_bytes(packed.substr(0, 32)), words[0], words[1], words[2]});
  }
  return r;
}

Result<Hash> xet_of(const Row& row) { return hash_at(row, 0); }

Result<XorbRow> xorb_of(const Row& row) {  // hash, chunks, raw_bytes, stored_bytes, object_key
  XorbRow x;
  KT_TRY(x.hash, hash_at(row, 0));
  x.chunks = static_cast<std::uint32_t>(row.integer(1));
  x.raw_bytes = static_cast<std::uint32_t>(row.integer(2));
  x.stored_bytes = static_cast<std::uint32_t>(row.integer(3));
  x.object_key = row.text(4);
  return x;
}

Result<LinkRow> link_of(const Row& row) {  // repository, sha256, xet, size, verified
  LinkRow l;
  l.repository_id = row.text(0);
  KT_TRY(l.file.sha256, hash_at(row, 1));
  KT_TRY(l.file.xet, hash_at(row, 2));
  l.file.size = static_cast<std::uint64_t>(row.integer(3));
  l.file.verified = row.integer(4) != 0;
  return l;
}

template <class T>
Result<std::optional<T>> first_of(Result<Rows> rows, Result<T> (*make)(const Row&)) {
  if (!rows) return Unexpected(std::move(rows).error());
  if (rows->empty()) return std::nullopt;
  KT_TRY(T value, make((*rows)[0]));
  return std::optional<T>(std::move(value));
}

template <class T>
Result<std::vector<T>> all_of(Result<Rows> rows, Result<T> (*make)(const Row&)) {
  if (!rows) return Unexpected(std::move(rows).error());
  std::vector<T> out;
  out.reserve(rows->size());
  for (Row row : *rows) {
    KT_TRY(T value, make(row));
    out.push_back(std::move(value));
  }
  return out;
}

Result<bool> changed(Result<std::int64_t> n) {
  if (!n) return Unexpected(std::move(n).error());
  return *n > 0;
}
Result<bool> any(Result<Rows> rows) {
  if (!rows) return Unexpected(std::move(rows).error());
  return !rows->empty();
}

const Statement xorb_insert(
    "INSERT INTO content_xorb (hash, chunks, raw_bytes, stored_bytes, object_key, created_ns, touched_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
    "?7) ON CONFLICT DO NOTHING");
const Statement index_insert("INSERT INTO content_xorb_index (hash, chunks) VALUES (?1, ?2)");
const Statement xorb_find("SELECT hash, chunks, raw_bytes, stored_bytes, object_key FROM content_xorb WHERE hash = ?1");
const Statement index_find("SELECT chunks FROM content_xorb_index WHERE hash = ?1");
const Statement xorb_pin("UPDATE content_xorb SET touched_ns = ?2 WHERE hash = ?1");
const Statement xorb_old("UPDATE content_xorb SET touched_ns = touched_ns WHERE hash = ?1 AND touched_ns < ?2");
const Statement xorb_remove_dedup("DELETE FROM content_dedup WHERE xorb = ?1");
const Statement xorb_remove_scope("DELETE FROM content_scope WHERE xorb = ?1");
const Statement xorb_remove_index("DELETE FROM content_xorb_index WHERE hash = ?1");
const Statement xorb_remove("DELETE FROM content_xorb WHERE hash = ?1");
const Statement scope_insert("INSERT INTO content_scope (owner, xorb) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
const Statement scope_find("SELECT 1 FROM content_scope WHERE owner = ?1 AND xorb = ?2");
const Statement file_insert("INSERT INTO content_file (xet, size, recipe, created_ns) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
const Statement file_find("SELECT xet, size, recipe FROM content_file WHERE xet = ?1");
const Statement holding_insert("INSERT INTO content_holding (repository, xet) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
const Statement holding_find("SELECT 1 FROM content_holding WHERE repository = ?1 AND xet = ?2");
const Statement link_put(
    "INSERT INTO content_link (repository, sha256, xet, size, verified, created_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (repository, sha256) DO UPDATE SET xet = excluded.xet, size = excluded.size, verified = excluded.verified "
    "WHERE excluded.verified > content_link.verified");
const Statement link_find("SELECT repository, sha256, xet, size, verified FROM content_link WHERE repository = ?1 AND sha256 = ?2");
const Statement link_unverified(
    "SELECT repository, sha256, xet, size, verified FROM content_link WHERE verified = 0 ORDER BY created_ns LIMIT 1");
const Statement link_verify("UPDATE content_link SET verified = 1 WHERE repository = ?1 AND sha256 = ?2 AND xet = ?3");
const Statement link_remove("DELETE FROM content_link WHERE repository = ?1 AND sha256 = ?2 AND xet = ?3");
const Statement dedup_insert("INSERT INTO content_dedup (chunk, xorb, xet) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
const Statement dedup_find(
    "SELECT d.chunk, d.xorb, d.xet FROM content_dedup d JOIN content_scope s ON s.owner = ?1 AND s.xorb = d.xorb "
    "JOIN content_xorb x ON x.hash = d.xorb WHERE d.chunk = ?2 AND x.chunks > 1 ORDER BY x.touched_ns DESC LIMIT 1");
const Statement drop_holdings("DELETE FROM content_holding WHERE repository = ?1");
const Statement drop_links("DELETE FROM content_link WHERE repository = ?1");
const Statement unheld_page(
    "SELECT f.xet FROM content_file f WHERE f.xet > ?1 AND f.created_ns < ?2 AND NOT EXISTS (SELECT 1 FROM content_holding h WHERE h.xet = "
    "f.xet) ORDER BY f.xet LIMIT ?3");
const Statement file_remove(
    "DELETE FROM content_file WHERE xet = ?1 AND created_ns < ?2 AND NOT EXISTS (SELECT 1 FROM content_holding h WHERE h.xet = ?1)");
const Statement xorb_idle_since("SELECT 1 FROM content_xorb WHERE hash = ?1 AND touched_ns < ?2");
const Statement xorb_page(
    "SELECT hash, chunks, raw_bytes, stored_bytes, object_key FROM content_xorb WHERE hash > ?1 ORDER BY hash LIMIT ?2");
const Statement file_page("SELECT xet, size, recipe FROM content_file WHERE xet > ?1 ORDER BY xet LIMIT ?2");
const Statement file_first_page("SELECT xet, size, recipe FROM content_file ORDER BY xet LIMIT ?1");
const Statement link_page(
    "SELECT repository, sha256, xet, size, verified FROM content_link WHERE (repository, sha256) > (?1, ?2) ORDER BY repository, sha256 "
    "LIMIT ?3");

}  // namespace

Result<bool> ContentStore::insert_xorb(UnitOfWork& unit, const XorbRow& row, std::string_view index, Time now) {
  Session& s = session(unit);
  KT_TRY(auto n,
         s.exec(xorb_insert, {blob(row.hash), big(row.chunks), big(row.raw_bytes), big(row.stored_bytes), row.object_key, now.ns, now.ns}));
  if (n == 0) return false;
  KT_CHECK(s.exec_later(index_insert, {blob(row.hash), Blob{index}}));
  return true;
}
Result<std::optional<XorbRow>> ContentStore::find_xorb(UnitOfWork& unit, const Hash& hash) {
  return first_of(session(unit).query(xorb_find, {blob(hash)}), xorb_of);
}
Result<std::optional<std::string>> ContentStore::xorb_index(UnitOfWork& unit, const Hash& hash) {
  KT_TRY(Rows rows, session(unit).query(index_find, {blob(hash)}));
  if (rows.empty()) return std::nullopt;
  return rows[0].text(0);
}
Result<bool> ContentStore::pin_xorb(UnitOfWork& unit, const Hash& hash, Time now) {
  return changed(session(unit).exec(xorb_pin, {blob(hash), now.ns}));
}
Result<bool> ContentStore::remove_xorb(UnitOfWork& unit, const Hash& hash, Time cutoff) {
  Session& s = session(unit);
  KT_TRY(auto old, s.exec(xorb_old, {blob(hash), cutoff.ns}));  // locks the row
  if (old == 0) return false;
  for (const Statement* statement : {&xorb_remove_dedup, &xorb_remove_scope, &xorb_remove_index, &xorb_remove})
    KT_CHECK(s.exec_later(*statement, {blob(hash)}));
  return true;
}
Status ContentStore::insert_scope(UnitOfWork& unit, std::string_view owner, const Hash& xorb) {
  return session(unit).exec_later(scope_insert, {owner, blob(xorb)});
}
Result<bool> ContentStore::in_scope(UnitOfWork& unit, std::string_view owner, const Hash& xorb) {
  return any(session(unit).query(scope_find, {owner, blob(xorb)}));
}

Status ContentStore::insert_file(UnitOfWork& unit, const Recipe& recipe, Time now) {
  std::string packed = pack(recipe.terms);
  return session(unit).exec_later(file_insert, {blob(recipe.xet), big(recipe.size), Blob{packed}, now.ns});
}
Result<std::optional<Recipe>> ContentStore::find_file(UnitOfWork& unit, const Hash& xet) {
  return first_of(session(unit).query(file_find, {blob(xet)}), recipe_of);
}
Result<bool> ContentStore::insert_holding(UnitOfWork& unit, std::string_view repository_id, const Hash& xet) {
  return changed(session(unit).exec(holding_insert, {repository_id, blob(xet)}));
}
Result<bool> ContentStore::holds(UnitOfWork& unit, std::string_view repository_id, const Hash& xet) {
  return any(session(unit).query(holding_find, {repository_id, blob(xet)}));
}

Status ContentStore::put_link(UnitOfWork& unit, std::string_view repository_id, const LinkedFile& f, Time now) {
  return session(unit).exec_later(link_put, {repository_id, blob(f.sha256), blob(f.xet), big(f.size), f.verified, now.ns});
}
Result<std::optional<LinkedFile>> ContentStore::find_link(UnitOfWork& unit, std::string_view repository_id, const Hash& sha256) {
  KT_TRY(auto row, first_of(session(unit).query(link_find, {repository_id, blob(sha256)}), link_of));
  if (!row) return std::nullopt;
  return row->file;
}
Result<std::optional<LinkRow>> ContentStore::next_unverified(UnitOfWork& unit) {
  return first_of(session(unit).query(link_unverified, {}), link_of);
}
Status ContentStore::mark_verified(UnitOfWork& unit, std::string_view repository_id, const LinkedFile& f) {
  return session(unit).exec_later(link_verify, {repository_id, blob(f.sha256), blob(f.xet)});
}
Status ContentStore::remove_link(UnitOfWork& unit, std::string_view repository_id, const LinkedFile& f) {
  return session(unit).exec_later(link_remove, {repository_id, blob(f.sha256), blob(f.xet)});
}

Status ContentStore::insert_dedup(UnitOfWork& unit, const content::DedupRow& row) {
  return session(unit).exec_later(dedup_insert, {blob(row.chunk), blob(row.xorb), blob(row.file)});
}
Result<std::optional<content::DedupRow>> ContentStore::find_dedup(UnitOfWork& unit, std::string_view owner, const Hash& chunk) {
  KT_TRY(Rows rows, session(unit).query(dedup_find, {owner, blob(chunk)}));
  if (rows.empty()) return std::nullopt;
  content::DedupRow out;
  KT_TRY(out.chunk, hash_at(rows[0], 0));
  KT_TRY(out.xorb, hash_at(rows[0], 1));
  KT_TRY(out.file, hash_at(rows[0], 2));
  return out;
}

Status ContentStore::forget_repository(UnitOfWork& unit, std::string_view repository_id) {
  KT_CHECK(session(unit).exec_later(drop_links, {repository_id}));
  return session(unit).exec_later(drop_holdings, {repository_id});
}
Result<std::vector<Hash>> ContentStore::unheld_files_after(UnitOfWork& unit, const std::optional<Hash>& after, Time cutoff, int limit) {
  std::string_view from = after ? after->view() : std::string_view();  // every hash is larger than no bytes at all
  return all_of(session(unit).query(unheld_page, {Blob{from}, cutoff.ns, limit}), xet_of);
}
Result<bool> ContentStore::remove_file(UnitOfWork& unit, const Hash& xet, Time cutoff) {
  return changed(session(unit).exec(file_remove, {blob(xet), cutoff.ns}));
}
Result<bool> ContentStore::xorb_idle(UnitOfWork& unit, const Hash& hash, Time cutoff) {
  return any(session(unit).query(xorb_idle_since, {blob(hash), cutoff.ns}));
}

Result<std::vector<XorbRow>> ContentStore::xorbs_after(UnitOfWork& unit, const Hash& after, int limit) {
  return all_of(session(unit).query(xorb_page, {blob(after), limit}), xorb_of);
}
Result<std::vector<Recipe>> ContentStore::files_after(UnitOfWork& unit, const std::optional<Hash>& after, int limit) {
  if (!after) return all_of(session(unit).query(file_first_page, {limit}), recipe_of);
  return all_of(session(unit).query(file_page, {blob(*after), limit}), recipe_of);
}
Result<std::vector<LinkRow>> ContentStore::links_after(UnitOfWork& unit, std::string_view repository_id, const Hash& sha256, int limit) {
  return all_of(session(unit).query(link_page, {repository_id, blob(sha256), limit}), link_of);
}

}  // namespace kontor::sql
