// Prices of several currencies on a real database: every list by price or under a highest price is compared with a reading of all; facets,
// pages, listings of one repository in several currencies, prices that change, listings that are withdrawn, a store that had none of this.
#pragma once
#include <algorithm>
#include <map>
#include <set>

#include "adapters/sql/catalogue_offers.hpp"
#include "adapters/sql/market_contract.hpp"
#include "adapters/sql/search_index.hpp"

namespace kontor::sql::contract {

// An entry as the test knows it: its cheapest offer of each currency.
struct Priced {
  repository::Repository repository;
  std::string task;
  bool paid = false;
  std::map<std::string, std::int64_t> prices;
};

// What the catalogue should answer, by reading all of `entries`.
struct Expected {
  std::vector<std::string> ids;  // in order, where the order is by price
  std::map<std::string, std::int64_t> currencies, tasks;
};
inline Expected expect_by_price(const std::map<std::string, Priced>& entries, const repository::CatalogueQuery& q) {
  struct Found {
    std::int64_t value;
    std::string id;
    auto operator<=>(const Found&) const = default;
  };
  Expected out;
  std::vector<Found> found;
  for (const auto& [id, e] : entries) {
    auto price = [&](const std::string& c) { return e.prices.contains(c) ? std::optional(e.prices.at(c)) : std::nullopt; };
    auto cheap = [&](const std::string& c) { return price(c) && (!q.max_price || *price(c) <= *q.max_price); };
    if (e.repository.visibility == identity::Visibility::private_) continue;
    if (!q.kinds.empty() && q.kinds[0] != e.repository.kind) continue;
    if (q.paid && *q.paid != e.paid) continue;
    if (!q.text.empty() && e.repository.name.find(q.text) == std::string::npos) continue;
    bool right_task = q.tasks.empty() || q.tasks[0] == e.task;
    // The facet: what choosing each currency would show.
    for (const auto& [c, p] : e.prices)
      if (right_task && cheap(c)) ++out.currencies[c];
    bool passes = q.currency.empty() ? !q.max_price || !e.paid || cheap(q.priced_in) : cheap(q.currency);
    if (!passes) continue;
    ++out.tasks[e.task];
    if (!right_task) continue;
    found.push_back({!e.paid ? -1 : price(q.priced_in).value_or(INT64_MAX), id});
  }
  if (q.sort != "price")
    for (auto& f : found) f.value = 0;
  std::sort(found.begin(), found.end());
  for (const auto& f : found) out.ids.push_back(f.id);
  return out;
}

inline std::map<std::string, std::int64_t> facet(const repository::FacetCounts& counts, std::string_view name) {
  std::map<std::string, std::int64_t> out;
  for (const auto& f : counts.facets)
    for (const auto& v : f.values)
      if (f.name == name) out[v.value] = v.count;
  return out;
}

// Of the port: enough entries that an order is walked along its index.
inline void currencies_of_many(Storage& storage) {
  World w(storage);
  std::uint64_t state = 11;
  auto draw = [&](std::uint64_t below) { return (state = state * 6364136223846793005ull + 1442695040888963407ull, (state >> 33) % below); };
  const std::vector<std::string> codes = {"EUR", "JPY", "USD"};
  std::map<std::string, Priced> all;
  auto sale_of = [](const Priced& e) {
    repository::Sale sale;
    sale.listing = "lst_" + e.repository.id;
    sale.delivery = "download";
    for (const auto& [c, price] : e.prices) sale.offers.push_back({"off_" + c + e.repository.id, sale.listing, c, price});
    if (!sale.offers.empty()) sale.offer = sale.offers[0].offer, sale.currency = sale.offers[0].currency, sale.price = sale.offers[0].price;
    return sale;
  };
  auto change = [&](UnitOfWork& u, Priced& e) -> Status {
    e.paid = draw(2) == 0;
    e.prices.clear();
    if (e.paid)
      for (auto n = draw(4); n > 0; --n) e.prices[codes[draw(3)]] = static_cast<std::int64_t>(draw(5)) * 1'000'000;
    return w.catalogue->set_sale(u, e.repository.id, e.paid ? std::optional(sale_of(e)) : std::nullopt);
  };
  w.must([&](UnitOfWork& u) -> Result<int> {
    for (int i = 0; i < 3200; ++i) {
      Priced e;
      auto& r = e.repository;
      r.id = new_object_id(w.clock.now());
      r.owner = w.bob.party, r.ns = "bob", r.name = (i % 40 == 0 ? "rare-" : "thing-") + std::to_string(i);
      if (i % 10 == 9) r.kind = repository::Kind::dataset;
      r.created_at = r.updated_at = w.clock.now();
      if (i % 50 == 0) r.visibility = identity::Visibility::private_;
      KT_CHECK(w.repositories->insert(u, r));
      repository::Derived d;
      e.task = d.task = i % 30 == 1 ? "rare" : "common";
      KT_CHECK(w.repositories->set_derived(u, r, d, w.clock.now()));
      KT_CHECK(change(u, e));
      all[r.id] = e;
    }
    return 0;
  });
  auto check = [&](repository::CatalogueQuery q, bool counted, int limit) {
    auto expected = expect_by_price(all, q);
    std::string about = q.sort + " in " + q.priced_in + " of " + q.currency + (q.max_price ? " cheap" : "") +
                        (q.paid ? *q.paid ? " paid" : " free" : "") + " " + q.text + (q.tasks.empty() ? "" : " rare") +
                        (counted ? " counted" : "");
    std::vector<std::string> ids;
    q.limit = limit + 1;
    for (bool more = true; more;) {
      auto page = w.must([&](UnitOfWork& u) { return w.catalogue->page(u, q, counted); });
      more = page.rows.size() > static_cast<std::size_t>(limit);
      if (more) page.rows.pop_back();
      for (const auto& row : page.rows) {
        ids.push_back(row.repository.id);
        const Priced& e = all.at(row.repository.id);
        EXPECT_EQ(row.sale.has_value(), e.paid) << about;
        if (!e.paid || q.priced_in.empty()) continue;
        // Shown with its offer in the currency, if it has one.
        auto shown = e.prices.contains(q.priced_in) ? q.priced_in : e.prices.empty() ? "" : e.prices.begin()->first;
        EXPECT_EQ(row.sale->currency, shown) << about;
        if (!shown.empty()) EXPECT_EQ(row.sale->price, e.prices.at(shown)) << about;
      }
      if (counted && !page.counts.more) {
        EXPECT_EQ(page.counts.total, static_cast<std::int64_t>(expected.ids.size())) << about;
        auto in = facet(page.counts, "currency"), tasks = facet(page.counts, "task");
        auto unknown = [](const auto& v) { return v.second < 0; };  // more than are counted match the text
        bool counted_by_value = std::none_of(in.begin(), in.end(), unknown) && std::none_of(tasks.begin(), tasks.end(), unknown);
        if (counted_by_value) EXPECT_EQ(in, expected.currencies) << about;
        if (counted_by_value) EXPECT_EQ(tasks, expected.tasks) << about;
      }
      if (more) q.after = {page.rows.back().sort_value, page.rows.back().repository.id};
      ASSERT_LE(ids.size(), expected.ids.size()) << about;
    }
    if (q.sort != "price") std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, expected.ids) << about;
  };
  auto check_all = [&](int limit) {
    for (std::string sort : {"price", "trending"})
      for (std::string currency : {"", "JPY", "KWD"})
        for (std::optional<std::int64_t> most : {std::optional<std::int64_t>(), std::optional<std::int64_t>(2'000'000)})
          for (std::optional<bool> paid : {std::optional<bool>(), std::optional(true), std::optional(false)})
            for (std::string text : {"", "rare-", "thing"})
              for (bool rare : {false, true})
                for (bool counted : {true, false}) {
                  repository::CatalogueQuery q;
                  q.sort = sort, q.currency = currency, q.max_price = most, q.paid = paid, q.text = text;
                  if (rare) q.tasks = {"rare"};
                  if (!currency.empty())
                    q.priced_in = currency;
                  else if (sort == "price" || most)
                    q.priced_in = "USD";
                  if (draw(3) == 0) q.kinds = {repository::Kind::model};
                  ASSERT_NO_FATAL_FAILURE(check(q, counted, limit));
                }
  };
  check_all(1500);
  // Prices change, and with them what is counted.
  for (int round = 0; round < 4; ++round) {
    w.must([&](UnitOfWork& u) -> Result<int> {
      for (auto& [id, e] : all)
        if (draw(10) == 0) KT_CHECK(change(u, e));
      return 0;
    });
    repository::CatalogueQuery q;
    q.sort = "price", q.priced_in = codes[draw(3)];
    check(q, true, 40 + round * 300);
    q.max_price = 1'000'000;
    check(q, true, 700);
    q.currency = q.priced_in, q.text = "thing";
    check(q, true, 700);
  }
  std::map<std::string, std::int64_t> offered;
  for (const auto& [id, e] : all)
    if (e.repository.visibility == identity::Visibility::public_)
      for (const auto& [c, price] : e.prices) ++offered[c];
  auto usual = std::max_element(offered.begin(), offered.end(), [](auto& x, auto& y) { return x.second < y.second; })->first;
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.catalogue->usual_currency(u, {}); }), usual);
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.catalogue->usual_currency(u, {repository::Kind::space}); }), "");
}

