// Counts per value of the catalogue's filters.
#include "repository/facets.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kontor::repository {
namespace {

constexpr std::size_t most_values = 100;  // of one facet

bool chosen(const std::vector<std::string>& wanted, std::string_view value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}
bool any_chosen(const std::vector<std::string>& wanted, std::string_view values) {
  if (wanted.empty()) return true;
  for (std::string_view v : split(values, ' '))
    if (!v.empty() && chosen(wanted, v)) return true;
  return false;
}

// Under a highest price what is for sale must be offered in the currency that it is compared in.
std::vector<std::string> wanted_currency(const CatalogueQuery& q, bool paid) {
  if (!q.currency.empty()) return {q.currency};
  if (q.max_price && paid) return {q.priced_in};
  return {};
}

}  // namespace

bool passes(const CatalogueQuery& q, const FacetRow& r) {
  return (q.kinds.empty() || std::find(q.kinds.begin(), q.kinds.end(), r.kind) != q.kinds.end()) && chosen(q.tasks, r.task) &&
         chosen(q.libraries, r.library) && chosen(q.licences, r.licence) && any_chosen(q.languages, r.languages) &&
         any_chosen(q.deliveries, r.delivery) && (!q.paid || *q.paid == r.paid) && any_chosen(wanted_currency(q, r.paid), r.currencies);
}

std::uint32_t FacetTable::Words::id(const std::string& name) {
  auto [it, added] = ids.try_emplace(name, static_cast<std::uint32_t>(names.size()));
  if (added) names.push_back(name);
  return it->second;
}

void FacetTable::add(const FacetRow& r) {
  Cell cell{{words_[task].id(r.task), words_[library].id(r.library), words_[licence].id(r.licence), words_[languages].id(r.languages),
             words_[delivery].id(r.delivery), words_[currencies].id(r.currencies)},
            static_cast<std::uint8_t>(r.kind),
            static_cast<std::uint8_t>(r.paid),
            r.count};
  std::string key(reinterpret_cast<const char*>(cell.value.data()), sizeof cell.value);
  key += static_cast<char>(cell.kind * 2 + cell.paid);
  auto [it, added] = places_.try_emplace(std::move(key), cells_.size());
  if (added)
    cells_.push_back(cell);
  else
    cells_[it->second].count += r.count;
  for (std::string_view c : split(r.currencies, ' '))
    if (!c.empty()) offered_[std::string(c)].at(static_cast<std::size_t>(r.kind)) += r.count;
}

std::string FacetTable::usual_currency(const std::vector<Kind>& kinds) const {
  std::string out;
  std::int64_t most = 0;
  for (const auto& [currency, of_kind] : offered_) {
    std::int64_t n = 0;
    for (std::size_t k = 0; k < of_kind.size(); ++k)
      if (kinds.empty() || std::find(kinds.begin(), kinds.end(), static_cast<Kind>(k)) != kinds.end()) n += of_kind[k];
    if (n > most) most = n, out = currency;
  }
  return out;
}

void FacetCounter::count(Filter f, std::string_view value, std::int64_t n) {
  if (value.empty() || n == 0) return;
  auto it = counts_[f].find(value);
  if (it == counts_[f].end())
    counts_[f].emplace(std::string(value), n);
  else
    it->second += n;
}

