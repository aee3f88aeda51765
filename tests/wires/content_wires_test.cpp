// The Xet and LFS wires against real content on SQLite, without sockets: requests go through the router to the handlers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/sql/content_contract.hpp"
#include "adapters/sqlite/sqlite_storage.hpp"
#include "codec/json.hpp"
#include "protocols/lfs/lfs_api.hpp"
#include "protocols/xet/xet_api.hpp"
#include "server/router.hpp"

namespace kontor {
namespace {

using namespace sql::contract;
using repository::Kind;
using repository::Need;
using repository::Repository;

// Two repositories: alice's "a/open" is public, bob's "b/shut" is private.
class FakeAccess final : public repository::Access {
 public:
  std::set<std::string> ended;  // parties whose access was taken away
  std::set<std::string> unpaid;

  Task<Result<Repository>> open(identity::Caller caller, Kind kind, std::string ns, std::string name, Need need, std::string, bool) override {
    for (const Repository& r : all())
      if (r.kind == kind && r.ns == ns && r.name == name) co_return decide(r, caller.anonymous ? "" : caller.party, need);
    co_return fail(caller.anonymous ? Errc::unauthenticated : Errc::not_found, "repo_not_found", "No such repository.");
  }
  Task<Result<Repository>> recheck(std::string party, std::string id, Need need, bool) override {
    for (const Repository& r : all())
      if (r.id == id) co_return decide(r, party, need);
    co_return fail(Errc::not_found, "repo_not_found", "No such repository.");
  }
  Result<bool> gate_open(UnitOfWork&, const identity::Caller&, const Repository&) override { return true; }

 private:
  Result<Repository> decide(const Repository& r, const std::string& party, Need need) {
    if (ended.contains(party)) return fail(Errc::not_found, "repo_not_found", "No such repository.");
    if (unpaid.contains(party)) return fail(Errc::payment_required, "payment_required", "Costs 5.00 USD.");
    if (party == r.owner) return r;
    if (r.visibility == identity::Visibility::private_) return fail(party.empty() ? Errc::unauthenticated : Errc::not_found, "repo_not_found", "No such repository.");
    if (need == Need::write || need == Need::admin) return fail(party.empty() ? Errc::unauthenticated : Errc::forbidden, "forbidden", "Not yours.");
    return r;
  }
  static std::vector<Repository> all() {
    Repository a{"aaaaaaaaaaaaaaaaaaaaaaaa", Kind::model, "pty_alice", "a", "open"};
    Repository b{"bbbbbbbbbbbbbbbbbbbbbbbb", Kind::dataset, "pty_bob", "b", "shut", identity::Visibility::private_};
    return {a, b};
  }
};

class TestClock final : public Clock {
 public:
  std::int64_t s = 1'800'000'000;
  Time now() const override { return Time::from_seconds(s); }
};

struct Body final : http::BodySource {
  explicit Body(std::string t) : text(std::move(t)) {}
  Task<Result<std::size_t>> read(std::span<char> out) override {
    std::size_t n = std::min(out.size(), text.size() - at);
    if (at + n > limit) co_return fail(Errc::too_large, "too_large", "Too large.");
    std::memcpy(out.data(), text.data() + at, n);
    at += n;
    co_return n;
  }
  void set_limit(std::uint64_t n) override { limit = n; }
  std::string text;
  std::size_t at = 0;
  std::uint64_t limit = UINT64_MAX;
};
struct Text final : http::BodySink {
  Task<Status> write(std::string_view d) override {
    text += d;
    co_return Status{};
  }
  Task<Status> send_file(int, std::uint64_t, std::uint64_t) override { co_return fail(Errc::internal, "no", "no"); }
  std::string text;
};

struct Got {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::string code;
  Json json() const { return Json::parse(body).value(); }
};

class Wires : public ::testing::Test {
 protected:
  Wires() {
    std::filesystem::create_directories(folder);
    storage = sqlite::SqliteStorage::open({.path = (folder / "facts.db").string()}, sql::migrations()).value();
    content = std::make_unique<content::Content>(*storage, store, bytes, pool, clock);
    xet_api = std::make_unique<xet::XetApi>(xet::XetApi::Services{*content, access, signer, clock});
    lfs_api = std::make_unique<lfs::LfsApi>(lfs::LfsApi::Services{*content, access, signer, clock, [this](const server::Exchange& x, const Repository& r) {
                                              auto t = xet::make_token(signer, x.caller.party, r.id, true, clock.now(), x.public_url);
                                              return lfs::XetOffer{x.public_url + "/refresh", t.token, t.cas_url, t.expires};
                                            }});
    surfaces.push_back(xet_api->cas_surface());
    surfaces.push_back(xet_api->token_surface(lfs::error_response));
    surfaces.push_back(lfs_api->surface());
    for (auto& s : surfaces) router.add(s);
  }
  ~Wires() override {
    content.reset();
    storage.reset();
    std::filesystem::remove_all(folder);
  }

