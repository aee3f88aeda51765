// Text search on a real database: every answer is compared with a reading of all rows; scripts, hostile terms, changes, private
// repositories, an index that is made for a store that had none.
#pragma once
#include <algorithm>
#include <map>
#include <set>

#include "adapters/sql/market_contract.hpp"
#include "adapters/sql/rows.hpp"
#include "adapters/sql/search_index.hpp"

namespace kontor::sql::contract {

// What a house has, as the test knows it.
struct Shelved {
  repository::Repository repository;
  std::string summary, task;
  std::string words() const { return ascii_lower(repository.full_name() + "  " + summary); }
};

inline void search(Storage& storage) {
  World w(storage);
  std::map<std::string, Shelved> all;
  auto describe = [&](Shelved& one, const std::string& summary, const std::string& task = "") {
    one.summary = summary, one.task = task;
    w.must([&](UnitOfWork& u) -> Result<int> {
      repository::Derived d;
      d.summary = summary, d.task = task;
      KT_CHECK(w.repositories->set_derived(u, one.repository, d, w.clock.now()));
      return 0;
    });
  };
  auto add = [&](const identity::Caller& owner, const std::string& name, const std::string& summary,
                 const std::string& task = "") -> Shelved& {
    auto r = w.repo(owner, name);
    Shelved& one = all[r.id] = {r, "", ""};
    describe(one, summary, task);
    return one;
  };
  auto set_private = [&](Shelved& one, bool hidden) {
    one.repository.visibility = hidden ? identity::Visibility::private_ : identity::Visibility::public_;
    w.must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(w.repositories->update_settings(u, one.repository));
      return 0;
    });
  };
  auto may_see = [&](const identity::Caller& c, const Shelved& s) {
    return s.repository.visibility == identity::Visibility::public_ || c.is_operator || (!c.anonymous && c.party == s.repository.owner);
  };
  auto ids = [](const market::CatalogueAnswer& a) {
    std::vector<std::string> out;
    for (const auto& e : a.entries) out.push_back(e.row.repository.id);
    return out;
  };
  auto ask = [&](const identity::Caller& c, const std::string& text, bool counted = true, const std::string& task = "", int limit = 2000) {
    repository::CatalogueQuery q;
    q.text = ascii_lower(text), q.limit = limit, q.sort = "name";
    if (!task.empty()) q.tasks = {task};
    return w.must([&](UnitOfWork& u) { return w.market.catalogue(u, c, q, counted); });
  };
  // Of the catalogue, counted and not, and of the Hub's list, which looks at names alone.
  auto check = [&](const std::string& text, const std::string& task = "") {
    std::string lower = ascii_lower(text);
    for (const identity::Caller& c : {identity::Caller(), w.alice, w.bob, w.olga}) {
      std::vector<const Shelved*> expected, named;
      for (const auto& [id, s] : all) {
        if (!may_see(c, s)) continue;
        bool found = task.empty() || s.task == task;
        for (std::string_view word : split(lower, ' ')) found = found && s.words().find(word) != std::string::npos;
        if (found) expected.push_back(&s);
        if (ascii_lower(s.repository.full_name()).find(lower) != std::string::npos) named.push_back(&s);
      }
      auto by_name = [](const Shelved* a, const Shelved* b) {
        return ascii_lower(a->repository.full_name()) < ascii_lower(b->repository.full_name());
      };
      std::sort(expected.begin(), expected.end(), by_name), std::sort(named.begin(), named.end(), by_name);
      auto of = [](const std::vector<const Shelved*>& list) {
        std::vector<std::string> out;
        for (const Shelved* s : list) out.push_back(s->repository.id);
        return out;
      };
      auto shown = ask(c, text, true, task);
      EXPECT_EQ(ids(shown), of(expected)) << text << " for " << c.name;
      EXPECT_EQ(shown.counts.total, static_cast<std::int64_t>(expected.size())) << text << " for " << c.name;
      EXPECT_FALSE(shown.counts.more);
      EXPECT_EQ(ids(ask(c, text, false, task)), of(expected)) << text << " for " << c.name;
      if (text.empty()) continue;
      repository::ListQuery q;
      q.search = {lower}, q.sort = "id", q.limit = 2000;
      if (!c.anonymous) q.readable_owners = {c.party};
      q.all_private = c.is_operator;
      auto rows = w.must([&](UnitOfWork& u) { return w.repositories->list(u, q); });
      std::vector<std::string> listed;
      for (const auto& r : rows) listed.push_back(r.repository.id);
      EXPECT_EQ(listed, of(named)) << text << " for " << c.name;
    }
  };

  auto& ocr = add(w.bob, "Receipts-OCR", "日本語の帳票を読む。Reads RECEIPTS, 100% offline", "image-to-text");
  auto& zh =
      add(w.bob, "translate_zh", "把英文翻译成中文的小模型 \xF0\x9F\xA6\x99\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9", "translation");
  add(w.alice, "a.b",
      "O'Reilly \"quoted\" back\\slash semi;colon -- comment /* x */ AND OR NOT (near) *star* ^col:umn {b} "
      "\xEE\x80\xA5private\xEF\xA3\xB1");
  add(w.alice, "x", "\xC3\x89t\xC3\xA9 \xC3\xA9 \xE3\x80\x80 \xEF\xBC\xA1\xEF\xBC\xA2 tab\there");
  add(w.bob, "empty", "");
  auto& hidden = add(w.bob, "hidden-receipts", "秘密の帳票 nobody finds this, zebra-only");
  set_private(hidden, true);

  const std::vector<std::string> terms = {
      "receipts",
      "RECEIPTS",
      "rEcEiP",
      "r",
      "re",
      "q",
      "帳票",
      "帳",
      "の",
      "日本語",
      "の帳票を読",
      "中文",
      "翻译",
      "模型",
      "小模型",
      "語の",
      "帳 語",
      "票帳",
      "\xF0\x9F\xA6\x99",
      "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9",
      "\xE2\x80\x8D",
      "%",
      "_",
      "100%",
      "te_z",
      "!",
      "'",
      "\"",
      "\"quoted\"",
      "o'reilly",
      "\\",
      "k\\s",
      ";",
      "--",
      "*",
      "*star*",
      "^col:umn",
      "and",
      "or",
      "not",
      "near",
      "(near)",
      "{b}",
      "a.b",
      ".",
      "/",
      "bob/",
      "alice/x",
      "bob/r",
      "\xC3\x89",
      "\xC3\xA9",
      "\xE3\x80\x80",
      "\xEF\xBC\xA1",
      "\xEF\xBD\x81",
      "\t",
      "\xEE\x80\xA5",
      "\xEF\xA3\xB1",
      "\xEF\xA3\xB1p1",
      "p1",
      "k0",
      "zebra-only",
      "nobody finds",
      "reads receipts",
      "receipts  reads",
      " ",
      "",
      std::string(200, 'r'),
      std::string(66, 'z') + "receipts",
      "reads receipts, 100% offline",
  };
  for (const auto& t : terms) check(t);
  check("r", "translation");
  check("帳", "image-to-text");
  check("帳", "translation");
  // Not by count, not by a value of a filter.
  auto stranger = ask(w.alice, "zebra-only");
  EXPECT_EQ(stranger.counts.total, 0);
  for (const auto& f : ask({}, "帳").counts.facets) {
    if (f.name == "task") EXPECT_EQ(f.values.size(), 1u);
  }

  // Every change shows in the next answer, and what was said before finds nothing.
  describe(ocr, "Liest Quittungen");
  for (const auto& t : {"帳票", "receipts", "quitt", "読"}) check(t);
  set_private(zh, true);
  for (const auto& t : {"中文", "模", "translate"}) check(t);
  set_private(zh, false);
  check("中文");
  {
    auto before = zh.repository;
    zh.repository.owner = w.alice.party, zh.repository.ns = "alice", zh.repository.name = "翻訳機-llama";
    zh.repository.name = "renamed-llama";
    w.must([&](UnitOfWork& u) -> Result<int> {
      KT_CHECK(w.repositories->rename(u, before, zh.repository));
      return 0;
    });
    for (const auto& t : {"translate_zh", "llama", "alice/ren", "bob/t", "中文"}) check(t);
    set_private(zh, true);
    check("中文");
    set_private(zh, false);
  }
  w.sell(w.bob, ocr.repository, R"({"id":"licence","kind":"one_off","amount":"9.00"})");  // its title is its name
  check("quittungen");
  check("ocr");
  auto no_faults = [&] { return w.must([&](UnitOfWork& u) { return w.catalogue->faults(u); }).empty(); };
  EXPECT_TRUE(no_faults());
  std::string gone = ocr.repository.id;
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->remove(u, gone));
    return 0;
  });
  all.erase(gone);
  for (const auto& t : {"ocr", "quitt", "bob/"}) check(t);
  EXPECT_TRUE(no_faults());
  // What is taken back was never found.
  auto refused = w.run([&](UnitOfWork& u) -> Result<int> {
    repository::Derived d;
    d.summary = "turtles";
    KT_CHECK(w.repositories->set_derived(u, zh.repository, d, w.clock.now()));
    return fail(Errc::invalid, "no", "no");
  });
  EXPECT_FALSE(refused);
  check("turtles");
  check("中文");

  // Texts at random, from few characters so that they meet often.
  const std::vector<std::string> letters = {"a", "b", "A", "-", "模", "型", "語", "\xF0\x9F\x98\x80", "1", "%"};
  std::uint64_t state = 7;
  auto draw = [&](std::uint64_t below) { return (state = state * 6364136223846793005ull + 1442695040888963407ull, (state >> 33) % below); };
  auto text = [&](std::uint64_t longest) {
    std::string out;
    for (auto n = 1 + draw(longest); n > 0; --n) out += letters[draw(letters.size())];
    return out;
  };
  std::vector<std::string> made;
  for (int i = 0; i < 60; ++i) made.push_back(add(i % 2 ? w.alice : w.bob, "n" + std::to_string(i), text(12)).repository.id);
  for (int i = 0; i < 120; ++i) {
    Shelved& one = all[made[draw(made.size())]];
    if (i % 3 == 0) describe(one, text(12), "task-" + std::to_string(draw(3)));
    if (i % 7 == 0) set_private(one, draw(2) == 0);
    check(text(4));
    // Without a text: counts per value, kept from one answer to the next, say what the rows say.
    check("", "task-1");
    std::map<std::string, std::int64_t> tasks;
    for (const auto& [id, s] : all)
      if (!s.task.empty() && may_see(w.alice, s)) ++tasks[s.task];
    for (const auto& f : ask(w.alice, "").counts.facets) {
      if (f.name != "task") continue;
      EXPECT_EQ(f.values.size(), tasks.size());
      for (const auto& v : f.values) EXPECT_EQ(v.count, tasks[v.value]) << v.value;
    }
  }
  EXPECT_TRUE(no_faults());

  // A store whose index is missing gets one.
  w.must([&](UnitOfWork& u) -> Result<int> {
    Session& s = session(u);
    if (!s.is_postgres()) KT_CHECK(changed(s.exec(Statement("INSERT INTO catalogue_search (catalogue_search) VALUES ('delete-all')"), {})));
    KT_CHECK(changed(s.exec(Statement("DELETE FROM catalogue_document"), {})));
    return 0;
  });
  EXPECT_FALSE(no_faults());
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(search_fill(session(u)));
    return 0;
  });
  EXPECT_TRUE(no_faults());
  for (const auto& t : {"中文", "模", "a", "n1", "zebra-only", "%"}) check(t);

  // More than are counted: the total says so, values stand without numbers, pages go on to the end.
  std::set<std::string> many;
  w.must([&](UnitOfWork& u) -> Result<int> {
    for (int i = 0; i < 1100; ++i) {
      repository::Repository r;
      r.id = new_object_id(w.clock.now());
      r.owner = w.bob.party, r.ns = "bob", r.name = "crowd-" + std::to_string(i);
      if (i % 5 == 4) r.kind = repository::Kind::dataset;
      r.created_at = r.updated_at = w.clock.now();
      if (i % 50 == 0) r.visibility = identity::Visibility::private_;
      KT_CHECK(w.repositories->insert(u, r));
      if (i % 50 != 0) many.insert(r.id);
      repository::Derived d;
      d.task = i % 100 == 1 ? "rare" : "common";
      KT_CHECK(w.repositories->set_derived(u, r, d, w.clock.now()));
    }
    return 0;
  });
  auto crowd = ask({}, "crowd", true, "", 50);
  EXPECT_EQ(crowd.counts.total, 1000);
  EXPECT_TRUE(crowd.counts.more);
  for (const auto& f : crowd.counts.facets)
    for (const auto& v : f.values) EXPECT_EQ(v.count, -1);
  auto rare = ask({}, "crowd", true, "rare", 50);
  EXPECT_EQ(rare.counts.total, 11);
  EXPECT_FALSE(rare.counts.more);
  EXPECT_EQ(rare.entries.size(), 11u);
  for (std::string sort : {"trending", "newest", "downloads", "price", "name"})
    for (bool counted : {true, false}) {
      std::set<std::string> seen;
      repository::CatalogueQuery q;
      q.text = "crowd", q.limit = 100, q.sort = sort;
      std::optional<repository::CatalogueRow> last;
      for (;;) {
        auto page = w.must([&](UnitOfWork& u) { return w.market.catalogue(u, {}, q, counted); });
        for (const auto& e : page.entries) {
          EXPECT_TRUE(seen.insert(e.row.repository.id).second);
          if (last && sort == "name") EXPECT_LT(last->sort_value, e.row.sort_value);
          if (last && sort == "newest") EXPECT_GE(last->repository.created_at.ns, e.row.repository.created_at.ns);
          last = e.row;
        }
        if (!page.more) break;
        q.after = page.next;
      }
      EXPECT_EQ(seen, many) << sort;
    }
  {
    repository::CatalogueQuery q;
    q.text = "crowd", q.limit = 6;
    auto kinds = w.must([&](UnitOfWork& u) { return w.market.catalogue_by_kind(u, {}, q); });
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      q.kinds = {static_cast<repository::Kind>(kind)};
      EXPECT_EQ(ids(kinds[kind]), ids(w.must([&](UnitOfWork& u) { return w.market.catalogue(u, {}, q, false); })));
      EXPECT_EQ(kinds[kind].more, kind < 2);
    }
  }
  // Counts that are kept say what counts made anew say, of what all may see, of one owner and of his private ones, before and after
  // changes.
  auto same_counts = [&] {
    for (const identity::Caller& c : {identity::Caller(), w.alice, w.bob, w.olga})
      for (const std::string& owner : {std::string(), w.bob.party, w.alice.party})
        for (bool cheap : {false, true}) {
          repository::CatalogueQuery q;
          q.owner = owner, q.all_private = c.is_operator;
          if (!c.anonymous) q.readable_owners = {c.party};
          if (cheap) q.max_price = 8'000'000, q.priced_in = "USD";
          auto anew = make_catalogue();
          auto text = [&](repository::Catalogue& catalogue) {
            auto counts = w.must([&](UnitOfWork& u) { return catalogue.page(u, q, true); }).counts;
            std::string out = std::to_string(counts.total);
            for (const auto& f : counts.facets)
              for (const auto& v : f.values) out += " " + f.name + "/" + v.value + " " + std::to_string(v.count);
            return out;
          };
          EXPECT_EQ(text(*w.catalogue), text(*anew)) << owner << " for " << c.name;
        }
  };
  same_counts();
  auto& late = add(w.bob, "late", "comes when all are counted", "rare");
  same_counts();
  set_private(late, true);
  same_counts();
  w.sell(w.bob, late.repository, R"({"id":"licence","kind":"one_off","amount":"7.00"})");
  same_counts();
  w.must([&](UnitOfWork& u) -> Result<int> {
    KT_CHECK(w.repositories->remove(u, late.repository.id));
    return 0;
  });
  same_counts();
  EXPECT_TRUE(no_faults());
}

}  // namespace kontor::sql::contract