// A row counts for a facet if it passes all filters but the facet's own: all of them, or all but one and for that facet only.
void FacetCounter::add(const FacetTable& t, bool only_free) {
  std::array<std::vector<std::uint8_t>, FacetTable::columns> fails;
  std::array<std::vector<std::int64_t>, FacetTable::columns> sums;
  const auto currency = wanted_currency(q_, true);
  const std::vector<std::string>* wanted[FacetTable::columns] = {&q_.tasks,     &q_.libraries,  &q_.licences,
                                                                 &q_.languages, &q_.deliveries, &currency};
  bool free_in_any = wanted_currency(q_, false).empty();
  auto several = [](std::size_t c) { return c == FacetTable::languages || c == FacetTable::delivery || c == FacetTable::currencies; };
  for (std::size_t c = 0; c < FacetTable::columns; ++c) {
    const auto& names = t.words_[c].names;
    sums[c].assign(names.size(), 0);
    for (const auto& name : names) fails[c].push_back(!(several(c) ? any_chosen(*wanted[c], name) : chosen(*wanted[c], name)));
  }
  std::uint8_t kind_fails[3], paid_fails[2];
  for (std::uint8_t k = 0; k < 3; ++k)
    kind_fails[k] = !q_.kinds.empty() && std::find(q_.kinds.begin(), q_.kinds.end(), static_cast<Kind>(k)) == q_.kinds.end();
  for (std::uint8_t p = 0; p < 2; ++p) paid_fails[p] = q_.paid && *q_.paid != (p == 1);
  // Most questions filter by one or two columns, and the others refuse nothing.
  std::vector<std::size_t> filtering;
  for (std::size_t c = 0; c < FacetTable::columns; ++c)
    if (std::find(fails[c].begin(), fails[c].end(), 1) != fails[c].end()) filtering.push_back(c);
  std::int64_t kinds[3] = {}, paid[2] = {};
  for (const auto& cell : t.cells_) {
    if (only_free && cell.paid) continue;
    int refusals = kind_fails[cell.kind] + paid_fails[cell.paid];
    if (refusals > 1) continue;
    std::size_t by = FacetTable::columns;  // the column that refused
    for (std::size_t c : filtering)
      if (fails[c][cell.value[c]] && !(c == FacetTable::currencies && !cell.paid && free_in_any)) {
        by = c;
        if (++refusals > 1) break;
      }
    if (refusals > 1) continue;
    if (refusals == 0) {
      total_ += cell.count;
      for (std::size_t c = 0; c < FacetTable::columns; ++c) sums[c][cell.value[c]] += cell.count;
    } else if (by < FacetTable::columns) {
      sums[by][cell.value[by]] += cell.count;
    }
    if (refusals == 0 || kind_fails[cell.kind]) kinds[cell.kind] += cell.count;
    if (refusals == 0 || paid_fails[cell.paid]) paid[cell.paid] += cell.count;
  }
  static constexpr Filter filter_of[FacetTable::columns] = {by_task, by_library, by_licence, by_language, by_delivery, by_currency};
  for (std::size_t c = 0; c < FacetTable::columns; ++c)
    for (std::size_t i = 0; i < sums[c].size(); ++i)
      for (std::string_view v : several(c) ? split(t.words_[c].names[i], ' ') : std::vector<std::string_view>{t.words_[c].names[i]})
        count(filter_of[c], v, sums[c][i]);
  for (std::uint8_t k = 0; k < 3; ++k) count(by_kind, kind_name(static_cast<Kind>(k)), kinds[k]);
  for (std::uint8_t p = 0; p < 2; ++p) count(by_price, p ? "paid" : "free", paid[p]);
}

void FacetCounter::add(const std::vector<FacetRow>& rows) {
  FacetTable table;
  for (const FacetRow& r : rows) table.add(r);
  add(table);
}

FacetCounts FacetCounter::counts() const {
  static constexpr std::string_view names[filters] = {"kind", "task", "library", "licence", "language", "price", "delivery", "currency"};
  FacetCounts out;
  out.total = total_;
  for (int f = 0; f < filters; ++f) {
    Facet facet{std::string(names[f]), {}};
    for (auto& [value, n] : counts_[f])
      if (n > 0) facet.values.push_back({value, n});
    std::stable_sort(facet.values.begin(), facet.values.end(), [](const FacetValue& a, const FacetValue& b) { return a.count > b.count; });
    if (facet.values.size() > most_values) facet.values.resize(most_values);
    out.facets.push_back(std::move(facet));
  }
  return out;
}

FacetCounts count_facets(const CatalogueQuery& q, const std::vector<FacetRow>& rows) {
  FacetCounter counter(q);
  counter.add(rows);
  return counter.counts();
}

}  // namespace kontor::repository