  Got call(std::string method, std::string target, std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}, std::string party = {}) {
    if (target.starts_with("http://h")) target = target.substr(8);
    http::Request r;
    r.method = method;
    r.target = target;
    std::size_t q = target.find('?');
    r.path = std::string_view(r.target).substr(0, q);
    if (q != std::string::npos) r.query = std::string_view(r.target).substr(q + 1);
    for (auto& [k, v] : headers) r.headers.add(k, v);
    Body source(std::move(body));
    r.has_body = !source.text.empty();
    if (r.has_body) r.content_length = source.text.size();
    r.body = &source;
    auto m = router.find(method, r.path);
    Got out;
    if (!m.route) {
      out.status = m.path_exists ? 405 : 404;
      return out;
    }
    server::Exchange x{r, {}, false, m.params, "req_1", "http://h"};
    if (!party.empty()) {
      x.caller.anonymous = false;
      x.caller.party = party;
    }
    auto answer = await(m.route->handler(x));
    if (!answer) out.code = answer.error().code;
    http::Response resp = answer ? std::move(*answer) : m.surface->error(answer.error(), x);
    out.status = resp.status;
    out.headers = resp.headers;
    out.body = resp.body;
    if (resp.stream && method != "HEAD") {
      Text sink;
      auto sent = await(resp.stream(sink));
      EXPECT_TRUE(sent) << sent.error().message;
      out.body = sink.text;
      if (resp.stream_length) EXPECT_EQ(*resp.stream_length, sink.text.size());
    }
    if (resp.head_length) out.headers.set("Content-Length", std::to_string(*resp.head_length));
    return out;
  }
  std::vector<std::pair<std::string, std::string>> with(const std::string& token, std::string range = {}) {
    std::vector<std::pair<std::string, std::string>> h{{"Authorization", "Bearer " + token}};
    if (!range.empty()) h.emplace_back("Range", range);
    return h;
  }
  std::string token(std::string kind, std::string repo, std::string party) { return call("GET", "/api/models/a/open/xet-" + kind + "-token/main", {}, {}, party).json().text_or("accessToken"); }
  void upload(const ClientFile& f, const std::string& t) {
    EXPECT_EQ(call("POST", "/cas/v1/xorbs/default/" + f.hash.text(), f.xorb, with(t)).body, "{\"was_inserted\":true}");
    EXPECT_EQ(call("POST", "/cas/v2/shards", f.body(), with(t)).body, "{\"type\":\"result\",\"result\":1}\n");
  }

  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("kontor-wires-" + std::to_string(getpid()));
  std::unique_ptr<sqlite::SqliteStorage> storage;
  sql::ContentStore store;
  MemoryBytes bytes;
  TestClock clock;
  Pool pool{2};
  FakeAccess access;
  content::GrantSigner signer{std::string(32, 's')};
  std::unique_ptr<content::Content> content;
  std::unique_ptr<xet::XetApi> xet_api;
  std::unique_ptr<lfs::LfsApi> lfs_api;
  std::vector<server::Surface> surfaces;
  server::Router router;
};

std::string unpack_records(std::string_view records) {
  std::string out;
  codec::XorbReader reader;
  while (!records.empty()) {
    auto h = codec::parse_record_header(records).value();
    std::string raw(h.raw, '\0');
    EXPECT_TRUE(codec::decompress(h.scheme, records.substr(8, h.stored), raw));
    out += raw;
    records.remove_prefix(8 + h.stored);
  }
  return out;
}

}  // namespace

