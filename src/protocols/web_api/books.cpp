// Trade log and ledger on the wire, audit, kyc and the test clock (native-api.md sections 4, 9 and 11).
#include "base/json_text.hpp"
#include "ledger/export.hpp"
#include "market/rules.hpp"
#include "market/views.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

using market::Answer;

namespace {
constexpr server::Auth open = server::Auth::none, required = server::Auth::required;

std::string hashes_json(const std::vector<tradelog::Hash>& hashes) {
  std::string out = "[";
  for (const auto& h : hashes) out += (out.size() > 1 ? ",\"" : "\"") + h.hex() + "\"";
  return out + "]";
}

Result<std::optional<std::int64_t>> number(const http::Parameters& q, std::string_view key) {
  auto text = q.get(key);
  if (!text) return std::optional<std::int64_t>();
  auto n = parse_u64(*text);
  if (!n || *n > (std::uint64_t{1} << 62)) return market::bad_field(key, "not_an_integer", std::string(key) + " must be an integer.");
  return std::optional<std::int64_t>(static_cast<std::int64_t>(*n));
}

// "x001/x234/067", optionally followed by ".p/<width>": number and width (256 = full).
struct TileName {
  std::int64_t n = 0;
  std::int64_t width = 256;
};
std::optional<TileName> tile_name(std::string_view path) {
  TileName t;
  if (std::size_t at = path.find(".p/"); at != std::string_view::npos) {
    auto width = parse_u64(path.substr(at + 3));
    if (!width || *width < 1 || *width > 255) return std::nullopt;
    t.width = static_cast<std::int64_t>(*width);
    path = path.substr(0, at);
  }
  auto parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view p = parts[i];
    if (i + 1 < parts.size()) {
      if (!p.starts_with('x')) return std::nullopt;
      p.remove_prefix(1);
    }
    auto n = parse_u64(p);
    // Three digits each; a number that stands alone may have fewer.
    if (!n || (parts.size() > 1 ? p.size() != 3 : p.size() > 3) || t.n > (std::int64_t{1} << 40)) return std::nullopt;
    t.n = t.n * 1000 + static_cast<std::int64_t>(*n);
  }
  return t;
}

struct Exported {
  std::string text;
  std::int64_t next = 0;
  bool more = false;
};
// One piece of the journal after the other, each in a read of its own.
Task<Status> stream_journal(Storage* storage, ledger::Store* books, identity::Directory* parties, ledger::Format format,
                            http::BodySink* sink) {
  auto known = std::make_shared<std::map<std::string, std::string, std::less<>>>();
  auto unit_now = std::make_shared<UnitOfWork*>(nullptr);
  auto name = [known, unit_now, parties](std::string_view id) {
    if (auto it = known->find(id); it != known->end()) return it->second;
    auto party = parties->find_party(**unit_now, id);
    std::string text = party && *party ? (*party)->name : std::string(id);
    known->emplace(std::string(id), text);
    return text;
  };
  auto exporter = std::make_shared<ledger::Exporter>(format, name);
  KT_CO_CHECK(co_await sink->write(exporter->header()));
  std::int64_t next = 0;
  for (;;) {
    auto piece = [=](UnitOfWork& u) -> Result<Exported> {
      *unit_now = &u;
      Exported out;
      KT_TRY(auto batch, books->journal(u, next, 500));
      out.next = next;
      for (const auto& t : batch) {
        out.text += exporter->text(t);
        out.next = *t.seq + static_cast<std::int64_t>(t.legs.size());
      }
      out.more = batch.size() == 500;
      if (!out.more) {
        KT_TRY(auto tail, books->unnumbered(u));
        for (const auto& t : tail) out.text += exporter->text(t);
      }
      return out;
    };
    KT_CO_TRY(Exported out, co_await storage->read(piece));
    KT_CO_CHECK(co_await sink->write(out.text));
    next = out.next;
    if (!out.more) co_return Status();
  }
}
}  // namespace

