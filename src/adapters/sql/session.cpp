#include "adapters/sql/session.hpp"

#include <atomic>

#include "base/text.hpp"

namespace kontor::sql {

Statement::Statement(std::string text) : text_(std::move(text)) {
  static std::atomic<int> next{0};
  id_ = next.fetch_add(1);
  pg_ = text_;
  bool quoted = false;
  for (std::size_t i = 0; i + 1 < pg_.size(); ++i) {
    if (pg_[i] == '\'') quoted = !quoted;
    if (!quoted && pg_[i] == '?' && pg_[i + 1] >= '0' && pg_[i + 1] <= '9') pg_[i] = '$';
  }
}

Statement Statement::lookup(std::string text, std::vector<std::string> tables, std::vector<std::pair<std::string, int>> equal) {
  Statement s(std::move(text));
  s.grouping_.kind = Grouping::Kind::lookup;
  s.grouping_.tables = std::move(tables);
  s.grouping_.equal = std::move(equal);
  return s;
}

Statement Statement::insert(std::string text) {
  Statement s(std::move(text));
  constexpr std::string_view begin = "INSERT INTO ", middle = ") VALUES (";
  std::string_view t = s.text_;
  std::size_t open = t.find(" ("), values = t.find(middle), close = t.find(')', values + middle.size());
  KT_ASSERT(t.starts_with(begin) && open != t.npos && values != t.npos && close + 1 == t.size());
  s.grouping_.kind = Grouping::Kind::insert;
  s.grouping_.tables = {std::string(t.substr(begin.size(), open - begin.size()))};
  auto columns = split(t.substr(open + 2, values - open - 2), ','),
       parameters = split(t.substr(values + middle.size(), close - values - middle.size()), ',');
  KT_ASSERT(columns.size() == parameters.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    KT_ASSERT(trim(parameters[i]) == "?" + std::to_string(i + 1));
    s.grouping_.equal.emplace_back(trim(columns[i]), static_cast<int>(i + 1));
  }
  return s;
}

Statement Statement::update(std::string text, std::string table, const Statement& row, std::vector<std::pair<int, int>> sets) {
  Statement s(std::move(text));
  KT_ASSERT(s.text_.starts_with("UPDATE " + table + " SET ") && s.text_.ends_with(" WHERE id = ?1"));
  s.grouping_.kind = Grouping::Kind::update;
  s.grouping_.tables = {std::move(table)};
  s.grouping_.row = &row;
  s.grouping_.sets = std::move(sets);
  return s;
}

std::int64_t Row::integer(std::size_t i) const {
  if (auto* v = std::get_if<std::int64_t>(&at(i))) return *v;
  return 0;
}
const std::string& Row::text(std::size_t i) const {
  static const std::string empty;
  if (auto* v = std::get_if<std::string>(&at(i))) return *v;
  return empty;
}
std::optional<std::string> Row::optional_text(std::size_t i) const {
  if (auto* v = std::get_if<std::string>(&at(i))) return *v;
  return std::nullopt;
}
std::optional<std::int64_t> Row::optional_integer(std::size_t i) const {
  if (auto* v = std::get_if<std::int64_t>(&at(i))) return *v;
  return std::nullopt;
}

Result<std::optional<std::vector<Row::Cell>>> first(Session& s, const Statement& statement, Params params) {
  KT_TRY(Rows rows, s.query(statement, params));
  if (rows.empty()) return std::nullopt;
  Row row = rows[0];
  std::vector<Row::Cell> out;
  for (std::size_t i = 0;; ++i) {
    if (i >= rows.columns()) break;
    if (row.is_null(i))
      out.emplace_back();
    else if (auto n = row.optional_integer(i))
      out.emplace_back(*n);
    else
      out.emplace_back(row.text(i));
  }
  return out;
}

}  // namespace kontor::sql