TEST_F(Wires, TokensAreInJsonAndInHeaders) {
  Got g = call("GET", "/api/models/a/open/xet-read-token/main");
  EXPECT_EQ(g.status, 200);
  EXPECT_EQ(g.json().text_or("accessToken"), g.headers.get("X-Xet-Access-Token").value());
  EXPECT_EQ(g.json().text_or("casUrl"), "http://h/cas");
  EXPECT_EQ(g.headers.get("X-Xet-Cas-Url").value(), "http://h/cas");
  EXPECT_EQ(std::to_string(g.json().integer_at("exp").value()), g.headers.get("X-Xet-Token-Expiration").value());
  EXPECT_EQ(call("GET", "/api/models/a/open/xet-write-token/main").status, 401);
  EXPECT_EQ(call("GET", "/api/models/a/open/xet-write-token/main", {}, {}, "pty_bob").status, 403);
  EXPECT_EQ(call("GET", "/api/models/a/open/xet-write-token/None?create_pr=1", {}, {}, "pty_alice").status, 200);
  EXPECT_EQ(call("GET", "/api/datasets/b/shut/xet-read-token/refs%2Fpr%2F1", {}, {}, "pty_alice").status, 404);
  access.unpaid.insert("pty_carol");
  EXPECT_EQ(call("GET", "/api/models/a/open/xet-read-token/main", {}, {}, "pty_carol").status, 402);
}

