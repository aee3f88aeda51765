#include "protocols/replicate/multipart.hpp"

#include "base/text.hpp"

namespace kontor::replicate {
namespace {

// Value of a parameter of a header: name="a" or name=a. What stands between quotes is never taken for a name.
std::string parameter(std::string_view header, std::string_view name) {
  std::string lower = ascii_lower(header), want = ";" + std::string(name) + "=";
  std::string squeezed;
  std::vector<std::size_t> at;
  bool quoted = false;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (quoted && header[i] == '\\') {
      ++i;
      continue;
    }
    if (header[i] == '"') quoted = !quoted;
    if (header[i] == ' ' || header[i] == '\t') continue;
    squeezed += quoted ? '"' : lower[i];
    at.push_back(i);
  }
  std::size_t p = squeezed.find(want);
  if (p == std::string::npos) return {};
  std::size_t from = at[p + want.size() - 1] + 1;
  while (from < header.size() && (header[from] == ' ' || header[from] == '\t')) ++from;
  if (from < header.size() && header[from] == '"') {
    std::string out;
    for (++from; from < header.size() && header[from] != '"'; ++from) {
      if (header[from] == '\\' && from + 1 < header.size()) ++from;
      out += header[from];
    }
    return out;
  }
  return std::string(
      trim(header.substr(from, header.find(';', from) == std::string_view::npos ? std::string_view::npos : header.find(';', from) - from)));
}

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
  if (!ascii_lower(content_type).starts_with("multipart/form-data"))
    return fail(Errc::unsupported_type, "unsupported_type", "Send the file as multipart/form-data.");
  std::string boundary = parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 200) return fail(Errc::malformed, "malformed", "The multipart boundary is missing.");
  std::string mark = "--" + boundary;
  auto bad = [] { return fail(Errc::malformed, "malformed", "The multipart body is broken."); };
  std::vector<Part> out;
  std::size_t at = body.find(mark);
  if (at == std::string_view::npos) return bad();
  at += mark.size();
  for (;;) {
    if (body.substr(at).starts_with("--")) return out;
    if (!body.substr(at).starts_with("\r\n")) return bad();
    at += 2;
    std::size_t head_end = body.find("\r\n\r\n", at);
    if (head_end == std::string_view::npos || out.size() >= 32) return bad();
    Part p;
    for (std::string_view line : split(body.substr(at, head_end - at), '\n')) {
      line = trim(line);
      std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      std::string_view value = trim(line.substr(colon + 1));
      if (iequals(line.substr(0, colon), "Content-Disposition")) {
        p.name = parameter(value, "name");
        p.filename = parameter(value, "filename");
      } else if (iequals(line.substr(0, colon), "Content-Type")) {
        p.content_type = std::string(value);
      }
    }
    std::size_t from = head_end + 4, end = body.find("\r\n" + mark, from);
    if (end == std::string_view::npos) return bad();
    p.body = body.substr(from, end - from);
    out.push_back(std::move(p));
    at = end + 2 + mark.size();
  }
}

}  // namespace kontor::replicate
