// Memory that begins at a page: what the kernel takes to and from a disk without copying it.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace kontor {

class AlignedBuffer {
 public:
  static constexpr std::size_t alignment = 4096;
  static constexpr std::uint64_t down(std::uint64_t n) { return n / alignment * alignment; }
  static constexpr std::uint64_t up(std::uint64_t n) { return down(n + alignment - 1); }

  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t bytes) { (void)room(bytes); }
  // At least so many bytes; what was in it is lost if it has to grow.
  std::span<char> room(std::size_t bytes) {
    if (size_ < bytes) {
      size_ = up(bytes);
      data_.reset();
      data_.reset(static_cast<char*>(std::aligned_alloc(alignment, size_)));
      if (!data_) throw std::bad_alloc();
    }
    return {data_.get(), bytes};
  }
  std::span<char> all() { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };
  std::unique_ptr<char, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace kontor
