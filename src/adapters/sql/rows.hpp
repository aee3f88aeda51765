// Small things that every store needs: outcomes of changes, patterns, audit rows.
#pragma once
#include "adapters/sql/session.hpp"
#include "base/clock.hpp"

namespace kontor::sql {

// The outcome of a change whose number of rows does not matter.
inline Status changed(Result<std::int64_t> r) {
  if (!r) return Unexpected(std::move(r).error());
  return {};
}

// Every row, or the first if there is one, as values.
template <class T, class F>
Result<std::vector<T>> all(Result<Rows> rows, F make) {
  if (!rows) return Unexpected(std::move(rows).error());
  std::vector<T> out;
  out.reserve(rows->size());
  for (Row r : *rows) out.push_back(make(r));
  return out;
}
template <class T, class F>
Result<std::optional<T>> one(Result<Rows> rows, F make) {
  if (!rows) return Unexpected(std::move(rows).error());
  if (rows->empty()) return std::optional<T>();
  return std::optional<T>(make((*rows)[0]));
}

// Pattern for LIKE ... ESCAPE '!' that finds `text` anywhere.
std::string containing(std::string_view text);

// A statement whose text is put together from fixed pieces; every value is a parameter. The set of shapes is small, so each is prepared
// once and kept.
const Statement& prepared(const std::string& text);

// One row of who did what.
Status append_audit(UnitOfWork& unit, Time at, std::string_view actor, std::string_view action, std::string_view item,
                    std::string_view request_id, std::string_view details);

// Parameters of a statement that is put together: owns its texts. `?7` of the value just added is what each call returns.
class Bindings {
 public:
  std::string text(std::string value);
  std::string bytes(std::string value);
  std::string number(std::int64_t value);
  std::vector<Param> params() const;

 private:
  struct Value {
    Param::Kind kind;
    std::string text;
    std::int64_t number;
  };
  std::vector<Value> values_;
};

}  // namespace kontor::sql
