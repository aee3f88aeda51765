// Git objects and packs (SHA-1 repositories): ids, trees, commits, tags, LFS pointers, and pack files without deltas.
// Formats: gitformat-pack(5), git-hash-object(1), the Git LFS pointer specification.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kontor::git {

struct Oid {
  std::array<unsigned char, 20> bytes{};
  auto operator<=>(const Oid&) const = default;
  std::string hex() const;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  bool is_zero() const { return *this == Oid{}; }
  static std::optional<Oid> parse(std::string_view hex40);  // lower or upper case
  static Oid from_bytes(std::string_view bytes20);
};

enum class Type { commit = 1, tree = 2, blob = 3, tag = 4 };
std::string_view type_name(Type t);

Oid object_id(Type type, std::string_view body);

struct TreeEntry {
  std::string name;
  Oid oid;
  bool is_tree = false;
  std::uint32_t mode = 0100644;  // kept for files: 0100644, 0100755, 0120000; 040000 for trees
};
// Sorts as git does (folders as if followed by '/').
std::string encode_tree(std::vector<TreeEntry> entries);
Result<std::vector<TreeEntry>> parse_tree(std::string_view body);  // malformed

struct Person {
  std::string name, email;
  std::int64_t seconds = 0;
};
struct Commit {
  Oid tree;
  std::vector<Oid> parents;
  Person author, committer;
  std::string message;
  std::string title() const;  // first line
  std::string rest() const;   // without the title and the empty line after it
};
std::string encode_commit(const Commit& c);
Result<Commit> parse_commit(std::string_view body);

struct Tag {
  Oid target;
  std::string name, message;
  Person tagger;
};
std::string encode_tag(const Tag& t);
Result<Oid> parse_tag_target(std::string_view body);

struct LfsPointer {
  std::string sha256;  // 64 lower-case hex
  std::uint64_t size = 0;
};
std::string encode_pointer(const LfsPointer& p);
std::optional<LfsPointer> parse_pointer(std::string_view blob);  // anything that is not exactly a pointer: nullopt

// Collects objects and gives a complete pack file.
class PackWriter {
 public:
  struct Entry {
    Oid oid;
    Type type;
    std::uint64_t size;    // uncompressed bytes
    std::uint64_t offset;  // of the record in the pack
    std::optional<LfsPointer> pointer;
  };
  Oid add(Type type, std::string_view body);  // an object that was added before is not stored twice
  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  std::uint64_t bytes() const { return data_.size(); }
  // The pack; its name is the hex SHA-1 that ends it.
  struct Pack {
    std::string bytes, name;
  };
  Pack finish() &&;

 private:
  std::string data_;  // records, without the 12 bytes in front
  std::vector<Entry> entries_;
  std::set<Oid> seen_;
};

// One record of a pack written by PackWriter. `record` starts at its offset and may reach beyond it.
struct RecordHead {
  Type type;
  std::uint64_t size;
  std::size_t head_bytes;
};
Result<RecordHead> parse_record_head(std::string_view record);
// Inflates exactly `size` bytes. Errors: malformed.
Result<std::string> inflate_exact(std::string_view data, std::uint64_t size);
inline std::uint64_t max_deflated(std::uint64_t size) { return size + size / 1000 + 64; }

}  // namespace kontor::git
