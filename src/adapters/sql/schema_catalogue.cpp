// Tables of the catalogue: what lists of repositories are filtered and sorted by, and what happened to a repository day by day.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view catalogue_schema() {
  return R"sql(
CREATE TABLE catalogue_entry (
  repository {text} PRIMARY KEY,
  kind {int} NOT NULL,
  visibility {int} NOT NULL,
  owner {text} NOT NULL,
  ns {text} NOT NULL,
  name {text} NOT NULL,
  name_key {text} NOT NULL,
  gated {text} NOT NULL,
  task {text} NOT NULL DEFAULT '',
  library {text} NOT NULL DEFAULT '',
  licence {text} NOT NULL DEFAULT '',          -- of the sale, else of the card
  card_licence {text} NOT NULL DEFAULT '',
  sale_licence {text} NOT NULL DEFAULT '',
  languages {text} NOT NULL DEFAULT '',        -- blank-separated
  title {text} NOT NULL DEFAULT '',            -- of the listing
  card_summary {text} NOT NULL DEFAULT '',
  sale_summary {text} NOT NULL DEFAULT '',
  words {text} NOT NULL,                       -- lower case: name, title, summary
  paid {int} NOT NULL DEFAULT 0,               -- 1: a listing is published
  listing {text} NOT NULL DEFAULT '',
  delivery {text} NOT NULL DEFAULT '',         -- blank-separated
  offer {text} NOT NULL DEFAULT '',            -- the cheapest public one
  currency {text} NOT NULL DEFAULT '',
  price {int} NOT NULL DEFAULT 0,              -- micros; the largest number where nothing is offered
  until_ns {int},                              -- when that offer ends by itself
  downloads {int} NOT NULL,
  likes {int} NOT NULL,
  trending {int} NOT NULL,                     -- repository/trend.hpp
  created_ns {int} NOT NULL,
  updated_ns {int} NOT NULL
) {strict};
CREATE INDEX catalogue_facets ON catalogue_entry(visibility, kind, task, library, licence, languages, paid, delivery);
CREATE INDEX catalogue_trending ON catalogue_entry(kind, trending, repository);
CREATE INDEX catalogue_created ON catalogue_entry(kind, created_ns, repository);
CREATE INDEX catalogue_downloads ON catalogue_entry(kind, downloads, repository);
CREATE INDEX catalogue_price ON catalogue_entry(kind, price, repository);
CREATE INDEX catalogue_name ON catalogue_entry(kind, name_key, repository);
CREATE INDEX catalogue_owner ON catalogue_entry(owner);
CREATE INDEX catalogue_until ON catalogue_entry(until_ns) WHERE until_ns IS NOT NULL;
CREATE TABLE repository_day (
  repository {text} NOT NULL,
  day {int} NOT NULL,                          -- since 1970, UTC
  downloads {int} NOT NULL,
  runs {int} NOT NULL,
  PRIMARY KEY (repository, day)
) {strict};
INSERT INTO catalogue_entry (repository, kind, visibility, owner, ns, name, name_key, gated, task, card_licence, licence, words, downloads, likes, trending, created_ns, updated_ns)
  SELECT r.id, r.kind, r.visibility, r.owner, r.ns, r.name, r.name_key, r.gated,
    COALESCE((SELECT MIN(substr(t.tag, 14)) FROM repository_tag t WHERE t.repository = r.id AND t.tag LIKE 'pipeline_tag:%'), ''),
    COALESCE((SELECT MIN(substr(t.tag, 9)) FROM repository_tag t WHERE t.repository = r.id AND t.tag LIKE 'license:%'), ''),
    COALESCE((SELECT MIN(substr(t.tag, 9)) FROM repository_tag t WHERE t.repository = r.id AND t.tag LIKE 'license:%'), ''),
    r.name_key, r.downloads, r.likes, r.created_ns / 259200000, r.created_ns, r.updated_ns FROM repository r;