std::function<std::string(std::string_view)> MarketApi::names(UnitOfWork& u) {
  auto known = std::make_shared<std::map<std::string, std::string, std::less<>>>();
  return [this, &u, known](std::string_view id) {
    if (auto it = known->find(id); it != known->end()) return it->second;
    auto party = s_.market.ports().parties.find_party(u, id);
    std::string text = party && *party ? (*party)->name : std::string(id);
    known->emplace(std::string(id), text);
    return text;
  };
}

// What wallets and payables say in their own rows, and the journal's sums for accounts that have none. The journal alone balances by
// construction: only with the rows, which people see and are paid from, does a trial balance prove something.
Result<std::map<std::string, ledger::Account>> MarketApi::totals(UnitOfWork& u) {
  std::map<std::string, ledger::Account> all;
  {
    std::lock_guard lock(totals_mutex_);
    KT_CHECK(totals_.advance(u, s_.market.ports().books));
    all = totals_.totals();
  }
  KT_TRY(auto rows, s_.market.ports().books.accounts(u, 0, "", ""));
  for (auto& row : rows) {
    if (!row.chart.guarded) continue;
    std::string key = row.currency + " " + row.name;
    // Settled escrow accounts are left out of the totals (Projection), and stay out.
    if (all.contains(key) || row.balance() != 0 || row.debits_pending != 0 || row.credits_pending != 0)
      all.insert_or_assign(std::move(key), std::move(row));
  }
  return all;
}

Task<void> MarketApi::read_books(std::function<bool()> stop) {
  auto piece = [this](UnitOfWork& u) -> Result<bool> {
    std::lock_guard lock(totals_mutex_);
    return totals_.step(u, s_.market.ports().books, 1000);
  };
  while (!stop()) {
    auto more = co_await s_.storage.read(piece);
    if (!more || !*more) co_return;
  }
}