// Of the market: offers come and go, and lists follow.
inline void currencies(Storage& storage) {
  World w(storage);
  auto plan = [](const std::string& amount) { return R"({"id":"licence","kind":"one_off","amount":")" + amount + "\"}"; };
  auto offer = [&](const identity::Caller& seller, const std::string& listing, const std::string& currency, const std::string& component,
                   market::OfferDraft d = {}) {
    return w.must([&](UnitOfWork& u) -> Result<market::Offer> {
      KT_TRY(Json body, Json::parse("{\"currency\":\"" + currency + "\",\"components\":[" + component + "]}"));
      KT_TRY(auto p, w.market.create_plan(u, seller, listing, body));
      d.plan = p.id, d.rights = {"use"};
      return w.market.create_offer(u, seller, listing, d);
    });
  };
  auto withdraw = [&](const identity::Caller& seller, const std::string& id) {
    w.must([&](UnitOfWork& u) { return w.market.withdraw_offer(u, seller, id); });
  };
  auto ask = [&](repository::CatalogueQuery q, const identity::Caller& c = {}) {
    return w.must([&](UnitOfWork& u) { return w.market.catalogue(u, c, q, true); });
  };
  auto names = [](const market::CatalogueAnswer& a) {
    std::string out;
    for (const auto& e : a.entries) out += (out.empty() ? "" : " ") + e.row.repository.name;
    return out;
  };
  auto listed = [&](market::ListingFilter f) {
    auto found = w.must([&](UnitOfWork& u) { return w.market.find_listings(u, {}, f, {"", 50}); });
    std::string out = found.priced_in + ":";
    for (const auto& l : found.listings) out += " " + l.listing.title;
    return out;
  };
  auto no_faults = [&] { return w.must([&](UnitOfWork& u) { return w.catalogue->faults(u); }).empty(); };
  repository::CatalogueQuery by_price, cheap, any;
  by_price.sort = cheap.sort = "price", any.sort = "name";
  cheap.max_price = 700'000'000;  // 700
  auto in = [](repository::CatalogueQuery q, const std::string& currency) {
    q.currency = currency;
    return q;
  };

  auto open = w.repo(w.bob, "open");
  EXPECT_EQ(ask(by_price).priced_in, "");  // nothing is on offer
  EXPECT_EQ(names(ask(cheap)), "open");
  auto dollars = w.sell(w.bob, w.repo(w.bob, "dollars"), plan("20.00"));
  EXPECT_EQ(ask(by_price).priced_in, "USD");
  auto yen = w.sell(w.bob, w.repo(w.bob, "yen"), plan("500"), false, "standard_7d", "JPY");
  EXPECT_EQ(ask(by_price).priced_in, "JPY");  // as many of either: the first by name
  auto more_yen = w.sell(w.alice, w.repo(w.alice, "more-yen"), plan("3000"), false, "standard_7d", "JPY");
  auto first = ask(by_price);
  EXPECT_EQ(first.priced_in, "JPY");
  EXPECT_EQ(names(first), "open yen more-yen dollars");
  EXPECT_EQ(facet(first.counts, "currency"), (std::map<std::string, std::int64_t>{{"JPY", 2}, {"USD", 1}}));
  EXPECT_EQ(names(ask(cheap)), "open yen");
  EXPECT_EQ(facet(ask(cheap).counts, "currency"), (std::map<std::string, std::int64_t>{{"JPY", 1}, {"USD", 1}}));
  EXPECT_EQ(names(ask(in(by_price, "USD"))), "dollars");
  EXPECT_EQ(names(ask(in(cheap, "USD"))), "dollars");
  EXPECT_EQ(names(ask(in(any, "JPY"))), "more-yen yen");
  EXPECT_EQ(names(ask(in(any, "KWD"))), "");
  EXPECT_EQ(ask(in(any, "KWD")).priced_in, "KWD");
  EXPECT_EQ(facet(ask(in(any, "KWD")).counts, "currency").size(), 2u);

  // The same thing in a second currency is found by each of them, and shown with the price of that one.
  auto second = offer(w.bob, dollars.listing, "JPY", plan("2000"));
  EXPECT_EQ(names(ask(by_price)), "open yen dollars more-yen");
  EXPECT_EQ(names(ask(in(by_price, "USD"))), "dollars");
  EXPECT_EQ(ask(in(any, "JPY")).counts.total, 3);
  for (const auto& [currency, id] : {std::pair(std::string("JPY"), second.id), {"USD", dollars.id}, {"", dollars.id}})
    for (const auto& e : ask(in(any, currency)).entries)
      if (e.row.repository.name == "dollars") EXPECT_EQ(e.offer->id, id) << currency;
  // Cheaper in one currency changes nothing in the other; a private offer nothing at all.
  auto third = offer(w.bob, dollars.listing, "JPY", plan("400"));
  market::OfferDraft to_carol;
  to_carol.visibility = "private", to_carol.buyer = "carol";
  offer(w.bob, dollars.listing, "EUR", plan("1.00"), to_carol);
  EXPECT_EQ(names(ask(by_price)), "open dollars yen more-yen");
  EXPECT_EQ(names(ask(cheap)), "open dollars yen");
  EXPECT_EQ(ask(in(by_price, "USD")).entries[0].row.sale->price, 20'000'000);
  EXPECT_EQ(facet(ask(any).counts, "currency"), (std::map<std::string, std::int64_t>{{"JPY", 3}, {"USD", 1}}));
  withdraw(w.bob, third.id);
  EXPECT_EQ(names(ask(by_price)), "open yen dollars more-yen");
  // What costs by the run has the price of one.
  auto runs =
      offer(w.bob, yen.listing, "EUR", R"({"id":"runs","kind":"metered","meter":"run","model":"per_unit","unit_amount":"0.25","per":1})");
  EXPECT_EQ(ask(in(by_price, "EUR")).entries.at(0).row.sale->price, 250'000);
  withdraw(w.bob, runs.id);
  EXPECT_FALSE(facet(ask(any).counts, "currency").contains("EUR"));
  // An offer that ends by itself takes its currency along.
  market::OfferDraft brief;
  brief.valid_until = w.clock.now().plus_ms(60'000);
  offer(w.bob, yen.listing, "KWD", plan("1.000"), brief);
  EXPECT_EQ(names(ask(in(any, "KWD"))), "yen");
  w.clock.set(*brief.valid_until);
  w.must([&](UnitOfWork& u) { return w.market.run_some_timers(u, w.clock.now(), 100); });
  EXPECT_EQ(names(ask(in(any, "KWD"))), "");
  EXPECT_TRUE(no_faults());

  // A list by price goes on in the currency that it began in, whatever is usual by then.
  repository::CatalogueQuery paged = by_price;
  paged.limit = 2;
  auto page = ask(paged);
  EXPECT_EQ(names(page), "open yen");
  for (int i = 0; i < 4; ++i) w.sell(w.bob, w.repo(w.bob, "euro-" + std::to_string(i)), plan("9.00"), false, "standard_7d", "EUR");
  EXPECT_EQ(ask(by_price).priced_in, "EUR");
  paged.after = page.next;
  EXPECT_EQ(ask(paged).priced_in, "JPY");
  EXPECT_EQ(names(ask(paged)), "dollars more-yen");
  paged.after = std::pair(std::string("500000000@XXX"), page.next.second);
  EXPECT_EQ(ask(paged).priced_in, "EUR");

  // Listings.
  market::ListingFilter f, bounded;
  f.sort = bounded.sort = "price", f.currency = "JPY", bounded.max_price = 2'500'000'000;
  EXPECT_EQ(listed(f), "JPY: yen dollars more-yen");
  f.max_price = 700'000'000;
  EXPECT_EQ(listed(f), "JPY: yen");
  EXPECT_EQ(listed(bounded), "EUR: euro-0 euro-1 euro-2 euro-3");
  bounded.currency = "USD";
  EXPECT_EQ(listed(bounded), "USD: dollars");
  // A repository that changed hands may have two listings: each is found by what it offers.
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_TRY(auto other, w.store->listing(u, yen.listing));
    other->id = new_id("lst_", w.clock.now()), other->title = "yen-too", other->seller = w.alice.party;
    KT_CHECK(w.store->put_listing(u, *other, true));
    KT_TRY(auto copy, w.store->offer(u, dollars.id));
    copy->id = new_id("off_", w.clock.now()), copy->listing = other->id, copy->repository = other->repository;
    KT_CHECK(w.store->add_offer(u, *copy));
    return 0;
  });
  withdraw(w.bob, offer(w.bob, yen.listing, "JPY", plan("1")).id);  // looks at the repository again
  EXPECT_EQ(names(ask(in(any, "USD"))), "dollars yen");
  EXPECT_EQ(listed(bounded), "USD: dollars yen-too");
  f.max_price.reset();
  EXPECT_EQ(listed(f), "JPY: yen dollars more-yen");
  EXPECT_TRUE(no_faults());

  // Withdrawn listings leave the facet, and come back to it.
  auto jpy = [&] { return facet(ask(any).counts, "currency")["JPY"]; };
  EXPECT_EQ(jpy(), 3);
  auto move = [&](const std::string& listing, market::ListingEvent event) {
    w.must([&](UnitOfWork& u) { return w.market.move_listing(u, w.olga, listing, event); });
  };
  move(more_yen.listing, market::ListingEvent::suspend);
  EXPECT_EQ(jpy(), 2);
  EXPECT_EQ(names(ask(in(by_price, "JPY"))), "yen dollars");
  move(more_yen.listing, market::ListingEvent::reinstate);
  EXPECT_EQ(jpy(), 3);
  move(more_yen.listing, market::ListingEvent::retire);
  EXPECT_EQ(jpy(), 2);
  withdraw(w.bob, second.id);
  EXPECT_EQ(jpy(), 1);
  // Of a private repository its owner alone is told.
  auto hidden = w.sell(w.alice, w.repo(w.alice, "hidden"), plan("5.000"), false, "standard_7d", "KWD");
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_TRY(auto r, w.repositories->find_by_id(u, hidden.repository));
    r->visibility = identity::Visibility::private_;
    KT_CHECK(w.repositories->update_settings(u, *r));
    return 0;
  });
  EXPECT_EQ(facet(ask(any).counts, "currency").contains("KWD"), false);
  EXPECT_EQ(names(ask(in(any, "KWD"))), "");
  EXPECT_EQ(names(ask(in(any, "KWD"), w.alice)), "hidden");
  EXPECT_TRUE(no_faults());

  // A store from before there were prices by currency gets them, as one where rows came by another way.
  auto everything = [&] {
    std::string out;
    for (const std::string c : {"", "EUR", "JPY", "KWD", "USD"})
      for (const auto& e : ask(in(by_price, c), w.olga).entries)
        out += c + " " + e.row.repository.name + " " + (e.offer ? e.offer->id : "-") + " " +
               (e.row.sale ? e.row.sale->currency + std::to_string(e.row.sale->price) : "free") + "\n";
    return out;
  };
  std::string before = everything();
  w.must([&](UnitOfWork& u) -> Result<int> {
    Session& s = session(u);
    // As they were: no currencies in the rows and none in the text index.
    KT_TRY(Rows rows, s.query(Statement("SELECT repository FROM catalogue_entry WHERE paid = 1"), {}));
    for (Row r : rows) {
      KT_TRY(auto old, search_facts(u, r.text(0)));
      KT_CHECK(changed(s.exec(Statement("UPDATE catalogue_entry SET currencies = '' WHERE repository = ?1"), {r.text(0)})));
      KT_TRY(auto now, search_facts(u, r.text(0)));
      KT_CHECK(search_replace(u, r.text(0), old, now));
    }
    KT_CHECK(changed(s.exec(Statement("DELETE FROM catalogue_offer"), {})));
    return 0;
  });
  EXPECT_FALSE(no_faults());
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(offers_fill(session(u)));
    return 0;
  });
  w.must([&](UnitOfWork& u) { return w.market.run_some_timers(u, w.clock.now(), 100); });  // what had ended by itself
  EXPECT_EQ(everything(), before);
  EXPECT_TRUE(no_faults());
}

}  // namespace kontor::sql::contract
