// The text index on both engines: FTS5 without content on SQLite, a tsvector under GIN on PostgreSQL. Neither interprets language: tokens are made here.
#include "adapters/sql/search_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "adapters/sql/rows.hpp"
#include "base/text.hpp"

namespace kontor::sql {
namespace {

// Private characters: a text that has them too is found without matching, and dropped by the comparison of the words.
constexpr std::string_view of_name = "\uF8F1", of_value = "\uF8F0";
constexpr std::size_t most_grams = 24;  // of one word that is asked for: enough to find few

#define FACTS "c.words, c.name_key, c.kind, c.visibility, c.paid, c.owner, c.task, c.library, c.licence, c.languages, c.delivery"
const Statement get_facts("SELECT " FACTS " FROM catalogue_entry c WHERE c.repository = ?1");
const Statement without_document(
    "SELECT " FACTS ", c.repository FROM catalogue_entry c LEFT JOIN catalogue_document d ON d.repository = c.repository WHERE d.repository IS NULL AND c.repository > ?1 ORDER BY c.repository LIMIT 1000");
const Statement how_many("SELECT (SELECT COUNT(*) FROM catalogue_entry), (SELECT COUNT(*) FROM catalogue_document)");
const Statement all_facts("SELECT " FACTS ", c.repository FROM catalogue_entry c WHERE c.repository > ?1 ORDER BY c.repository LIMIT 1000");
const Statement drop_document("DELETE FROM catalogue_document WHERE repository = ?1");
const Statement left_over("SELECT d.repository FROM catalogue_document d LEFT JOIN catalogue_entry c ON c.repository = d.repository WHERE c.repository IS NULL");

// SQLite: the number is the row of the index.
const Statement new_number("INSERT INTO catalogue_document (repository) VALUES (?1) ON CONFLICT (repository) DO NOTHING");
const Statement get_number("SELECT number FROM catalogue_document WHERE repository = ?1");
const Statement index_add("INSERT INTO catalogue_search (rowid, document) VALUES (?1, ?2)");
const Statement index_delete("INSERT INTO catalogue_search (catalogue_search, rowid, document) VALUES ('delete', ?1, ?2)");
const Statement index_optimize("INSERT INTO catalogue_search (catalogue_search) VALUES ('optimize')");
const Statement index_sizes("SELECT d.repository, COUNT(*) FROM catalogue_search_terms t JOIN catalogue_document d ON d.number = t.doc GROUP BY d.repository");
// PostgreSQL: the row is the document.
const Statement put_document("INSERT INTO catalogue_document (repository, document) VALUES (?1, ?2) ON CONFLICT (repository) DO UPDATE SET document = excluded.document");
const Statement same_document("SELECT 1 FROM catalogue_document WHERE repository = ?1 AND document = ?2");

SearchFacts facts_of(const Row& r) {
  return {r.text(0), r.text(1), r.integer(2), r.integer(3) == 0, r.integer(4) != 0, r.text(5), r.text(6), r.text(7), r.text(8), r.text(9), r.text(10)};
}

// Characters as the tokenizers of both engines leave them alone: what is neither letter nor digit in ASCII moves to private characters.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    std::size_t n = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    if (c >= 0x80 || plain) out.emplace_back(text.substr(i, n));
    else if (c >= 'A' && c <= 'Z') out.emplace_back(1, static_cast<char>(c + 32));
    else out.push_back({'\xEE', static_cast<char>(0x80 + (c >> 6)), static_cast<char>(0x80 + (c & 63))});  // U+E000 + c
    i += n;
  }
  return out;
}
void add_grams(std::vector<std::string>& out, std::string_view text, std::string_view mark) {
  auto chars = characters(text);
  for (std::size_t i = 0; i < chars.size(); ++i) {
    std::string gram(mark);
    for (std::size_t n = 0; n < 3 && i + n < chars.size(); ++n) out.push_back(gram += chars[i + n]);
  }
}