void MarketApi::add_log_routes(server::Surface& surface) {
  surface.route("GET", "/api/v1/log/checkpoint",
                {.auth = open, .summary = "Signed checkpoint of the trade log", .answer = "200 text/plain"},
                [this](Exchange&) -> Task<Result<Response>> {
                  return [](std::string note) -> Task<Result<Response>> {
                    co_return Response::text(200, "text/plain; charset=utf-8", std::move(note));
                  }(s_.log.note());
                });
  surface.route("GET", "/api/v1/log/key", {.auth = open, .summary = "Key that verifies checkpoints", .answer = "200 text/plain"},
                [this](Exchange&) -> Task<Result<Response>> {
                  return [](std::string key) -> Task<Result<Response>> {
                    co_return Response::text(200, "text/plain; charset=utf-8", key + "\n");
                  }(s_.log.signer().verifier_key());
                });
  surface.route("GET", "/api/v1/log/entries/{index}", {.auth = open, .summary = "One leaf", .answer = "200 LogEntry"}, [this](Exchange& x) {
    auto index = parse_u64(x.param("index"));
    return read([this, index](UnitOfWork& u) -> Result<Response> {
      if (!index || *index > (std::uint64_t{1} << 62)) return market::not_found("The entry");
      KT_TRY(auto leaf, s_.log.store().leaf(u, static_cast<std::int64_t>(*index)));
      if (!leaf) return market::not_found("The entry");
      JsonWriter w;
      w.begin_object().field("index", *leaf->index).field("leaf", leaf->leaf.text()).field("leaf_hash", leaf->leaf.hash.hex()).end_object();
      return Response::json(200, std::move(w).str());
    });
  });
  surface.route(
      "GET", "/api/v1/log/inclusion",
      {.auth = open, .summary = "Proof of inclusion", .query = "index:integer size:integer leaf_hash", .answer = "200 InclusionProof"},
      [this](Exchange& x) {
        auto q = x.query();
        return read([this, q](UnitOfWork& u) -> Result<Response> {
          KT_TRY(auto index, number(q, "index"));
          KT_TRY(auto asked, number(q, "size"));
          KT_TRY(std::int64_t whole, s_.log.store().size(u));
          std::int64_t size = asked.value_or(std::min(whole, s_.log.checkpoint().size));
          if (size > whole || size < 1) return market::bad_field("size", "out_of_range", "The log does not have that size.");
          if (auto hash = q.get("leaf_hash")) {
            auto parsed = tradelog::Hash::parse_hex(*hash);
            if (!parsed) return market::bad_field("leaf_hash", "not_a_hash", "leaf_hash must be 64 hex digits.");
            KT_TRY(index, s_.log.store().find_hash(u, *parsed));
            if (!index) return market::not_found("The leaf");
          }
          if (!index || *index >= size) return market::bad_field("index", "out_of_range", "index must be smaller than size.");
          tradelog::TileReader tiles(u, s_.log.store());
          KT_TRY(auto hashes, tradelog::inclusion(tiles, *index, size));
          KT_TRY(auto root, tradelog::root(tiles, size));
          KT_TRY(auto leaf, tiles.node(0, *index));
          JsonWriter w;
          w.begin_object()
              .field("index", *index)
              .field("size", size)
              .field("leaf_hash", leaf.hex())
              .field("root", root.hex())
              .raw_field("hashes", hashes_json(hashes))
              .end_object();
          return Response::json(200, std::move(w).str());
        });
      });
  surface.route(
      "GET", "/api/v1/log/consistency",
      {.auth = open, .summary = "Proof that the log only grew", .query = "from!:integer to:integer", .answer = "200 ConsistencyProof"},
      [this](Exchange& x) {
        auto q = x.query();
        return read([this, q](UnitOfWork& u) -> Result<Response> {
          KT_TRY(auto from, number(q, "from"));
          KT_TRY(auto to, number(q, "to"));
          KT_TRY(std::int64_t whole, s_.log.store().size(u));
          if (!from || *from < 1 || *from > whole) return market::bad_field("from", "out_of_range", "from must be 1 to the log's size.");
          std::int64_t end = to.value_or(s_.log.checkpoint().size);
          if (end < *from || end > whole) return market::bad_field("to", "out_of_range", "to must be from to the log's size.");
          tradelog::TileReader tiles(u, s_.log.store());
          KT_TRY(auto hashes, tradelog::consistency(tiles, *from, end));
          KT_TRY(auto first, tradelog::root(tiles, *from));
          KT_TRY(auto second, tradelog::root(tiles, end));
          JsonWriter w;
          w.begin_object()
              .field("from", *from)
              .field("to", end)
              .field("from_root", first.hex())
              .field("to_root", second.hex())
              .raw_field("hashes", hashes_json(hashes))
              .end_object();
          return Response::json(200, std::move(w).str());
        });
      });
  // Tiles of hashes and of entries; partial ones only as wide as the published checkpoint covers.
  surface.route("GET", "/api/v1/log/tile/entries/{n*}",
                {.auth = open, .summary = "Static tile of entries", .answer = "200 application/octet-stream"}, [this](Exchange& x) {
                  auto name = tile_name(x.param("n"));
                  return read([this, name](UnitOfWork& u) -> Result<Response> {
                    std::int64_t size = s_.log.checkpoint().size;
                    if (!name || (name->n * 256 + name->width) > size) return market::not_found("The tile");
                    std::string out;
                    for (std::int64_t i = 0; i < name->width; ++i) {
                      KT_TRY(auto leaf, s_.log.store().leaf(u, name->n * 256 + i));
                      if (!leaf) return market::not_found("The tile");
                      std::string text = leaf->leaf.text();
                      out += static_cast<char>(text.size() >> 8);
                      out += static_cast<char>(text.size() & 255);
                      out += text;
                    }
                    auto r = Response::text(200, "application/octet-stream", std::move(out));
                    if (name->width == 256) r.headers.set("Cache-Control", "public, max-age=31536000, immutable");
                    return r;
                  });
                });
  surface.route("GET", "/api/v1/log/tile/{level}/{n*}",
                {.auth = open, .summary = "Static tile of hashes", .answer = "200 application/octet-stream"}, [this](Exchange& x) {
                  auto name = tile_name(x.param("n"));
                  auto level = parse_u64(x.param("level"));
                  return read([this, name, level](UnitOfWork& u) -> Result<Response> {
                    if (!name || !level || *level > 7) return market::not_found("The tile");
                    int l = static_cast<int>(*level);
                    std::int64_t complete = s_.log.checkpoint().size >> (8 * l);  // hashes that exist at this level
                    if (name->n * 256 + name->width > complete) return market::not_found("The tile");
                    tradelog::TileReader tiles(u, s_.log.store());
                    std::string out;
                    for (std::int64_t i = 0; i < name->width; ++i) {
                      KT_TRY(auto h, tiles.node(8 * l, name->n * 256 + i));
                      out += h.view();
                    }
                    auto r = Response::text(200, "application/octet-stream", std::move(out));
                    if (name->width == 256) r.headers.set("Cache-Control", "public, max-age=31536000, immutable");
                    return r;
                  });
                });
}

