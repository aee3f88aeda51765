// Tables of the core: parties, credentials, repositories' names and refs, the outbox, settings.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view identity_schema() {
  return R"sql(
CREATE TABLE party (
  id {text} PRIMARY KEY,
  object_id {text} NOT NULL UNIQUE,
  kind {text} NOT NULL,                 -- person, organisation, platform
  name {text} NOT NULL,
  name_key {text} NOT NULL UNIQUE,      -- name in lower case
  full_name {text} NOT NULL,
  email {text} NOT NULL,
  is_operator {int} NOT NULL,
  kyc_level {int} NOT NULL,
  default_private {int} NOT NULL,
  default_currency {text} NOT NULL,
  billing_tz {text} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
CREATE TABLE membership (
  org {text} NOT NULL REFERENCES party(id),
  member {text} NOT NULL REFERENCES party(id),
  role {int} NOT NULL,                  -- identity::OrgRole
  PRIMARY KEY (org, member)
) {strict};
CREATE INDEX membership_member ON membership(member);
CREATE TABLE password (
  party {text} PRIMARY KEY REFERENCES party(id),
  hash {text} NOT NULL                  -- argon2id, libsodium's string
) {strict};
CREATE TABLE access_token (
  id {text} PRIMARY KEY,
  party {text} NOT NULL REFERENCES party(id),
  hash {blob} NOT NULL UNIQUE,          -- SHA-256 of the token
  name {text} NOT NULL,
  role {text} NOT NULL,
  scopes {text} NOT NULL,               -- blank-separated
  created_ns {int} NOT NULL,
  expires_ns {int}
) {strict};
CREATE INDEX access_token_party ON access_token(party);
CREATE TABLE session (
  id {text} PRIMARY KEY,
  party {text} NOT NULL REFERENCES party(id),
  hash {blob} NOT NULL UNIQUE,          -- SHA-256 of the cookie's value
  csrf {text} NOT NULL,
  created_ns {int} NOT NULL,
  expires_ns {int} NOT NULL
) {strict};
INSERT INTO party (id, object_id, kind, name, name_key, full_name, email, is_operator, kyc_level, default_private, default_currency, billing_tz, created_ns)
  VALUES ('pty_00000000000000000000000000', '000000000000000000000000', 'platform', 'platform', 'platform', 'Platform', '', 0, 3, 0, 'USD', 'UTC', 0);
CREATE TABLE outbox (
  row_id {serial_key},
  position {int} UNIQUE,                -- feed position; NULL until numbered
  topic {text} NOT NULL,
  item {text} NOT NULL,
  body {text} NOT NULL,
  at_ns {int} NOT NULL
) {strict};
CREATE TABLE setting (
  name {text} PRIMARY KEY,
  value {text} NOT NULL
) {strict};
CREATE TABLE audit (
  row_id {serial_key},
  at_ns {int} NOT NULL,
  actor {text} NOT NULL,
  action {text} NOT NULL,
  item {text} NOT NULL,
  request_id {text} NOT NULL,
  details {text} NOT NULL
) {strict};
)sql";
}

// Sign-up by invitation, sessions that their owner can tell apart, reasons of a review.
std::string_view people_schema() {
  return R"sql(
CREATE TABLE invite (
  id {text} PRIMARY KEY,
  hash {blob} NOT NULL UNIQUE,          -- SHA-256 of the code without dashes
  created_by {text} NOT NULL,           -- party; empty: the command line
  created_ns {int} NOT NULL,
  expires_ns {int} NOT NULL,
  used_by {text} NOT NULL               -- party; empty: unused
) {strict};
ALTER TABLE session ADD COLUMN agent {text} NOT NULL DEFAULT '';
CREATE INDEX session_party ON session(party);
CREATE INDEX audit_item ON audit(item, row_id);
ALTER TABLE market_listing ADD COLUMN review_note {text} NOT NULL DEFAULT '';
)sql";
}

std::string_view repository_schema() {
  return R"sql(
CREATE TABLE repository (
  id {text} PRIMARY KEY,
  kind {int} NOT NULL,
  owner {text} NOT NULL REFERENCES party(id),
  ns {text} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,             -- "ns/name" in lower case
  visibility {int} NOT NULL,            -- 0 public, 1 private
  gated {text} NOT NULL,
  created_ns {int} NOT NULL,
  updated_ns {int} NOT NULL,
  downloads {int} NOT NULL,
  likes {int} NOT NULL,
  head {text} NOT NULL,                 -- commit of main, lower-case hex; empty before the first commit
  info {text} NOT NULL,                 -- JSON: what the card and files of main say (tags, pipeline_tag, ...)
  listing {text} NOT NULL,              -- JSON members of a list entry that change only with main
  UNIQUE (kind, name_key)
) {strict};
CREATE INDEX repository_owner ON repository(owner, kind);
CREATE INDEX repository_created ON repository(kind, created_ns);
CREATE INDEX repository_updated ON repository(kind, updated_ns);
CREATE TABLE repository_tag (
  kind {int} NOT NULL,
  tag {text} NOT NULL,
  repository {text} NOT NULL REFERENCES repository(id),
  PRIMARY KEY (kind, tag, repository)
) {strict};
CREATE INDEX repository_tag_repository ON repository_tag(repository);
CREATE TABLE repository_redirect (
  kind {int} NOT NULL,
  name_key {text} NOT NULL,
  repository {text} NOT NULL REFERENCES repository(id),
  PRIMARY KEY (kind, name_key)
) {strict};
CREATE TABLE git_ref (
  repository {text} NOT NULL REFERENCES repository(id),
  name {text} NOT NULL,                 -- refs/heads/main
  target {text} NOT NULL,               -- object id the ref points to (an annotated tag's own id), hex
  peeled {text} NOT NULL,               -- commit id, hex
  updated_ns {int} NOT NULL,
  PRIMARY KEY (repository, name)
) {strict};
CREATE TABLE git_pack (
  repository {text} NOT NULL REFERENCES repository(id),
  pack {text} NOT NULL,                 -- object name in the byte store
  size {int} NOT NULL,
  PRIMARY KEY (repository, pack)
) {strict};
CREATE TABLE git_object (
  repository {text} NOT NULL REFERENCES repository(id),
  oid {blob} NOT NULL,                  -- 20 bytes
  type {int} NOT NULL,                  -- 1 commit, 2 tree, 3 blob, 4 tag
  size {int} NOT NULL,
  pack {text} NOT NULL,
  at {int} NOT NULL,                    -- offset of the object's record in the pack
  lfs_sha256 {text},                    -- blobs that are LFS pointers: what they point to
  lfs_size {int},
  PRIMARY KEY (repository, oid)
) {strict};
)sql";
}

}  // namespace kontor::sql
