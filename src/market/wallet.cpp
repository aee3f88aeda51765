// Wallets and top-ups by bank transfer (marketplace.md 12 E2, 15.2).
#include "base/ids.hpp"
#include "market/rules.hpp"

namespace kontor::market {
namespace {
constexpr Micros smallest_top_up = 10'000;
constexpr Micros largest_top_up = 1'000'000'000'000'000;

// The number that the characters of text stand for (A = 10 ... Z = 35), modulo 97.
int modulo_97(std::string_view text) {
  int r = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      r = (r * 10 + (c - '0')) % 97;
    else
      r = (r * 100 + (c - 'A' + 10)) % 97;
  }
  return r;
}
bool reference_characters(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}
}  // namespace

std::string creditor_reference(std::string_view body) {
  std::string upper;
  for (char c : body) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  int check = 98 - modulo_97(upper + "RF00");
  return "RF" + std::string(check < 10 ? "0" : "") + std::to_string(check) + upper;
}

bool valid_creditor_reference(std::string_view r) {
  if (r.size() < 5 || r.size() > 25 || !r.starts_with("RF") || !reference_characters(r)) return false;
  return modulo_97(std::string(r.substr(4)) + std::string(r.substr(0, 4))) == 1;
}

Result<std::vector<Wallet>> Market::wallets(UnitOfWork& u, const Caller& c, std::string_view text) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  std::map<std::string, Wallet> by_currency;
  auto of = [&](const std::string& currency) -> Wallet& {
    Wallet& w = by_currency[currency];
    w.party = party.id;
    w.currency = currency;
    return w;
  };
  (void)of(party.default_currency);
  KT_TRY(auto accounts, p_.books.accounts(u, 0, party.id, ""));
  for (const auto& a : accounts) {
    if (a.chart.code == 2010) {
      Wallet& w = of(a.currency);
      w.balance = a.balance();
      w.held = a.debits_pending;
      w.available = a.available();
    } else if (a.chart.code == 2020) {
      of(a.currency).promotional += a.balance();
    } else if (a.chart.code == 2030) {
      of(a.currency).frozen += a.balance();
    }
  }
  std::vector<Wallet> out;
  for (auto& [k, w] : by_currency) out.push_back(std::move(w));
  return out;
}

Result<std::vector<ledger::Entry>> Market::wallet_entries(UnitOfWork& u, const Caller& c, std::string_view text, std::string_view currency,
                                                          std::int64_t before, int limit) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  KT_TRY(auto account, p_.books.load(u, ledger::account::wallet(party.id), currency));
  if (!account) return std::vector<ledger::Entry>();
  return p_.books.entries(u, account->id, before, limit);
}

Result<TopUp> Market::create_top_up(UnitOfWork& u, const Caller& c, std::string_view text, const Money& amount, std::string_view method) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_buy));
  if (method != "bank_transfer") return bad_field("method", "unknown", "Top-ups are made by bank_transfer.");
  KT_TRY(int digits, currency_digits(amount.currency));
  if (amount.micros < smallest_top_up || amount.micros > largest_top_up || amount.micros % quantum(digits) != 0)
    return bad_field("amount", "out_of_range", "The amount must be positive and a multiple of the currency's smallest coin.",
                     "invalid_amount");
  TopUp t;
  t.created_at = now();
  t.id = new_id("pay_", t.created_at);
  t.party = party.id;
  t.currency = amount.currency;
  t.amount = amount.micros;
  // The last 21 characters of the id carry all of its randomness; more do not fit into a reference.
  t.reference = creditor_reference(std::string_view(t.id).substr(t.id.size() - 21));
  t.expires_at = Time{t.created_at.ns + settings_.top_up_expiry_ns};
  KT_CHECK(p_.store.put_top_up(u, t, true));
  KT_CHECK(audit(u, c, "top_up.create", t.id));
  return t;
}

