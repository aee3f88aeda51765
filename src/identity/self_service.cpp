// What people do for themselves: sign up, invite, change their password and data, look after their sessions.
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/money.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/calendar.hpp"
#include "codec/sha256.hpp"
#include "identity/accounts.hpp"
#include "identity/authorize.hpp"
#include "identity/password.hpp"

namespace kontor::identity {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t max_full_name = 200, max_email = 254;

Unexpected bad_field(std::string_view path, std::string_view field_code, std::string message) {
  JsonWriter w;
  w.begin_object()
      .key("fields")
      .begin_array()
      .begin_object()
      .field("path", path)
      .field("code", field_code)
      .end_object()
      .end_array()
      .end_object();
  return fail(Errc::invalid, "invalid", std::move(message), std::move(w).str());
}

// Read aloud or typed from paper: 16 characters of an alphabet without look-alikes, 80 bits.
std::string make_code() {
  static constexpr std::string_view alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
  std::string out;
  while (out.size() < 19)
    for (unsigned char b : random_bytes(32)) {
      if (b >= 248 || out.size() >= 19) continue;
      out += alphabet[b % 31];
      if (out.size() % 5 == 4 && out.size() < 19) out += '-';
    }
  return out;
}
std::string code_hash(std::string_view code) {
  std::string plain;
  for (char c : ascii_lower(code))
    if (c != '-' && c != ' ') plain += c;
  return std::string(codec::sha256(plain).view());
}

Status apply(Party& p, const PartyChange& change) {
  auto text = [&](const std::optional<std::string>& from, std::string& to, std::string_view path, std::size_t most) -> Status {
    if (!from) return {};
    if (from->size() > most || !valid_utf8(*from)) return bad_field(path, "length", fmt::format("{} has at most {} bytes.", path, most));
    to = *from;
    return {};
  };
  KT_CHECK(text(change.full_name, p.full_name, "full_name", max_full_name));
  KT_CHECK(text(change.email, p.email, "email", max_email));
  if (change.email && !p.email.empty()) {
    std::size_t at = p.email.find('@');
    if (at == 0 || at == std::string::npos || at + 1 == p.email.size() || p.email.find_first_of(" \t\r\n<>") != std::string::npos)
      return bad_field("email", "not_an_address", "email must be an address like alice@example.org.");
  }
  if (change.default_currency) {
    if (!currency_digits(*change.default_currency)) return bad_field("default_currency", "unknown", "There is no such currency here.");
    p.default_currency = *change.default_currency;
  }
  if (change.billing_tz) {
    if (!codec::known_zone(*change.billing_tz))
      return bad_field("billing_tz", "unknown", "billing_tz is the name of a time zone like Asia/Tokyo.");
    p.billing_tz = *change.billing_tz;
  }
  if (change.default_private) p.default_private = *change.default_private;
  if (p.full_name.empty()) p.full_name = p.name;
  return {};
}

}  // namespace

Status apply_change(Party& party, const PartyChange& change) { return apply(party, change); }

Task<Result<Party>> Accounts::sign_up(NewUser user, std::string invite, std::string address) {
  if (sign_up_ == SignUp::closed)
    co_return fail(Errc::forbidden, "blocked", "This marketplace takes no sign-ups: ask its operator for an account.",
                   "{\"reason\":\"signup_closed\"}");
  if (sign_up_ == SignUp::invite && invite.empty())
    co_return bad_field("invite", "missing", "Signing up takes an invitation: enter its code.");
  if (!user.password) co_return bad_field("password", "missing", "Choose a password.");
  if (address.empty()) co_return co_await make_account(std::move(user), std::move(invite));
  if (auto wait = sign_ups_.take(address, wall_.now())) co_return too_many("Too many new accounts from here", *wait);
  auto made = co_await make_account(std::move(user), std::move(invite));
  if (!made) sign_ups_.give_back(address);
  co_return made;
}

Task<Result<Party>> Accounts::make_account(NewUser user, std::string invite) {
  KT_CO_TRY(Party p, new_party(user.name, "", "", PartyKind::person));
  KT_CO_CHECK(
      apply(p, {.full_name = user.full_name, .email = user.email, .default_currency = {}, .billing_tz = {}, .default_private = {}}));
  KT_CO_TRY(std::string hash, co_await hash_new_password(*user.password));
  AccountStore* store = &store_;
  // A code that is not needed is not used up.
  std::string code = sign_up_ == SignUp::invite ? code_hash(invite) : std::string();
  auto body = [=](UnitOfWork& u) -> Result<Party> {
    if (!code.empty()) {
      KT_TRY(bool used, store->use_invite(u, code, p.id, p.created_at));
      if (!used) return bad_field("invite", "unknown", "This invitation does not exist, was used, or has expired.");
    }
    KT_CHECK(store->insert_party(u, p));
    KT_CHECK(store->set_password_hash(u, p.id, hash));
    KT_CHECK(store->append_audit(u, p.created_at, p.id, "account.sign_up", p.id, "{}"));
    return p;
  };
  co_return co_await storage_.write(body);
}

