#include "adapters/sql/session.hpp"

#include <atomic>

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
    if (row.is_null(i)) out.emplace_back();
    else if (auto n = row.optional_integer(i)) out.emplace_back(*n);
    else out.emplace_back(row.text(i));
  }
  return out;
}

}  // namespace kontor::sql
