// Reads: how to put a file together, what may be reused, how long a file is.
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "protocols/xet/xet_api.hpp"

namespace kontor::xet {
namespace {

constexpr std::size_t ranges_per_address = 250;  // keeps an address below 8 KiB
constexpr std::size_t batch_files = 1000;

// "bytes=a-b", "bytes=a-", "bytes=-n"; nothing for an absent header. Ends are unsigned 64-bit numbers.
Result<content::Content::Wanted> parse_wanted(std::string_view header) {
  content::Content::Wanted w;
  header = trim(header);
  if (header.empty()) return w;
  auto bad = [] { return fail(Errc::malformed, "malformed_range", "The range must be bytes=first-last."); };
  if (!header.starts_with("bytes=")) return bad();
  header.remove_prefix(6);
  std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return bad();
  std::string_view a = header.substr(0, dash), b = header.substr(dash + 1);
  if (!a.empty() && !(w.first = parse_u64(a))) return bad();
  if (!b.empty() && !(w.last = parse_u64(b))) return bad();
  if (a.empty() && b.empty()) return bad();
  if (w.first && w.last && *w.last < *w.first) return bad();
  return w;
}

void write_range(JsonWriter& w, std::string_view key, std::uint64_t start, std::uint64_t end) {
  w.key(key).begin_object().field("start", start).field("end", end).end_object();
}

void write_terms(JsonWriter& w, const std::vector<content::Term>& terms) {
  w.begin_array();
  for (const content::Term& t : terms) {
    w.begin_object().field("hash", t.xorb.text()).field("unpacked_length", std::uint64_t(t.bytes));
    write_range(w, "range", t.start, t.end);
    w.end_object();
  }
  w.end_array();
}

// Ranges of several plans over one xorb, joined where they touch: neighbours in chunks are neighbours in bytes.
void join(std::vector<content::FetchRange>& into, const std::vector<content::FetchRange>& more) {
  into.insert(into.end(), more.begin(), more.end());
  std::sort(into.begin(), into.end(), [](auto& a, auto& b) { return a.start < b.start; });
  std::vector<content::FetchRange> out;
  for (const content::FetchRange& r : into) {
    if (!out.empty() && r.start <= out.back().end) {
      if (r.end > out.back().end) {
        out.back().end = r.end;
        out.back().last_byte = r.last_byte;
      }
    } else {
      out.push_back(r);
    }
  }
  into = std::move(out);
}

}  // namespace

std::string XetApi::data_url(const Exchange& x, const Bearer& who, const Hash& xorb, std::span<const content::FetchRange> ranges) {
  std::string object = xorb.text() + " ";
  for (const content::FetchRange& r : ranges) {
    if (object.back() != ' ') object += ',';
    object += std::to_string(r.first_byte) + "-" + std::to_string(r.last_byte);
  }
  // The grant stands in the query: paths are logged, queries are not.
  return x.public_url + "/cas/data/" + xorb.text() + "?grant=" +
         s_.signer.seal({"data", who.grant.repository_id, who.grant.party, who.grant.write, std::move(object),
                         s_.wall.now().seconds() + data_seconds});
}

std::string XetApi::fetch_info(const Exchange& x, const Bearer& who, const std::map<Hash, std::vector<content::FetchRange>>& fetch) {
  JsonWriter w;
  w.begin_object();
  for (auto& [hash, ranges] : fetch) {
    w.key(hash.text()).begin_array();
    for (const content::FetchRange& r : ranges) {
      w.begin_object();
      write_range(w, "range", r.start, r.end);
      w.field("url", data_url(x, who, hash, {&r, 1}));
      write_range(w, "url_range", r.first_byte, r.last_byte);
      w.end_object();
    }
    w.end_array();
  }
  w.end_object();
  return std::move(w).str();
}

Answer XetApi::reconstruct(Exchange& x, bool v2) {
  KT_CO_TRY(Bearer who, co_await bearer(x, false));
  KT_CO_TRY(Hash file, hash_param(x, "file"));
  KT_CO_TRY(content::Content::Wanted wanted, parse_wanted(x.request.header("Range")));
  KT_CO_TRY(content::Reconstruction plan, co_await s_.content.reconstruct(who.repository.id, file, wanted));
  JsonWriter w;
  w.begin_object().field("offset_into_first_range", plan.offset_into_first_range).key("terms");
  write_terms(w, plan.terms);
  if (!v2) {
    w.raw_field("fetch_info", fetch_info(x, who, plan.fetch));
  } else {
    w.key("xorbs").begin_object();
    for (auto& [hash, ranges] : plan.fetch) {
      w.key(hash.text()).begin_array();
      for (std::size_t at = 0; at < ranges.size(); at += ranges_per_address) {
        std::span<const content::FetchRange> part = std::span(ranges).subspan(at, std::min(ranges_per_address, ranges.size() - at));
        w.begin_object().field("url", data_url(x, who, hash, part)).key("ranges").begin_array();
        for (const content::FetchRange& r : part) {
          w.begin_object();
          write_range(w, "chunks", r.start, r.end);
          write_range(w, "bytes", r.first_byte, r.last_byte);
          w.end_object();
        }
        w.end_array().end_object();
      }
      w.end_array();
    }
    w.end_object();
  }
  w.end_object();
  auto r = http::Response::json(200, std::move(w).str());
  r.headers.add("Cache-Control", "no-store");
  co_return r;
}

// GET with ?file_id= (repeated), or POST with [{"prefix","hash"}].
Answer XetApi::reconstruct_many(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, false));
  std::vector<std::string> asked;
  if (x.request.method == "POST") {
    KT_CO_TRY(std::string body, co_await x.request.read_all(1 << 20));
    KT_CO_TRY(Json list, Json::parse(body));
    if (!list.array()) co_return fail(Errc::malformed, "malformed", "The body must be a list of {\"prefix\",\"hash\"}.");
    for (const Json& item : *list.array()) asked.push_back(item.text_or("hash"));
  } else {
    asked = x.query().all("file_id");
  }
  if (asked.empty() || asked.size() > batch_files) co_return fail(Errc::malformed, "malformed", "Ask for 1 to 1000 files.");
  JsonWriter files;
  files.begin_object();
  std::map<Hash, std::vector<content::FetchRange>> fetch;
  for (const std::string& text : asked) {
    auto hash = Hash::parse_text(text);
    if (!hash) co_return fail(Errc::malformed, "malformed_hash", "A hash has 64 hexadecimal characters.");
    KT_CO_TRY(content::Reconstruction plan, co_await s_.content.reconstruct(who.repository.id, *hash, {}));
    files.key(hash->text());
    write_terms(files, plan.terms);
    for (auto& [xorb, ranges] : plan.fetch) join(fetch[xorb], ranges);
  }
  files.end_object();
  JsonWriter w;
  w.begin_object().raw_field("files", files.text()).raw_field("fetch_info", fetch_info(x, who, fetch)).end_object();
  co_return http::Response::json(200, std::move(w).str());
}

// Only an uploader is told what his party's repositories hold; to a reader nothing is known.
Answer XetApi::query_chunk(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, false));
  KT_CO_CHECK(prefix_param(x));
  KT_CO_TRY(Hash chunk, hash_param(x, "hash"));
  std::optional<std::string> answer;
  if (who.grant.write) {
    KT_CO_TRY(answer, co_await s_.content.dedup_answer(who.scope, chunk));
  }
  if (!answer) co_return fail(Errc::not_found, "chunk_not_found", "The chunk is not known.");
  co_return http::Response::text(200, "application/octet-stream", std::move(*answer));
}

Answer XetApi::head_file(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, false));
  KT_CO_TRY(Hash file, hash_param(x, "file"));
  KT_CO_TRY(std::uint64_t size, co_await s_.content.file_size(who.repository.id, file));
  http::Response r;
  r.headers.add("Content-Type", "application/octet-stream");
  r.head_length = size;
  co_return r;
}

}  // namespace kontor::xet
