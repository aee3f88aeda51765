#include "protocols/web_api/respond.hpp"

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/calendar.hpp"
#include "market/rules.hpp"

namespace kontor::web_api {
http::Response error_response(const Error& e, const server::Exchange& x) {
  int status = server::status_of(e.kind);
  std::string code = e.code.empty() ? "internal" : e.code;
  if (e.kind == Errc::unauthenticated) code = "unauthenticated";
  if (e.kind == Errc::retry) code = "overloaded";
  bool hide = e.kind == Errc::internal;
  JsonWriter w;
  w.begin_object().field("code", hide ? std::string_view("internal") : std::string_view(code));
  w.field("message", hide ? std::string_view("Something went wrong on our side: try again, and report the request id if it stays.")
                          : std::string_view(e.message));
  w.field("retryable", status == 429 || status == 503 || code == "in_progress")
      .raw_field("details", e.details.empty() || hide ? "{}" : std::string_view(e.details));
  w.field("request_id", x.request_id).end_object();
  auto r = http::Response::json(status, std::move(w).str());
  if (status == 429 || status == 503) {
    auto details = Json::parse(e.details.empty() ? "{}" : e.details);
    const Json* seconds = details ? details->find("retry_after") : nullptr;
    r.headers.set("Retry-After", seconds && seconds->integer() ? std::to_string(*seconds->integer()) : "1");
  }
  if (status == 401) r.headers.set("WWW-Authenticate", "Bearer");
  return r;
}

Body::Body(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
  if (!json.is_object()) fault_ = Error{Errc::malformed, "malformed", "The body must be a JSON object.", {}};
}

void Body::complain(std::string_view key, std::string_view field_code, std::string message, std::string_view code) {
  if (fault_) return;
  std::string path = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  fault_ = market::bad_field(path, field_code, std::move(message), code).value();
}

const Json* Body::get(std::string_view key) {
  known_.emplace_back(key);
  const Json* v = json_.find(key);
  return v && v->is_null() ? nullptr : v;
}
const Json* Body::any(std::string_view key) { return get(key); }

std::optional<std::string> Body::optional_text(std::string_view key) {
  const Json* v = get(key);
  if (!v) return std::nullopt;
  if (!v->string()) {
    complain(key, "not_text", std::string(key) + " must be a text.");
    return std::nullopt;
  }
  return *v->string();
}
std::string Body::text(std::string_view key, std::string_view fallback) { return optional_text(key).value_or(std::string(fallback)); }
std::string Body::required_text(std::string_view key) {
  auto v = optional_text(key);
  if (!v) complain(key, "missing", std::string(key) + " is missing.");
  return v.value_or("");
}
std::optional<std::int64_t> Body::integer(std::string_view key) {
  const Json* v = get(key);
  if (!v) return std::nullopt;
  auto n = v->integer();
  if (!n) complain(key, "not_an_integer", std::string(key) + " must be an integer.");
  return n;
}
bool Body::boolean(std::string_view key, bool fallback) {
  const Json* v = get(key);
  if (!v) return fallback;
  auto b = v->boolean();
  if (!b) complain(key, "not_a_boolean", std::string(key) + " must be true or false.");
  return b.value_or(fallback);
}
std::optional<Money> Body::money(std::string_view key) {
  const Json* v = get(key);
  if (!v) return std::nullopt;
  auto bad = [&] {
    complain(key, "not_money", std::string(key) + " must be like {\"amount\":\"50.00\",\"currency\":\"USD\"}.", "invalid_amount");
    return std::nullopt;
  };
  const Json* amount = v->find("amount");
  const Json* currency = v->find("currency");
  if (!v->is_object() || !amount || !amount->string() || !currency || !currency->string() || v->object()->size() != 2) return bad();
  auto micros = parse_amount(*amount->string());
  if (!micros || !currency_digits(*currency->string())) return bad();
  return Money{*micros, *currency->string()};
}
std::optional<std::vector<std::string>> Body::texts(std::string_view key) {
  const Json* v = get(key);
  if (!v) return std::nullopt;
  std::vector<std::string> out;
  bool ok = v->is_array();
  if (ok)
    for (const Json& item : *v->array()) {
      ok = ok && item.string();
      if (ok) out.push_back(*item.string());
    }
  if (!ok) complain(key, "not_a_list_of_texts", std::string(key) + " must be a list of texts.");
  return out;
}
std::optional<Time> Body::time(std::string_view key) {
  auto v = optional_text(key);
  if (!v) return std::nullopt;
  auto t = parse_rfc3339(*v);
  if (!t) {
    complain(key, "not_a_time", std::string(key) + " must be an RFC 3339 time.");
    return std::nullopt;
  }
  return *t;
}

Status Body::finish() {
  if (!fault_ && json_.is_object())
    for (const auto& [key, value] : *json_.object())
      if (std::find(known_.begin(), known_.end(), key) == known_.end())
        complain(key, "unknown_field", "There is no field '" + key + "' here.", "unknown_field");
  if (fault_) return Unexpected(*fault_);
  return {};
}

Result<Paging> paging(const http::Parameters& q) {
  Paging p;
  if (auto limit = q.get("limit")) {
    auto n = parse_u64(*limit);
    if (!n || *n < 1 || *n > 100) return market::bad_field("limit", "out_of_range", "limit must be 1 to 100.");
    p.limit = static_cast<int>(*n);
  }
  if (auto cursor = q.get("cursor")) {
    auto text = from_base64url(*cursor);
    if (!text || text->size() < 2 || (*text)[0] != 'k')
      return fail(Errc::malformed, "cursor_invalid", "The cursor is not one that this list gave out.");
    p.before = text->substr(1);
  }
  return p;
}

http::Response page(const server::Exchange& x, const Paging& p, std::vector<std::pair<std::string, std::string>> rows,
                    std::string_view members) {
  bool more = static_cast<int>(rows.size()) > p.limit;
  if (more) rows.resize(static_cast<std::size_t>(p.limit));
  std::string out = "{\"object\":\"list\",\"data\":[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i) out += ',';
    out += rows[i].second;
  }
  std::string cursor = more ? base64url("k" + rows.back().first) : "";
  out += more ? "],\"has_more\":true,\"next_cursor\":\"" + cursor + "\"" : "],\"has_more\":false,\"next_cursor\":null";
  if (members.size() > 2) out += "," + std::string(members.substr(1, members.size() - 2));
  out += '}';
  auto r = http::Response::json(200, std::move(out));
  if (more) {
    std::string query;
    auto sent = x.query();
    for (const auto& [k, v] : sent.fields())
      if (k != "cursor") query += (query.empty() ? "" : "&") + percent_encode(k) + "=" + percent_encode(v);
    query += (query.empty() ? "" : "&") + std::string("cursor=") + cursor;
    r.headers.add("Link", "<" + x.public_url + std::string(x.request.path) + "?" + query + ">; rel=\"next\"");
  }
  return r;
}

