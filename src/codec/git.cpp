#include "codec/git.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace kontor::git {
namespace {

std::array<unsigned char, 20> sha1(std::initializer_list<std::string_view> pieces) {
  static EVP_MD* md = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static thread_local std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> mine(EVP_MD_CTX_new(),
                                                                                   EVP_MD_CTX_free);  // goes with its thread
  EVP_MD_CTX* ctx = mine.get();
  std::array<unsigned char, 20> out;
  EVP_DigestInit_ex2(ctx, md, nullptr);
  for (auto p : pieces) EVP_DigestUpdate(ctx, p.data(), p.size());
  EVP_DigestFinal_ex(ctx, out.data(), nullptr);
  return out;
}

Unexpected bad(std::string_view what) { return fail(Errc::malformed, "malformed", fmt::format("A git {} is damaged.", what)); }

std::string person_line(const Person& p) {
  auto clean = [](std::string s) {
    std::erase_if(s, [](char c) { return c == '<' || c == '>' || c == '\n' || c == '\0'; });
    return s;
  };
  return fmt::format("{} <{}> {} +0000", clean(p.name), clean(p.email), p.seconds);
}

Person parse_person(std::string_view line) {
  Person p;
  std::size_t open = line.rfind('<'), close = line.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return p;
  p.name = std::string(trim(line.substr(0, open)));
  p.email = std::string(line.substr(open + 1, close - open - 1));
  auto words = split(trim(line.substr(close + 1)), ' ');
  p.seconds = static_cast<std::int64_t>(parse_u64(words[0]).value_or(0));
  return p;
}

}  // namespace

std::string Oid::hex() const { return to_hex(view()); }
std::optional<Oid> Oid::parse(std::string_view hex) {
  if (hex.size() != 40) return std::nullopt;
  auto b = from_hex(hex);
  if (!b) return std::nullopt;
  return from_bytes(*b);
}
Oid Oid::from_bytes(std::string_view b) {
  KT_ASSERT(b.size() == 20);
  Oid o;
  std::copy(b.begin(), b.end(), o.bytes.begin());
  return o;
}

std::string_view type_name(Type t) {
  switch (t) {
    case Type::commit:
      return "commit";
    case Type::tree:
      return "tree";
    case Type::blob:
      return "blob";
    case Type::tag:
      return "tag";
  }
  return "";
}

Oid object_id(Type type, std::string_view body) {
  std::string head = fmt::format("{} {}", type_name(type), body.size());
  head += '\0';
  return {sha1({head, body})};
}

std::string encode_tree(std::vector<TreeEntry> entries) {
  auto key = [](const TreeEntry& e) { return e.is_tree ? e.name + "/" : e.name; };
  std::stable_sort(entries.begin(), entries.end(), [&](const TreeEntry& a, const TreeEntry& b) { return key(a) < key(b); });
  std::string out;
  for (const auto& e : entries) {
    out += fmt::format("{:o} ", e.is_tree ? 040000u : e.mode);
    out += e.name;
    out += '\0';
    out += e.oid.view();
  }
  return out;
}

Result<std::vector<TreeEntry>> parse_tree(std::string_view body) {
  std::vector<TreeEntry> out;
  while (!body.empty()) {
    std::size_t blank = body.find(' '), nul = body.find('\0');
    if (blank == std::string_view::npos || nul == std::string_view::npos || blank > nul || blank == 0 || blank > 6 || nul == blank + 1 ||
        nul + 21 > body.size())
      return bad("tree");
    TreeEntry e;
    e.mode = 0;
    for (char c : body.substr(0, blank)) {
      if (c < '0' || c > '7') return bad("tree");
      e.mode = e.mode * 8 + static_cast<std::uint32_t>(c - '0');
    }
    e.is_tree = e.mode == 040000;
    e.name = std::string(body.substr(blank + 1, nul - blank - 1));
    e.oid = Oid::from_bytes(body.substr(nul + 1, 20));
    out.push_back(std::move(e));
    body.remove_prefix(nul + 21);
  }
  return out;
}

std::string Commit::title() const { return message.substr(0, message.find('\n')); }
std::string Commit::rest() const {
  std::size_t nl = message.find('\n');
  if (nl == std::string::npos) return {};
  return std::string(trim(std::string_view(message).substr(nl)));
}

std::string encode_commit(const Commit& c) {
  std::string out = "tree " + c.tree.hex() + "\n";
  for (const Oid& p : c.parents) out += "parent " + p.hex() + "\n";
  out += "author " + person_line(c.author) + "\ncommitter " + person_line(c.committer) + "\n\n" + c.message;
  return out;
}

