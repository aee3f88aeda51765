#include "adapters/sql/account_store.hpp"

#include <fmt/format.h>

#include "adapters/sql/rows.hpp"
#include "base/text.hpp"

namespace kontor::sql {
namespace {

using identity::Membership;
using identity::OrgRole;
using identity::Party;
using identity::PartyKind;
using identity::SessionInfo;
using identity::TokenInfo;

constexpr std::string_view kinds[] = {"person", "organisation", "platform"};

#define PARTY_COLUMNS                                                                                                            \
  "p.id, p.object_id, p.kind, p.name, p.full_name, p.email, p.is_operator, p.kyc_level, p.default_private, p.default_currency, " \
  "p.billing_tz, p.created_ns"

const Statement by_id("SELECT " PARTY_COLUMNS " FROM party p WHERE p.id = ?1");
const Statement by_object_id("SELECT " PARTY_COLUMNS " FROM party p WHERE p.object_id = ?1");
const Statement by_name("SELECT " PARTY_COLUMNS " FROM party p WHERE p.name_key = ?1");
const Statement members_of("SELECT " PARTY_COLUMNS
                           ", m.role FROM membership m JOIN party p ON p.id = m.member WHERE m.org = ?1 ORDER BY p.name_key");
const Statement memberships_of(
    "SELECT m.org, p.name, m.role FROM membership m JOIN party p ON p.id = m.org WHERE m.member = ?1 ORDER BY p.name_key");
const Statement add_party(
    "INSERT INTO party (id, object_id, kind, name, name_key, full_name, email, is_operator, kyc_level, default_private, default_currency, "
    "billing_tz, created_ns) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (name_key) DO NOTHING");
const Statement put_member(
    "INSERT INTO membership (org, member, role) VALUES (?1, ?2, ?3) ON CONFLICT (org, member) DO UPDATE SET role = excluded.role");
const Statement drop_member("DELETE FROM membership WHERE org = ?1 AND member = ?2");
const Statement put_password("INSERT INTO password (party, hash) VALUES (?1, ?2) ON CONFLICT (party) DO UPDATE SET hash = excluded.hash");
const Statement get_password("SELECT hash FROM password WHERE party = ?1");
const Statement put_kyc("UPDATE party SET kyc_level = ?2 WHERE id = ?1");
const Statement add_token(
    "INSERT INTO access_token (id, party, hash, name, role, scopes, created_ns, expires_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON "
    "CONFLICT (hash) DO NOTHING");
const Statement token_by("SELECT id, party, name, role, scopes, created_ns, expires_ns, last_used_ns FROM access_token WHERE hash = ?1");
const Statement tokens(
    "SELECT id, party, name, role, scopes, created_ns, expires_ns, last_used_ns FROM access_token WHERE party = ?1 ORDER BY id DESC");
const Statement use_token("UPDATE access_token SET last_used_ns = ?2 WHERE id = ?1");
const Statement drop_token("DELETE FROM access_token WHERE party = ?1 AND id = ?2");
#define SESSION "id, party, csrf, agent, created_ns, expires_ns"
const Statement add_session("INSERT INTO session (" SESSION ", hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
const Statement session_by("SELECT " SESSION " FROM session WHERE hash = ?1");
const Statement sessions_by_party("SELECT " SESSION " FROM session WHERE party = ?1 AND expires_ns > ?2 ORDER BY id DESC");
const Statement drop_sessions("DELETE FROM session WHERE party = ?1 AND id <> ?2");
const Statement drop_session("DELETE FROM session WHERE id = ?1");
const Statement put_party(
    "UPDATE party SET full_name = ?2, email = ?3, default_currency = ?4, billing_tz = ?5, default_private = ?6 WHERE id = ?1");
const Statement search_parties("SELECT " PARTY_COLUMNS
                               " FROM party p WHERE p.id < ?1 AND p.kind <> 'platform' AND (?2 = '' OR p.name_key LIKE ?2 ESCAPE '!' OR "
                               "lower(p.full_name) LIKE ?2 ESCAPE '!' "
                               "OR lower(p.email) LIKE ?2 ESCAPE '!') ORDER BY p.id DESC LIMIT ?3");
const Statement party_counts(
    "SELECT kind, COUNT(*), CAST(SUM(CASE WHEN created_ns >= ?1 THEN 1 ELSE 0 END) AS BIGINT) FROM party GROUP BY kind");
const Statement add_invite("INSERT INTO invite (id, hash, created_by, created_ns, expires_ns, used_by) VALUES (?1, ?2, ?3, ?4, ?5, '')");
const Statement take_invite("UPDATE invite SET used_by = ?2 WHERE hash = ?1 AND used_by = '' AND expires_ns > ?3");
const Statement list_invites("SELECT id, created_by, created_ns, expires_ns, used_by FROM invite WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
const Statement drop_invite("DELETE FROM invite WHERE id = ?1 AND used_by = ''");

Party party_of(const Row& r) {
  Party p;
  p.id = r.text(0);
  p.object_id = r.text(1);
  p.kind = r.text(2) == "person" ? PartyKind::person : r.text(2) == "organisation" ? PartyKind::organisation : PartyKind::platform;
  p.name = r.text(3);
  p.full_name = r.text(4);
  p.email = r.text(5);
  p.is_operator = r.integer(6) != 0;
  p.kyc_level = static_cast<int>(r.integer(7));
  p.default_private = r.integer(8) != 0;
  p.default_currency = r.text(9);
  p.billing_tz = r.text(10);
  p.created_at = {r.integer(11)};
  return p;
}

TokenInfo token_of(const Row& r) {
  TokenInfo t;
  t.id = r.text(0);
  t.party = r.text(1);
  t.name = r.text(2);
  t.role = r.text(3);
  t.scopes = r.text(4);
  t.created_at = {r.integer(5)};
  if (auto e = r.optional_integer(6)) t.expires_at = Time{*e};
  if (auto used = r.optional_integer(7)) t.last_used_at = Time{*used};
  return t;
}

SessionInfo session_of(const Row& r) { return {r.text(0), r.text(1), r.text(2), r.text(3), Time{r.integer(4)}, Time{r.integer(5)}}; }
// Ids are smaller than "~": the first page begins there.
std::string_view upto(std::string_view before) { return before.empty() ? std::string_view("~") : before; }

class Store final : public identity::AccountStore {
 public:
  Result<std::optional<Party>> find_party(UnitOfWork& u, std::string_view id) override { return one(u, by_id, id); }
  Result<std::optional<Party>> find_party_by_name(UnitOfWork& u, std::string_view name) override {
    return one(u, by_name, ascii_lower(name));
  }
  Result<std::optional<Party>> find_party_by_object_id(UnitOfWork& u, std::string_view object_id) override {
    return one(u, by_object_id, object_id);
  }

  Result<std::vector<Membership>> memberships(UnitOfWork& u, std::string_view user) override {
    KT_TRY(Rows rows, session(u).query(memberships_of, {user}));
    std::vector<Membership> out;
    for (Row r : rows) out.push_back({r.text(0), r.text(1), static_cast<OrgRole>(r.integer(2))});
    return out;
  }
  Result<std::vector<std::pair<Party, OrgRole>>> members(UnitOfWork& u, std::string_view org) override {
    KT_TRY(Rows rows, session(u).query(members_of, {org}));
    std::vector<std::pair<Party, OrgRole>> out;
    for (Row r : rows) out.emplace_back(party_of(r), static_cast<OrgRole>(r.integer(12)));
    return out;
  }
  Status insert_party(UnitOfWork& u, const Party& p) override {
    KT_TRY(auto n, session(u).exec(add_party,
                                   {p.id, p.object_id, kinds[static_cast<int>(p.kind)], p.name, ascii_lower(p.name), p.full_name, p.email,
                                    p.is_operator, p.kyc_level, p.default_private, p.default_currency, p.billing_tz, p.created_at.ns}));
    if (n == 0) return fail(Errc::conflict, "name_taken", fmt::format("The name '{}' is taken: choose another.", p.name));
    return {};
  }
  Status set_membership(UnitOfWork& u, std::string_view org, std::string_view member, std::optional<OrgRole> role) override {
    if (role) return changed(session(u).exec(put_member, {org, member, static_cast<int>(*role)}));
    return changed(session(u).exec(drop_member, {org, member}));
  }
  Status set_password_hash(UnitOfWork& u, std::string_view party, std::string_view hash) override {
    return changed(session(u).exec(put_password, {party, hash}));
  }
  Result<std::optional<std::string>> password_hash(UnitOfWork& u, std::string_view party) override {
    KT_TRY(Rows rows, session(u).query(get_password, {party}));
    if (rows.empty()) return std::nullopt;
    return rows[0].text(0);
  }
  Status set_kyc(UnitOfWork& u, std::string_view party, int level) override { return changed(session(u).exec(put_kyc, {party, level})); }
  Status insert_token(UnitOfWork& u, const TokenInfo& t, std::string_view hash) override {
    std::optional<std::int64_t> expires;
    if (t.expires_at) expires = t.expires_at->ns;
    KT_TRY(auto n, session(u).exec(add_token, {t.id, t.party, Blob{hash}, t.name, t.role, t.scopes, t.created_at.ns, expires}));
    if (n == 0) return fail(Errc::conflict, "token_exists", "This token exists already.");
    return {};
  }
  Result<std::optional<TokenInfo>> token_by_hash(UnitOfWork& u, std::string_view hash) override {
    KT_TRY(Rows rows, session(u).query(token_by, {Blob{hash}}));
    if (rows.empty()) return std::nullopt;
    return token_of(rows[0]);
  }
  Result<std::vector<TokenInfo>> tokens_of(UnitOfWork& u, std::string_view party) override {
    KT_TRY(Rows rows, session(u).query(tokens, {party}));
    std::vector<TokenInfo> out;
    for (Row r : rows) out.push_back(token_of(r));
    return out;
  }
  Status touch_token(UnitOfWork& u, std::string_view id, Time used) override { return session(u).exec_later(use_token, {id, used.ns}); }
  Result<bool> delete_token(UnitOfWork& u, std::string_view party, std::string_view id) override {
    KT_TRY(auto n, session(u).exec(drop_token, {party, id}));
    return n > 0;
  }
  Status insert_session(UnitOfWork& u, const SessionInfo& s, std::string_view hash) override {
    return changed(session(u).exec(add_session, {s.id, s.party, s.csrf, s.agent, s.created_at.ns, s.expires_at.ns, Blob{hash}}));
  }
  Result<std::optional<SessionInfo>> session_by_hash(UnitOfWork& u, std::string_view hash) override {
    KT_TRY(Rows rows, session(u).query(session_by, {Blob{hash}}));
    if (rows.empty()) return std::nullopt;
    return session_of(rows[0]);
  }
  Status delete_session(UnitOfWork& u, std::string_view id) override { return changed(session(u).exec(drop_session, {id})); }
  Result<std::vector<SessionInfo>> sessions_of(UnitOfWork& u, std::string_view party, Time now) override {
    KT_TRY(Rows rows, session(u).query(sessions_by_party, {party, now.ns}));
    std::vector<SessionInfo> out;
    for (Row r : rows) out.push_back(session_of(r));
    return out;
  }
  Status delete_sessions(UnitOfWork& u, std::string_view party, std::string_view except) override {
    return changed(session(u).exec(drop_sessions, {party, except}));
  }
  Status update_party(UnitOfWork& u, const Party& p) override {
    return changed(session(u).exec(put_party, {p.id, p.full_name, p.email, p.default_currency, p.billing_tz, p.default_private}));
  }
  Result<std::vector<Party>> find_parties(UnitOfWork& u, std::string_view text, std::string_view before, int limit) override {
    KT_TRY(Rows rows, session(u).query(search_parties, {upto(before), text.empty() ? std::string() : containing(text), limit}));
    std::vector<Party> out;
    for (Row r : rows) out.push_back(party_of(r));
    return out;
  }
  Result<identity::PartyCounts> count_parties(UnitOfWork& u, Time new_since) override {
    KT_TRY(Rows rows, session(u).query(party_counts, {new_since.ns}));
    identity::PartyCounts out;
    for (Row r : rows) {
      if (r.text(0) == "person") out.people = r.integer(1), out.new_people = r.integer(2);
      if (r.text(0) == "organisation") out.organisations = r.integer(1);
    }
    return out;
  }
  Status insert_invite(UnitOfWork& u, const identity::Invite& i, std::string_view hash) override {
    return changed(session(u).exec(add_invite, {i.id, Blob{hash}, i.created_by, i.created_at.ns, i.expires_at.ns}));
  }
  Result<bool> use_invite(UnitOfWork& u, std::string_view hash, std::string_view party, Time now) override {
    KT_TRY(auto n, session(u).exec(take_invite, {Blob{hash}, party, now.ns}));
    return n == 1;
  }
  Result<std::vector<identity::Invite>> invites(UnitOfWork& u, std::string_view before, int limit) override {
    KT_TRY(Rows rows, session(u).query(list_invites, {upto(before), limit}));
    std::vector<identity::Invite> out;
    for (Row r : rows) out.push_back({r.text(0), r.text(1), Time{r.integer(2)}, Time{r.integer(3)}, r.text(4)});
    return out;
  }
  Result<bool> delete_invite(UnitOfWork& u, std::string_view id) override {
    KT_TRY(auto n, session(u).exec(drop_invite, {id}));
    return n == 1;
  }
  Status append_audit(UnitOfWork& u, Time at, std::string_view actor, std::string_view action, std::string_view item,
                      std::string_view details) override {
    return sql::append_audit(u, at, actor, action, item, "", details);
  }

 private:
  Result<std::optional<Party>> one(UnitOfWork& u, const Statement& s, std::string_view key) {
    KT_TRY(Rows rows, session(u).query(s, {key}));
    if (rows.empty()) return std::nullopt;
    return party_of(rows[0]);
  }
};

}  // namespace

std::unique_ptr<identity::AccountStore> make_account_store() { return std::make_unique<Store>(); }

}  // namespace kontor::sql
