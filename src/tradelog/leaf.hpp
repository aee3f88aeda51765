// Records and the leaves made of them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "codec/hash.hpp"

namespace kontor::tradelog {

using codec::Hash;

// A leaf ready to be appended; made outside the transaction, since hashing needs nothing from it.
struct Leaf {
  std::string kind;      // "order.paid"
  std::string subject;   // "ord_..."
  std::int64_t seq = 0;  // counts the records of the subject from 0
  Time at;
  std::string salt;    // 32 bytes
  std::string master;  // 32 bytes that the salt was derived from together with seq; empty: the salt is its own
  std::string record;  // canonical JSON (RFC 8785)
  Hash hash;           // of text()

  // {"at","data_hash","kind","seq","subject","v"}, canonical.
  std::string text() const;
};

// `record` must be canonical already (members sorted, no blanks). Draws the salt.
Leaf make_leaf(std::string kind, std::string subject, std::int64_t seq, Time at, std::string record);
// Leaves of one append share one random master; knowing one's salt tells nothing about another's.
Leaf make_leaf_from(std::string_view master, std::string kind, std::string subject, std::int64_t seq, Time at, std::string record);
Leaf make_leaf_with_salt(std::string kind, std::string subject, std::int64_t seq, Time at, std::string record, std::string salt);

// Text of a batch for storage, and back (hashes are recomputed by decoding).
std::string encode_leaves(const std::vector<Leaf>& leaves);
std::vector<Leaf> decode_leaves(std::string_view text, std::string_view subject);

}  // namespace kontor::tradelog
