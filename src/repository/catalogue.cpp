#include "repository/catalogue.hpp"

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

// Which filters a row passes, in the order of the facets.
enum Filter { by_kind, by_task, by_library, by_licence, by_language, by_price, by_delivery, filters };

}  // namespace

FacetCounts count_facets(const CatalogueQuery& q, const std::vector<FacetRow>& rows) {
  static constexpr std::string_view names[filters] = {"kind", "task", "library", "licence", "language", "price", "delivery"};
  std::map<std::string, std::int64_t, std::less<>> counts[filters];
  auto add = [&](Filter f, std::string_view value, std::int64_t n) {
    if (value.empty()) return;
    auto it = counts[f].find(value);
    if (it == counts[f].end()) counts[f].emplace(std::string(value), n);
    else it->second += n;
  };
  FacetCounts out;
  for (const FacetRow& r : rows) {
    bool passes[filters] = {q.kinds.empty() || std::find(q.kinds.begin(), q.kinds.end(), r.kind) != q.kinds.end(),
                            chosen(q.tasks, r.task), chosen(q.libraries, r.library), chosen(q.licences, r.licence), any_chosen(q.languages, r.languages),
                            !q.paid || *q.paid == r.paid, any_chosen(q.deliveries, r.delivery)};
    auto refusals = std::count(std::begin(passes), std::end(passes), false);
    if (refusals > 1) continue;
    if (refusals == 0) out.total += r.count;
    auto counts_in = [&](Filter f) { return refusals == 0 || !passes[f]; };
    if (counts_in(by_kind)) add(by_kind, kind_name(r.kind), r.count);
    if (counts_in(by_task)) add(by_task, r.task, r.count);
    if (counts_in(by_library)) add(by_library, r.library, r.count);
    if (counts_in(by_licence)) add(by_licence, r.licence, r.count);
    if (counts_in(by_language))
      for (std::string_view v : split(r.languages, ' ')) add(by_language, v, r.count);
    if (counts_in(by_price)) add(by_price, r.paid ? "paid" : "free", r.count);
    if (counts_in(by_delivery))
      for (std::string_view v : split(r.delivery, ' ')) add(by_delivery, v, r.count);
  }
  for (int f = 0; f < filters; ++f) {
    Facet facet{std::string(names[f]), {}};
    for (auto& [value, n] : counts[f]) facet.values.push_back({value, n});
    std::stable_sort(facet.values.begin(), facet.values.end(), [](const FacetValue& a, const FacetValue& b) { return a.count > b.count; });
    if (facet.values.size() > most_values) facet.values.resize(most_values);
    out.facets.push_back(std::move(facet));
  }
  return out;
}

void Activity::add(std::string_view repository, Happened what) {
  std::lock_guard lock(mutex_);
  auto it = waiting_.find(repository);
  if (it == waiting_.end()) it = waiting_.emplace(std::string(repository), Happened{}).first;
  it->second.downloads += what.downloads;
  it->second.runs += what.runs;
  it->second.orders += what.orders;
}

Task<Status> Activity::flush() {
  auto taken = std::make_shared<std::map<std::string, Happened, std::less<>>>();
  {
    std::lock_guard lock(mutex_);
    taken->swap(waiting_);
  }
  if (taken->empty()) co_return Status{};
  auto* catalogue = &catalogue_;
  Time now = wall_.now();
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    for (const auto& [repository, what] : *taken) KT_CHECK(catalogue->add_activity(u, repository, what, now));
    return true;
  };
  auto done = co_await storage_.write(body);
  if (done) co_return Status{};
  for (const auto& [repository, what] : *taken) add(repository, what);
  co_return Unexpected(done.error());
}

}  // namespace kontor::repository
