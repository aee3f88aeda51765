// HTTP messages of our own: what handlers see. No library type. One connection is one coroutine on one event loop; everything here is
// used on that loop only.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"

namespace kontor::http {

// Header fields in order of arrival; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  std::optional<std::string_view> get(std::string_view name) const;  // first of that name
  bool has(std::string_view name) const { return get(name).has_value(); }
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Pulls the body of a request. Nothing of it has been read when a handler starts; what a handler leaves is dropped or the connection
// closed.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Up to out.size() bytes; 0 at the end. Errors: malformed (bad framing, truncated), unavailable (client gone, timeout),
  // too_large (over set_limit).
  virtual Task<Result<std::size_t>> read(std::span<char> out) = 0;
  virtual void set_limit(std::uint64_t bytes) = 0;
};

struct Request {
  std::string method;      // "GET", upper case
  std::string target;      // as sent, without fragment
  std::string_view path;   // raw (still percent-encoded) path of target
  std::string_view query;  // raw query, without '?'
  int minor_version = 1;   // HTTP/1.x
  Headers headers;
  std::optional<std::uint64_t> content_length;  // absent: no body, or chunked
  bool has_body = false;
  bool tls = false;
  std::string peer;  // "127.0.0.1:5332"; empty on a Unix socket
  bool loopback = false;
  BodySource* body = nullptr;

  std::string_view header(std::string_view name) const { return headers.get(name).value_or(std::string_view()); }
  // Whole body, refused above `limit` bytes before more than that is read.
  Task<Result<std::string>> read_all(std::uint64_t limit);
};

// Decoded query or form parameters; keys "k" and "k[]" are the same.
class Parameters {
 public:
  explicit Parameters(std::string_view encoded);
  std::optional<std::string> get(std::string_view key) const;
  std::vector<std::string> all(std::string_view key) const;
  bool flag(std::string_view key) const;  // 1, true, True
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Pushes the body of a response. Back pressure: each call returns when the bytes were handed to the kernel.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Task<Status> write(std::string_view data) = 0;
  // Bytes [offset, offset + length) of an open file, without a copy through user space where the connection allows (sendfile).
  virtual Task<Status> send_file(int fd, std::uint64_t offset, std::uint64_t length) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;                               // used when stream is empty
  std::function<Task<Status>(BodySink&)> stream;  // called once, after the head was sent; must not be a capturing coroutine
                                                  // lambda: let it call a function that takes what it needs by value
  std::optional<std::uint64_t> stream_length;     // known: Content-Length, must be met exactly; else chunked
  // For HEAD: Content-Length of what GET would send. Otherwise derived.
  std::optional<std::uint64_t> head_length;
  std::function<void()> after;  // called when the answer was sent or given up

  static Response text(int status, std::string_view content_type, std::string body);
  static Response json(int status, std::string body) { return text(status, "application/json; charset=utf-8", std::move(body)); }
};

std::string_view reason(int status);

// A parsed Range header against a known size. nullopt: no or unusable header (send everything).
struct ByteRange {
  std::uint64_t first = 0, last = 0;  // inclusive, clamped to the size
  std::uint64_t length() const { return last - first + 1; }
};
// Errors: range_not_satisfiable. Several ranges: only with allow_many.
Result<std::vector<ByteRange>> parse_range(std::string_view header, std::uint64_t size, bool allow_many);

}  // namespace kontor::http
