// Tables of the content subject. Hashes are 32 bytes; names of columns say whether they are of a chunk, a xorb, a file (xet) or SHA-256.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view content_schema() {
  return R"sql(
CREATE TABLE content_xorb (
  hash {blob} PRIMARY KEY,
  chunks {int} NOT NULL,
  raw_bytes {int} NOT NULL,
  stored_bytes {int} NOT NULL,
  object_key {text} NOT NULL,           -- name in the byte store; unlike the hash it names one body
  created_ns {int} NOT NULL,
  touched_ns {int} NOT NULL             -- last time an upload relied on it: removal waits
) {strict};
CREATE TABLE content_xorb_index (
  hash {blob} PRIMARY KEY REFERENCES content_xorb(hash),
  chunks {blob} NOT NULL                -- 40 bytes a chunk: hash, end in the body, end in the data with the scheme in the top bits
) {strict};
CREATE TABLE content_scope (
  owner {text} NOT NULL,                -- party id
  xorb {blob} NOT NULL,
  PRIMARY KEY (owner, xorb)
) {strict};
CREATE INDEX content_scope_xorb ON content_scope(xorb);
CREATE TABLE content_file (
  xet {blob} PRIMARY KEY,
  size {int} NOT NULL,
  recipe {blob} NOT NULL,               -- 44 bytes a term: xorb, first chunk, end chunk, bytes (32-bit little-endian)
  created_ns {int} NOT NULL
) {strict};
CREATE TABLE content_holding (
  repository {text} NOT NULL,
  xet {blob} NOT NULL,
  PRIMARY KEY (repository, xet)
) {strict};
CREATE TABLE content_link (
  repository {text} NOT NULL,
  sha256 {blob} NOT NULL,
  xet {blob} NOT NULL,
  size {int} NOT NULL,
  verified {int} NOT NULL,              -- 1: the server has hashed the bytes itself
  created_ns {int} NOT NULL,
  PRIMARY KEY (repository, sha256)
) {strict};
CREATE INDEX content_link_unverified ON content_link(created_ns) WHERE verified = 0;
CREATE TABLE content_dedup (
  chunk {blob} NOT NULL,
  xorb {blob} NOT NULL,
  xet {blob} NOT NULL,                  -- a file in which it was seen
  PRIMARY KEY (chunk, xorb)
) {strict};
CREATE INDEX content_dedup_xorb ON content_dedup(xorb);
)sql";
}

}  // namespace kontor::sql