UPDATE catalogue_entry SET paid = 1, price = 9223372036854775807,
  listing = (SELECT MIN(l.id) FROM market_listing l WHERE l.repository = catalogue_entry.repository AND l.state = 'p')
  WHERE EXISTS (SELECT 1 FROM market_listing l WHERE l.repository = catalogue_entry.repository AND l.state = 'p');
UPDATE catalogue_entry SET
  title = (SELECT l.title FROM market_listing l WHERE l.id = listing), sale_summary = (SELECT l.summary FROM market_listing l WHERE l.id = listing),
  sale_licence = (SELECT l.licence FROM market_listing l WHERE l.id = listing), licence = (SELECT l.licence FROM market_listing l WHERE l.id = listing),
  delivery = (SELECT l.delivery FROM market_listing l WHERE l.id = listing),
  offer = COALESCE((SELECT MIN(o.id) FROM market_offer o WHERE o.listing = catalogue_entry.listing AND o.active = 1 AND o.buyer = ''), '')
  WHERE paid = 1;
UPDATE catalogue_entry SET
  price = (SELECT o.due_at_once FROM market_offer o WHERE o.id = catalogue_entry.offer), currency = (SELECT o.currency FROM market_offer o WHERE o.id = catalogue_entry.offer),
  until_ns = (SELECT o.valid_until_ns FROM market_offer o WHERE o.id = catalogue_entry.offer)
  WHERE offer <> '';
)sql";
}

// The operator's desk counts open orders; the catalogue counts under a highest price.
std::string_view desk_schema() {
  return R"sql(
CREATE INDEX market_order_open ON market_order(state) WHERE state IN ('f', 'd', 'u');
DROP INDEX catalogue_facets;
CREATE INDEX catalogue_facets ON catalogue_entry(visibility, kind, task, library, licence, languages, paid, delivery, price);
)sql";
}

// What is free has the price -1: an index by price then begins with what is for sale where only that is asked for.
std::string_view figures_schema() {
  return R"sql(
UPDATE catalogue_entry SET price = -1 WHERE paid = 0;
CREATE INDEX repository_day_day ON repository_day(day);
)sql";
}

// The audit is looked up by item for listings, organisations and the like; orders, which are many, have their own timeline.
std::string_view audit_schema() {
  return R"sql(
DROP INDEX audit_item;
CREATE INDEX audit_item ON audit(item, row_id) WHERE action <> 'order.place';
)sql";
}

// What changed of the counts of values, newest last: who has counted adds what came since (catalogue_store.cpp). Repositories of one
// owner are counted along an index of their own, and what is for sale, a small part, is walked in each order.
std::string_view counts_schema() {
  return R"sql(
{sqlite} CREATE TABLE catalogue_change (
  n {serial_key},
  kind {int} NOT NULL,
  task {text} NOT NULL,
  library {text} NOT NULL,
  licence {text} NOT NULL,
  languages {text} NOT NULL,
  paid {int} NOT NULL,
  delivery {text} NOT NULL,
  amount {int} NOT NULL
) {strict};
DROP INDEX catalogue_owner;
CREATE INDEX catalogue_owner ON catalogue_entry(owner, visibility, kind, task, library, licence, languages, paid, delivery, price);
CREATE INDEX catalogue_sale_trending ON catalogue_entry(kind, trending, repository) WHERE paid = 1;
CREATE INDEX catalogue_sale_created ON catalogue_entry(kind, created_ns, repository) WHERE paid = 1;
CREATE INDEX catalogue_sale_downloads ON catalogue_entry(kind, downloads, repository) WHERE paid = 1;
CREATE INDEX catalogue_sale_name ON catalogue_entry(kind, name_key, repository) WHERE paid = 1;
)sql";
}

// Documents of the text index (search_index.hpp); search_fill makes those of an existing store. SQLite keeps the index alone and numbers
// its rows here.
std::string_view search_schema() {
  return R"sql(
{sqlite} CREATE TABLE catalogue_document (
  number {serial_key},
  repository {text} NOT NULL UNIQUE
) {strict};
{sqlite} CREATE VIRTUAL TABLE catalogue_search USING fts5(document, content='', tokenize='ascii', detail=none, columnsize=0);
{sqlite} CREATE VIRTUAL TABLE catalogue_search_terms USING fts5vocab('catalogue_search', 'instance');
{postgres} CREATE TABLE catalogue_document (
  repository {text} PRIMARY KEY,
  document tsvector NOT NULL
) {strict};
{postgres} CREATE INDEX catalogue_document_tokens ON catalogue_document USING gin(document);
)sql";
}

