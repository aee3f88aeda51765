// What the HTTP server does at the edges of the protocol, seen through raw sockets: framing that could be read in two ways, limits,
// pipelining, refusals before a body was read, cut-off bodies and answers, files, TLS and Unix sockets.
#include "io/http_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>

#include "base/text.hpp"

namespace kontor::http {
namespace {

constexpr int patience_s = 20;  // for one answer; only a failing test waits so long

struct TempFolder {
  std::string path;
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "kontor-http-XXXXXX").string();
    KT_ASSERT(::mkdtemp(name.data()));
    path = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

struct Answer {
  int status = 0;  // 0: the connection ended before a whole head
  std::string head, body;
  bool whole = false;
  std::string field(std::string_view name) const {
    for (std::string_view line : split(head, '\n')) {
      std::size_t colon = line.find(':');
      if (colon != std::string_view::npos && iequals(line.substr(0, colon), name)) return std::string(trim(line.substr(colon + 1)));
    }
    return {};
  }
};

// A client that sends what it is told, byte for byte.
class Wire {
 public:
  explicit Wire(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    KT_ASSERT(::connect(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    limit();
  }
  explicit Wire(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    std::memcpy(a.sun_path, unix_path.c_str(), unix_path.size() + 1);
    KT_ASSERT(::connect(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    limit();
  }
  Wire(const Wire&) = delete;
  ~Wire() {
    if (ssl_) SSL_free(ssl_);
    if (context_) SSL_CTX_free(context_);
    ::close(fd_);
  }
  bool start_tls() {
    context_ = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    return SSL_connect(ssl_) == 1;
  }
  // False: the other side is gone.
  bool send(std::string_view data) {
    while (!data.empty()) {
      ssize_t n = ssl_ ? SSL_write(ssl_, data.data(), static_cast<int>(data.size())) : ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      data.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  bool readable_within(int ms) {
    pollfd p{fd_, POLLIN, 0};
    return !seen_.empty() || ::poll(&p, 1, ms) > 0;
  }
  Answer answer(bool to_head = false) {
    Answer a;
    std::size_t end;
    while ((end = seen_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return a;
    a.head = seen_.substr(0, end + 2);
    seen_.erase(0, end + 4);
    a.status = std::atoi(a.head.substr(9, 3).c_str());
    if (to_head || a.status == 100 || a.status == 204 || a.status == 304) {
      a.whole = true;
    } else if (auto length = parse_u64(a.field("Content-Length"))) {
      while (seen_.size() < *length && more()) {
      }
      a.whole = seen_.size() >= *length;
      a.body = seen_.substr(0, *length);
      seen_.erase(0, a.body.size());
    } else if (a.field("Transfer-Encoding") == "chunked") {
      a.whole = chunks(a.body);
    } else {
      while (more()) {
      }
      a.whole = true;
      a.body = std::exchange(seen_, {});
    }
    return a;
  }
  // True once the server has closed its side with nothing left unread.
  bool closed() { return seen_.empty() && !more() && !timed_out_; }

 private:
  void limit() {
    timeval t{patience_s, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
  }
  bool more() {
    char buffer[16384];
    ssize_t n = ssl_ ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) {
      timed_out_ = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
      return false;
    }
    seen_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  bool chunks(std::string& body) {
    for (;;) {
      std::size_t nl;
      while ((nl = seen_.find("\r\n")) == std::string::npos)
        if (!more()) return false;
      std::size_t size = std::stoul(seen_.substr(0, nl), nullptr, 16);
      while (seen_.size() < nl + 2 + size + 2)
        if (!more()) return false;
      body += seen_.substr(nl + 2, size);
      seen_.erase(0, nl + 2 + size + 2);
      if (size == 0) return true;
    }
  }
  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string seen_;
  bool timed_out_ = false;
};

Task<Status> write_all(BodySink& sink, std::vector<std::string> pieces) {
  for (const auto& p : pieces) KT_CO_CHECK(co_await sink.write(p));
  co_return Status{};
}
Task<Status> send_piece(BodySink& sink, int fd, std::uint64_t offset, std::uint64_t length) {
  co_return co_await sink.send_file(fd, offset, length);
}

// A server on one loop whose answers are chosen by the path.
struct Site {
  explicit Site(ServerLimits limits = {}) : server(loops, limits, [this](Request& r) { return handle(r); }) {}
  ~Site() { server.shutdown(std::chrono::seconds(5)); }

  int open() {
    auto port = server.listen({.address = "127.0.0.1"});
    EXPECT_TRUE(port) << (port ? "" : port.error().message);
    return port.value_or(0);
  }

  Task<Response> handle(Request& r) {
    if (r.path == "/echo") {
      auto body = co_await r.read_all(1 << 20);
      if (!body) {
        last_error.set_value(body.error().code);
        co_return Response::text(400, "text/plain", body.error().code);
      }
      co_return Response::text(200, "text/plain", *body);
    }
    if (r.path == "/refuse") co_return Response::text(413, "text/plain", "too large");
    if (r.path == "/slow") {
      slow_begun.set_value();
      co_await io::sleep_for(std::chrono::milliseconds(50));
    }
    if (r.path == "/peer") co_return Response::text(200, "text/plain", r.peer + (r.tls ? " tls" : "") + (r.loopback ? " loopback" : ""));
    if (r.path == "/short" || r.path == "/stream") {
      Response a;
      a.stream = [](BodySink& sink) { return write_all(sink, {"abc", "defg"}); };
      if (r.path == "/short") a.stream_length = 10;
      co_return a;
    }
    if (r.path == "/file") {
      Response a;
      a.stream_length = file_bytes;
      a.stream = [fd = file, n = file_bytes](BodySink& sink) { return send_piece(sink, fd, 3, n); };
      co_return a;
    }
    co_return Response::text(200, "text/plain", r.method + " " + r.target);
  }

  io::LoopPool loops{1};
  int file = -1;
  std::uint64_t file_bytes = 0;
  std::promise<void> slow_begun;
  std::promise<std::string> last_error;  // of a body that could not be read
  Server server;
};

std::string get(std::string_view target) { return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

// One request on a connection of its own.
Answer ask(int port, std::string_view bytes, bool* closed = nullptr) {
  Wire w(port);
  w.send(bytes);
  Answer a = w.answer();
  if (closed) *closed = w.closed();
  return a;
}

}  // namespace

TEST(HttpServer, RefusesFramingThatCouldBeReadInTwoWays) {
  Site site;
  int port = site.open();
  const char* ambiguous[] = {
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello!",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nhello",
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost : a\r\nContent-Length: 0\r\n\r\n",
      "nonsense\r\n\r\n",
  };
  for (const char* bytes : ambiguous) {
    bool closed = false;
    Answer a = ask(port, bytes, &closed);
    EXPECT_EQ(a.status, 400) << bytes;
    EXPECT_EQ(a.field("Connection"), "close") << bytes;
    EXPECT_TRUE(closed) << bytes;
  }
}

TEST(HttpServer, LimitsTheHeadOfARequest) {
  Site site;
  int port = site.open();
  std::string long_target = "GET /" + std::string(20'000, 'a');
  bool closed = false;
  EXPECT_EQ(ask(port, long_target + " HTTP/1.1\r\nHost: a\r\n\r\n", &closed).status, 414);
  EXPECT_TRUE(closed);
  EXPECT_EQ(ask(port, long_target, &closed).status, 414);  // its end never came
  EXPECT_TRUE(closed);
  std::string long_fields = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 70; ++i) long_fields += "X-" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(ask(port, long_fields + "\r\n", &closed).status, 431);
  EXPECT_TRUE(closed);
  EXPECT_EQ(ask(port, "GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x'), &closed).status, 431);
  EXPECT_TRUE(closed);
  for (const char* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9"}) {
    EXPECT_EQ(ask(port, "GET / " + std::string(version) + "\r\nHost: a\r\n\r\n", &closed).status, 505) << version;
    EXPECT_TRUE(closed) << version;
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  Site site;
  Wire w(site.open());
  w.send(get("/slow") + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo" + get("/stream") + get("/four"));
  EXPECT_EQ(w.answer().body, "GET /slow");
  EXPECT_EQ(w.answer().body, "two");
  EXPECT_EQ(w.answer().body, "abcdefg");
  EXPECT_EQ(w.answer().body, "GET /four");
}

TEST(HttpServer, KeepsAConnectionUnlessToldOtherwise) {
  Site site;
  int port = site.open();
  Wire w(port);
  for (const char* target : {"/a", "/b"}) {
    w.send(get(target));
    EXPECT_EQ(w.answer().body, "GET " + std::string(target));
  }
  EXPECT_EQ(site.server.counters().connections.load(), 1u);
  w.send("GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  Answer last = w.answer();
  EXPECT_EQ(last.field("Connection"), "close");
  EXPECT_TRUE(w.closed());
  Wire old(port);
  old.send("GET /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.answer().field("Connection"), "keep-alive");
  old.send("GET /stream HTTP/1.0\r\n\r\n");  // no chunks for HTTP/1.0: the end of the connection ends the body
  Answer streamed = old.answer();
  EXPECT_EQ(streamed.field("Transfer-Encoding"), "");
  EXPECT_EQ(streamed.body, "abcdefg");
  EXPECT_TRUE(old.closed());
}

TEST(HttpServer, HeadHasNoBody) {
  Site site;
  Wire w(site.open());
  w.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/after"));
  Answer a = w.answer(true);
  EXPECT_EQ(a.status, 200);
  EXPECT_EQ(a.field("Content-Length"), "7");
  EXPECT_EQ(w.answer(true).status, 200);
  EXPECT_EQ(w.answer().body, "GET /after");
}

TEST(HttpServer, ReadsChunkedBodies) {
  Site site;
  int port = site.open();
  std::string request =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: "
      "x\r\n\r\n";
  Wire w(port);
  w.send(request);
  EXPECT_EQ(w.answer().body, "hello 0123456789");
  for (char c : request) w.send({&c, 1});
  EXPECT_EQ(w.answer().body, "hello 0123456789");
  w.send(get("/after"));
  EXPECT_EQ(w.answer().body, "GET /after");
  bool closed = false;
  EXPECT_EQ(ask(port, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", &closed).body, "malformed");
  EXPECT_TRUE(closed);
}

TEST(HttpServer, SaysContinueOnlyWhenTheBodyIsWanted) {
  Site site;
  int port = site.open();
  Wire w(port);
  w.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(w.answer().status, 100);
  w.send("hello");
  EXPECT_EQ(w.answer().body, "hello");
  w.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  Answer refused = w.answer();
  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(refused.field("Connection"), "close");
  EXPECT_TRUE(w.closed());
}

TEST(HttpServer, AnEarlyRefusalReachesAClientThatIsStillSending) {
  Site site;
  int port = site.open();
  Wire w(port);
  w.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  EXPECT_TRUE(w.send(std::string(800'000, 'x')));
  Answer a = w.answer();
  EXPECT_EQ(a.status, 413);
  EXPECT_EQ(a.body, "too large");
  EXPECT_EQ(a.field("Connection"), "close");
  // A small body is dropped instead, and the connection goes on.
  Wire small(port);
  small.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + get("/after"));
  EXPECT_EQ(small.answer().status, 413);
  EXPECT_EQ(small.answer().body, "GET /after");
}

TEST(HttpServer, AHandlerSeesThatABodyWasCutOff) {
  for (const char* head : {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\nA\r\nabc"}) {
    Site site;
    Wire w(site.open());
    auto error = site.last_error.get_future();
    w.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + std::string(head));
    w.end_sending();
    ASSERT_EQ(error.wait_for(std::chrono::seconds(patience_s)), std::future_status::ready);
    EXPECT_EQ(error.get(), "client_gone");
    (void)w.answer();
    EXPECT_TRUE(w.closed());
  }
}

TEST(HttpServer, CutsOffAHeadThatTakesTooLong) {
  Site site({.header_seconds = 1});
  Wire w(site.open());
  std::string head = "GET / HTTP/1.1\r\nX: " + std::string(1000, 'x');
  bool cut = false;
  // One byte every now and then does not help: the limit is for the whole head.
  for (std::size_t i = 0; i < 200 && !cut; ++i) cut = !w.send(head.substr(i, 1)) || w.readable_within(100);
  EXPECT_TRUE(cut);
  EXPECT_EQ(w.answer().status, 0);
  EXPECT_TRUE(w.closed());
}

TEST(HttpServer, AnAnswerShorterThanAnnouncedEndsTheConnection) {
  Site site;
  Wire w(site.open());
  w.send(get("/short") + get("/after"));
  Answer a = w.answer();
  EXPECT_EQ(a.field("Content-Length"), "10");
  EXPECT_EQ(a.body, "abcdefg");
  EXPECT_FALSE(a.whole);
  EXPECT_TRUE(w.closed());
}

struct FileSite : Site {
  FileSite() {
    contents.resize(5'000'003);
    for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<char>(i * 2654435761u >> 13);
    std::ofstream(folder.path + "/file", std::ios::binary) << contents;
    file = ::open((folder.path + "/file").c_str(), O_RDONLY | O_CLOEXEC);
    file_bytes = contents.size() - 3;
  }
  ~FileSite() { ::close(file); }
  TempFolder folder;
  std::string contents;
};

TEST(HttpServer, SendsFiles) {
  FileSite site;
  Wire w(site.open());
  w.send(get("/file") + get("/file") + get("/after"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(w.answer().body == site.contents.substr(3));
  EXPECT_EQ(w.answer().body, "GET /after");
  site.file_bytes += 1;  // more than the file has
  w.send(get("/file"));
  EXPECT_FALSE(w.answer().whole);
  EXPECT_TRUE(w.closed());
}

// A certificate signed by itself, for one test.
static void make_certificate(const std::string& cert_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), 0);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME* name = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(cert, name);
  KT_ASSERT(X509_sign(cert, key, EVP_sha256()) > 0);
  FILE* f = std::fopen(cert_file.c_str(), "w");
  PEM_write_X509(f, cert);
  std::fclose(f);
  f = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(f, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(f);
  X509_free(cert);
  EVP_PKEY_free(key);
}

TEST(HttpServer, SpeaksTls) {
  FileSite site;
  std::string cert = site.folder.path + "/cert.pem", key = site.folder.path + "/key.pem";
  make_certificate(cert, key);
  auto port = site.server.listen({.address = "127.0.0.1", .tls_cert = cert, .tls_key = key});
  ASSERT_TRUE(port) << port.error().message;
  {
    Wire w(*port);
    ASSERT_TRUE(w.start_tls());
    w.send(get("/peer"));
    EXPECT_TRUE(w.answer().body.ends_with(" tls loopback"));
    w.send(get("/file"));
    EXPECT_TRUE(w.answer().body == site.contents.substr(3));
  }
  EXPECT_EQ(ask(*port, get("/peer")).status, 0);  // not HTTP without TLS
  auto unusable = site.server.listen({.address = "127.0.0.1", .tls_cert = key, .tls_key = cert});
  ASSERT_FALSE(unusable);
  EXPECT_EQ(unusable.error().code, "tls_unusable");
}

TEST(HttpServer, ListensOnAUnixSocketOfItsOwner) {
  TempFolder folder;
  std::string path = folder.path + "/socket";
  {
    Site site;
    ASSERT_TRUE(site.server.listen({.unix_path = path}));
    struct stat st{};
    ASSERT_EQ(::stat(path.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u);
    Wire w(path);
    w.send(get("/peer") + get("/stream"));
    EXPECT_EQ(w.answer().body, " loopback");
    EXPECT_EQ(w.answer().body, "abcdefg");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(HttpServer, ShutdownLetsRunningRequestsEndAndClosesIdleConnections) {
  Site site;
  int port = site.open();
  Wire busy(port), idle(port);
  idle.send(get("/first"));
  EXPECT_EQ(idle.answer().status, 200);
  auto begun = site.slow_begun.get_future();
  busy.send(get("/slow"));
  ASSERT_EQ(begun.wait_for(std::chrono::seconds(patience_s)), std::future_status::ready);
  site.server.shutdown(std::chrono::seconds(patience_s));
  Answer a = busy.answer();
  EXPECT_EQ(a.body, "GET /slow");
  EXPECT_EQ(a.field("Connection"), "close");
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(site.server.counters().open.load(), 0);
}

}  // namespace kontor::http
