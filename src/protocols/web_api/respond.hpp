// The conventions of /api/v1: error shape, request bodies, pages, repeatable writes.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"
#include "base/money.hpp"
#include "codec/json.hpp"
#include "market/idempotency.hpp"
#include "server/exchange.hpp"

namespace kontor::web_api {

// The surface's mapping from Error to {"code","message","retryable","details","request_id"}.
http::Response error_response(const Error& e, const server::Exchange& x);

// Reads the members of a request body. The first fault is kept and reported by finish(), as are members that nobody asked for.
class Body {
 public:
  explicit Body(const Json& json, std::string path = {});
  std::string text(std::string_view key, std::string_view fallback = {});
  std::string required_text(std::string_view key);
  std::optional<std::string> optional_text(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  bool boolean(std::string_view key, bool fallback);
  std::optional<Money> money(std::string_view key);
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<Time> time(std::string_view key);
  const Json* any(std::string_view key);
  void complain(std::string_view key, std::string_view field_code, std::string message, std::string_view code = "invalid");
  Status finish();

 private:
  const Json* get(std::string_view key);
  const Json& json_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> fault_;
};

// ?limit= and ?cursor=.
struct Paging {
  int limit = 20;
  std::string before;  // last id of the page before
};
Result<Paging> paging(const http::Parameters& q);
// `rows`: id and JSON of at most limit + 1 entries; the last one beyond the limit only says that there is more.
// `more`: further members of the answer, as the text of an object.
http::Response page(const server::Exchange& x, const Paging& p, std::vector<std::pair<std::string, std::string>> rows,
                    std::string_view more = {});

// A list that is never paged: begin, write the entries, end.
JsonWriter begin_list();
http::Response end_list(JsonWriter w);

// "<version>" of If-Match; errors: malformed.
Result<std::optional<std::int64_t>> if_match(const http::Request& r);

// Date (in the zone) or time; errors: invalid.
Result<std::optional<Time>> time_parameter(const http::Parameters& q, std::string_view key, std::string_view zone = "UTC");
// ?currency=, once: prices of several do not compare. Empty: none; errors: invalid.
Result<std::string> currency_parameter(const http::Parameters& q);
// ?from= and ?to=, or ?month=2026-02, half-open, dates and months in the zone; open ends where nothing is said. Errors: invalid.
struct Period {
  Time from{0}, to{INT64_MAX};
};
Result<Period> period(const http::Parameters& q, std::string_view zone);

}  // namespace kontor::web_api