// E2: what was asked for goes to the wallet, what came beyond it to unapplied.
Status Market::credit(UnitOfWork& u, TopUp& t, std::string_view bank_reference, Micros received, Time at) {
  Micros missing = t.amount - t.received;
  Micros matched = std::min(received, missing);
  ledger::Transaction tx{"top_up", t.id + "." + sha_id(bank_reference), t.id, at, {}, {}};
  if (matched > 0) tx.legs.push_back(leg(std::string(ledger::account::bank), ledger::account::wallet(t.party), matched, t.currency));
  if (received > matched)
    tx.legs.push_back(leg(std::string(ledger::account::bank), ledger::account::unapplied(t.party), received - matched, t.currency));
  KT_TRY(auto posted, ledger::post(u, p_.books, tx));
  if (posted.existed) return {};
  t.received += matched;
  t.state = t.received >= t.amount ? TopUpState::succeeded : TopUpState::partially_paid;
  KT_CHECK(p_.store.put_top_up(u, t, false));
  JsonWriter w;
  w.begin_object().field("top_up", t.id).field("party", t.party).field("state", name_of(t.state)).end_object();
  return p_.outbox.append(u, "top_up." + std::string(name_of(t.state)), t.id, w.text());
}

Result<TopUp> Market::confirm_top_up(UnitOfWork& u, const Caller& c, std::string_view id, std::string_view bank_reference,
                                     const Money& received) {
  KT_CHECK(require_operator(c));
  KT_TRY(auto t, p_.store.top_up(u, id));
  if (!t) return not_found("The top-up");
  if (received.currency != t->currency) return fail(Errc::invalid, "currency_mismatch", "The top-up is in " + t->currency + ".");
  if (received.micros <= 0) return bad_field("amount", "out_of_range", "The amount must be positive.", "invalid_amount");
  if (bank_reference.empty() || bank_reference.size() > 140)
    return bad_field("bank_reference", "length", "Give the bank's own reference of the transfer, at most 140 characters.");
  if (t->state == TopUpState::succeeded || t->state == TopUpState::expired)
    return wrong_state("The top-up is " + std::string(name_of(t->state)) + ".");
  if (received.micros > settings_.second_person_above && (t->first_approver.empty() || t->first_approver == c.party)) {
    t->first_approver = c.party;
    KT_CHECK(p_.store.put_top_up(u, *t, false));
    KT_CHECK(audit(u, c, "top_up.first_approval", t->id));
    return std::move(*t);
  }
  KT_CHECK(credit(u, *t, bank_reference, received.micros, now()));
  KT_CHECK(audit(u, c, "top_up.confirm", t->id, "{\"received\":\"" + amount_text(received.micros, received.currency) + "\"}"));
  return std::move(*t);
}

Result<TopUp> Market::top_up_now(UnitOfWork& u, const identity::Party& party, const Money& amount, std::string_view reference) {
  Caller self;
  self.anonymous = false;
  self.party = party.id;
  self.name = party.name;
  self.scopes.market_buy = true;
  KT_TRY(TopUp t, create_top_up(u, self, "", amount, "bank_transfer"));
  KT_CHECK(credit(u, t, reference, amount.micros, now()));
  Caller platform;
  platform.party = identity::platform_party_id;
  KT_CHECK(audit(u, platform, "top_up.confirm", t.id));
  return t;
}

Result<TopUp> Market::see_top_up(UnitOfWork& u, const Caller& c, std::string_view id) {
  KT_TRY(auto t, p_.store.top_up(u, id));
  if (!t) return not_found("The top-up");
  auto party = acting_party(u, c, t->party, identity::Action::market_read);
  if (!party) return Unexpected(party.error());
  return std::move(*t);
}

Result<std::vector<TopUp>> Market::list_top_ups(UnitOfWork& u, const Caller& c, std::string_view text, const Page& page) {
  KT_TRY(identity::Party party, acting_party(u, c, text, identity::Action::market_read));
  return p_.store.top_ups(u, party.id, page);
}

Result<std::vector<TopUp>> Market::all_top_ups(UnitOfWork& u, const Caller& c, bool open, const Page& page) {
  KT_CHECK(require_operator(c));
  return p_.store.all_top_ups(u, open, page);
}

}  // namespace kontor::market