Task<Result<http::Response>> MarketApi::export_ledger(Exchange& x) {
  KT_CO_CHECK(s_.market.require_operator(x.caller));
  auto format = ledger::parse_format(x.query().get("format").value_or("hledger"));
  if (!format) co_return Unexpected(market::bad_field("format", "unknown", "format is hledger, ledger or beancount.").value());
  Response r;
  r.headers.set("Content-Type", "text/plain; charset=utf-8");
  auto storage = &s_.storage;
  auto books = &s_.market.ports().books;
  auto parties = &s_.market.ports().parties;
  auto f = *format;
  r.stream = [storage, books, parties, f](http::BodySink& sink) { return stream_journal(storage, books, parties, f, &sink); };
  co_return r;
}

void MarketApi::add_ledger_routes(server::Surface& surface) {
  surface.route(
      "GET", "/api/v1/ledger/accounts",
      {.auth = required,
       .summary = "Operator: accounts and their totals",
       .query = "code:integer party currency limit cursor",
       .answer = "200 [LedgerAccount]"},
      [this](Exchange& x) {
        Exchange* ex = &x;
        auto c = x.caller;
        auto q = x.query();
        return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
          KT_CHECK(s_.market.require_operator(c));
          KT_TRY(Paging p, paging(q));
          KT_TRY(auto code, number(q, "code"));
          std::string owner;
          if (auto party = q.get("party")) {
            KT_TRY(auto found, s_.market.ports().parties.find_party_called(u, *party));
            if (!found) return market::not_found("The party");
            owner = found->id;
          }
          auto currency = q.get("currency").value_or("");
          KT_TRY(auto all, totals(u));
          auto name = names(u);
          std::vector<std::pair<std::string, std::string>> rows;
          for (auto it = all.rbegin(); it != all.rend() && static_cast<int>(rows.size()) <= p.limit; ++it) {
            const auto& [key, a] = *it;
            if ((!p.before.empty() && key >= p.before) || (code && a.chart.code != *code) || (!currency.empty() && a.currency != currency))
              continue;
            if (!owner.empty() && a.name.find(owner) == std::string::npos) continue;
            JsonWriter w;
            w.begin_object()
                .field("object", "account")
                .field("id", key)
                .field("name", ledger::display_name(a.name, name))
                .field("code", a.chart.code)
                .field("currency", a.currency);
            w.field("normal", a.chart.normal == ledger::Normal::credit ? "credit" : "debit");
            for (auto [k, amount] : {std::pair<std::string_view, Wide>{"debits_posted", a.debits_posted},
                                     {"credits_posted", a.credits_posted},
                                     {"debits_pending", a.debits_pending},
                                     {"credits_pending", a.credits_pending},
                                     {"balance", a.balance()}})
              w.raw_field(k, market::money_json(amount, a.currency));
            w.end_object();
            rows.emplace_back(key, std::move(w).str());
          }
          return page(*ex, p, std::move(rows));
        });
      });
  surface.route(
      "GET", "/api/v1/ledger/transfers",
      {.auth = required, .summary = "Operator: transfers of one object", .query = "ref!", .answer = "200 [LedgerTransfer]"},
      [this](Exchange& x) {
        auto c = x.caller;
        auto ref = x.query().get("ref").value_or("");
        return read([this, c, ref](UnitOfWork& u) -> Result<Response> {
          KT_CHECK(s_.market.require_operator(c));
          KT_TRY(auto list, s_.market.ports().books.by_ref(u, ref));
          auto name = names(u);
          JsonWriter w = begin_list();
          for (const auto& t : list)
            for (std::size_t n = 0; n < t.legs.size(); ++n) {
              const auto& l = t.legs[n];
              w.begin_object()
                  .field("object", "transfer")
                  .field("id", to_hex(ledger::transfer_id(t.kind, t.business, n)))
                  .field("txn", t.kind + "|" + t.business);
              w.field("debit", ledger::display_name(l.debit, name))
                  .field("credit", ledger::display_name(l.credit, name))
                  .raw_field("amount", market::money_json(l.amount, l.currency));
              w.field("kind", t.kind).key("flags").begin_array();
              if (t.legs.size() > 1 && n + 1 < t.legs.size()) w.value("linked");
              if (l.flag == ledger::Flag::pending) w.value("pending");
              if (l.flag == ledger::Flag::post) w.value("post");
              if (l.flag == ledger::Flag::void_) w.value("void");
              w.end_array().key("pending_id");
              auto parts = split(l.pending, '|');
              if (parts.size() == 3)
                w.value(to_hex(ledger::transfer_id(parts[0], parts[1], static_cast<std::size_t>(parse_u64(parts[2]).value_or(0)))));
              else
                w.null();
              w.key("seq");
              if (t.seq)
                w.value(*t.seq + static_cast<std::int64_t>(n));
              else
                w.null();
              w.field("ref", t.ref).field("at", rfc3339(t.at)).end_object();
            }
          return end_list(std::move(w));
        });
      });
  surface.route(
      "GET", "/api/v1/ledger/trial_balance",
      {.auth = required, .summary = "Operator: every account that is not zero", .query = "currency", .answer = "200 TrialBalance"},
      [this](Exchange& x) {
        auto c = x.caller;
        auto currency = x.query().get("currency").value_or("USD");
        return read([this, c, currency](UnitOfWork& u) -> Result<Response> {
          KT_CHECK(s_.market.require_operator(c));
          KT_TRY([[maybe_unused]] int digits, currency_digits(currency));
          KT_TRY(auto all, totals(u));
          auto name = names(u);
          Wide debits = 0, credits = 0;
          JsonWriter w;
          w.begin_object().field("object", "trial_balance").field("currency", currency).key("data").begin_array();
          for (const auto& [key, a] : all) {
            if (a.currency != currency || a.balance() == 0) continue;
            (a.chart.normal == ledger::Normal::debit ? debits : credits) += a.balance();
            w.begin_object()
                .field("account", ledger::display_name(a.name, name))
                .field("code", a.chart.code)
                .raw_field("balance", market::money_json(a.balance(), currency))
                .end_object();
          }
          w.end_array()
              .raw_field("debits", market::money_json(debits, currency))
              .raw_field("credits", market::money_json(credits, currency))
              .field("balanced", debits == credits)
              .end_object();
          return Response::json(200, std::move(w).str());
        });
      });
  surface.route("GET", "/api/v1/ledger/export",
                {.auth = required,
                 .summary = "Operator: the journal for hledger, ledger or beancount",
                 .query = "format=hledger|ledger|beancount",
                 .answer = "200 text/plain"},
                [this](Exchange& x) { return export_ledger(x); });
}

