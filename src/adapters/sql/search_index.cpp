// The text index on both engines: FTS5 without content on SQLite, a tsvector under GIN on PostgreSQL. Neither interprets language: tokens
// are made here.
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
// Of one word that is asked for: grams side by side find almost as few as all of them, and each that is frequent costs a walk of its list.
constexpr std::size_t most_grams = 6;

#define FACTS \
  "c.words, c.name_key, c.kind, c.visibility, c.paid, c.owner, c.task, c.library, c.licence, c.languages, c.delivery, c.currencies"
const Statement get_facts("SELECT " FACTS " FROM catalogue_entry c WHERE c.repository = ?1");
const Statement how_many("SELECT (SELECT COUNT(*) FROM catalogue_entry), (SELECT COUNT(*) FROM catalogue_document)");
const Statement all_facts("SELECT " FACTS ", c.repository FROM catalogue_entry c WHERE c.repository > ?1 ORDER BY c.repository LIMIT 1000");

// SQLite: an entry's number is its row of the index; catalogue_document says which are there.
const Statement get_number("SELECT number FROM catalogue_entry WHERE repository = ?1");
const Statement new_number("INSERT INTO catalogue_document (number) VALUES (?1)");
const Statement drop_number("DELETE FROM catalogue_document WHERE number = ?1");
const Statement index_add("INSERT INTO catalogue_search (rowid, document) VALUES (?1, ?2)");
const Statement index_delete("INSERT INTO catalogue_search (catalogue_search, rowid, document) VALUES ('delete', ?1, ?2)");
const Statement index_optimize("INSERT INTO catalogue_search (catalogue_search) VALUES ('optimize')");
const Statement index_sizes(
    "SELECT c.repository, COUNT(*) FROM catalogue_search_terms t JOIN catalogue_entry c ON c.number = t.doc GROUP BY c.repository");
const Statement without_number("SELECT " FACTS
                               ", c.repository FROM catalogue_entry c LEFT JOIN catalogue_document d ON d.number = c.number WHERE d.number "
                               "IS NULL AND c.repository > ?1 ORDER BY c.repository LIMIT 1000");
const Statement left_number(
    "SELECT CAST(d.number AS TEXT) FROM catalogue_document d LEFT JOIN catalogue_entry c ON c.number = d.number WHERE c.number IS NULL");
// PostgreSQL: the row is the document.
const Statement put_document(
    "INSERT INTO catalogue_document (repository, document) VALUES (?1, ?2) ON CONFLICT (repository) DO UPDATE SET document = "
    "excluded.document");
const Statement drop_document("DELETE FROM catalogue_document WHERE repository = ?1");
const Statement without_document("SELECT " FACTS
                                 ", c.repository FROM catalogue_entry c LEFT JOIN catalogue_document d ON d.repository = c.repository "
                                 "WHERE d.repository IS NULL AND c.repository > ?1 ORDER BY c.repository LIMIT 1000");
const Statement left_over(
    "SELECT d.repository FROM catalogue_document d LEFT JOIN catalogue_entry c ON c.repository = d.repository WHERE c.repository IS NULL");
const Statement same_document("SELECT 1 FROM catalogue_document WHERE repository = ?1 AND document = ?2");

SearchFacts facts_of(const Row& r) {
  return {r.text(0), r.text(1), r.integer(2), r.integer(3) == 0, r.integer(4) != 0, r.text(5),
          r.text(6), r.text(7), r.text(8),    r.text(9),         r.text(10),        r.text(11)};
}

// Characters as the tokenizers of both engines leave them alone: what is neither letter nor digit in ASCII moves to private characters.
std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    std::size_t n = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    if (c >= 0x80 || plain)
      out.emplace_back(text.substr(i, n));
    else if (c >= 'A' && c <= 'Z')
      out.emplace_back(1, static_cast<char>(c + 32));
    else
      out.push_back({'\xEE', static_cast<char>(0x80 + (c >> 6)), static_cast<char>(0x80 + (c & 63))});  // U+E000 + c
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

