// Where bytes come from and go to. Content knows no HTTP: protocols adapt their bodies to these ports.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/task.hpp"

namespace kontor::content {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to out.size() bytes; 0 at the end.
  virtual Task<Result<std::size_t>> read(std::span<char> out) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Task<Status> write(std::string_view data) = 0;
  // Bytes [offset, offset + length) of an open file, which stays open until the call returns.
  virtual Task<Status> send_file(int fd, std::uint64_t offset, std::uint64_t length) = 0;
};

// Any class with the same members, such as http::BodySink or http::BodySource, as one of ours. Refers to `inner`.
template <class Inner>
class SinkOf final : public ByteSink {
 public:
  explicit SinkOf(Inner& inner) : inner_(inner) {}
  Task<Status> write(std::string_view data) override { return inner_.write(data); }
  Task<Status> send_file(int fd, std::uint64_t offset, std::uint64_t length) override { return inner_.send_file(fd, offset, length); }

 private:
  Inner& inner_;
};

template <class Inner>
class SourceOf final : public ByteSource {
 public:
  explicit SourceOf(Inner& inner) : inner_(inner) {}
  Task<Result<std::size_t>> read(std::span<char> out) override { return inner_.read(out); }

 private:
  Inner& inner_;
};

}  // namespace kontor::content