// SQLite: an entry's key is its number, which is its row of the text index and stands in every other index: what the index finds is read in
// one step. The columns that lists are filtered by come first, since a row is decoded from its beginning. Changes of the counts say whose
// and how visible.
std::string_view entry_number_schema() {
  return R"sql(
{sqlite} CREATE TABLE catalogue_numbered (
  number {serial_key},
  repository {text} NOT NULL UNIQUE,
  kind {int} NOT NULL,
  visibility {int} NOT NULL,
  owner {text} NOT NULL,
  paid {int} NOT NULL DEFAULT 0,
  price {int} NOT NULL DEFAULT 0,
  trending {int} NOT NULL,
  downloads {int} NOT NULL,
  created_ns {int} NOT NULL,
  name_key {text} NOT NULL,
  task {text} NOT NULL DEFAULT '',
  library {text} NOT NULL DEFAULT '',
  licence {text} NOT NULL DEFAULT '',
  languages {text} NOT NULL DEFAULT '',
  delivery {text} NOT NULL DEFAULT '',
  words {text} NOT NULL,
  ns {text} NOT NULL,
  name {text} NOT NULL,
  gated {text} NOT NULL,
  card_licence {text} NOT NULL DEFAULT '',
  sale_licence {text} NOT NULL DEFAULT '',
  title {text} NOT NULL DEFAULT '',
  card_summary {text} NOT NULL DEFAULT '',
  sale_summary {text} NOT NULL DEFAULT '',
  listing {text} NOT NULL DEFAULT '',
  offer {text} NOT NULL DEFAULT '',
  currency {text} NOT NULL DEFAULT '',
  until_ns {int},
  likes {int} NOT NULL,
  updated_ns {int} NOT NULL
) {strict};
{sqlite} INSERT INTO catalogue_numbered SELECT d.number, c.repository, c.kind, c.visibility, c.owner, c.paid, c.price, c.trending, c.downloads, c.created_ns, c.name_key,
    c.task, c.library, c.licence, c.languages, c.delivery, c.words, c.ns, c.name, c.gated, c.card_licence, c.sale_licence, c.title, c.card_summary, c.sale_summary,
    c.listing, c.offer, c.currency, c.until_ns, c.likes, c.updated_ns
  FROM catalogue_document d CROSS JOIN catalogue_entry c ON c.repository = d.repository ORDER BY d.number;
{sqlite} INSERT INTO catalogue_numbered SELECT NULL, c.repository, c.kind, c.visibility, c.owner, c.paid, c.price, c.trending, c.downloads, c.created_ns, c.name_key,
    c.task, c.library, c.licence, c.languages, c.delivery, c.words, c.ns, c.name, c.gated, c.card_licence, c.sale_licence, c.title, c.card_summary, c.sale_summary,
    c.listing, c.offer, c.currency, c.until_ns, c.likes, c.updated_ns
  FROM catalogue_entry c WHERE NOT EXISTS (SELECT 1 FROM catalogue_document d WHERE d.repository = c.repository) ORDER BY c.repository;
{sqlite} DROP TABLE catalogue_entry;
{sqlite} ALTER TABLE catalogue_numbered RENAME TO catalogue_entry;
{sqlite} CREATE INDEX catalogue_facets ON catalogue_entry(visibility, kind, task, library, licence, languages, paid, delivery, price);
{sqlite} CREATE INDEX catalogue_owner ON catalogue_entry(owner, visibility, kind, task, library, licence, languages, paid, delivery, price);
{sqlite} CREATE INDEX catalogue_trending ON catalogue_entry(kind, trending, repository);
{sqlite} CREATE INDEX catalogue_created ON catalogue_entry(kind, created_ns, repository);
{sqlite} CREATE INDEX catalogue_downloads ON catalogue_entry(kind, downloads, repository);
{sqlite} CREATE INDEX catalogue_price ON catalogue_entry(kind, price, repository);
{sqlite} CREATE INDEX catalogue_name ON catalogue_entry(kind, name_key, repository);
{sqlite} CREATE INDEX catalogue_likes ON catalogue_entry(kind, likes, repository);
{sqlite} CREATE INDEX catalogue_sale_trending ON catalogue_entry(kind, trending, repository) WHERE paid = 1;
{sqlite} CREATE INDEX catalogue_sale_created ON catalogue_entry(kind, created_ns, repository) WHERE paid = 1;
{sqlite} CREATE INDEX catalogue_sale_downloads ON catalogue_entry(kind, downloads, repository) WHERE paid = 1;
{sqlite} CREATE INDEX catalogue_sale_name ON catalogue_entry(kind, name_key, repository) WHERE paid = 1;
{sqlite} CREATE INDEX catalogue_until ON catalogue_entry(until_ns) WHERE until_ns IS NOT NULL;
{sqlite} CREATE TABLE catalogue_there (number {int} PRIMARY KEY) {strict};
{sqlite} INSERT INTO catalogue_there SELECT d.number FROM catalogue_document d WHERE EXISTS (SELECT 1 FROM catalogue_entry c WHERE c.number = d.number) ORDER BY d.number;
{sqlite} DROP TABLE catalogue_document;
{sqlite} ALTER TABLE catalogue_there RENAME TO catalogue_document;
{sqlite} DROP TABLE catalogue_change;
{sqlite} CREATE TABLE catalogue_change (
  n {serial_key},
  kind {int} NOT NULL,
  task {text} NOT NULL,
  library {text} NOT NULL,
  licence {text} NOT NULL,
  languages {text} NOT NULL,
  paid {int} NOT NULL,
  delivery {text} NOT NULL,
  amount {int} NOT NULL,
  owner {text} NOT NULL,
  visibility {int} NOT NULL
) {strict};
)sql";
}

