#include "identity/accounts.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "identity/names.hpp"
#include "identity/password.hpp"

namespace kontor::identity {
namespace {

constexpr std::int64_t use_ms = 3'600'000;  // how exactly a token's last use is known
constexpr std::int64_t cache_ms = 5000;
constexpr std::size_t cache_entries = 10'000;
constexpr std::size_t min_password = 8, max_password = 1024;

// 36 characters of 62: 214 bits. Shaped like the tokens that Hugging Face clients expect.
std::string make_token() {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out = "hf_";
  while (out.size() < 39)
    for (unsigned char b : random_bytes(64))
      if (b < 248 && out.size() < 39) out += alphabet[b % 62];
  return out;
}

std::string hash_of(std::string_view secret) { return std::string(codec::sha256(secret).view()); }

Scopes session_scopes(std::string_view, bool is_operator) { return scopes_for("admin", is_operator); }

}  // namespace

std::optional<OrgRole> parse_org_role(std::string_view t) {
  if (t == "read") return OrgRole::read;
  if (t == "contributor") return OrgRole::contributor;
  if (t == "write") return OrgRole::write;
  if (t == "admin") return OrgRole::admin;
  return std::nullopt;
}
std::optional<SignUp> parse_sign_up(std::string_view t) {
  if (t == "open") return SignUp::open;
  if (t == "invite") return SignUp::invite;
  if (t == "closed") return SignUp::closed;
  return std::nullopt;
}
std::string_view org_role_name(OrgRole r) {
  static constexpr std::string_view names[] = {"read", "contributor", "write", "admin"};
  return names[static_cast<int>(r)];
}

Scopes scopes_for(std::string_view role, bool is_operator) {
  Scopes s;
  s.read_repos = s.market_read = s.inference_run = true;
  if (role == "write" || role == "admin") s.write_repos = s.market_buy = s.market_sell = true;
  if (role == "admin") s.operate = is_operator;
  return s;
}

Accounts::Accounts(Storage& storage, AccountStore& store, const Clock& wall, Executor& pool, std::string device_key)
    : storage_(storage), store_(store), wall_(wall), pool_(pool), devices_(device_key.empty() ? random_bytes(32) : std::move(device_key)) {}

void Accounts::forget_cached() {
  std::lock_guard lock(mutex_);
  cache_.clear();
}

Result<Party> Accounts::new_party(std::string name, std::string full_name, std::string email, PartyKind kind) {
  KT_CHECK(check_namespace_name(name));
  Party p;
  p.created_at = wall_.now();
  p.id = new_id("pty_", p.created_at);
  p.object_id = new_object_id(p.created_at);
  p.kind = kind;
  p.full_name = full_name.empty() ? name : std::move(full_name);
  p.name = std::move(name);
  p.email = std::move(email);
  return p;
}

Task<Result<std::string>> Accounts::hash_new_password(std::string password) {
  if (password.size() < min_password || password.size() > max_password)
    co_return fail(Errc::invalid, "weak_password", "A password has at least 8 and at most 1024 bytes.");
  std::string hash = co_await run_on(pool_, [password] { return hash_password(password); });
  co_return hash;
}

Task<Result<Party>> Accounts::create_user(NewUser user) {
  KT_CO_TRY(Party p, new_party(user.name, user.full_name, user.email, PartyKind::person));
  p.is_operator = user.is_operator;
  std::string hash;
  if (user.password) {
    KT_CO_TRY(hash, co_await hash_new_password(*user.password));
  }
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) -> Result<Party> {
    KT_CHECK(store->insert_party(u, p));
    if (!hash.empty()) KT_CHECK(store->set_password_hash(u, p.id, hash));
    KT_CHECK(store->append_audit(u, p.created_at, platform_party_id, "account.create", p.id, p.is_operator ? "{\"operator\":true}" : "{}"));
    return p;
  };
  co_return co_await storage_.write(body);
}

Task<Result<Party>> Accounts::create_organisation(NewOrganisation org) {
  KT_CO_TRY(Party p, new_party(org.name, org.full_name, "", PartyKind::organisation));
  p.default_private = org.default_private;
  AccountStore* store = &store_;
  auto members = org.members;
  auto body = [=](UnitOfWork& u) -> Result<Party> {
    KT_CHECK(store->insert_party(u, p));
    for (const auto& [name, role] : members) {
      KT_TRY(auto user, store->find_party_by_name(u, name));
      if (!user || user->kind != PartyKind::person) return fail(Errc::not_found, "not_found", fmt::format("There is no user '{}'.", name));
      KT_CHECK(store->set_membership(u, p.id, user->id, role));
    }
    KT_CHECK(store->append_audit(u, p.created_at, platform_party_id, "organisation.create", p.id, "{}"));
    return p;
  };
  auto r = co_await storage_.write(body);
  forget_cached();
  co_return r;
}

