#include "io/http.hpp"

#include "base/text.hpp"

namespace kontor::http {

void Headers::set(std::string_view name, std::string value) {
  for (auto& [k, v] : fields_)
    if (iequals(k, name)) {
      v = std::move(value);
      return;
    }
  fields_.emplace_back(std::string(name), std::move(value));
}
std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [k, v] : fields_)
    if (iequals(k, name)) return v;
  return std::nullopt;
}

Task<Result<std::string>> Request::read_all(std::uint64_t limit) {
  std::string out;
  if (!has_body || !body) co_return out;
  if (content_length && *content_length > limit)
    co_return fail(Errc::too_large, "too_large", "The request body is larger than the " + std::to_string(limit) + " bytes allowed here.");
  body->set_limit(limit);
  std::size_t used = 0;
  out.resize(content_length ? static_cast<std::size_t>(*content_length) + 1 : 16384);
  for (;;) {
    if (used == out.size()) out.resize(out.size() * 2);
    KT_CO_TRY(std::size_t n, co_await body->read(std::span(out.data() + used, out.size() - used)));
    if (n == 0) break;
    used += n;
  }
  out.resize(used);
  co_return out;
}

Parameters::Parameters(std::string_view encoded) {
  if (encoded.empty()) return;
  for (std::string_view pair : split(encoded, '&')) {
    if (pair.empty()) continue;
    std::size_t eq = pair.find('=');
    std::string_view raw_key = pair.substr(0, eq), raw_value = eq == std::string_view::npos ? std::string_view() : pair.substr(eq + 1);
    std::string key = percent_decode(raw_key, true).value_or(std::string(raw_key));
    std::string value = percent_decode(raw_value, true).value_or(std::string(raw_value));
    if (key.ends_with("[]")) key.resize(key.size() - 2);
    fields_.emplace_back(std::move(key), std::move(value));
  }
}
std::optional<std::string> Parameters::get(std::string_view key) const {
  for (const auto& [k, v] : fields_)
    if (k == key) return v;
  return std::nullopt;
}
std::vector<std::string> Parameters::all(std::string_view key) const {
  std::vector<std::string> out;
  for (const auto& [k, v] : fields_)
    if (k == key) out.push_back(v);
  return out;
}
bool Parameters::flag(std::string_view key) const {
  auto v = get(key);
  return v && (*v == "1" || *v == "true" || *v == "True");
}

Response Response::text(int status, std::string_view content_type, std::string body) {
  Response r;
  r.status = status;
  r.headers.add("Content-Type", std::string(content_type));
  r.body = std::move(body);
  return r;
}

std::string_view reason(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
  }
  return "Status";
}

Result<std::vector<ByteRange>> parse_range(std::string_view header, std::uint64_t size, bool allow_many) {
  std::vector<ByteRange> out;
  header = trim(header);
  if (header.empty() || !ascii_lower(header.substr(0, 6)).starts_with("bytes=")) return out;
  auto specs = split(header.substr(6), ',');
  if (specs.size() > 1 && !allow_many) return out;
  if (specs.size() > 512) return out;
  bool any_valid = false;
  for (std::string_view spec : specs) {
    spec = trim(spec);
    std::size_t dash = spec.find('-');
    if (dash == std::string_view::npos) return std::vector<ByteRange>();
    std::string_view a = trim(spec.substr(0, dash)), b = trim(spec.substr(dash + 1));
    if (a.empty()) {
      auto n = parse_u64(b);
      if (!n) return std::vector<ByteRange>();
      any_valid = true;
      if (*n == 0 || size == 0) continue;
      out.push_back({*n >= size ? 0 : size - *n, size - 1});
      continue;
    }
    auto first = parse_u64(a);
    std::optional<std::uint64_t> last = b.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : parse_u64(b);
    if (!first || !last || *last < *first) return std::vector<ByteRange>();
    any_valid = true;
    if (*first >= size) continue;
    out.push_back({*first, std::min(*last, size - 1)});
  }
  if (out.empty() && any_valid)
    return fail(Errc::range_not_satisfiable, "range_not_satisfiable", "The byte range begins after the end of the content.");
  return out;
}

}  // namespace kontor::http