Result<Commit> parse_commit(std::string_view body) {
  Commit c;
  bool has_tree = false;
  while (!body.empty()) {
    std::size_t nl = body.find('\n');
    if (nl == std::string_view::npos) return bad("commit");
    std::string_view line = body.substr(0, nl);
    body.remove_prefix(nl + 1);
    if (line.empty()) break;
    if (line.starts_with("tree ")) {
      auto o = Oid::parse(line.substr(5));
      if (!o) return bad("commit");
      c.tree = *o;
      has_tree = true;
    } else if (line.starts_with("parent ")) {
      auto o = Oid::parse(line.substr(7));
      if (!o) return bad("commit");
      c.parents.push_back(*o);
    } else if (line.starts_with("author ")) {
      c.author = parse_person(line.substr(7));
    } else if (line.starts_with("committer ")) {
      c.committer = parse_person(line.substr(10));
    }
  }
  if (!has_tree) return bad("commit");
  c.message = std::string(body);
  return c;
}

std::string encode_tag(const Tag& t) {
  return "object " + t.target.hex() + "\ntype commit\ntag " + t.name + "\ntagger " + person_line(t.tagger) + "\n\n" + t.message;
}
Result<Oid> parse_tag_target(std::string_view body) {
  if (!body.starts_with("object ") || body.size() < 47) return bad("tag");
  auto o = Oid::parse(body.substr(7, 40));
  if (!o) return bad("tag");
  return *o;
}

std::string encode_pointer(const LfsPointer& p) {
  return fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n", p.sha256, p.size);
}

std::optional<LfsPointer> parse_pointer(std::string_view blob) {
  if (blob.size() > 1024 || !blob.starts_with("version https://git-lfs.github.com/spec/v1\n")) return std::nullopt;
  LfsPointer p;
  bool has_size = false;
  for (std::string_view line : split(blob, '\n')) {
    if (line.starts_with("oid sha256:")) p.sha256 = std::string(line.substr(11));
    if (line.starts_with("size ")) {
      auto n = parse_u64(line.substr(5));
      if (!n) return std::nullopt;
      p.size = *n;
      has_size = true;
    }
  }
  if (!has_size || !is_lower_hex(p.sha256, 64)) return std::nullopt;
  return p;
}

Oid PackWriter::add(Type type, std::string_view body) {
  Oid oid = object_id(type, body);
  if (!seen_.insert(oid).second) return oid;
  Entry entry{oid, type, body.size(), 12 + data_.size(), type == Type::blob ? parse_pointer(body) : std::nullopt};
  std::uint64_t n = body.size();
  unsigned char c = static_cast<unsigned char>(static_cast<int>(type) << 4 | static_cast<int>(n & 15));
  n >>= 4;
  while (n) {
    data_ += static_cast<char>(c | 0x80);
    c = static_cast<unsigned char>(n & 0x7F);
    n >>= 7;
  }
  data_ += static_cast<char>(c);
  uLongf bound = compressBound(body.size());
  std::size_t at = data_.size();
  data_.resize(at + bound);
  KT_ASSERT(compress2(reinterpret_cast<Bytef*>(data_.data() + at), &bound, reinterpret_cast<const Bytef*>(body.data()), body.size(),
                      body.size() > 65536 ? 1 : 6) == Z_OK);
  data_.resize(at + bound);
  entries_.push_back(std::move(entry));
  return oid;
}

PackWriter::Pack PackWriter::finish() && {
  std::string out = "PACK";
  auto be32 = [&](std::uint32_t v) {
    for (int i = 3; i >= 0; --i) out += static_cast<char>(v >> (8 * i));
  };
  be32(2);
  be32(static_cast<std::uint32_t>(entries_.size()));
  out += data_;
  auto digest = sha1({out});
  std::string_view d(reinterpret_cast<char*>(digest.data()), digest.size());
  out += d;
  return {std::move(out), to_hex(d)};
}

Result<RecordHead> parse_record_head(std::string_view r) {
  if (r.empty()) return bad("pack");
  unsigned char c = static_cast<unsigned char>(r[0]);
  int type = c >> 4 & 7;
  if (type < 1 || type > 4) return bad("pack");
  std::uint64_t size = c & 15;
  int shift = 4;
  std::size_t i = 1;
  while (c & 0x80) {
    if (i >= r.size() || shift > 57) return bad("pack");
    c = static_cast<unsigned char>(r[i++]);
    size |= static_cast<std::uint64_t>(c & 0x7F) << shift;
    shift += 7;
  }
  return RecordHead{static_cast<Type>(type), size, i};
}

Result<std::string> inflate_exact(std::string_view data, std::uint64_t size) {
  std::string out(size, '\0');
  z_stream z{};
  if (inflateInit(&z) != Z_OK) return fail(Errc::unavailable, "out_of_memory", "Not enough memory.");
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  // One spare byte, so that a stream that would give more than announced is noticed.
  char extra = 0;
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  int rc = Z_OK;
  if (size > 0) rc = inflate(&z, Z_NO_FLUSH);
  if (rc == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(&extra);
    z.avail_out = 1;
    rc = inflate(&z, Z_FINISH);
    if (z.avail_out == 0) rc = Z_DATA_ERROR;
  }
  bool exact = rc == Z_STREAM_END && z.total_out == size;
  inflateEnd(&z);
  if (!exact) return bad("object");
  return out;
}

}  // namespace kontor::git