// A value may be any text: its FNV-1a stands for it.
std::string value_token(char field, std::string_view value) {
  std::uint64_t h = 14695981039346656037ull;
  for (unsigned char c : value) h = (h ^ c) * 1099511628211ull;
  return fmt::format("{}{}{:016x}", of_value, field, h);
}
std::string kind_token(std::int64_t kind) { return fmt::format("{}k{}", of_value, kind); }
std::string flag_token(std::string_view what) { return fmt::format("{}{}", of_value, what); }

std::string document(const std::vector<std::string>& tokens, bool postgres) {
  std::string out;
  for (const auto& t : tokens) out += postgres ? (out.empty() ? "'" : " '") + t + "'" : (out.empty() ? "" : " ") + t;
  return out;
}
std::string document(const SearchFacts& f, bool postgres) { return document(search_tokens(f), postgres); }

Status add(Session& s, std::string_view repository, const SearchFacts& facts) {
  if (s.is_postgres()) return s.exec_later(put_document, {repository, document(facts, true)});
  KT_CHECK(changed(s.exec(new_number, {repository})));
  KT_TRY(Rows number, s.query(get_number, {repository}));
  return changed(s.exec(index_add, {number[0].integer(0), document(facts, false)}));
}
Status remove(Session& s, std::string_view repository, const SearchFacts& facts) {
  if (s.is_postgres()) return {};  // the row is replaced or goes
  KT_TRY(Rows number, s.query(get_number, {repository}));
  if (number.empty()) return {};
  return changed(s.exec(index_delete, {number[0].integer(0), document(facts, false)}));
}

}  // namespace

