// Data addresses: stored bytes of one xorb, exactly the ranges that a reconstruction named.
#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "protocols/xet/xet_api.hpp"

namespace kontor::xet {
namespace {

struct Signed {
  Hash xorb;
  std::vector<http::ByteRange> ranges;
};

std::optional<Signed> parse_object(std::string_view object) {
  std::size_t blank = object.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  auto hash = Hash::parse_text(object.substr(0, blank));
  if (!hash) return std::nullopt;
  Signed out{*hash, {}};
  for (std::string_view part : split(object.substr(blank + 1), ',')) {
    std::size_t dash = part.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    auto a = parse_u64(part.substr(0, dash)), b = parse_u64(part.substr(dash + 1));
    if (!a || !b || *b < *a) return std::nullopt;
    out.ranges.push_back({*a, *b});
  }
  return out;
}

bool allowed(const Signed& s, const http::ByteRange& r) {
  for (const http::ByteRange& a : s.ranges)
    if (a.first <= r.first && r.last <= a.last) return true;
  return false;
}

struct Part {
  std::string head;
  http::ByteRange range;
};

Task<Status> send_one(content::Content* content, std::shared_ptr<content::ObjectReader> object, http::ByteRange range,
                      http::BodySink* sink) {
  content::SinkOf<http::BodySink> out(*sink);
  co_return co_await content->send_stored(std::move(object), range.first, range.length(), out);
}

Task<Status> send_parts(content::Content* content, std::shared_ptr<content::ObjectReader> object, std::shared_ptr<std::vector<Part>> parts,
                        std::string tail, http::BodySink* sink) {
  content::SinkOf<http::BodySink> out(*sink);
  for (const Part& p : *parts) {
    KT_CO_CHECK(co_await sink->write(p.head));
    KT_CO_CHECK(co_await content->send_stored(object, p.range.first, p.range.length(), out));
  }
  co_return co_await sink->write(tail);
}

std::string content_range(const http::ByteRange& r, std::uint64_t size) {
  return "bytes " + std::to_string(r.first) + "-" + std::to_string(r.last) + "/" + std::to_string(size);
}

}  // namespace

Answer XetApi::data(Exchange& x) {
  // 403 makes a client ask for the reconstruction again; 401 and 404 end its download.
  auto grant = s_.signer.open(x.query().get("grant").value_or(""), "data", s_.wall.now());
  if (!grant) co_return fail(Errc::forbidden, grant.error().code, grant.error().message);
  auto what = parse_object(grant->object);
  if (!what || what->xorb.text() != x.param("xorb")) co_return fail(Errc::forbidden, "bad_grant", "The address is not valid.");
  auto need = grant->write ? repository::Need::write : repository::Need::read;
  auto repo = co_await s_.access.recheck(grant->party, grant->repository_id, need, x.request.method != "HEAD");
  if (!repo) {
    if (repo.error().kind == Errc::payment_required || repo.error().kind == Errc::unavailable || repo.error().kind == Errc::internal)
      co_return Unexpected(repo.error());
    co_return fail(Errc::forbidden, "access_ended", "This access has ended.");
  }
  KT_CO_TRY(std::shared_ptr<content::ObjectReader> object, co_await s_.content.open_xorb(what->xorb));
  std::uint64_t size = object->size();

  std::vector<http::ByteRange> ranges;
  std::string_view header = x.request.header("Range");
  if (!header.empty()) {
    KT_CO_TRY(ranges, http::parse_range(header, size, true));
  }
  if (ranges.empty()) {
    if (what->ranges.size() != 1) co_return fail(Errc::malformed, "range_missing", "Send a Range header.");
    ranges = what->ranges;
  }
  std::sort(ranges.begin(), ranges.end(), [](auto& a, auto& b) { return a.first < b.first; });
  for (const http::ByteRange& r : ranges)
    if (r.last >= size || !allowed(*what, r)) co_return fail(Errc::forbidden, "range_not_signed", "The address does not cover this range.");

  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first <= ranges[i - 1].last)
      co_return fail(Errc::malformed, "overlapping_ranges", "The ranges of one request must not overlap.");

  http::Response r;
  r.status = 206;
  r.headers.add("Accept-Ranges", "bytes");
  r.headers.add("Cache-Control", "private, max-age=3600");
  content::Content* content = &s_.content;
  if (ranges.size() == 1) {
    http::ByteRange range = ranges[0];
    r.headers.add("Content-Type", "application/octet-stream");
    r.headers.add("Content-Range", content_range(range, size));
    r.stream_length = range.length();
    r.stream = [content, object, range](http::BodySink& sink) { return send_one(content, object, range, &sink); };
    co_return r;
  }
  std::string boundary = to_hex(random_bytes(std::size_t(12)));
  auto parts = std::make_shared<std::vector<Part>>();
  std::uint64_t length = 0;
  for (const http::ByteRange& range : ranges) {
    std::string head = (parts->empty() ? "--" : "\r\n--") + boundary +
                       "\r\nContent-Type: application/octet-stream\r\nContent-Range: " + content_range(range, size) + "\r\n\r\n";
    length += head.size() + range.length();
    parts->push_back({std::move(head), range});
  }
  std::string tail = "\r\n--" + boundary + "--\r\n";
  r.headers.add("Content-Type", "multipart/byteranges; boundary=" + boundary);
  r.stream_length = length + tail.size();
  r.stream = [content, object, parts, tail](http::BodySink& sink) { return send_parts(content, object, parts, tail, &sink); };
  co_return r;
}

}  // namespace kontor::xet
