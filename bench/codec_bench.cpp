// Rates of the codecs on one core over memory: chunker, BLAKE3 of each chunk and both together, beside SHA-256 (OpenSSL) and memcpy.
// Usage: codec_bench [MiB] [rounds]; the median of the rounds is printed.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "codec/chunker.hpp"
#include "codec/hash.hpp"
#include "codec/sha256.hpp"
#include "codec/xorb.hpp"

using namespace kontor;

namespace {

double cpu_now() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t size = static_cast<std::size_t>(argc > 1 ? std::atoi(argv[1]) : 256) << 20;
  int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
  std::string data(size, '\0'), copy(size, '\0');
  std::mt19937_64 random(7);
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    std::uint64_t v = random();
    std::memcpy(data.data() + i, &v, 8);
  }
  std::vector<std::string_view> chunks;
  for (std::string_view left = data; !left.empty();) {
    std::size_t n = codec::next_boundary(left);
    if (n == 0) n = left.size();
    chunks.push_back(left.substr(0, n));
    left.remove_prefix(n);
  }
  std::uint64_t sink = 0;
  double peer = 0;
  auto measure = [&](const char* name, const std::function<void()>& work) {
    std::vector<double> seconds;
    for (int i = 0; i < rounds; ++i) {
      double before = cpu_now();
      work();
      seconds.push_back(cpu_now() - before);
    }
    std::sort(seconds.begin(), seconds.end());
    double rate = static_cast<double>(size) / seconds[seconds.size() / 2] / 1e9;
    if (peer == 0) peer = rate;
    std::printf("%-28s %7.2f GB/s   %6.2f x SHA-256\n", name, rate, rate / peer);
  };
  measure("SHA-256", [&] { sink += codec::sha256(data).word(0); });
  measure("memcpy", [&] {
    std::memcpy(copy.data(), data.data(), size);
    sink += static_cast<unsigned char>(copy[size / 2]);
  });
  measure("chunker", [&] {
    for (std::string_view left = data; !left.empty();) {
      std::size_t n = codec::next_boundary(left);
      if (n == 0) n = left.size();
      sink += n;
      left.remove_prefix(n);
    }
  });
  measure("BLAKE3 of each chunk", [&] {
    for (std::string_view c : chunks) sink += codec::chunk_hash(c).word(0);
  });
  measure("chunker and BLAKE3", [&] {
    codec::Chunker chunker;
    auto emit = [&](std::string_view c) { sink += codec::chunk_hash(c).word(0); };
    for (std::size_t at = 0; at < size; at += 4 << 20) chunker.feed(std::string_view(data).substr(at, 4 << 20), emit);
    chunker.finish(emit);
  });
  measure("packing into xorbs", [&] {
    codec::Chunker chunker;
    codec::XorbBuilder builder;
    std::string out;
    auto emit = [&](std::string_view c) {
      if (!builder.fits(c.size())) builder.clear();
      builder.add(c, codec::chunk_hash(c), out);
      if (out.size() > (4u << 20)) {
        sink += out.size();
        out.clear();
      }
    };
    for (std::size_t at = 0; at < size; at += 4 << 20) chunker.feed(std::string_view(data).substr(at, 4 << 20), emit);
    chunker.finish(emit);
  });
  std::printf("chunks: %zu, mean %zu bytes (%llx)\n", chunks.size(), size / chunks.size(), static_cast<unsigned long long>(sink));
}
