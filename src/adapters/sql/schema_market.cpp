// Tables of the counting-house: ledger, trade log, market, idempotency records. Times are nanoseconds of business time, amounts micros;
// totals of accounts are decimal text, because they may need 128 bits.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view market_schema() {
  return R"sql(
CREATE TABLE ledger_account (
  id {serial_key},
  name {text} NOT NULL,
  currency {text} NOT NULL,
  owner {text} NOT NULL,                -- third part of the name: party, order, entitlement
  code {int} NOT NULL,
  closed {int} NOT NULL,
  overdraft {int} NOT NULL,
  entries {int} NOT NULL,
  debits_posted {text} NOT NULL,
  credits_posted {text} NOT NULL,
  debits_pending {text} NOT NULL,
  credits_pending {text} NOT NULL,
  UNIQUE (name, currency)
) {strict};
CREATE INDEX ledger_account_owner ON ledger_account(owner);
CREATE TABLE ledger_journal (
  row_id {serial_key},
  seq {int} UNIQUE,                     -- number of the first leg; NULL until numbered
  legs {int} NOT NULL,
  kind {text} NOT NULL,
  business {text} NOT NULL,
  ref {text} NOT NULL,
  at_ns {int} NOT NULL,
  body {text} NOT NULL,                 -- ledger::encode_legs
  UNIQUE (business, kind)
) {strict};
CREATE INDEX ledger_journal_ref ON ledger_journal(ref) WHERE ref <> business;
CREATE INDEX ledger_journal_unnumbered ON ledger_journal(row_id) WHERE seq IS NULL;
CREATE TABLE ledger_entry (
  id {int} PRIMARY KEY,                 -- account * 2^32 + number
  kind {text} NOT NULL,
  business {text} NOT NULL,
  ref {text} NOT NULL,
  at_ns {int} NOT NULL,
  delta {text} NOT NULL,
  balance_after {text} NOT NULL
) {strict};
CREATE TABLE ledger_pending (
  name {text} PRIMARY KEY,              -- kind|business|leg
  leg {text} NOT NULL,
  state {text} NOT NULL
) {strict};
CREATE TABLE trade_leaf (
  row_id {serial_key},
  idx {int} UNIQUE,                     -- index of the first leaf; NULL until numbered
  leaves {int} NOT NULL,                -- of one subject, appended together
  subject {text} NOT NULL,
  hashes {blob} NOT NULL,               -- 32 bytes each
  body {text} NOT NULL                  -- tradelog::encode_leaves
) {strict};
CREATE INDEX trade_leaf_subject ON trade_leaf(subject);
CREATE INDEX trade_leaf_unnumbered ON trade_leaf(row_id) WHERE idx IS NULL;
CREATE TABLE trade_tile (
  level {int} NOT NULL,
  n {int} NOT NULL,
  hashes {blob} NOT NULL,               -- 256 * 32 bytes
  PRIMARY KEY (level, n)
) {strict};
CREATE TABLE trade_hash (
  prefix {int} NOT NULL,                -- first 8 bytes of a leaf's hash
  idx {int} NOT NULL,
  PRIMARY KEY (prefix, idx)
) {strict};
CREATE TABLE market_listing (
  id {text} PRIMARY KEY,
  seller {text} NOT NULL,
  repository {text} NOT NULL,
  asset {text} NOT NULL,
  title {text} NOT NULL,
  summary {text} NOT NULL,
  category {text} NOT NULL,
  delivery {text} NOT NULL,
  licence {text} NOT NULL,
  free_files {text} NOT NULL,
  state {text} NOT NULL,
  version {int} NOT NULL,
  created_ns {int} NOT NULL,
  published_ns {int} NOT NULL
) {strict};
CREATE INDEX market_listing_repository ON market_listing(repository);
CREATE INDEX market_listing_seller ON market_listing(seller);
CREATE TABLE market_plan (
  id {text} NOT NULL,
  version {int} NOT NULL,
  listing {text} NOT NULL,
  currency {text} NOT NULL,
  body {text} NOT NULL,
  created_ns {int} NOT NULL,
  PRIMARY KEY (id, version)
) {strict};
CREATE INDEX market_plan_listing ON market_plan(listing);
CREATE TABLE market_offer (
  id {text} PRIMARY KEY,
  listing {text} NOT NULL,
  seller {text} NOT NULL,
  repository {text} NOT NULL,
  asset {text} NOT NULL,
  plan {text} NOT NULL,
  plan_version {int} NOT NULL,
  version {int} NOT NULL,
  visibility {text} NOT NULL,
  buyer {text} NOT NULL,
  rights {text} NOT NULL,
  licence {text} NOT NULL,
  auto_accept {int} NOT NULL,
  valid_until_ns {int},
  active {int} NOT NULL,
  currency {text} NOT NULL,
  due_at_once {int} NOT NULL,
  instant {int} NOT NULL,
  metered {int} NOT NULL,
  price_text {text} NOT NULL,
  refund_policy {text} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
CREATE INDEX market_offer_listing ON market_offer(listing);
CREATE TABLE market_order (
  id {text} PRIMARY KEY,
  buyer {text} NOT NULL,
  seller {text} NOT NULL,
  offer {text} NOT NULL,
  offer_version {int} NOT NULL,
  listing {text} NOT NULL,
  repository {text} NOT NULL,
  asset {text} NOT NULL,
  plan {text} NOT NULL,
  plan_version {int} NOT NULL,
  entitlement {text} NOT NULL,
  currency {text} NOT NULL,
  refund_policy {text} NOT NULL,
  licence_hash {text} NOT NULL,
  quantity {int} NOT NULL,
  total {int} NOT NULL,
  fee {int} NOT NULL,
  seller_share {int} NOT NULL,
  refunded {int} NOT NULL,
  fee_refunded {int} NOT NULL,
  seller_refunded {int} NOT NULL,
  available_left {int} NOT NULL,
  state {text} NOT NULL,
  leaves {int} NOT NULL,
  version {int} NOT NULL,
  created_ns {int} NOT NULL,
  delivered_ns {int},
  completed_ns {int},
  ended_ns {int},
  due_ns {int},
  cleared {int} NOT NULL
) {strict};
CREATE INDEX market_order_waiting ON market_order(buyer) WHERE entitlement = '';  -- the others are found by their entitlement
CREATE INDEX market_order_seller ON market_order(seller, id);
CREATE INDEX market_order_due ON market_order(due_ns) WHERE due_ns IS NOT NULL;
CREATE TABLE market_entitlement (
  id {text} PRIMARY KEY,
  grant_id {text} NOT NULL,
  holder {text} NOT NULL,
  seller {text} NOT NULL,
  listing {text} NOT NULL,
  repository {text} NOT NULL,
  asset {text} NOT NULL,
  order_id {text} NOT NULL,
  offer {text} NOT NULL,
  plan {text} NOT NULL,
  plan_version {int} NOT NULL,
  rights {text} NOT NULL,
  currency {text} NOT NULL,
  state {text} NOT NULL,
  metered {int} NOT NULL,
  valid_from_ns {int} NOT NULL,
  valid_to_ns {int},
  touched_ns {int},
  calls {int} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
CREATE INDEX market_entitlement_holder ON market_entitlement(holder, repository);
CREATE TABLE market_counter (
  entitlement {text} NOT NULL,
  component {text} NOT NULL,
  quantity {int} NOT NULL,
  paid {int} NOT NULL,
  reserved {int} NOT NULL,
  charged {int} NOT NULL,
  PRIMARY KEY (entitlement, component)
) {strict};
CREATE TABLE market_free_pool (
  buyer {text} NOT NULL,
  listing {text} NOT NULL,
  component {text} NOT NULL,
  used {int} NOT NULL,
  reserved {int} NOT NULL,
  PRIMARY KEY (buyer, listing, component)
) {strict};
CREATE TABLE market_hold (
  id {text} PRIMARY KEY,
  buyer {text} NOT NULL,
  seller {text} NOT NULL,
  entitlement {text} NOT NULL,
  source {text} NOT NULL,
  event_id {text} NOT NULL,
  currency {text} NOT NULL,
  listing {text} NOT NULL,
  asset {text} NOT NULL,
  token {text} NOT NULL,
  items {text} NOT NULL,
  amount {int} NOT NULL,
  captured {int} NOT NULL,
  state {text} NOT NULL,
  created_ns {int} NOT NULL,
  expires_ns {int} NOT NULL,
  usage_id {text} NOT NULL,
  UNIQUE (source, event_id)
) {strict};
CREATE INDEX market_hold_due ON market_hold(expires_ns) WHERE state = 'o';
CREATE TABLE market_usage (
  id {text} PRIMARY KEY,
  source {text} NOT NULL,
  event_id {text} NOT NULL,
  entitlement {text} NOT NULL,
  buyer {text} NOT NULL,
  seller {text} NOT NULL,
  asset {text} NOT NULL,
  component {text} NOT NULL,
  token {text} NOT NULL,
  currency {text} NOT NULL,
  quantity {int} NOT NULL,
  charged {int} NOT NULL,
  fee {int} NOT NULL,
  failed {int} NOT NULL,
  at_ns {int} NOT NULL
) {strict};
CREATE INDEX market_usage_buyer ON market_usage(buyer, id);
CREATE INDEX market_usage_seller ON market_usage(seller, id);
CREATE TABLE market_running_split (
  buyer {text} NOT NULL,
  seller {text} NOT NULL,
  currency {text} NOT NULL,
  fee_bps {int} NOT NULL,
  gross {text} NOT NULL,
  fee {int} NOT NULL,
  PRIMARY KEY (buyer, seller, currency, fee_bps)
) {strict};
CREATE TABLE market_clearing (
  party {text} NOT NULL,
  currency {text} NOT NULL,
  due_ns {int} NOT NULL,
  amount {int} NOT NULL,
  PRIMARY KEY (party, currency, due_ns)
) {strict};
CREATE INDEX market_clearing_due ON market_clearing(due_ns);
CREATE TABLE market_refund (
  id {text} PRIMARY KEY,
  order_id {text} NOT NULL,
  currency {text} NOT NULL,
  reason {text} NOT NULL,
  requested_by {text} NOT NULL,
  amount {int} NOT NULL,
  fee {int} NOT NULL,
  seller {int} NOT NULL,
  from_pending {int} NOT NULL,
  from_available {int} NOT NULL,
  from_due {int} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
CREATE INDEX market_refund_order ON market_refund(order_id);
CREATE TABLE market_top_up (
  id {text} PRIMARY KEY,
  party {text} NOT NULL,
  currency {text} NOT NULL,
  reference {text} NOT NULL UNIQUE,
  first_approver {text} NOT NULL,
  amount {int} NOT NULL,
  received {int} NOT NULL,
  state {text} NOT NULL,
  created_ns {int} NOT NULL,
  expires_ns {int} NOT NULL
) {strict};
CREATE INDEX market_top_up_party ON market_top_up(party, id);
CREATE INDEX market_top_up_due ON market_top_up(expires_ns) WHERE state = 'a';
CREATE TABLE idempotency_record (
  row_id {serial_key},
  item {blob} NOT NULL UNIQUE,          -- 16 bytes from caller and key
  request_hash {blob} NOT NULL,
  status {int} NOT NULL,
  body {text} NOT NULL,
  created_ns {int} NOT NULL
) {strict};
)sql";
}

}  // namespace kontor::sql
