// Model-based test of the counting-house: random operations on the real stores against a slow reference of plain maps and exact
// integers. Every operation's outcome is compared (invariants 1 to 12 as far as they concern it, kept incrementally); after every
// thousandth the whole state is, and the journal is replayed (24). A failing seed is printed with the operation's number.
#pragma once
#include <random>
#include <set>

#include "adapters/sql/market_contract.hpp"

namespace kontor::sql::contract {

class MarketModel {
 public:
  MarketModel(Storage& storage, std::uint64_t seed) : w_(storage), rng_(seed), seed_(seed) {
    for (int i = 0; i < 4; ++i) buyers_.push_back(w_.person("buyer" + std::to_string(i), 2));
    for (int i = 0; i < 2; ++i) sellers_.push_back(w_.person("seller" + std::to_string(i), 1));
    for (int i = 0; i < 6; ++i) {
      std::size_t s = static_cast<std::size_t>(i) % 2;
      auto repo = w_.repo(sellers_[s], "m" + std::to_string(i));
      Micros price = std::array<Micros, 6>{1'000'000, 2'500'000, 0, 990'000, 10'000, 7'770'000}[static_cast<std::size_t>(i)];
      std::string once = price == 0 ? "" : R"({"id":"licence","kind":"one_off","amount":")" + format_amount(price, 2) + R"("},)";
      auto offer = w_.sell(
          sellers_[s], repo,
          once +
              R"({"id":"runs","kind":"metered","meter":"run","model":"graduated","free_units":5,"tiers":[{"up_to":7,"unit_amount":"0.90","per":3},{"up_to":null,"unit_amount":"0.50","per":7}]})");
      assets_.push_back({repo, offer, s, price});
    }
    // What selling put into the log before the model begins.
    w_.sequence();
  }