Task<Result<std::pair<TokenInfo, std::string>>> Accounts::create_token(NewToken t) {
  if (t.role != "read" && t.role != "write" && t.role != "admin")
    co_return fail(Errc::invalid, "invalid_role", "The role of a token is read, write or admin.");
  std::string value = t.value.value_or(make_token());
  if (value.size() < 8 || value.size() > 512) co_return fail(Errc::invalid, "invalid_token", "A token has 8 to 512 characters.");
  for (char c : value)
    if (c <= ' ' || c > '~') co_return fail(Errc::invalid, "invalid_token", "A token holds printable ASCII characters only.");
  TokenInfo info;
  info.id = new_id("tok_", wall_.now());
  info.name = t.name.empty() ? "token" : t.name;
  info.role = t.role;
  info.created_at = wall_.now();
  info.expires_at = t.expires_at;
  std::string hash = hash_of(value), user = t.user;
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) -> Result<TokenInfo> {
    KT_TRY(auto party, store->find_party_by_name(u, user));
    if (!party || party->kind != PartyKind::person) return fail(Errc::not_found, "not_found", fmt::format("There is no user '{}'.", user));
    TokenInfo mine = info;
    mine.party = party->id;
    KT_CHECK(store->insert_token(u, mine, hash));
    return mine;
  };
  KT_CO_TRY(TokenInfo made, co_await storage_.write(body));
  co_return std::pair(made, value);
}

Task<Result<std::vector<TokenInfo>>> Accounts::list_tokens(std::string party) {
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) { return store->tokens_of(u, party); };
  co_return co_await storage_.read(body);
}

Task<Status> Accounts::delete_token(std::string party, std::string id) {
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) -> Result<bool> { return store->delete_token(u, party, id); };
  KT_CO_TRY(bool found, co_await storage_.write(body));
  forget_cached();
  if (!found) co_return fail(Errc::not_found, "not_found", "There is no such token.");
  co_return Status{};
}

Task<Result<std::optional<Party>>> Accounts::find_by_name(std::string name) {
  AccountStore* store = &store_;
  auto body = [=](UnitOfWork& u) { return store->find_party_by_name(u, name); };
  co_return co_await storage_.read(body);
}

Task<Result<Party>> Accounts::set_kyc(std::string party, int level) {
  AccountStore* store = &store_;
  if (level < 0 || level > 3) co_return fail(Errc::invalid, "invalid_level", "A KYC level is 0, 1, 2 or 3.");
  auto body = [=](UnitOfWork& u) -> Result<Party> {
    KT_TRY(auto p, store->find_party(u, party));
    if (!p) return fail(Errc::not_found, "not_found", "There is no such party.");
    KT_CHECK(store->set_kyc(u, party, level));
    p->kyc_level = level;
    return *p;
  };
  co_return co_await storage_.write(body);
}

Task<Result<SignedIn>> Accounts::sign_in(std::string name, std::string password, SignInFrom from) {
  AccountStore* store = &store_;
  std::string who = ascii_lower(name);
  std::optional<std::string> device = devices_.recognise(from.device, who);
  std::vector<std::pair<Attempts*, std::string>> counted;
  if (device) {
    counted = {{&wrong_, who + "#" + *device}};
  } else {
    counted = {{&wrong_, who + "@" + from.address}, {&wrong_name_, who}};
    if (!from.address.empty()) counted.emplace_back(&wrong_address_, from.address);
  }
  auto give_back = [&](std::size_t taken) {
    for (std::size_t i = 0; i < taken; ++i) counted[i].first->give_back(counted[i].second);
  };
  for (std::size_t i = 0; i < counted.size(); ++i)
    if (auto wait = counted[i].first->take(counted[i].second, wall_.now())) {
      give_back(i);
      co_return too_many("Too many wrong passwords", *wait);
    }
  struct Found {
    std::optional<Party> party;
    std::string hash;
  };
  auto look = [=](UnitOfWork& u) -> Result<Found> {
    Found f;
    KT_TRY(f.party, store->find_party_by_name(u, name));
    if (f.party) {
      KT_TRY(auto h, store->password_hash(u, f.party->id));
      f.hash = h.value_or("");
    }
    return f;
  };
  auto looked = co_await storage_.read(look);
  if (!looked) {
    give_back(counted.size());
    co_return Unexpected(looked.error());
  }
  Found found = std::move(*looked);
  // An unknown name costs the same time as a wrong password.
  static const std::string nobody = hash_password("nobody has this password");
  std::string hash = found.hash.empty() ? nobody : found.hash;
  bool ok = co_await run_on(pool_, [hash, password] { return password_matches(hash, password); });
  if (!ok || found.hash.empty()) co_return fail(Errc::unauthenticated, "unauthenticated", "The name or the password is wrong.");
  give_back(counted.size());
  wrong_.forget(counted.front().second);
  SignedIn out{base64url(random_bytes(32)), base64url(random_bytes(24)), device ? from.device : devices_.issue(who), *found.party};
  SessionInfo info{new_id("ses_", wall_.now()),  found.party->id, out.csrf,
                   header_safe(from.agent, 200), wall_.now(),     Time::from_seconds(wall_.now().seconds() + session_seconds)};
  std::string cookie_hash = hash_of(out.cookie);
  auto keep = [=](UnitOfWork& u) -> Result<bool> {
    KT_CHECK(store->insert_session(u, info, cookie_hash));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool kept, co_await storage_.write(keep));
  co_return out;
}