Task<Result<http::Response>> MarketApi::set_kyc(Exchange& x) {
  KT_CO_CHECK(s_.market.require_operator(x.caller));
  KT_CO_TRY(std::string text, co_await x.request.read_all(1 << 16));
  KT_CO_TRY(Json json, Json::parse(text));
  Body b(json);
  auto level = b.integer("level");
  if (!level || *level < 0 || *level > 3) b.complain("level", "out_of_range", "level is 0 to 3.");
  KT_CO_CHECK(b.finish());
  if (!s_.accounts) co_return Unexpected(market::not_found("The party").value());
  identity::Caller c = x.caller;
  KT_CO_TRY(auto party, co_await s_.accounts->set_kyc(x.param("id"), static_cast<int>(*level)));
  auto market = &s_.market;
  std::string id = party.id, details = "{\"level\":" + std::to_string(*level) + "}";
  KT_CO_CHECK(co_await s_.storage.write([market, c, id, details](UnitOfWork& u) { return market->audit(u, c, "kyc.set", id, details); }));
  JsonWriter w;
  w.begin_object()
      .field("object", "party")
      .field("id", party.id)
      .field("name", party.name)
      .field("kyc_level", party.kyc_level)
      .end_object();
  co_return Response::json(200, std::move(w).str());
}