  void run(int operations) {
    for (int done = 0; done < operations && !testing::Test::HasFailure();) {
      int batch = std::min(operations - done, 100);
      std::vector<Step> steps;
      for (int i = 0; i < batch; ++i) steps.push_back(draw());
      execute(steps);
      // Judged in the order in which they came to pass: who waits together may overtake.
      std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.order < b.order; });
      for (auto& s : steps) {
        SCOPED_TRACE("seed " + std::to_string(seed_) + ", operation " + std::to_string(done));
        s.judge(s);
        ++done;
        if (testing::Test::HasFailure()) return;
      }
      move_time();
      check_sums();
      if (done % 1000 == 0) check_everything(done);
    }
    w_.check_books();
    EXPECT_TRUE(w_.publish());
    w_.must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(w_.log.audit(u));
      return 0;
    });
  }
  std::map<std::string, int> outcomes;  // how often each was seen: a test of the test

 private:
  struct Asset {
    repository::Repository repo;
    market::Offer offer;
    std::size_t seller;
    Micros price;
  };
  struct ModelOrder {
    std::string id;
    std::size_t buyer, asset;
    Micros total, fee, share, refunded = 0, fee_back = 0, share_back = 0, available = 0;
    std::int64_t completed_ns;
    bool cleared = false, ended = false, touched = false;
    int calls = 0;
    std::string entitlement;
  };
  struct ModelCounter {
    std::int64_t paid = 0, quantity = 0;
    Micros charged = 0;
  };
  struct ModelHold {
    std::string id, entitlement, event;
    std::size_t buyer, asset;
    std::int64_t quantity;
    Micros amount;
    std::int64_t expires_ns;
    bool free, open = true, captured = false, voided = false;
    Micros charged = 0;
  };
  struct Step {
    std::string name;
    std::function<Status(UnitOfWork&, Step&)> act;
    std::function<void(Step&)> judge;
    std::int64_t order = 0;  // of its last run among all
    Status outcome;
    market::Placed placed;
    market::Refund refund;
    market::Admission admission;
    market::Captured captured;
    std::string code() const { return outcome ? "ok" : outcome.error().code; }
    std::string reason() const {
      if (outcome) return "ok";
      auto details = Json::parse(outcome.error().details.empty() ? "{}" : outcome.error().details);
      return details ? details->text_or("reason", outcome.error().code) : outcome.error().code;
    }
  };

  std::size_t pick(std::size_t n) { return n == 0 ? 0 : rng_() % n; }
  Micros wallet(std::size_t b) const { return wallets_.contains(b) ? wallets_.at(b) : 0; }
  Micros held(std::size_t b) const {
    Micros sum = 0;
    for (std::size_t i : open_holds_)
      if (holds_[i].buyer == b) sum += holds_[i].amount;
    return sum;
  }

  void execute(std::vector<Step>& steps) {
    std::mutex mutex;
    std::condition_variable ready;
    std::size_t left = steps.size();
    for (Step& s : steps)
      w_.storage.submit_write(
          [this, &s](UnitOfWork& u) {
            s.order = ++runs_;  // the last run is the one that counts
            return s.act(u, s);
          },
          [&](Status r) {
            (void)r;
            std::lock_guard lock(mutex);
            if (--left == 0) ready.notify_all();
          });
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return left == 0; });
  }

  template <class T>
  static Status keep(Step& s, T Step::* slot, Result<T> r) {
    if (r) {
      s.*slot = std::move(*r);
      s.outcome = {};
    } else {
      s.outcome = Unexpected(r.error());
    }
    return s.outcome;
  }

  Step draw() {
    switch (pick(12)) {
      case 0:
        return top_up();
      case 1:
      case 2:
        return order();
      case 3:
        return refund();
      case 4:
        return touch();
      case 5:
      case 6:
      case 7:
        return admit();
      case 8:
      case 9:
      case 10:
        return capture();
      default:
        return release();
    }
  }

  Step top_up() {
    std::size_t b = pick(buyers_.size());
    Micros amount = static_cast<Micros>(1 + pick(pick(20) == 0 ? 800 : 60)) * 10'000;
    Step s;
    s.name = "top_up";
    s.act = [this, b, amount](UnitOfWork& u, Step& s) -> Status {
      auto party = w_.accounts->find_party(u, buyers_[b].party);
      if (!party) return Unexpected(party.error());
      auto t = w_.market.top_up_now(u, **party, {amount, "USD"}, "bank " + std::to_string(++bank_));
      s.outcome = t ? Status() : Status(Unexpected(t.error()));
      return s.outcome;
    };
    s.judge = [this, b, amount](Step& s) {
      ASSERT_EQ(s.code(), "ok");
      wallets_[b] += amount;
      bank_total_ += amount;
    };
    return s;
  }

  Step order() {
    std::size_t b = pick(buyers_.size()), a = pick(assets_.size());
    Step s;
    s.name = "order";
    s.act = [this, b, a](UnitOfWork& u, Step& s) {
      return keep(s, &Step::placed, w_.market.place_order(u, buyers_[b], {.offer = assets_[a].offer.id}));
    };
    s.judge = [this, b, a](Step& s) {
      const Asset& asset = assets_[a];
      std::string expected = active_.contains({b, a}) ? "already_entitled" : wallet(b) - held(b) < asset.price ? "payment_required" : "ok";
      ++outcomes["order " + expected];
      ASSERT_EQ(s.code(), expected);
      if (expected != "ok") return;
      // R3 of 15 : 85 in cents, by hand.
      Micros cents = asset.price / 10'000, fee_cents = cents * 15 / 100, rest = cents * 15 % 100;
      if (rest > 50 || (rest == 50)) ++fee_cents;  // the larger fraction takes the cent; a tie goes to the fee, which is first
      const market::Order& o = s.placed.order;
      ASSERT_EQ(o.total, asset.price);
      ASSERT_EQ(o.fee, fee_cents * 10'000);
      ASSERT_EQ(o.fee + o.seller_share, o.total);
      ASSERT_EQ(s.placed.leaves.size(), 4u);
      leaves_ += 4;
      wallets_[b] -= asset.price;
      fees_ += o.fee;
      pending_[asset.seller] += o.seller_share;
      active_[{b, a}] = orders_.size();
      by_entitlement_[o.entitlement] = orders_.size();
      orders_.push_back(
          {o.id, b, a, o.total, o.fee, o.seller_share, 0, 0, 0, 0, w_.clock.now().ns, o.seller_share == 0, false, false, 0, o.entitlement});
    };
    return s;
  }

  Step refund() {
    Step s;
    s.name = "refund";
    if (orders_.empty()) return top_up();
    std::size_t n = pick(4) == 0 ? pick(orders_.size()) : orders_.size() - 1 - pick(std::min<std::size_t>(orders_.size(), 30));
    bool by_seller = pick(2) == 0;
    std::optional<Money> amount;
    if (pick(2) == 0) amount = Money{static_cast<Micros>(1 + pick(120)) * 10'000, "USD"};
    s.act = [this, n, by_seller, amount](UnitOfWork& u, Step& s) {
      const ModelOrder& o = orders_[n];
      return keep(s, &Step::refund,
                  w_.market.refund(u, by_seller ? sellers_[assets_[o.asset].seller] : buyers_[o.buyer], o.id, amount, "test"));
    };
    s.judge = [this, n, by_seller, amount](Step& s) {
      ModelOrder& o = orders_[n];
      std::string expected = "ok";
      Micros left = o.total - o.refunded, sum = amount ? amount->micros : left;
      if (o.ended)
        expected = "nothing_left";
      else if (!by_seller && w_.clock.now().ns >= o.completed_ns + 7 * market::day_ns)
        expected = "window_over";
      else if (!by_seller && o.touched)
        expected = "touched";
      else if (!by_seller && o.calls >= 10)
        expected = "calls_used";
      else if (left <= 0)
        expected = "nothing_left";
      else if (sum > left)
        expected = "exceeds_remaining";
      ++outcomes["refund " + expected];
      ASSERT_EQ(s.reason(), expected);
      if (expected != "ok") return;
      ASSERT_EQ(s.refund.fee + s.refund.seller, sum);
      // R5 in cents by what each still holds; never more than that.
      Micros weight_fee = o.fee - o.fee_back, weight_share = o.share - o.share_back, total = weight_fee + weight_share;
      Wide exact = Wide(sum) * weight_fee;
      Micros floor = static_cast<Micros>(exact / (Wide(total) * 10'000)) * 10'000;
      Wide fee_rest = exact - Wide(floor) * total;
      Micros other = static_cast<Micros>(Wide(sum) * weight_share / (Wide(total) * 10'000)) * 10'000;
      Wide share_rest = Wide(sum) * weight_share - Wide(other) * total;
      Micros fee = floor + (floor + other < sum && fee_rest >= share_rest ? 10'000 : 0);
      fee = std::min(fee, weight_fee);
      fee = std::max(fee, sum - weight_share);
      ASSERT_EQ(s.refund.fee, fee);
      std::size_t seller = assets_[o.asset].seller;
      Micros share = sum - fee;
      if (!o.cleared) {
        ASSERT_EQ(s.refund.from_pending, share);
        pending_[seller] -= share;
      } else {
        Micros there = std::min({share, o.available, available_[seller]});
        ASSERT_EQ(s.refund.from_available, there);
        available_[seller] -= there;
        o.available -= there;
        due_from_[seller] += share - there;
      }
      fees_ -= fee;
      wallets_[o.buyer] += sum;
      o.refunded += sum, o.fee_back += fee, o.share_back += share;
      ++leaves_;
      ASSERT_GE(o.fee - o.fee_back, 0);
      ASSERT_GE(o.share - o.share_back, 0);
      if (o.refunded == o.total) {
        ASSERT_EQ(o.fee, o.fee_back);
        ASSERT_EQ(o.share, o.share_back);
        o.ended = o.cleared = true;
        active_.erase({o.buyer, o.asset});
        ++leaves_;
      }
    };
    return s;
  }

  Step touch() {
    std::size_t b = pick(buyers_.size()), a = pick(assets_.size());
    Step s;
    s.name = "touch";
    s.act = [this, b, a](UnitOfWork& u, Step& s) {
      s.outcome = w_.market.may_read(u, buyers_[b], assets_[a].repo, "weights.bin", true);
      return s.outcome;
    };
    s.judge = [this, b, a](Step& s) {
      auto it = active_.find({b, a});
      ++outcomes[it == active_.end() ? "read refused" : "read"];
      ASSERT_EQ(s.reason(), it == active_.end() ? "no_entitlement" : "ok");
      if (it != active_.end()) orders_[it->second].touched = true;
    };
    return s;
  }

  Step admit() {
    std::size_t b = pick(buyers_.size()), a = pick(assets_.size());
    std::int64_t q = static_cast<std::int64_t>(1 + pick(4));
    std::string event = "e" + std::to_string(++events_);
    std::int64_t ms = pick(3) == 0 ? 1 : 3'600'000;
    Step s;
    s.name = "admit";
    s.act = [this, b, a, q, event, ms](UnitOfWork& u, Step& s) {
      return keep(s, &Step::admission,
                  w_.market.admit(u, buyers_[b], assets_[a].repo,
                                  {.source = "model", .event_id = event, .expires_in_ms = ms, .maximum = {{"run", q}}}));
    };
    s.judge = [this, b, a, q, event, ms](Step& s) {
      auto it = active_.find({b, a});
      if (it == active_.end()) {
        ++outcomes["admit refused"];
        ASSERT_EQ(s.reason(), "no_entitlement");
        return;
      }
      bool free = used_[{b, a}] + reserved_[{b, a}] + q <= 5;
      if (!s.outcome) {
        // Refused only for want of money, and never while free units cover the call.
        ++outcomes["admit without money"];
        ASSERT_EQ(s.reason(), "insufficient_funds");
        ASSERT_FALSE(free);
        ASSERT_LT(wallet(b) - held(b), q * 300'000 + 1);
        return;
      }
      ++outcomes[free ? "admit free" : "admit held"];
      ASSERT_EQ(s.admission.held_micros == 0, free);
      ASSERT_LE(s.admission.held_micros, wallet(b) - held(b));
      if (free) reserved_[{b, a}] += q;
      open_holds_.insert(holds_.size());
      holds_.push_back(
          {s.admission.hold, s.admission.entitlement, event, b, a, q, s.admission.held_micros, w_.clock.now().plus_ms(ms).ns, free});
    };
    return s;
  }

  std::size_t some_hold() {
    if (!open_holds_.empty() && pick(8) != 0) {
      auto it = open_holds_.begin();
      std::advance(it, static_cast<std::ptrdiff_t>(pick(open_holds_.size())));
      return *it;
    }
    return pick(holds_.size());
  }

  // The charge of `paid` units: 0.90/3 each up to 7, 0.50/7 beyond, in 21sts of a micro, rounded once.
  static Micros charge(std::int64_t paid) {
    std::int64_t sum = 0;
    for (std::int64_t i = 1; i <= paid; ++i) sum += i <= 7 ? 900'000 * 7 : 500'000 * 3;
    std::int64_t whole = sum / 21, rest = sum % 21;
    if (rest * 2 > 21 || (rest * 2 == 21 && whole % 2 != 0)) ++whole;
    return whole;
  }

  Step capture() {
    if (holds_.empty()) return admit();
    std::size_t n = some_hold();
    std::int64_t q = static_cast<std::int64_t>(pick(static_cast<std::size_t>(holds_[n].quantity) + 1));
    Step s;
    s.name = "capture";
    s.act = [this, n, q](UnitOfWork& u, Step& s) {
      return keep(s, &Step::captured, w_.market.capture(u, holds_[n].id, {{"run", q}}, w_.clock.now()));
    };
    s.judge = [this, n, q](Step& s) {
      ModelHold& h = holds_[n];
      if (h.voided) {
        ++outcomes["capture of a released hold"];
        ASSERT_EQ(s.reason(), "already_voided");
        return;
      }
      ASSERT_EQ(s.code(), "ok");
      if (h.captured) {
        ++outcomes["capture again"];
        ASSERT_TRUE(s.captured.duplicate);
        ASSERT_EQ(s.captured.charged_micros, h.charged);
        return;
      }
      std::pair key(h.buyer, h.asset);
      if (h.open && h.free) reserved_[key] -= h.quantity;
      bool open = h.open && (h.amount == 0 || w_.clock.now().ns < h.expires_ns);
      ++outcomes[open ? "capture" : "capture of an expired hold"];
      std::int64_t free = std::clamp<std::int64_t>(5 - used_[key] - reserved_[key], 0, q);
      used_[key] += free;
      ModelCounter& c = counters_[h.entitlement];
      c.paid += q - free;
      c.quantity += q;
      Micros now = charge(c.paid), post = now - c.charged;
      c.charged = now;
      ASSERT_EQ(s.captured.charged_micros, post);
      Micros from_hold = open ? std::min(post, h.amount) : 0;
      if (open) ASSERT_LE(post, h.amount);
      open_holds_.erase(n);
      h.open = false;
      Micros rest = post - from_hold, from_wallet = std::min(rest, std::max<Micros>(0, wallet(h.buyer) - from_hold - held(h.buyer)));
      wallets_[h.buyer] -= from_hold + from_wallet;
      receivable_[h.buyer] += rest - from_wallet;
      // R4: the fee of everything this pair ever traded, rounded once.
      std::size_t seller = assets_[h.asset].seller;
      Wide& gross = gross_[{h.buyer, seller}];
      Micros fee_before = *mul_div_half_even(gross, 1500, 10'000);
      gross += post;
      Micros fee = *mul_div_half_even(gross, 1500, 10'000) - fee_before;
      fees_ += fee;
      pending_[seller] += post - fee;
      if (post - fee > 0) {
        constexpr std::int64_t hour = 3'600'000'000'000;
        buckets_[{(w_.clock.now().ns + 7 * market::day_ns + hour - 1) / hour * hour, seller}] += post - fee;
      }
      h.captured = true;
      h.charged = post;
      ++orders_[by_entitlement_.at(h.entitlement)].calls;
    };
    return s;
  }

  Step release() {
    if (holds_.empty()) return admit();
    std::size_t n = some_hold();
    Step s;
    s.name = "release";
    s.act = [this, n](UnitOfWork& u, Step& s) {
      s.outcome = w_.market.release(u, holds_[n].id, true);
      return s.outcome;
    };
    s.judge = [this, n](Step& s) {
      ASSERT_EQ(s.code(), "ok");
      ModelHold& h = holds_[n];
      if (!h.open) return;
      ++outcomes["release"];
      if (h.free) reserved_[{h.buyer, h.asset}] -= h.quantity;
      h.open = false;
      h.voided = true;
      open_holds_.erase(n);
    };
    return s;
  }

  // The clock moves between batches, and every timer that is due fires.
  void move_time() {
    w_.clock.set(w_.clock.now().plus_ms(pick(20) == 0 ? 5 * 3'600'000 : 2));
    std::int64_t now = w_.clock.now().ns;
    while (w_.must([&](UnitOfWork& u) { return w_.market.run_some_timers(u, w_.clock.now(), 100); }) > 0) {
    }
    for (auto it = open_holds_.begin(); it != open_holds_.end();) {
      ModelHold& h = holds_[*it];
      if (h.expires_ns > now) {
        ++it;
        continue;
      }
      if (h.free) reserved_[{h.buyer, h.asset}] -= h.quantity;
      h.open = false;
      it = open_holds_.erase(it);
    }
    // Orders clear first, by time, then hours of usage; what a seller owes is kept back.
    for (; clear_from_ < orders_.size() && orders_[clear_from_].completed_ns + 7 * market::day_ns <= now; ++clear_from_) {
      ModelOrder& o = orders_[clear_from_];
      if (o.cleared) continue;
      std::size_t seller = assets_[o.asset].seller;
      Micros amount = o.share - o.share_back, back = std::min(amount, due_from_[seller]);
      pending_[seller] -= amount;
      due_from_[seller] -= back;
      available_[seller] += amount - back;
      o.available = amount - back;
      o.cleared = true;
    }
    while (!buckets_.empty() && buckets_.begin()->first.first <= now) {
      auto [key, amount] = *buckets_.begin();
      Micros back = std::min(amount, due_from_[key.second]);
      pending_[key.second] -= amount;
      due_from_[key.second] -= back;
      available_[key.second] += amount - back;
      buckets_.erase(buckets_.begin());
    }
  }

  // Sums that hold whatever happens (1, 11, 12), from the model's own side and the rows.
  void check_sums() {
    Wide wallets = 0, sellers = 0, receivable = 0;
    for (auto& [b, m] : wallets_) wallets += m;
    for (std::size_t i = 0; i < sellers_.size(); ++i) sellers += pending_[i] + available_[i] - due_from_[i];
    for (auto& [b, m] : receivable_) receivable += m;
    ASSERT_EQ(bank_total_ + receivable, wallets + sellers + fees_) << "seed " << seed_;
    w_.must([&](UnitOfWork& u) -> Result<int> {
      for (std::size_t b = 0; b < buyers_.size(); ++b) {
        KT_TRY(auto a, ledger::account_of(u, *w_.books, ledger::account::wallet(buyers_[b].party), "USD"));
        EXPECT_EQ(a.balance(), wallet(b)) << "seed " << seed_;
        EXPECT_EQ(a.debits_pending, held(b));
        EXPECT_GE(a.available(), 0);
        KT_TRY(auto r, ledger::account_of(u, *w_.books, ledger::account::receivable(buyers_[b].party), "USD"));
        EXPECT_EQ(r.balance(), receivable_[b]);
      }
      for (std::size_t i = 0; i < sellers_.size(); ++i) {
        KT_TRY(auto p, ledger::account_of(u, *w_.books, ledger::account::pending(sellers_[i].party), "USD"));
        KT_TRY(auto a, ledger::account_of(u, *w_.books, ledger::account::available(sellers_[i].party), "USD"));
        KT_TRY(auto d, ledger::account_of(u, *w_.books, ledger::account::due_from(sellers_[i].party), "USD"));
        EXPECT_EQ(p.balance(), pending_[i]) << "seed " << seed_;
        EXPECT_EQ(a.balance(), available_[i]);
        EXPECT_EQ(d.balance(), due_from_[i]);
      }
      return 0;
    });
  }

  // Everything: the journal's replay against the rows (1, 2, 3, 24), every order and counter (5, 6, 8, 9, 10, 20), the log (18, 19).
  void check_everything(int done) {
    SCOPED_TRACE("seed " + std::to_string(seed_) + " after " + std::to_string(done));
    w_.sequence();
    w_.must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(projection_.advance(u, *w_.books));
      if (done % 20'000 == 0) {
        ledger::Projection fresh;
        KT_CHECK(fresh.advance(u, *w_.books));
        EXPECT_EQ(fresh.totals(), projection_.totals());
      }
      auto totals = projection_.totals();
      Wide debits = 0, credits = 0, pending_debits = 0, pending_credits = 0;
      for (auto& [key, a] : totals) {
        debits += a.debits_posted, credits += a.credits_posted, pending_debits += a.debits_pending, pending_credits += a.credits_pending;
        if (a.chart.code == 2310) EXPECT_EQ(a.balance(), 0) << key;
        if (a.name == ledger::account::platform_fee) EXPECT_EQ(a.balance(), fees_);
        if (a.name == ledger::account::bank) EXPECT_EQ(a.balance(), bank_total_);
      }
      EXPECT_EQ(debits, credits);
      EXPECT_EQ(pending_debits, pending_credits);
      KT_TRY(auto rows, w_.books->accounts(u, 0, "", ""));
      for (auto& row : rows) {
        const auto& a = totals.at(row.currency + " " + row.name);
        EXPECT_TRUE(a.debits_posted == row.debits_posted && a.credits_posted == row.credits_posted &&
                    a.debits_pending == row.debits_pending && a.credits_pending == row.credits_pending)
            << row.name;
        EXPECT_GE(row.available(), 0) << row.name;
      }
      for (std::size_t i = checked_orders_ > 200 ? checked_orders_ - 200 : 0; i < orders_.size(); ++i) {
        const ModelOrder& m = orders_[i];
        KT_TRY(auto o, w_.store->order(u, m.id, false));
        EXPECT_TRUE(o && o->refunded == m.refunded && o->fee_refunded == m.fee_back && o->seller_refunded == m.share_back &&
                    o->cleared == m.cleared && o->available_left == m.available)
            << m.id;
        EXPECT_EQ(o->state, m.ended ? market::OrderState::refunded : market::OrderState::completed);
        KT_TRY(auto records, w_.leaves->by_subject(u, m.id));
        EXPECT_EQ(static_cast<std::int64_t>(records.size()), o->leaves);
        for (std::size_t k = 0; k < records.size(); ++k) EXPECT_EQ(records[k].leaf.seq, static_cast<std::int64_t>(k));
      }
      checked_orders_ = orders_.size();
      for (auto& [entitlement, m] : counters_) {
        KT_TRY(auto c, w_.store->counter(u, entitlement, "runs"));
        EXPECT_TRUE(c.quantity == m.quantity && c.paid == m.paid && c.charged == m.charged && c.charged == charge(m.paid)) << entitlement;
      }
      KT_TRY(auto size, w_.leaves->size(u));
      if (first_leaves_ < 0) first_leaves_ = size - leaves_;
      EXPECT_EQ(size, first_leaves_ + leaves_);
      return 0;
    });
    auto before = w_.log.checkpoint();
    EXPECT_TRUE(w_.publish());
    EXPECT_GE(w_.log.checkpoint().size, before.size);
    if (before.size > 0)
      w_.must([&](UnitOfWork& u) -> Result<int> {
        tradelog::TileReader tiles(u, *w_.leaves);
        auto after = w_.log.checkpoint();
        KT_TRY(auto path, tradelog::consistency(tiles, before.size, after.size));
        EXPECT_TRUE(tradelog::check_consistency(before.size, after.size, path, before.root, after.root));
        return 0;
      });
  }

  World w_;
  std::mt19937_64 rng_;
  std::uint64_t seed_;
  std::vector<identity::Caller> buyers_, sellers_;
  std::vector<Asset> assets_;
  std::map<std::size_t, Micros> wallets_, receivable_, pending_, available_, due_from_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> active_;  // buyer, asset -> order
  std::map<std::pair<std::size_t, std::size_t>, std::int64_t> used_, reserved_;
  std::map<std::pair<std::size_t, std::size_t>, Wide> gross_;
  std::map<std::pair<std::int64_t, std::size_t>, Micros> buckets_;  // due, seller
  std::map<std::string, std::size_t> by_entitlement_;
  std::map<std::string, ModelCounter> counters_;
  std::vector<ModelOrder> orders_;
  std::vector<ModelHold> holds_;
  std::set<std::size_t> open_holds_;
  Micros fees_ = 0, bank_total_ = 0;
  std::int64_t leaves_ = 0, first_leaves_ = -1;
  std::size_t clear_from_ = 0, checked_orders_ = 0;
  int bank_ = 0, events_ = 0;
  std::int64_t runs_ = 0;  // the storage's one writer counts
  ledger::Projection projection_;
};

inline void model_based(Storage& storage, int operations) {
  const char* given = std::getenv("KONTOR_TEST_SEED");
  std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  MarketModel model(storage, seed);
  model.run(operations);
  // The model is worth something only if every outcome was met.
  if (operations >= 10'000)
    for (const char* name : {"order ok", "order already_entitled", "order payment_required", "refund ok", "refund touched",
                             "refund exceeds_remaining", "read", "read refused", "admit free", "admit held", "admit without money",
                             "capture", "capture again", "capture of an expired hold", "capture of a released hold", "release"})
      EXPECT_GT(model.outcomes[name], 0) << name << ", seed " << seed;
}

}  // namespace kontor::sql::contract
