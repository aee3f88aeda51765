// Uploads: xorbs, the question whether one is there already, shards.
#include "base/json_text.hpp"
#include "protocols/xet/xet_api.hpp"

namespace kontor::xet {
namespace {

// Shards up to this size are registered before the answer starts, so that a refusal has its own status.
constexpr std::size_t answer_at_once = 4 << 20;  // bytes

http::Response result_line(bool fresh) {
  auto r = http::Response::text(200, "application/x-ndjson",
                                fresh ? "{\"type\":\"result\",\"result\":1}\n" : "{\"type\":\"result\",\"result\":0}\n");
  r.headers.add("Cache-Control", "no-cache");
  return r;
}

Task<Status> write_progress(http::BodySink* sink, std::uint64_t verified, std::uint64_t total) {
  JsonWriter w;
  w.begin_object().field("type", "validating").field("verified", verified).field("total", total).end_object();
  std::string line = std::move(w).str() + "\n";
  co_return co_await sink->write(line);
}

// `keep` holds what the work needs until it is done.
Task<Status> register_and_tell(content::Content* content, content::Scope scope, std::shared_ptr<std::string> body,
                               std::shared_ptr<void> keep, http::BodySink* sink) {
  content::Content::Progress progress = [sink](std::uint64_t verified, std::uint64_t total) {
    return write_progress(sink, verified, total);
  };
  KT_CO_CHECK(co_await write_progress(sink, 0, 0));
  auto done = co_await content->register_shard(std::move(scope), std::move(*body), std::move(progress));
  JsonWriter w;
  if (done) {
    w.begin_object().field("type", "result").field("result", *done ? 1 : 0).end_object();
  } else {
    const Error& e = done.error();
    bool ours = e.kind == Errc::internal || e.kind == Errc::unavailable;
    w.begin_object()
        .field("type", "error")
        .field("message", e.kind == Errc::internal ? "Something went wrong on our side." : e.message)
        .field("retryable", ours)
        .end_object();
  }
  std::string line = std::move(w).str() + "\n";
  co_return co_await sink->write(line);
}

}  // namespace

Answer XetApi::put_xorb(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, true));
  KT_CO_CHECK(prefix_param(x));
  KT_CO_TRY(Hash hash, hash_param(x, "hash"));
  if (!x.request.has_body || !x.request.body) co_return fail(Errc::malformed, "body_missing", "The xorb is missing.");
  content::SourceOf<http::BodySource> source(*x.request.body);
  KT_CO_TRY(bool fresh, co_await s_.content.store_xorb(who.scope, hash, source));
  co_return http::Response::json(200, fresh ? "{\"was_inserted\":true}" : "{\"was_inserted\":false}");
}

Answer XetApi::head_xorb(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, false));
  KT_CO_CHECK(prefix_param(x));
  KT_CO_TRY(Hash hash, hash_param(x, "hash"));
  // What a reader may know of is what he can read; the scope is the owner's, so only writers are told.
  std::optional<std::uint64_t> size;
  if (who.grant.write) {
    KT_CO_TRY(size, co_await s_.content.known_xorb(who.scope, hash));
  }
  if (!size) co_return fail(Errc::not_found, "xorb_not_found", "There is no such xorb.");
  http::Response r;
  r.headers.add("Content-Type", "application/octet-stream");
  r.head_length = *size;
  co_return r;
}

// 200: stored already, the client sends nothing. 404: it sends the xorb. Any other success would be fatal for it.
Answer XetApi::ask_grant(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, true));
  KT_CO_CHECK(prefix_param(x));
  KT_CO_TRY(Hash hash, hash_param(x, "hash"));
  KT_CO_TRY(bool known, co_await s_.content.keep_known_xorb(who.scope, hash));
  if (!known) co_return fail(Errc::not_found, "no_grants", "Send the xorb itself.");
  co_return http::Response::json(200, "{}");
}

Result<XetApi::Room> XetApi::room_for_shard(const Exchange& x) {
  std::uint64_t bytes = std::min(x.request.content_length.value_or(content::max_shard_body), content::max_shard_body);
  Room room(shard_bytes_, bytes);
  if (shard_bytes_.fetch_add(bytes) + bytes > shard_budget)
    return fail(Errc::unavailable, "busy", "Too many shards are being registered: try again in a moment.");
  return room;
}

Answer XetApi::put_shard(Exchange& x) {
  KT_CO_TRY(Bearer who, co_await bearer(x, true));
  KT_CO_TRY([[maybe_unused]] Room room, room_for_shard(x));
  KT_CO_TRY(std::string body, co_await x.request.read_all(content::max_shard_body));
  KT_CO_TRY(bool fresh, co_await s_.content.register_shard(who.scope, std::move(body)));
  co_return http::Response::json(200, fresh ? "{\"result\":1}" : "{\"result\":0}");
}

Answer XetApi::put_shard_streaming(Exchange& x) {
  auto who = co_await bearer(x, true);
  if (!who) co_return Unexpected(who.error());
  KT_CO_TRY(Room room, room_for_shard(x));
  KT_CO_TRY(std::string body, co_await x.request.read_all(content::max_shard_body));
  if (body.size() <= answer_at_once) {
    KT_CO_TRY(bool fresh, co_await s_.content.register_shard(who->scope, std::move(body)));
    co_return result_line(fresh);
  }
  http::Response r = result_line(true);
  r.body.clear();
  content::Content* content = &s_.content;
  auto shared = std::make_shared<std::string>(std::move(body));
  std::shared_ptr<void> keep = std::make_shared<Room>(room);
  r.stream = [content, scope = who->scope, shared, keep](http::BodySink& sink) {
    return register_and_tell(content, scope, shared, keep, &sink);
  };
  co_return r;
}

}  // namespace kontor::xet
