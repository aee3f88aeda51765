#include "adapters/sql/rows.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace kontor::sql {

std::string containing(std::string_view text) {
  std::string like = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '!') like += '!';
    like += c;
  }
  return like + "%";
}

const Statement& prepared(const std::string& text) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Statement>> known;
  std::lock_guard lock(mutex);
  auto& s = known[text];
  if (!s) s = std::make_unique<Statement>(text);
  return *s;
}

Status append_audit(UnitOfWork& u, Time at, std::string_view actor, std::string_view action, std::string_view item,
                    std::string_view request_id, std::string_view details) {
  static const Statement insert =
      Statement::insert("INSERT INTO audit (at_ns, actor, action, item, request_id, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  return session(u).exec_later(insert, {at.ns, actor, action, item, request_id, details});
}

std::string Bindings::text(std::string value) {
  values_.push_back({Param::Kind::text, std::move(value), 0});
  return "?" + std::to_string(values_.size());
}
std::string Bindings::bytes(std::string value) {
  values_.push_back({Param::Kind::blob, std::move(value), 0});
  return "?" + std::to_string(values_.size());
}
std::string Bindings::number(std::int64_t value) {
  values_.push_back({Param::Kind::integer, {}, value});
  return "?" + std::to_string(values_.size());
}
std::vector<Param> Bindings::params() const {
  std::vector<Param> out;
  for (const Value& v : values_) {
    if (v.kind == Param::Kind::text)
      out.emplace_back(v.text);
    else if (v.kind == Param::Kind::blob)
      out.emplace_back(Blob{v.text});
    else
      out.emplace_back(v.number);
  }
  return out;
}

}  // namespace kontor::sql