// Prices compare within one currency: an entry has a row for each that it is offered in (catalogue_offers.hpp), and is counted by them.
// By price, what is free and what is not offered in the currency stands in order of its id before and behind those rows.
std::string_view currency_schema() {
  return R"sql(
ALTER TABLE catalogue_entry ADD COLUMN currencies {text} NOT NULL DEFAULT '';
{sqlite} CREATE TABLE catalogue_offer (
  number {int} NOT NULL,
  currency {text} NOT NULL,
  kind {int} NOT NULL,
  price {int} NOT NULL,
  repository {text} NOT NULL,
  listing {text} NOT NULL,
  offer {text} NOT NULL,
  PRIMARY KEY (number, currency)
) {strict}, WITHOUT ROWID;
{postgres} CREATE TABLE catalogue_offer (
  repository {text} NOT NULL,
  currency {text} NOT NULL,
  kind {int} NOT NULL,
  price {int} NOT NULL,
  listing {text} NOT NULL,
  offer {text} NOT NULL,
  PRIMARY KEY (repository, currency)
) {strict};
CREATE INDEX catalogue_offer_price ON catalogue_offer(kind, currency, price, repository);
DROP INDEX catalogue_price;
CREATE INDEX catalogue_paid ON catalogue_entry(kind, paid, repository);
DROP INDEX catalogue_facets;
CREATE INDEX catalogue_facets ON catalogue_entry(visibility, kind, task, library, licence, languages, paid, delivery, currencies);
DROP INDEX catalogue_owner;
CREATE INDEX catalogue_owner ON catalogue_entry(owner, visibility, kind, task, library, licence, languages, paid, delivery, currencies);
{postgres} CREATE INDEX catalogue_currencies ON catalogue_entry(visibility, kind, currencies) WHERE paid = 1;
{sqlite} ALTER TABLE catalogue_change ADD COLUMN currencies {text} NOT NULL DEFAULT '';
)sql";
}

}  // namespace kontor::sql