Task<Status> Accounts::sign_out(std::string cookie) {
  AccountStore* store = &store_;
  std::string hash = hash_of(cookie);
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    KT_TRY(auto s, store->session_by_hash(u, hash));
    if (s) KT_CHECK(store->delete_session(u, s->id));
    return true;
  };
  KT_CO_TRY([[maybe_unused]] bool done, co_await storage_.write(body));
  co_return Status{};
}

Result<Caller> Accounts::load(UnitOfWork& unit, std::string_view party, Scopes (*scopes)(std::string_view, bool), std::string_view role) {
  KT_TRY(auto p, store_.find_party(unit, party));
  if (!p) return fail(Errc::unauthenticated, "unauthenticated", "The account is gone.");
  Caller c;
  c.anonymous = false;
  c.party = p->id;
  c.name = p->name;
  c.is_operator = p->is_operator;
  c.token_role = role;
  c.scopes = scopes(role, p->is_operator);
  KT_TRY(c.memberships, store_.memberships(unit, p->id));
  return c;
}

Result<Caller> Accounts::caller_for(UnitOfWork& unit, std::string_view party) { return load(unit, party, session_scopes, "session"); }

Task<Result<Caller>> Accounts::by_token(std::string token) {
  std::string hash = hash_of(token);
  Time now = wall_.now();
  {
    std::lock_guard lock(mutex_);
    if (auto it = cache_.find(hash);
        it != cache_.end() && it->second.until > now && (!it->second.expires_at || *it->second.expires_at > now))
      co_return it->second.caller;
  }
  std::optional<Time> expires_at;
  bool note_use = false;
  auto body = [&](UnitOfWork& u) -> Result<Caller> {
    KT_TRY(auto t, store_.token_by_hash(u, hash));
    if (!t || (t->expires_at && *t->expires_at <= now))
      return fail(Errc::unauthenticated, "invalid_credentials", "Invalid credentials in Authorization header");
    expires_at = t->expires_at;
    note_use = !t->last_used_at || t->last_used_at->plus_ms(use_ms) <= now;
    KT_TRY(Caller c, load(u, t->party, scopes_for, t->role));
    c.token_id = t->id;
    c.token_name = t->name;
    return c;
  };
  auto caller = co_await storage_.look_up(body);
  if (caller) {
    std::lock_guard lock(mutex_);
    if (cache_.size() >= cache_entries) cache_.clear();
    cache_[hash] = {*caller, expires_at, now.plus_ms(cache_ms)};
  }
  if (caller && note_use) {
    AccountStore* store = &store_;
    std::string id = caller->token_id;
    auto touch = [store, id, now](UnitOfWork& u) -> Result<bool> {
      KT_CHECK(store->touch_token(u, id, now));
      return true;
    };
    (void)co_await storage_.write(touch);  // who may come in does not depend on it
  }
  co_return caller;
}

Task<Result<Caller>> Accounts::by_session(std::string cookie, std::optional<std::string> csrf) {
  std::string hash = hash_of(cookie);
  Time now = wall_.now();
  auto body = [&](UnitOfWork& u) -> Result<Caller> {
    KT_TRY(auto s, store_.session_by_hash(u, hash));
    if (!s || s->expires_at <= now) return fail(Errc::unauthenticated, "unauthenticated", "The session has ended: sign in again.");
    if (csrf && !constant_time_equal(*csrf, s->csrf))
      return fail(Errc::forbidden, "csrf", "The header X-CSRF-Token is missing or wrong: reload the page.");
    KT_TRY(Caller c, load(u, s->party, session_scopes, "session"));
    c.session_id = s->id;
    c.csrf = s->csrf;
    return c;
  };
  co_return co_await storage_.look_up(body);
}

}  // namespace kontor::identity
