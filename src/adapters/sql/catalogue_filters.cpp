#include "adapters/sql/catalogue_filters.hpp"

#include <fmt/format.h>

#include "adapters/sql/catalogue_offers.hpp"
#include "base/money.hpp"
#include "base/text.hpp"

namespace kontor::sql {

using namespace repository;

namespace {
std::string any_of(Bindings& b, std::string_view column, const std::vector<std::string>& values) {
  std::string out;
  for (const auto& v : values) out += (out.empty() ? "" : ", ") + b.text(v);
  return fmt::format(" {} IN ({})", column, out);
}
// Of blank-separated words.
std::string any_word(Bindings& b, std::string_view column, const std::vector<std::string>& values) {
  std::string out;
  for (const auto& v : values)
    out += fmt::format("{}' ' || {} || ' ' LIKE {} ESCAPE '!'", out.empty() ? "" : " OR ", column, b.text(containing(" " + v + " ")));
  return " AND (" + out + ")";
}
}  // namespace

std::string seen_condition(Bindings& b, const CatalogueQuery& q) {
  if (q.all_private) return "";
  if (q.readable_owners.empty()) return " AND c.visibility = 0";
  return " AND (c.visibility = 0 OR" + any_of(b, "c.owner", q.readable_owners) + ")";
}
std::string owners_condition(Bindings& b, const std::vector<std::string>& owners) { return " AND" + any_of(b, "c.owner", owners); }

std::string other_conditions(Bindings& b, const CatalogueQuery& q) {
  std::string sql;
  if (!q.owner.empty()) sql += " AND c.owner = " + b.text(q.owner);
  for (std::string_view word : split(q.text, ' '))
    if (!word.empty()) sql += " AND c.words LIKE " + b.text(containing(word)) + " ESCAPE '!'";
  return sql;
}

std::string currency_literal(std::string_view currency) {
  for (std::string_view one : currencies())
    if (one == currency) return fmt::format("'{}'", one);
  return "''";
}

std::string price_condition(Bindings& b, const CatalogueQuery& q, bool in_any, bool postgres) {
  if (!q.max_price) return "";
  std::string in = in_any ? "" : " AND o.currency = " + currency_literal(q.priced_in);
  return fmt::format(" AND (c.paid = 0 OR EXISTS (SELECT 1 FROM catalogue_offer o WHERE o.{0} = c.{0}{1} AND o.price <= {2}))",
                     offer_key(postgres), in, b.number(*q.max_price));
}

std::string facet_conditions(Bindings& b, const CatalogueQuery& q, bool postgres) {
  std::string sql;
  if (!q.tasks.empty()) sql += " AND" + any_of(b, "c.task", q.tasks);
  if (!q.libraries.empty()) sql += " AND" + any_of(b, "c.library", q.libraries);
  if (!q.licences.empty()) sql += " AND" + any_of(b, "c.licence", q.licences);
  if (!q.languages.empty()) sql += any_word(b, "c.languages", q.languages);
  if (!q.deliveries.empty()) sql += any_word(b, "c.delivery", q.deliveries);
  // In words, for the indexes of what is for sale.
  if (q.paid) sql += *q.paid ? " AND c.paid = 1" : " AND c.paid = 0";
  if (!q.currency.empty())
    sql += fmt::format(" AND c.paid = 1 AND EXISTS (SELECT 1 FROM catalogue_offer o WHERE o.{0} = c.{0} AND o.currency = {1})",
                       offer_key(postgres), currency_literal(q.currency));
  return sql;
}

bool asks_text(const CatalogueQuery& q) { return q.text.find_first_not_of(' ') != std::string::npos; }

FacetRow facet_row_of(const Row& r) {
  return {
      static_cast<Kind>(r.integer(0)), r.text(1), r.text(2), r.text(3), r.text(4), r.text(6), r.text(7), r.integer(5) != 0, r.integer(8)};
}

}  // namespace kontor::sql
