// The public trade log: its checkpoint, its entries, and the place where a proof is checked (by a script, in the reader's browser).
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/pages/repository_view.hpp"

namespace kontor::pages {
namespace {

constexpr std::int64_t entries_per_page = 50;

struct Entry {
  std::int64_t index = 0;
  tradelog::StoredLeaf leaf;
};

Html key_panel(const View& v) {
  auto checkpoint = v.s.log.checkpoint();
  return el("div", {cls("panel stack")},
            el("dl", {cls("kv")}, el("dt", {}, v.t("log.origin")), el("dd", {}, el("code", {}, v.s.log.signer().name())),
               el("dt", {}, v.t("log.key")),
               el("dd", {}, el("code", {cls("hash")}, v.s.log.signer().verifier_key()), " ",
                  el("button", {cls("copy btn btn-quiet"), attr("type", "button"), attr("data-copy", v.s.log.signer().verifier_key())},
                     v.t("common.copy"))),
               el("dt", {}, v.t("log.size")), el("dd", {}, v.t.number(checkpoint.size)), el("dt", {}, v.t("log.root")),
               el("dd", {}, el("code", {cls("hash")}, checkpoint.root.hex()))));
}

Answer log_page(Services& s, Exchange& x) {
  View v(s, x);
  std::int64_t size = s.log.checkpoint().size;
  std::int64_t before = size;
  if (auto asked = parse_u64(v.query.get("before").value_or("")))
    before = std::min<std::int64_t>(static_cast<std::int64_t>(std::min<std::uint64_t>(*asked, INT64_MAX)), size);
  auto look = [&](UnitOfWork& u) -> Result<std::vector<Entry>> {
    std::vector<Entry> out;
    for (std::int64_t i = before - 1; i >= 0 && i >= before - entries_per_page; --i) {
      KT_TRY(auto leaf, s.log.store().leaf(u, i));
      if (leaf) out.push_back({i, std::move(*leaf)});
    }
    return out;
  };
  KT_CO_TRY(auto entries, co_await s.storage.read(look));
  Html rows;
  for (const Entry& e : entries)
    rows += el("tr", {},
               el("th", {attr("scope", "row"), cls("num")},
                  el("a", {attr("href", fmt::format("/trade-log/entries/{}", e.index))}, v.t.number(e.index))),
               el("td", {}, v.t.or_word("record." + e.leaf.leaf.kind, e.leaf.leaf.kind)), el("td", {}, time_element(v, e.leaf.leaf.at)),
               el("td", {}, el("code", {cls("hash")}, e.leaf.leaf.hash.hex().substr(0, 16) + "\u2026")));
  Html pager;
  if (before < size)
    pager += el("a", {attr("rel", "prev"), attr("href", fmt::format("/trade-log?before={}", std::min(before + entries_per_page, size)))},
                v.t("common.newer"));
  if (before > entries_per_page)
    pager +=
        el("a", {attr("rel", "next"), attr("href", fmt::format("/trade-log?before={}", before - entries_per_page))}, v.t("common.older"));
  Html list = entries.empty()
                  ? el("p", {cls("empty panel")}, v.t("log.none"))
                  : el("div", {cls("scroll"), attr("tabindex", "0"), attr("role", "region"), attr("aria-label", v.t("log.entries"))},
                       el("table", {cls("table")}, el("caption", {cls("sr-only")}, v.t("log.entries")),
                          el("thead", {},
                             el("tr", {}, el("th", {attr("scope", "col"), cls("num")}, v.t("log.entry")),
                                el("th", {attr("scope", "col")}, v.t("log.kind")), el("th", {attr("scope", "col")}, v.t("log.time")),
                                el("th", {attr("scope", "col")}, v.t("log.leaf_hash")))),
                          el("tbody", {}, rows)));
  Page p;
  p.title = v.t("nav.trade_log");
  p.crumbs = {{v.t("nav.trade_log"), ""}};
  p.canonical = "/trade-log";
  p.body = el("div", {cls("wrap stack")},
              el("div", {cls("spread")}, el("h1", {}, v.t("nav.trade_log")),
                 el("a", {cls("btn btn-primary"), attr("href", "/trade-log/verify")}, v.t("log.verify"))),
              el("p", {}, v.t("log.what")), key_panel(v), el("h2", {}, v.t("log.entries")), list,
              pager.empty() ? Html() : el("nav", {cls("pager"), attr("aria-label", v.t("common.pages"))}, pager));
  co_return render(v, std::move(p));
}

Answer entry_page(Services& s, Exchange& x) {
  View v(s, x);
  auto index = parse_u64(x.param("index"));
  if (!index || *index > INT64_MAX) co_return fail(Errc::not_found, "route_not_found", "There is no such entry.");
  auto look = [&](UnitOfWork& u) { return s.log.store().leaf(u, static_cast<std::int64_t>(*index)); };
  KT_CO_TRY(auto leaf, co_await s.storage.read(look));
  if (!leaf) co_return fail(Errc::not_found, "route_not_found", "There is no such entry.");
  const tradelog::Leaf& l = leaf->leaf;
  Page p;
  p.title = v.t("log.entry_n", {{"n", v.t.number(static_cast<std::int64_t>(*index))}});
  p.crumbs = {{v.t("nav.trade_log"), "/trade-log"}, {v.t.number(static_cast<std::int64_t>(*index)), ""}};
  p.canonical = fmt::format("/trade-log/entries/{}", *index);
  p.body =
      el("div", {cls("wrap stack")}, el("h1", {}, p.title),
         el("dl", {cls("kv panel")}, el("dt", {}, v.t("log.kind")),
            el("dd", {}, v.t.or_word("record." + l.kind, l.kind), " ", el("code", {}, l.kind)), el("dt", {}, v.t("log.time")),
            el("dd", {}, time_element(v, l.at)), el("dt", {}, v.t("log.leaf_hash")),
            el("dd", {}, el("code", {cls("hash")}, l.hash.hex()), " ",
               el("button", {cls("copy btn btn-quiet"), attr("type", "button"), attr("data-copy", l.hash.hex())}, v.t("common.copy")))),
         el("h2", {}, v.t("log.leaf")),
         el("pre", {cls("well"), attr("tabindex", "0"), attr("aria-label", v.t("log.leaf"))}, el("code", {}, l.text())),
         el("p", {cls("meta")}, v.t("log.leaf_why")));
  co_return render(v, std::move(p));
}

Answer verify_page(Services& s, Exchange& x) {
  View v(s, x);
  JsonWriter w;
  w.begin_object().field("key", s.log.signer().verifier_key()).field("origin", s.log.signer().name()).end_object();
  Page p;
  p.title = v.t("log.verify");
  p.crumbs = {{v.t("nav.trade_log"), "/trade-log"}, {v.t("log.verify"), ""}};
  p.canonical = "/trade-log/verify";
  p.body = el(
      "div", {cls("wrap stack")}, el("h1", {}, v.t("log.verify")), el("p", {}, v.t("log.verify_what")),
      el("k-verify", {attr("data-props", w.text())}, el("noscript", {}, el("p", {cls("notice notice-info")}, v.t("log.verify_noscript")))),
      key_panel(v));
  co_return render(v, std::move(p));
}

}  // namespace

void register_trade_log(server::Surface& s, Services& v) {
  page(s, v, "/trade-log", log_page);
  page(s, v, "/trade-log/entries/{index}", entry_page);
  page(s, v, "/trade-log/verify", verify_page);
}

}  // namespace kontor::pages
