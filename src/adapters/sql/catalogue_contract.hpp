// The catalogue on a real database: who sees what, what is shown of a sale, offers that end by themselves, days.
#pragma once
#include "adapters/sql/market_contract.hpp"

namespace kontor::sql::contract {

inline void catalogue(Storage& storage) {
  World w(storage);
  auto open = w.repo(w.bob, "open"), sold = w.repo(w.bob, "sold"), hidden = w.repo(w.bob, "hidden");
  hidden.visibility = identity::Visibility::private_;
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->update_settings(u, hidden));
    repository::Derived d;
    d.task = "ocr", d.licence = "mit", d.languages = "en ja", d.summary = "Reads RECEIPTS";
    KT_CHECK(w.repositories->set_derived(u, open, d, w.clock.now()));
    return 0;
  });
  auto dear = w.sell(w.bob, sold, R"({"id":"licence","kind":"one_off","amount":"9.00"})");
  auto ask = [&](const identity::Caller& c, repository::CatalogueQuery q = {}) {
    return w.must([&](UnitOfWork& u) { return w.market.catalogue(u, c, q, true); });
  };
  auto names = [](const market::CatalogueAnswer& a) {
    std::string out;
    for (const auto& e : a.entries) out += (out.empty() ? "" : " ") + e.row.repository.name;
    return out;
  };
  repository::CatalogueQuery by_name, by_price, paid;
  by_name.sort = "name", by_price.sort = paid.sort = "price", paid.paid = true;
  EXPECT_EQ(names(ask({}, by_name)), "open sold");
  EXPECT_EQ(names(ask(w.alice, by_name)), "open sold");
  EXPECT_EQ(names(ask(w.bob, by_name)), "hidden open sold");
  EXPECT_EQ(names(ask(w.olga, by_name)), "hidden open sold");
  EXPECT_EQ(ask(w.bob).counts.total, 3);
  EXPECT_EQ(names(ask({}, by_price)), "open sold");  // what is free comes first
  auto shown = ask({}, paid);
  ASSERT_EQ(names(shown), "sold");
  EXPECT_EQ(shown.entries[0].offer->id, dear.id);
  repository::CatalogueQuery words;
  words.text = "receipts";
  EXPECT_EQ(names(ask({}, words)), "open");
  words.text = "100%";
  EXPECT_EQ(names(ask({}, words)), "");

  // A cheaper offer takes its place, and gives it back when it ends.
  market::OfferDraft d;
  d.rights = {"use"};
  d.valid_until = w.clock.now().plus_ms(60'000);
  auto cheap = w.must([&](UnitOfWork& u) -> Result<market::Offer> {
    KT_TRY(Json plan, Json::parse(R"({"currency":"USD","components":[{"id":"licence","kind":"one_off","amount":"2.00"}]})"));
    KT_TRY(auto p, w.market.create_plan(u, w.bob, dear.listing, plan));
    d.plan = p.id;
    return w.market.create_offer(u, w.bob, dear.listing, d);
  });
  EXPECT_EQ(ask({}, paid).entries[0].offer->id, cheap.id);
  EXPECT_EQ(ask({}, paid).entries[0].row.sale->price, 2'000'000);
  w.clock.set(*d.valid_until);
  w.must([&](UnitOfWork& u) { return w.market.run_some_timers(u, w.clock.now(), 100); });
  EXPECT_EQ(ask({}, paid).entries[0].offer->id, dear.id);
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.market.run_some_timers(u, w.clock.now(), 100); }), 0);

  // Counted together, added up by day; what is deleted is counted no more.
  std::int64_t today = w.clock.now().ns / market::day_ns;
  repository::Activity activity(storage, *w.catalogue, w.clock);
  for (int i = 0; i < 5; ++i) activity.download(open.id);
  activity.run(open.id);
  activity.order(sold.id);
  activity.download("a repository that is gone");
  auto flush = [&] {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<Status> done;
    auto run = [](repository::Activity* a, std::mutex* m, std::condition_variable* c, std::optional<Status>* out) -> Task<void> {
      Status s = co_await a->flush();
      std::lock_guard lock(*m);
      out->emplace(std::move(s));
      c->notify_all();
    };
    spawn(run(&activity, &mutex, &ready, &done));
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return done.has_value(); });
    EXPECT_TRUE(*done);
  };
  flush();
  activity.download(open.id);
  flush();
  flush();
  auto days = w.must([&](UnitOfWork& u) { return w.catalogue->activity(u, open.id, today); });
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0].downloads, 6);
  EXPECT_EQ(days[0].runs, 1);
  repository::CatalogueQuery trend;
  EXPECT_EQ(names(ask({}, trend)), "sold open");  // one order weighs ten downloads
  auto figures = w.must([&](UnitOfWork& u) { return w.catalogue->figures(u, today); });
  EXPECT_EQ(figures.by_kind[0], 2);
  EXPECT_EQ(figures.for_sale, 1);
  EXPECT_EQ(figures.downloads, 6);
  EXPECT_TRUE(w.must([&](UnitOfWork& u) { return w.catalogue->faults(u); }).empty());
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.catalogue->set_sale(u, open.id, repository::Sale{"lst_x", "", "", "", "", "", "", 0, {}, std::nullopt}));
    return 0;
  });
  EXPECT_EQ(w.must([&](UnitOfWork& u) { return w.catalogue->faults(u); }), std::vector<std::string>{open.id});
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->remove(u, open.id));
    return 0;
  });
  EXPECT_EQ(names(ask({}, by_name)), "sold");
  EXPECT_TRUE(w.must([&](UnitOfWork& u) { return w.catalogue->faults(u); }).empty());
}

}  // namespace kontor::sql::contract
