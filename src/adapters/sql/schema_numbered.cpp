// Rows that carry a serial number, once more: SQLite's writer numbers them as it inserts, so there the number is the row's own key and
// needs no index beside it. PostgreSQL numbers later and keeps the tables as they are.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view numbered_schema() {
  return R"sql(
{sqlite} CREATE TABLE outbox_7 (
  position {int} PRIMARY KEY,
  row_id {int} GENERATED ALWAYS AS (position) VIRTUAL,
  topic {text} NOT NULL,
  item {text} NOT NULL,
  body {text} NOT NULL,
  at_ns {int} NOT NULL
) {strict};
{sqlite} INSERT INTO outbox_7 (position, topic, item, body, at_ns) SELECT position, topic, item, body, at_ns FROM outbox ORDER BY position;
{sqlite} DROP TABLE outbox;
{sqlite} ALTER TABLE outbox_7 RENAME TO outbox;
{sqlite} CREATE TABLE ledger_journal_7 (
  seq {int} PRIMARY KEY,                -- number of the first leg
  row_id {int} GENERATED ALWAYS AS (seq) VIRTUAL,
  legs {int} NOT NULL,
  kind {text} NOT NULL,
  business {text} NOT NULL,
  ref {text} NOT NULL,
  at_ns {int} NOT NULL,
  body {text} NOT NULL,                 -- ledger::encode_legs
  UNIQUE (business, kind)
) {strict};
{sqlite} INSERT INTO ledger_journal_7 (seq, legs, kind, business, ref, at_ns, body) SELECT seq, legs, kind, business, ref, at_ns, body FROM ledger_journal ORDER BY seq;
{sqlite} DROP TABLE ledger_journal;
{sqlite} ALTER TABLE ledger_journal_7 RENAME TO ledger_journal;
{sqlite} CREATE INDEX ledger_journal_ref ON ledger_journal(ref) WHERE ref <> business;
{sqlite} CREATE TABLE trade_leaf_7 (
  idx {int} PRIMARY KEY,                -- index of the first leaf
  row_id {int} GENERATED ALWAYS AS (idx) VIRTUAL,
  leaves {int} NOT NULL,                -- of one subject, appended together
  subject {text} NOT NULL,
  hashes {blob} NOT NULL,               -- 32 bytes each
  body {text} NOT NULL                  -- tradelog::encode_leaves
) {strict};
{sqlite} INSERT INTO trade_leaf_7 (idx, leaves, subject, hashes, body) SELECT idx, leaves, subject, hashes, body FROM trade_leaf ORDER BY idx;
{sqlite} DROP TABLE trade_leaf;
{sqlite} ALTER TABLE trade_leaf_7 RENAME TO trade_leaf;
{sqlite} CREATE INDEX trade_leaf_subject ON trade_leaf(subject);
{sqlite} CREATE TABLE idempotency_record_7 (
  row_id {int} PRIMARY KEY,             -- increases, but for a table that was emptied: its order serves the clean-up alone
  item {blob} NOT NULL UNIQUE,          -- 16 bytes from caller and key
  request_hash {blob} NOT NULL,
  status {int} NOT NULL,
  body {text} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
{sqlite} INSERT INTO idempotency_record_7 SELECT row_id, item, request_hash, status, body, created_ns FROM idempotency_record ORDER BY row_id;
{sqlite} DROP TABLE idempotency_record;
{sqlite} ALTER TABLE idempotency_record_7 RENAME TO idempotency_record;
)sql";
}

}  // namespace kontor::sql