JsonWriter begin_list() {
  JsonWriter w;
  w.begin_object().field("object", "list").key("data").begin_array();
  return w;
}
http::Response end_list(JsonWriter w) {
  w.end_array().field("has_more", false).key("next_cursor").null().end_object();
  return http::Response::json(200, std::move(w).str());
}

Result<std::optional<std::int64_t>> if_match(const http::Request& r) {
  std::string_view text = r.header("If-Match");
  if (text.empty() || text == "*") return std::optional<std::int64_t>();
  if (text.size() < 3 || text.front() != '"' || text.back() != '"')
    return fail(Errc::malformed, "malformed", "If-Match must be the version in double quotes.");
  auto n = parse_u64(text.substr(1, text.size() - 2));
  if (!n) return fail(Errc::stale, "stale_revision", "The object was changed meanwhile: read it again.");
  return std::optional<std::int64_t>(static_cast<std::int64_t>(*n));
}

Result<std::optional<Time>> time_parameter(const http::Parameters& q, std::string_view key, std::string_view zone) {
  auto text = q.get(key);
  if (!text || text->empty()) return std::optional<Time>();
  auto t = text->size() == 10 ? codec::parse_day(*text, zone) : parse_rfc3339(*text);
  if (!t) return market::bad_field(key, "not_a_time", std::string(key) + " must be a date or an RFC 3339 time.");
  return std::optional<Time>(*t);
}

Result<std::string> currency_parameter(const http::Parameters& q) {
  std::vector<std::string> asked = q.all("currency");
  std::erase(asked, "");
  if (asked.empty()) return std::string();
  if (asked.size() > 1) return market::bad_field("currency", "too_many", "Prices compare within one currency: name one.");
  if (auto known = currency_digits(asked[0]); !known) return market::bad_field("currency", "unknown", known.error().message);
  return asked[0];
}

Result<Period> period(const http::Parameters& q, std::string_view zone) {
  if (auto month = q.get("month"); month && !month->empty()) {
    if (q.get("from") || q.get("to")) return market::bad_field("month", "one_of", "Give either month, or from and to.");
    auto span = codec::parse_month(*month, zone);
    if (!span) return market::bad_field("month", "not_a_month", "month is written like 2026-02.");
    return Period{span->from, span->to};
  }
  KT_TRY(auto from, time_parameter(q, "from", zone));
  KT_TRY(auto to, time_parameter(q, "to", zone));
  Period p;
  p.from = from.value_or(p.from);
  p.to = to.value_or(p.to);
  if (p.from >= p.to) return market::bad_field("to", "order", "to must lie after from.");
  return p;
}

}  // namespace kontor::web_api