Task<Result<std::pair<Invite, std::string>>> Accounts::create_invite(std::string by, int days) {
  if (days < 1 || days > 365) co_return bad_field("expires_in_days", "out_of_range", "expires_in_days is 1 to 365.");
  Time now = wall_.now();
  Invite invite{new_id("inv_", now), by, now, now.plus_ms(days * day_ms), ""};
  std::string code = make_code(), hash = code_hash(code);
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(store->insert_invite(u, invite, hash));
    KT_CHECK(store->append_audit(u, now, by.empty() ? platform_party_id : std::string_view(by), "invite.create", invite.id, "{}"));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool done, co_await storage_.write(body));
  co_return std::pair(invite, code);
}

Task<Result<std::vector<Invite>>> Accounts::list_invites(std::string before, int limit) {
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) { return store->invites(u, before, limit); };
  co_return co_await storage_.read(body);
}

Task<Status> Accounts::delete_invite(std::string id) {
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) { return store->delete_invite(u, id); };
  KT_CO_TRY(bool found, co_await storage_.write(body));
  if (!found) co_return fail(Errc::not_found, "not_found", "There is no such unused invitation.");
  co_return Status{};
}

Task<Status> Accounts::change_password(Caller caller, std::string old_password, std::string new_password) {
  AccountStore* store = &store_;
  std::string party = caller.party, session = caller.session_id;
  auto look = [=](UnitOfWork& u) { return store->password_hash(u, party); };
  KT_CO_TRY(auto known, co_await storage_.read(look));
  std::string key = "change " + party;
  if (auto wait = wrong_.take(key, wall_.now())) co_return too_many("Too many wrong passwords", *wait);
  // Who never had a password (made by the command line, uses tokens) cannot prove himself with one.
  bool ok = false;
  if (known) {
    std::string hash = *known;
    ok = co_await run_on(pool_, [hash, old_password] { return password_matches(hash, old_password); });
  }
  if (!ok) co_return bad_field("old", "wrong", "The present password is wrong.");
  wrong_.forget(key);
  KT_CO_TRY(std::string hash, co_await hash_new_password(new_password));
  Time now = wall_.now();
  auto keep = [=](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(store->set_password_hash(u, party, hash));
    KT_CHECK(store->delete_sessions(u, party, session));
    KT_CHECK(store->append_audit(u, now, party, "account.password", party, "{}"));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool kept, co_await storage_.write(keep));
  co_return Status{};
}

Task<Result<std::vector<SessionInfo>>> Accounts::list_sessions(std::string party) {
  AccountStore* store = &store_;
  Time now = wall_.now();
  auto body = [=](UnitOfWork& u) { return store->sessions_of(u, party, now); };
  co_return co_await storage_.read(body);
}

Task<Status> Accounts::end_session(std::string party, std::string id) {
  AccountStore* store = &store_;
  Time now = wall_.now();
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(auto mine, store->sessions_of(u, party, now));
    bool found = std::any_of(mine.begin(), mine.end(), [&](auto& s) { return s.id == id; });
    if (found) KT_CHECK(store->delete_session(u, id));
    return found;
  };
  KT_CO_TRY(bool found, co_await storage_.write(body));
  if (!found) co_return fail(Errc::not_found, "not_found", "There is no such session.");
  co_return Status{};
}

Result<Party> Accounts::change_party(UnitOfWork& u, const Caller& c, const PartyChange& change) {
  if (!c.scopes.write_repos) return Unexpected(denied(Decision::scope_missing, "The account"));
  KT_TRY(auto p, store_.find_party(u, c.party));
  if (!p) return fail(Errc::not_found, "not_found", "The account is gone.");
  KT_CHECK(apply(*p, change));
  KT_CHECK(store_.update_party(u, *p));
  KT_CHECK(store_.append_audit(u, wall_.now(), c.party, "account.change", p->id, "{}"));
  return std::move(*p);
}

Result<std::vector<Party>> Accounts::find_parties(UnitOfWork& u, std::string_view text, std::string_view before, int limit) {
  return store_.find_parties(u, ascii_lower(text), before, limit);
}

Result<Party> Accounts::see_party(UnitOfWork& u, std::string_view text) {
  KT_TRY(auto p, store_.find_party_called(u, text));
  if (!p) return fail(Errc::not_found, "not_found", "The party was not found.");
  return std::move(*p);
}

}  // namespace kontor::identity
