#include "tradelog/leaf.hpp"

#include "base/json_text.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "tradelog/tree.hpp"

namespace kontor::tradelog {

std::string Leaf::text() const {
  std::string out = "{\"at\":\"";
  out.reserve(220 + subject.size());
  out += rfc3339(at);
  out += "\",\"data_hash\":\"";
  out += codec::sha256_hex(salt + record);
  out += "\",\"kind\":";
  append_json_string(out, kind);
  out += ",\"seq\":";
  out += std::to_string(seq);
  out += ",\"subject\":";
  append_json_string(out, subject);
  out += ",\"v\":1}";
  return out;
}

Leaf make_leaf_with_salt(std::string kind, std::string subject, std::int64_t seq, Time at, std::string record, std::string salt) {
  Leaf l{std::move(kind), std::move(subject), seq, at, std::move(salt), {}, std::move(record), {}};
  l.hash = leaf_hash(l.text());
  return l;
}

Leaf make_leaf_from(std::string_view master, std::string kind, std::string subject, std::int64_t seq, Time at, std::string record) {
  std::string salt(codec::sha256(std::string(master) + std::to_string(seq)).view());
  Leaf l = make_leaf_with_salt(std::move(kind), std::move(subject), seq, at, std::move(record), std::move(salt));
  l.master = master;
  return l;
}

Leaf make_leaf(std::string kind, std::string subject, std::int64_t seq, Time at, std::string record) {
  return make_leaf_with_salt(std::move(kind), std::move(subject), seq, at, std::move(record), random_bytes(32));
}

// One line per leaf; records are JSON, so tabs and line ends in them are escaped. What equals the line before is left out. The salt is
// hex, or '*' and the hex of its master.
std::string encode_leaves(const std::vector<Leaf>& leaves) {
  std::string out;
  const Leaf* before = nullptr;
  for (const Leaf& l : leaves) {
    out += l.kind;
    out += '\t';
    out += std::to_string(l.seq);
    out += '\t';
    if (!before || before->at != l.at) out += std::to_string(l.at.ns);
    out += '\t';
    if (l.master.empty())
      out += to_hex(l.salt);
    else if (!before || before->master != l.master)
      out += "*" + to_hex(l.master);
    out += '\t';
    out += l.record;
    out += '\n';
    before = &l;
  }
  return out;
}

std::vector<Leaf> decode_leaves(std::string_view text, std::string_view subject) {
  std::vector<Leaf> out;
  auto number = [](std::string_view t) { return parse_i64(t).value_or(0); };
  Time at;
  std::string master;
  for (std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    auto parts = split(line, '\t');
    KT_ASSERT(parts.size() == 5);
    if (!parts[2].empty()) at = Time{number(parts[2])};
    if (parts[3].starts_with('*')) master = from_hex(parts[3].substr(1)).value_or("");
    bool own_salt = !parts[3].empty() && parts[3][0] != '*';
    if (own_salt)
      out.push_back(make_leaf_with_salt(std::string(parts[0]), std::string(subject), number(parts[1]), at, std::string(parts[4]),
                                        from_hex(parts[3]).value_or("")));
    else
      out.push_back(make_leaf_from(master, std::string(parts[0]), std::string(subject), number(parts[1]), at, std::string(parts[4])));
  }
  return out;
}

}  // namespace kontor::tradelog