std::vector<std::string> search_tokens(const SearchFacts& f) {
  std::vector<std::string> out;
  add_grams(out, f.words, "");
  add_grams(out, f.name, of_name);
  out.push_back(kind_token(f.kind));
  out.push_back(flag_token(f.is_public ? "p1" : "p0"));
  out.push_back(flag_token(f.paid ? "s1" : "s0"));
  for (auto [field, value] : {std::pair<char, std::string_view>{'o', f.owner}, {'t', f.task}, {'l', f.library}, {'c', f.licence}})
    if (!value.empty()) out.push_back(value_token(field, value));
  for (auto [field, values] : {std::pair<char, std::string_view>{'g', f.languages}, {'d', f.delivery}})
    for (std::string_view value : split(values, ' '))
      if (!value.empty()) out.push_back(value_token(field, value));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void SearchFor::grams(std::string_view text, std::string_view mark) {
  auto chars = characters(text);
  std::size_t length = std::min<std::size_t>(3, chars.size()), n = chars.size() - length + 1;
  if (chars.empty()) return;
  std::size_t asked = std::min(n, most_grams);
  for (std::size_t k = 0; k < asked; ++k) {
    std::size_t at = asked == n ? k : k * (n - 1) / (asked - 1);
    std::string gram(mark);
    for (std::size_t i = 0; i < length; ++i) gram += chars[at + i];
    all_.push_back({std::move(gram)});
  }
}
SearchFor& SearchFor::words(std::string_view text) {
  for (std::string_view word : split(text, ' ')) grams(word, "");
  return *this;
}
SearchFor& SearchFor::name(std::string_view text) { return grams(text, of_name), *this; }
SearchFor& SearchFor::kind(std::int64_t kind) { return all_.push_back({kind_token(kind)}), *this; }
SearchFor& SearchFor::any(char field, const std::vector<std::string>& values) {
  std::vector<std::string> tokens;
  for (const auto& v : values) tokens.push_back(value_token(field, v));
  if (!tokens.empty()) all_.push_back(std::move(tokens));
  return *this;
}
SearchFor& SearchFor::paid(bool paid) { return all_.push_back({flag_token(paid ? "s1" : "s0")}), *this; }
SearchFor& SearchFor::visible(const std::vector<std::string>& owners) {
  std::vector<std::string> tokens = {flag_token("p1")};
  for (const auto& o : owners) tokens.push_back(value_token('o', o));
  all_.push_back(std::move(tokens));
  return *this;
}
SearchFor& SearchFor::hidden() { return all_.push_back({flag_token("p0")}), *this; }

std::string SearchFor::expression(bool postgres) const {
  char quote = postgres ? '\'' : '"';
  std::string_view both = postgres ? " & " : " AND ", either = postgres ? " | " : " OR ";
  std::vector<std::string> parts;
  for (const auto& choices : all_) {
    std::string part;
    for (const auto& c : choices) part += (part.empty() ? "" : std::string(either)) + quote + c + quote;
    parts.push_back(choices.size() > 1 ? "(" + part + ")" : part);
  }
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return fmt::format("{}", fmt::join(parts, both));
}

std::string search_from(bool postgres, std::string_view parameter, std::string_view joined) {
  if (postgres) return fmt::format("FROM catalogue_document d JOIN catalogue_entry c ON c.repository = d.repository {} WHERE d.document @@ CAST({} AS tsquery)", joined, parameter);
  // CROSS JOIN keeps SQLite from walking another index and asking this one row by row.
  return fmt::format(
      "FROM catalogue_search s CROSS JOIN catalogue_document d ON d.number = s.rowid CROSS JOIN catalogue_entry c ON c.repository = d.repository {} WHERE s.catalogue_search MATCH {}", joined, parameter);
}

Result<std::int64_t> search_count(UnitOfWork& u, const SearchFor& what, int limit) {
  static const Statement sqlite("SELECT COUNT(*) FROM (SELECT 1 FROM catalogue_search WHERE catalogue_search MATCH ?1 LIMIT ?2) found");
  static const Statement postgres("SELECT COUNT(*) FROM (SELECT 1 FROM catalogue_document WHERE document @@ CAST(?1 AS tsquery) LIMIT ?2) found");
  bool pg = session(u).is_postgres();
  KT_TRY(Rows rows, session(u).query(pg ? postgres : sqlite, {what.expression(pg), limit}));
  return rows[0].integer(0);
}

Result<std::optional<SearchFacts>> search_facts(UnitOfWork& u, std::string_view repository) { return one<SearchFacts>(session(u).query(get_facts, {repository}), facts_of); }

Status search_replace(UnitOfWork& u, std::string_view repository, const std::optional<SearchFacts>& before, const std::optional<SearchFacts>& now) {
  Session& s = session(u);
  if (before) KT_CHECK(remove(s, repository, *before));
  if (!now) return changed(s.exec(drop_document, {repository}));
  return add(s, repository, *now);
}

Status search_fill(Session& s) {
  KT_TRY(Rows counted, s.query(how_many, {}));
  std::int64_t missing = counted[0].integer(0) - counted[0].integer(1);
  if (missing == 0) return {};
  std::string after;
  for (;;) {
    KT_TRY(Rows rows, s.query(without_document, {after}));
    if (rows.empty()) break;
    for (Row r : rows) KT_CHECK(add(s, r.text(11), facts_of(r)));
    after = rows[rows.size() - 1].text(11);
  }
  if (!s.is_postgres() && missing > 1000) return changed(s.exec(index_optimize, {}));
  return {};
}

Result<std::vector<std::string>> search_faults(UnitOfWork& u) {
  Session& s = session(u);
  bool pg = s.is_postgres();
  KT_TRY(auto out, all<std::string>(s.query(left_over, {}), [](const Row& r) { return r.text(0); }));
  // SQLite's index has no documents to compare, but says how many tokens it has of each.
  std::map<std::string, std::int64_t, std::less<>> sizes;
  if (!pg) {
    KT_TRY(Rows rows, s.query(index_sizes, {}));
    for (Row r : rows) sizes.emplace(r.text(0), r.integer(1));
  }
  std::string after;
  for (;;) {
    KT_TRY(Rows rows, s.query(all_facts, {after}));
    if (rows.empty()) return out;
    for (Row r : rows) {
      after = r.text(11);
      if (pg) {
        KT_TRY(Rows same, s.query(same_document, {after, document(facts_of(r), true)}));
        if (same.empty()) out.push_back(after);
      } else if (auto it = sizes.find(after); it == sizes.end() || it->second != static_cast<std::int64_t>(search_tokens(facts_of(r)).size())) {
        out.push_back(after);
      }
    }
  }
}

}  // namespace kontor::sql
