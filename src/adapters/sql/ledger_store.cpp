#include "adapters/sql/ledger_store.hpp"

#include "adapters/sql/rows.hpp"
#include "base/text.hpp"

namespace kontor::sql {
namespace {

using namespace ledger;

#define ACCOUNT_COLUMNS \
  "id, name, currency, code, closed, overdraft, entries, debits_posted, credits_posted, debits_pending, credits_pending"
#define JOURNAL_COLUMNS "kind, business, ref, at_ns, body, seq"

const Statement get_account = Statement::lookup("SELECT " ACCOUNT_COLUMNS " FROM ledger_account WHERE name = ?1 AND currency = ?2",
                                                {"ledger_account"}, {{"name", 1}, {"currency", 2}});
const Statement get_accounts("SELECT " ACCOUNT_COLUMNS " FROM ledger_account WHERE currency = ?1 AND name IN (?2, ?3, ?4, ?5)");
const Statement by_owner(
    "SELECT " ACCOUNT_COLUMNS
    " FROM ledger_account WHERE owner = ?1 AND (?2 = 0 OR code = ?2) AND (?3 = '' OR currency = ?3) ORDER BY code, name, currency");
const Statement every_account(
    "SELECT " ACCOUNT_COLUMNS
    " FROM ledger_account WHERE (?1 = 0 OR code = ?1) AND (?2 = '' OR currency = ?2) ORDER BY code, name, currency");
const Statement add_account(
    "INSERT INTO ledger_account (name, currency, owner, code, closed, overdraft, entries, debits_posted, credits_posted, debits_pending, "
    "credits_pending) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id");
const Statement put_account = Statement::update(
    "UPDATE ledger_account SET entries = ?2, debits_posted = ?3, credits_posted = ?4, debits_pending = ?5, credits_pending = ?6 WHERE id = "
    "?1",
    "ledger_account", get_account, {{6, 2}, {7, 3}, {8, 4}, {9, 5}, {10, 6}});
const Statement add_journal =
    Statement::insert("INSERT INTO ledger_journal (seq, legs, kind, business, ref, at_ns, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
const Statement by_fact("SELECT " JOURNAL_COLUMNS " FROM ledger_journal WHERE kind = ?1 AND business = ?2");
const Statement journal_by_ref("SELECT " JOURNAL_COLUMNS
                               ", row_id FROM ledger_journal WHERE business = ?1 AND ref = ?1 UNION ALL SELECT " JOURNAL_COLUMNS
                               ", row_id FROM ledger_journal WHERE ref = ?1 AND ref <> business ORDER BY 7");
const Statement journal_from("SELECT " JOURNAL_COLUMNS " FROM ledger_journal WHERE seq >= ?1 ORDER BY seq LIMIT ?2");
const Statement journal_tail("SELECT " JOURNAL_COLUMNS " FROM ledger_journal WHERE seq IS NULL ORDER BY row_id");
const Statement insert_entry = Statement::insert(
    "INSERT INTO ledger_entry (id, kind, business, ref, at_ns, delta, balance_after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
const Statement entries_before(
    "SELECT id, kind, business, ref, at_ns, delta, balance_after FROM ledger_entry WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
const Statement entries_within(
    "SELECT id, kind, business, ref, at_ns, delta, balance_after FROM ledger_entry WHERE id >= ?1 AND id < ?2 AND at_ns >= ?3 AND at_ns < "
    "?4 ORDER BY id");
const Statement get_pending("SELECT leg, state FROM ledger_pending WHERE name = ?1");
const Statement add_pending = Statement::insert("INSERT INTO ledger_pending (name, leg, state) VALUES (?1, ?2, ?3)");
const Statement put_pending("UPDATE ledger_pending SET state = ?2 WHERE name = ?1");

Account account_of_row(const Row& r) {
  Account a;
  a.id = r.integer(0);
  a.name = r.text(1);
  a.currency = r.text(2);
  a.chart = classify(a.name).value_or(Chart{});
  a.closed = r.integer(4) != 0;
  a.overdraft = r.integer(5);
  a.entries = r.integer(6);
  a.debits_posted = parse_wide(r.text(7));
  a.credits_posted = parse_wide(r.text(8));
  a.debits_pending = parse_wide(r.text(9));
  a.credits_pending = parse_wide(r.text(10));
  return a;
}
Transaction transaction_of(const Row& r) {
  Transaction t{r.text(0), r.text(1), r.text(2), Time{r.integer(3)}, decode_legs(r.text(4)), r.optional_integer(5)};
  return t;
}
std::int64_t entry_id(std::int64_t account, std::int64_t number) { return account << 32 | number; }
Entry entry_of(const Row& r) {
  std::int64_t id = r.integer(0);
  return {id >> 32, id & 0xFFFF'FFFF, r.text(1), r.text(2), r.text(3), Time{r.integer(4)}, parse_wide(r.text(5)), parse_wide(r.text(6))};
}

class LedgerStore final : public Store {
 public:
  Result<std::optional<Account>> load(UnitOfWork& u, std::string_view name, std::string_view currency) override {
    KT_TRY(Rows rows, session(u).query(get_account, {name, currency}));
    if (rows.empty()) return std::optional<Account>();
    return std::optional<Account>(account_of_row(rows[0]));
  }
  Result<std::vector<Account>> load_all(UnitOfWork& u, std::span<const std::string> names, std::string_view currency) override {
    std::vector<Account> out;
    if (u.reads_together()) {
      Status s;
      for (const std::string& name : names) {
        auto found = load(u, name, currency);
        if (!found)
          s = Unexpected(found.error());
        else if (*found)
          out.push_back(std::move(**found));
      }
      if (!s) return Unexpected(s.error());
      return out;
    }
    for (; !names.empty(); names = names.subspan(std::min<std::size_t>(4, names.size()))) {
      auto name = [&](std::size_t i) { return i < names.size() ? std::string_view(names[i]) : std::string_view(); };
      KT_TRY(Rows rows, session(u).query(get_accounts, {currency, name(0), name(1), name(2), name(3)}));
      for (Row r : rows) out.push_back(account_of_row(r));
    }
    return out;
  }
  Status save(UnitOfWork& u, Account& a) override {
    std::string dp = wide_text(a.debits_posted), cp = wide_text(a.credits_posted), dd = wide_text(a.debits_pending),
                cd = wide_text(a.credits_pending);
    if (a.id != 0) return session(u).exec_later(put_account, {a.id, a.entries, dp, cp, dd, cd});
    auto parts = split(a.name, ':');
    std::string_view owner = parts.size() > 2 ? parts[2] : std::string_view();
    KT_TRY(Rows rows,
           session(u).query(add_account, {a.name, a.currency, owner, a.chart.code, a.closed, a.overdraft, a.entries, dp, cp, dd, cd}));
    a.id = rows[0].integer(0);
    return {};
  }
  Result<std::optional<Transaction>> find(UnitOfWork& u, std::string_view kind, std::string_view business) override {
    KT_TRY(Rows rows, session(u).query(by_fact, {kind, business}));
    if (rows.empty()) return std::optional<Transaction>();
    return std::optional<Transaction>(transaction_of(rows[0]));
  }
  Result<std::optional<std::int64_t>> append(UnitOfWork& u, const Transaction& t) override {
    std::optional<std::int64_t> seq = session(u).next_serial("ledger");
    if (seq)
      for (std::size_t i = 1; i < t.legs.size(); ++i) (void)session(u).next_serial("ledger");
    KT_CHECK(session(u).exec_later(
        add_journal, {seq, static_cast<std::int64_t>(t.legs.size()), t.kind, t.business, t.ref, t.at.ns, encode_legs(t.legs)}));
    return seq;
  }
  Status add_entry(UnitOfWork& u, const Entry& e) override {
    return session(u).exec_later(
        insert_entry, {entry_id(e.account, e.number), e.kind, e.business, e.ref, e.at.ns, wide_text(e.delta), wide_text(e.balance_after)});
  }
  Result<std::optional<Pending>> load_pending(UnitOfWork& u, std::string_view name) override {
    KT_TRY(Rows rows, session(u).query(get_pending, {name}));
    if (rows.empty()) return std::optional<Pending>();
    Pending p{std::string(name), decode_legs(rows[0].text(0)).at(0), static_cast<Pending::State>(rows[0].text(1).at(0))};
    return std::optional<Pending>(std::move(p));
  }
  Status save_pending(UnitOfWork& u, const Pending& p, bool is_new) override {
    std::string state(1, static_cast<char>(p.state));
    if (is_new) return session(u).exec_later(add_pending, {p.name, encode_legs({p.leg}), state});
    return session(u).exec_later(put_pending, {p.name, state});
  }
  Result<std::vector<Account>> accounts(UnitOfWork& u, int code, std::string_view owner, std::string_view currency) override {
    if (!owner.empty()) return all<Account>(session(u).query(by_owner, {owner, code, currency}), account_of_row);
    return all<Account>(session(u).query(every_account, {code, currency}), account_of_row);
  }
  Result<std::vector<Transaction>> by_ref(UnitOfWork& u, std::string_view ref) override {
    return all<Transaction>(session(u).query(journal_by_ref, {ref}), transaction_of);
  }
  Result<std::vector<Entry>> entries(UnitOfWork& u, std::int64_t account, std::int64_t before, int limit) override {
    return all<Entry>(
        session(u).query(entries_before, {entry_id(account, 0), entry_id(account, before == 0 ? 0xFFFF'FFFF : before), limit}), entry_of);
  }
  Result<std::vector<Entry>> entries_between(UnitOfWork& u, std::int64_t account, Time from, Time to) override {
    return all<Entry>(session(u).query(entries_within, {entry_id(account, 0), entry_id(account + 1, 0), from.ns, to.ns}), entry_of);
  }
  Result<std::vector<Transaction>> journal(UnitOfWork& u, std::int64_t from, int limit) override {
    return all<Transaction>(session(u).query(journal_from, {from, limit}), transaction_of);
  }
  Result<std::vector<Transaction>> unnumbered(UnitOfWork& u) override {
    if (!session(u).is_postgres()) return std::vector<Transaction>();
    return all<Transaction>(session(u).query(journal_tail, {}), transaction_of);
  }
};

const Statement next_number("SELECT seq, legs FROM ledger_journal WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1");
const Statement waiting("SELECT row_id, legs FROM ledger_journal WHERE seq IS NULL ORDER BY row_id LIMIT ?1");
const Statement give_number("UPDATE ledger_journal SET seq = ?2 WHERE row_id = ?1");

}  // namespace

std::unique_ptr<ledger::Store> make_ledger_store() { return std::make_unique<LedgerStore>(); }

Result<std::int64_t> number_pending_transfers(Session& s, int limit) {
  KT_TRY(Rows rows, s.query(waiting, {limit}));
  if (rows.empty()) return 0;
  KT_TRY(Rows last, s.query(next_number, {}));
  std::int64_t next = last.empty() ? 0 : last[0].integer(0) + last[0].integer(1);
  for (Row r : rows) {
    KT_CHECK(s.exec_later(give_number, {r.integer(0), next}));
    next += r.integer(1);
  }
  return static_cast<std::int64_t>(rows.size());
}

}  // namespace kontor::sql