Result<std::int64_t> number_of(Session& s, std::string_view repository) {
  KT_TRY(Rows rows, s.query(get_number, {repository}));
  return rows.empty() ? 0 : rows[0].integer(0);
}
Status add(Session& s, std::string_view repository, const SearchFacts& facts) {
  if (s.is_postgres()) return s.exec_later(put_document, {repository, document(facts, true)});
  KT_TRY(auto number, number_of(s, repository));
  KT_CHECK(changed(s.exec(new_number, {number})));
  return changed(s.exec(index_add, {number, document(facts, false)}));
}
Status remove(Session& s, std::string_view repository, const SearchFacts& facts) {
  KT_TRY(auto number, number_of(s, repository));
  KT_TRY(auto there, s.exec(drop_number, {number}));
  if (there == 0) return {};
  return changed(s.exec(index_delete, {number, document(facts, false)}));
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
  for (auto [field, values] : {std::pair<char, std::string_view>{'g', f.languages}, {'d', f.delivery}, {'m', f.currencies}})
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
  std::size_t asked = std::min((chars.size() + length - 1) / length, most_grams);
  for (std::size_t k = 0; k < asked; ++k) {
    std::size_t at = asked == 1 ? 0 : k * (n - 1) / (asked - 1);
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

std::vector<std::string> SearchFor::parts(bool postgres) const {
  char quote = postgres ? '\'' : '"';
  std::string_view either = postgres ? " | " : " OR ";
  std::vector<std::string> parts;
  for (const auto& choices : all_) {
    std::string part;
    for (const auto& c : choices) part += (part.empty() ? "" : std::string(either)) + quote + c + quote;
    parts.push_back(choices.size() > 1 ? "(" + part + ")" : part);
  }
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}
std::string SearchFor::expression(const std::vector<std::string>& parts, bool postgres) {
  return fmt::format("{}", fmt::join(parts, postgres ? " & " : " AND "));
}

std::string SearchFound::from(Bindings& b, std::string_view joined) const {
  if (postgres_)
    return fmt::format(
        "FROM catalogue_document d JOIN catalogue_entry c ON c.repository = d.repository {} WHERE d.document @@ CAST({} AS tsquery)",
        joined, b.text(expression_));
  // CROSS JOIN keeps SQLite from walking another index and asking this one row by row.
  if (all)
    return fmt::format("FROM json_each({}) s CROSS JOIN catalogue_entry c ON c.number = s.value {} WHERE 1 = 1", b.text(numbers_), joined);
  return fmt::format("FROM catalogue_search s CROSS JOIN catalogue_entry c ON c.number = s.rowid {} WHERE s.catalogue_search MATCH {}",
                     joined, b.text(expression_));
}
std::string SearchFound::among(Bindings& b) const {
  if (postgres_ || !all) return "";
  // A byte for each number: looking there is cheaper than in a list, and nothing is to be made of it first. + keeps SQLite from another
  // index.
  std::string there;
  for (std::string_view one : split(std::string_view(numbers_).substr(1, numbers_.size() - 2), ',')) {
    std::size_t n = parse_u64(one).value_or(0);
    if (n >= there.size()) there.resize(n + 1 + n / 8, '0');
    there[n] = '1';
  }
  return fmt::format(" AND substr({}, +c.number + 1, 1) = {}", b.bytes(std::move(there)), b.bytes("1"));
}

namespace {

// Of SQLite. Each list of the index that is walked costs as much as its length; a row that it keeps from being read saves as much as
// `row_cost` of its entries. How long a list is shows in how far its first entries reach.
Result<std::vector<std::string>> worth_asking(Session& s, const std::vector<std::string>& parts) {
  static const Statement highest("SELECT COALESCE(MAX(number), 1) FROM catalogue_document");
  static const Statement probe(
      "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM (SELECT rowid AS number FROM catalogue_search WHERE catalogue_search MATCH ?1 LIMIT "
      "200) found");
  constexpr double probed = 200, row_cost = 200;
  if (parts.size() < 2) return parts;
  KT_TRY(Rows top, s.query(highest, {}));
  auto all = static_cast<double>(top[0].integer(0));
  std::vector<std::pair<double, const std::string*>> lists;
  for (const auto& part : parts) {
    KT_TRY(Rows rows, s.query(probe, {part}));
    auto n = static_cast<double>(rows[0].integer(0));
    lists.emplace_back(n < probed ? n : probed * all / static_cast<double>(rows[0].integer(1)), &part);
  }
  std::sort(lists.begin(), lists.end());
  std::vector<std::string> out;
  double left = all;
  for (auto [length, part] : lists) {
    double kept = length / all;
    if (!out.empty() && left * (1 - kept) * row_cost < length) continue;
    out.push_back(*part);
    left *= kept;
  }
  return out;
}

}  // namespace

Result<SearchFound> search_find(UnitOfWork& u, const SearchFor& what, int most) {
  static const Statement sqlite(
      "SELECT COUNT(*), json_group_array(number) FROM (SELECT rowid AS number FROM catalogue_search WHERE catalogue_search MATCH ?1 LIMIT "
      "?2) found");
  static const Statement postgres(
      "SELECT COUNT(*), '' FROM (SELECT 1 FROM catalogue_document WHERE document @@ CAST(?1 AS tsquery) LIMIT ?2) found");
  SearchFound out;
  out.postgres_ = session(u).is_postgres();
  std::vector<std::string> parts = what.parts(out.postgres_), asked = parts;
  if (!out.postgres_) {
    KT_TRY(asked, worth_asking(session(u), parts));
  }
  for (;;) {
    out.expression_ = SearchFor::expression(asked, out.postgres_);
    KT_TRY(Rows rows, session(u).query(out.postgres_ ? postgres : sqlite, {out.expression_, most + 1}));
    out.count = rows[0].integer(0);
    out.all = out.count <= most;
    if (out.all) out.numbers_ = rows[0].text(1);
    if (out.all || asked.size() == parts.size()) return out;
    asked = parts;
  }
}

SearchFound search_later(UnitOfWork& u, const SearchFor& what) {
  SearchFound out;
  out.postgres_ = session(u).is_postgres();
  out.expression_ = SearchFor::expression(what.parts(out.postgres_), out.postgres_);
  return out;
}

Result<std::optional<SearchFacts>> search_facts(UnitOfWork& u, std::string_view repository) {
  return one<SearchFacts>(session(u).query(get_facts, {repository}), facts_of);
}

Status search_replace(UnitOfWork& u, std::string_view repository, const std::optional<SearchFacts>& before,
                      const std::optional<SearchFacts>& now) {
  Session& s = session(u);
  if (before && !s.is_postgres()) KT_CHECK(remove(s, repository, *before));
  if (now) return add(s, repository, *now);
  return s.is_postgres() ? changed(s.exec(drop_document, {repository})) : Status{};
}

Status search_fill(Session& s) {
  KT_TRY(Rows counted, s.query(how_many, {}));
  std::int64_t missing = counted[0].integer(0) - counted[0].integer(1);
  if (missing == 0) return {};
  std::string after;
  for (;;) {
    KT_TRY(Rows rows, s.query(s.is_postgres() ? without_document : without_number, {after}));
    if (rows.empty()) break;
    for (Row r : rows) KT_CHECK(add(s, r.text(12), facts_of(r)));
    after = rows[rows.size() - 1].text(12);
  }
  return missing > 1000 ? search_optimize(s) : Status{};
}

Status search_optimize(Session& s) { return s.is_postgres() ? Status{} : changed(s.exec(index_optimize, {})); }

Result<std::vector<std::string>> search_faults(UnitOfWork& u) {
  Session& s = session(u);
  bool pg = s.is_postgres();
  KT_TRY(auto out, all<std::string>(s.query(pg ? left_over : left_number, {}), [](const Row& r) { return r.text(0); }));
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
      after = r.text(12);
      if (pg) {
        KT_TRY(Rows same, s.query(same_document, {after, document(facts_of(r), true)}));
        if (same.empty()) out.push_back(after);
      } else if (auto it = sizes.find(after);
                 it == sizes.end() || it->second != static_cast<std::int64_t>(search_tokens(facts_of(r)).size())) {
        out.push_back(after);
      }
    }
  }
}

}  // namespace kontor::sql