TEST_F(Wires, UploadAndDownloadByXet) {
  std::string data = random_text(2'000'000, 1);
  ClientFile f(data);
  std::string w = token("write", "a/open", "pty_alice"), r = token("read", "a/open", "pty_bob");
  EXPECT_EQ(call("GET", "/cas/v1/chunks/default/" + f.chunks[0].hash.text(), {}, with(w)).status, 404);
  EXPECT_EQ(call("POST", "/cas/v1/xorb-grants/default/" + f.hash.text(), "{}", with(w)).status, 404);
  EXPECT_EQ(call("POST", "/cas/v1/shards", f.body(), with(w)).status, 400);  // not 404: the xorb is missing
  upload(f, w);
  EXPECT_EQ(call("POST", "/cas/v1/xorb-grants/default/" + f.hash.text(), "{}", with(w)).status, 200);
  EXPECT_EQ(call("POST", "/cas/v1/xorbs/default/" + f.hash.text(), f.xorb, with(w)).body, "{\"was_inserted\":false}");
  EXPECT_EQ(call("POST", "/cas/shards", f.body(), with(w)).body, "{\"result\":0}");
  Got dedup = call("GET", "/cas/v1/chunks/default-merkledb/" + f.chunks[0].hash.text(), {}, with(w));
  EXPECT_EQ(dedup.status, 200);
  EXPECT_EQ(codec::parse_shard(dedup.body)->xorbs[0].hash, f.hash);
  // A reader learns nothing of what the owner stores.
  EXPECT_EQ(call("GET", "/cas/v1/chunks/default/" + f.chunks[0].hash.text(), {}, with(r)).status, 404);
  EXPECT_EQ(call("HEAD", "/cas/v1/xorbs/default/" + f.hash.text(), {}, with(r)).status, 404);
  EXPECT_EQ(call("HEAD", "/cas/v1/xorbs/default/" + f.hash.text(), {}, with(w)).headers.get("Content-Length").value(), std::to_string(f.xorb.size()));

  std::string file = f.merkle.file_hash().text();
  EXPECT_EQ(call("HEAD", "/cas/v1/files/" + file, {}, with(r)).headers.get("Content-Length").value(), "2000000");
  for (std::string path : {"/cas/v1/reconstructions/", "/cas/reconstructions/", "/cas/reconstruction/"}) {
    Json plan = call("GET", path + file, {}, with(r)).json();
    EXPECT_EQ(plan.integer_at("offset_into_first_range"), 0);
    const Json& info = (*plan.find("fetch_info")->find(f.hash.text())->array())[0];
    const Json* range = info.find("url_range");
    Got got = call("GET", info.text_or("url"), {}, {{"Range", "bytes=0-" + std::to_string(range->integer_at("end").value())}});
    EXPECT_EQ(got.status, 206);
    EXPECT_EQ(unpack_records(got.body), data);
  }
  Json plan = call("GET", "/cas/v2/reconstructions/" + file, {}, with(r, "bytes=500000-18446744073709551614")).json();
  const Json& entry = (*plan.find("xorbs")->find(f.hash.text())->array())[0];
  const Json& range = (*entry.find("ranges")->array())[0];
  std::int64_t first = *range.find("bytes")->integer_at("start"), last = *range.find("bytes")->integer_at("end");
  Got part = call("GET", entry.text_or("url"), {}, {{"Range", "bytes=" + std::to_string(first) + "-" + std::to_string(last)}});
  EXPECT_EQ(part.headers.get("Content-Range").value(), "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(f.xorb.size()));
  EXPECT_EQ(unpack_records(part.body).substr(static_cast<std::size_t>(*plan.integer_at("offset_into_first_range"))), data.substr(500'000));
  // Only what was signed.
  EXPECT_EQ(call("GET", entry.text_or("url"), {}, {{"Range", "bytes=0-" + std::to_string(last)}}).status, 403);
  EXPECT_EQ(call("GET", entry.text_or("url"), {}, {{"Range", "bytes=" + std::to_string(first) + "-"}}).status, 206);
  // Several ranges of one address.
  std::string two = "bytes=" + std::to_string(first) + "-" + std::to_string(first + 9) + "," + std::to_string(last - 4) + "-" + std::to_string(last);
  Got many = call("GET", entry.text_or("url"), {}, {{"Range", two}});
  EXPECT_EQ(many.status, 206);
  EXPECT_TRUE(many.headers.get("Content-Type")->starts_with("multipart/byteranges; boundary="));
  std::string boundary(many.headers.get("Content-Type")->substr(31));
  EXPECT_EQ(many.body, "--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " + std::to_string(first) + "-" + std::to_string(first + 9) + "/" +
                           std::to_string(f.xorb.size()) + "\r\n\r\n" + f.xorb.substr(first, 10) + "\r\n--" + boundary +
                           "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " + std::to_string(last - 4) + "-" + std::to_string(last) + "/" +
                           std::to_string(f.xorb.size()) + "\r\n\r\n" + f.xorb.substr(last - 4, 5) + "\r\n--" + boundary + "--\r\n");
  EXPECT_EQ(call("GET", "/cas/v2/reconstructions/" + file, {}, with(r, "bytes=2000000-")).status, 416);
  EXPECT_EQ(call("GET", "/cas/v2/reconstructions/" + std::string(64, '0'), {}, with(r, "bytes=0-100")).status, 200);
  EXPECT_EQ(call("GET", "/cas/v2/reconstructions/" + std::string(64, '1'), {}, with(r)).status, 404);
  EXPECT_EQ(call("GET", "/cas/v2/reconstructions/xyz", {}, with(r)).status, 400);
  for (Got batch : {call("GET", "/cas/v1/reconstructions?file_id=" + file, {}, with(r)),
                    call("POST", "/cas/v1/reconstructions", "[{\"prefix\":\"default\",\"hash\":\"" + file + "\"}]", with(r))}) {
    EXPECT_EQ(batch.status, 200);
    EXPECT_EQ(batch.json().find("files")->find(file)->array()->size(), 1u);
    EXPECT_TRUE(batch.json().find("fetch_info")->find(f.hash.text()));
  }
}

TEST_F(Wires, AccessThatEndedEndsTokensAndAddresses) {
  ClientFile f(random_text(100'000, 2));
  upload(f, token("write", "a/open", "pty_alice"));
  std::string r = token("read", "a/open", "pty_bob"), path = "/cas/v2/reconstructions/" + f.merkle.file_hash().text();
  Json plan = call("GET", path, {}, with(r)).json();
  std::string url = (*plan.find("xorbs")->find(f.hash.text())->array())[0].text_or("url");
  EXPECT_EQ(call("GET", url).status, 206);
  access.unpaid.insert("pty_bob");
  EXPECT_EQ(call("GET", path, {}, with(r)).status, 402);
  EXPECT_EQ(call("GET", url).status, 402);
  access.unpaid.clear();
  access.ended.insert("pty_bob");
  EXPECT_EQ(call("GET", path, {}, with(r)).status, 403);
  EXPECT_EQ(call("GET", url).status, 403);
  access.ended.clear();
  clock.s += xet::data_seconds;
  EXPECT_EQ(call("GET", path, {}, with(r)).status, 401);
  EXPECT_EQ(call("GET", url).status, 403);  // a client asks again after 403
  EXPECT_EQ(call("GET", "/cas/data/nonsense").status, 403);
}

TEST_F(Wires, WhatIsNotServedIs404) {
  std::string w = token("write", "a/open", "pty_alice"), r = token("read", "a/open", "");
  EXPECT_EQ(call("GET", "/cas/v2/file-chunk-hashes/" + std::string(64, '0'), {}, with(r)).status, 404);
  EXPECT_EQ(call("POST", "/cas/v1/xorb-commits/default/x/grant/y", {}, with(w)).status, 404);
  EXPECT_EQ(call("POST", "/cas/v9/whatever").status, 404);
  EXPECT_EQ(call("POST", "/v1/telemetry", "{}").status, 200);
  EXPECT_EQ(call("GET", "/cas/health").status, 200);
  EXPECT_EQ(call("POST", "/cas/v1/xorbs/default/" + std::string(64, '0'), "x", with(r)).status, 403);
  EXPECT_EQ(call("POST", "/cas/v1/xorbs/default/" + std::string(64, '0'), "x").status, 401);
  EXPECT_EQ(call("POST", "/cas/v1/xorbs/other/" + std::string(64, '0'), "x", with(w)).status, 400);
  EXPECT_EQ(call("POST", "/cas/v1/xorbs/default/short", "x", with(w)).status, 400);
}

TEST_F(Wires, ALargeShardIsAnsweredAsItIsWorkedOff) {
  ClientFile f(random_text(9'000, 5));
  std::string w = token("write", "a/open", "pty_alice");
  EXPECT_EQ(call("POST", "/cas/v1/xorbs/default/" + f.hash.text(), f.xorb, with(w)).status, 200);
  codec::Shard s = f.shard;
  while (s.files.size() < 25'000) s.files.push_back(f.shard.files[0]);
  std::string body = codec::build_upload_shard(s);
  ASSERT_GT(body.size(), 4u << 20);
  Got got = call("POST", "/cas/v2/shards", body, with(w));
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.body.starts_with("{\"type\":\"validating\",")) << got.body;
  EXPECT_TRUE(got.body.ends_with("{\"type\":\"result\",\"result\":1}\n")) << got.body;
  s.files.back().verification[0].bytes[0] ^= 1;
  Got bad = call("POST", "/cas/v2/shards", codec::build_upload_shard(s), with(w));
  EXPECT_NE(bad.body.find("{\"type\":\"error\",\"message\":\"The verification hash of a term is wrong.\",\"retryable\":false}\n"), std::string::npos) << bad.body;
  // The room that shards take is given back.
  for (int i = 0; i < 30; ++i) EXPECT_EQ(call("POST", "/cas/v1/shards", "no shard", with(w)).status, 400);
  EXPECT_EQ(call("POST", "/cas/v2/shards", f.body(), with(w)).status, 200);
}

TEST_F(Wires, LfsUploadDownloadAndVerify) {
  std::string data = random_text(300'000, 3), oid = codec::sha256_hex(data);
  auto batch = [&](std::string op, std::string party, std::string transfers = "[\"basic\"]", std::string repo = "/a/open.git", std::size_t size = 300'000) {
    return call("POST", repo + "/info/lfs/objects/batch",
                "{\"operation\":\"" + op + "\",\"transfers\":" + transfers + ",\"objects\":[{\"oid\":\"" + oid + "\",\"size\":" + std::to_string(size) + "}],\"hash_algo\":\"sha_256\"}", {}, party);
  };
  Got anonymous = batch("upload", "");
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_TRUE(anonymous.headers.has("LFS-Authenticate"));
  EXPECT_EQ(batch("upload", "pty_bob").status, 403);
  Json up = batch("upload", "pty_alice").json();
  EXPECT_EQ(up.text_or("transfer"), "basic");
  const Json* actions = (*up.find("objects")->array())[0].find("actions");
  ASSERT_TRUE(actions);
  std::string href = actions->find("upload")->text_or("href");
  EXPECT_EQ(call("PUT", href, data + "x").status, 422);
  std::string other = data;
  other[5] ^= 1;
  EXPECT_EQ(call("PUT", href, other).code, "sha256_mismatch");
  EXPECT_EQ((*batch("download", "").json().find("objects")->array())[0].find("error")->integer_at("code"), 404);
  EXPECT_EQ(call("PUT", href, data).status, 200);
  EXPECT_FALSE((*batch("upload", "pty_alice").json().find("objects")->array())[0].find("actions"));
  EXPECT_TRUE((*batch("upload", "pty_alice", "[\"basic\"]", "/a/open.git", 5).json().find("objects")->array())[0].find("error"));
  EXPECT_EQ(call("POST", actions->find("verify")->text_or("href"), "{\"oid\":\"" + oid + "\",\"size\":300000}", {}, "pty_alice").status, 200);
  EXPECT_EQ(call("POST", actions->find("verify")->text_or("href"), "{\"oid\":\"" + oid + "\",\"size\":3}", {}, "pty_alice").status, 422);

  Json down = batch("download", "", "[\"basic\"]", "/a/open").json();
  std::string get = (*down.find("objects")->array())[0].find("actions")->find("download")->text_or("href");
  EXPECT_EQ(call("GET", get).body, data);
  Got part = call("GET", get, {}, {{"Range", "bytes=299990-"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, data.substr(299'990));
  EXPECT_EQ(part.headers.get("Content-Range").value(), "bytes 299990-299999/300000");
  EXPECT_EQ(call("PUT", get, data).status, 403);  // an address to read is none to write
  std::string elsewhere = href;
  elsewhere.replace(elsewhere.find(oid), 64, std::string(64, 'a'));
  EXPECT_EQ(call("PUT", elsewhere, data).status, 403);
  access.unpaid.insert("pty_bob");
  Json unpaid = batch("download", "pty_bob").json();
  EXPECT_EQ((*unpaid.find("objects")->array())[0].find("error")->integer_at("code"), 402);

  Json xet = batch("upload", "pty_alice", "[\"multipart\",\"xet\"]", "/a/open.git", 300'000).json();
  EXPECT_EQ(xet.text_or("transfer"), "xet");
  std::string fresh = oid;
  oid = codec::sha256_hex("something new");
  xet = batch("upload", "pty_alice", "[\"xet\",\"basic\"]").json();
  const Json* header = (*xet.find("objects")->array())[0].find("actions")->find("upload")->find("header");
  EXPECT_EQ(header->text_or("X-Xet-Cas-Url"), "http://h/cas");
  EXPECT_FALSE(header->text_or("X-Xet-Access-Token").empty());
  EXPECT_EQ(call("POST", "/a/open.git/info/lfs/locks/verify", "{}").status, 404);
}

TEST_F(Wires, LfsUploadIsReadByXet) {
  std::string data = random_text(200'000, 4), oid = codec::sha256_hex(data);
  Json up = call("POST", "/a/open.git/info/lfs/objects/batch", "{\"operation\":\"upload\",\"objects\":[{\"oid\":\"" + oid + "\",\"size\":200000}]}", {}, "pty_alice").json();
  EXPECT_EQ(call("PUT", (*up.find("objects")->array())[0].find("actions")->find("upload")->text_or("href"), data).status, 200);
  auto link = storage->read_now([&](UnitOfWork& u) { return content->find(u, "aaaaaaaaaaaaaaaaaaaaaaaa", oid); }).value();
  Json plan = call("GET", "/cas/v2/reconstructions/" + link->xet_hash(), {}, with(token("read", "a/open", ""))).json();
  std::string xorb = (*plan.find("terms")->array())[0].text_or("hash");
  EXPECT_EQ(unpack_records(call("GET", (*plan.find("xorbs")->find(xorb)->array())[0].text_or("url")).body), data);
}

}  // namespace kontor