Task<Result<http::Response>> MarketApi::move_clock(Exchange& x) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(1 << 16));
  KT_CO_TRY(Json json, Json::parse(text));
  Body b(json);
  auto set = b.time("set");
  auto advance = b.integer("advance_ms");
  if (set.has_value() == advance.has_value()) b.complain("set", "one_of", "Give either set or advance_ms.");
  if (advance && (*advance < 0 || *advance > 100LL * 365 * 86'400'000))
    b.complain("advance_ms", "out_of_range", "advance_ms must not be negative.");
  KT_CO_CHECK(b.finish());
  Time to = set ? *set : s_.test_clock->now().plus_ms(*advance);
  if (to < s_.test_clock->now() && s_.test_clock->now().ns - to.ns > 0 && !set)
    co_return Unexpected(market::bad_field("set", "backwards", "The clock only moves forward.").value());
  s_.test_clock->set(to);
  KT_CO_CHECK(co_await s_.market.run_due_timers(to));
  co_return Response::json(200, "{\"object\":\"test_clock\",\"now\":\"" + rfc3339(s_.test_clock->now()) + "\"}");
}

void MarketApi::add_operator_routes(server::Surface& surface) {
  surface.route("POST", "/api/v1/parties/{id}/kyc",
                {.auth = required, .summary = "Operator: identity check level", .body = "KycLevel", .answer = "200 PartyLevel"},
                [this](Exchange& x) { return set_kyc(x); });
  surface.route(
      "GET", "/api/v1/admin/audit",
      {.auth = required, .summary = "Operator: who did what", .query = "actor action from limit cursor", .answer = "200 [AuditEntry]"},
      [this](Exchange& x) {
        Exchange* ex = &x;
        auto c = x.caller;
        auto q = x.query();
        return read([this, ex, c, q](UnitOfWork& u) -> Result<Response> {
          KT_TRY(Paging p, paging(q));
          KT_TRY(auto from, time_parameter(q, "from"));
          KT_TRY(auto list, s_.market.audit_entries(u, c, q.get("actor").value_or(""), q.get("action").value_or(""), from.value_or(Time{0}),
                                                    {p.before, p.limit + 1}));
          std::vector<std::pair<std::string, std::string>> rows;
          for (const auto& a : list) {
            JsonWriter w;
            w.begin_object()
                .field("object", "audit_entry")
                .field("id", a.id)
                .field("at", rfc3339(a.at))
                .field("actor", a.actor)
                .field("action", a.action)
                .field("item", a.item);
            w.raw_field("details", a.details.empty() ? "{}" : std::string_view(a.details)).field("request_id", a.request_id).end_object();
            rows.emplace_back(a.id, std::move(w).str());
          }
          return page(*ex, p, std::move(rows));
        });
      });
  if (!s_.test_clock) return;
  surface.route("GET", "/api/v1/test_clock", {.auth = open, .summary = "Test clock", .answer = "200 TestClock"},
                [this](Exchange&) -> Task<Result<Response>> {
                  return [](std::string now) -> Task<Result<Response>> {
                    co_return Response::json(200, "{\"object\":\"test_clock\",\"now\":\"" + now + "\"}");
                  }(rfc3339(s_.test_clock->now()));
                });
  surface.route("POST", "/api/v1/test_clock",
                {.auth = open, .summary = "Move business time", .body = "ClockMove", .answer = "200 TestClock"},
                [this](Exchange& x) { return move_clock(x); });
}

}  // namespace kontor::web_api
