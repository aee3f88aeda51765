// Posting: transactions as chains of transfers, applied all or none inside the caller's unit (marketplace.md 10.1).
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/storage.hpp"
#include "ledger/accounts.hpp"

namespace kontor::ledger {

enum class Flag : char { plain = '-', pending = 'P', post = 'C', void_ = 'V' };

// One transfer. For post and void, accounts and currency must be those of the pending transfer.
struct Leg {
  std::string debit, credit;
  Micros amount = 0;  // > 0; post: 0..reserved; void: 0
  std::string currency;
  Flag flag = Flag::plain;
  std::string pending;          // post, void: "kind|business|leg" of the pending transfer
  std::int64_t expires_ns = 0;  // pending: 0 = never
  bool operator==(const Leg&) const = default;
};

// One business fact. Its transfers' ids are derived from kind, business and the leg's number; the caller makes sure that no part
// contains '|' (a business id of two parts is joined by it: "gw-1|run-0001").
struct Transaction {
  std::string kind;      // "order.captured"
  std::string business;  // "ord_..."
  std::string ref;       // object that the transfers are found by: the order of a refund, the entitlement of a usage
  Time at;               // business time
  std::vector<Leg> legs;
  std::optional<std::int64_t> seq;  // number of the first leg, from 0; null until the sequencer gave it
  bool same_fact(const Transaction& o) const { return kind == o.kind && business == o.business && ref == o.ref && legs == o.legs; }
};

// Binary 128-bit id: the first 16 bytes of SHA-256(kind|business|leg).
std::string transfer_id(std::string_view kind, std::string_view business, std::size_t leg);
std::string pending_name(std::string_view kind, std::string_view business, std::size_t leg);

struct Pending {
  std::string name;  // "kind|business|leg"
  Leg leg;
  enum class State : char { open = 'o', posted = 'p', voided = 'v' } state = State::open;
};

// A change of one account's posted balance: what wallets and statements list.
struct Entry {
  std::int64_t account = 0, number = 0;
  std::string kind, business, ref;
  Time at;
  Wide delta = 0, balance_after = 0;  // in the account's normal direction
};

// Port; implemented in adapters/sql and, for tests, in memory.
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::optional<Account>> load(UnitOfWork& unit, std::string_view name, std::string_view currency) = 0;
  // Those of `names` that are stored, in any order: one question instead of several.
  virtual Result<std::vector<Account>> load_all(UnitOfWork& unit, std::span<const std::string> names, std::string_view currency) = 0;
  // Gives the account its id when it is new.
  virtual Status save(UnitOfWork& unit, Account& account) = 0;
  virtual Result<std::optional<Transaction>> find(UnitOfWork& unit, std::string_view kind, std::string_view business) = 0;
  virtual Result<std::optional<std::int64_t>> append(UnitOfWork& unit, const Transaction& transaction) = 0;  // the seq, where known
  virtual Status add_entry(UnitOfWork& unit, const Entry& entry) = 0;
  virtual Result<std::optional<Pending>> load_pending(UnitOfWork& unit, std::string_view name) = 0;
  virtual Status save_pending(UnitOfWork& unit, const Pending& pending, bool is_new) = 0;
  // Reading.
  virtual Result<std::vector<Account>> accounts(UnitOfWork& unit, int code, std::string_view owner,
                                                std::string_view currency) = 0;  // 0, empty: any
  virtual Result<std::vector<Transaction>> by_ref(UnitOfWork& unit, std::string_view ref) = 0;
  // Newest first, numbers below `before`; or oldest first from a time on (statement).
  virtual Result<std::vector<Entry>> entries(UnitOfWork& unit, std::int64_t account, std::int64_t before, int limit) = 0;
  virtual Result<std::vector<Entry>> entries_between(UnitOfWork& unit, std::int64_t account, Time from, Time to) = 0;
  // The journal in order of seq from `from` on; with `unnumbered`, what has no number yet instead.
  virtual Result<std::vector<Transaction>> journal(UnitOfWork& unit, std::int64_t from, int limit) = 0;
  virtual Result<std::vector<Transaction>> unnumbered(UnitOfWork& unit) = 0;
};

struct PostOptions {
  bool fresh = false;                     // the fact's id was made for this very transaction: no look-up whether it exists
  std::vector<std::string> new_accounts;  // known not to exist yet (an order's escrow): not looked up, stored only if they stay open
};

struct Posted {
  bool existed = false;  // the same fact was posted before; nothing was changed now
  std::optional<std::int64_t> seq;
};

// Errors (codes of 10.1): exists_different, same_account, amount_invalid, currency_mismatch, account_unknown, account_closed,
// insufficient_funds (kind payment_required), overflow, pending_unknown, already_posted, already_voided, expired, exceeds_pending.
// A failing leg fails the whole chain; details carry {"leg":n}.
Result<Posted> post(UnitOfWork& unit, Store& store, const Transaction& transaction, const PostOptions& options = {});

// An account's state, zero if it has never been used.
Result<Account> account_of(UnitOfWork& unit, Store& store, std::string_view name, std::string_view currency);

// Totals of every account, guarded or not, from the journal alone: what unguarded accounts are summed by, and what a check compares
// the rows with. Not thread-safe.
class Projection {
 public:
  // `forget_settled`: escrow accounts that came back to nothing are left out of the totals. There is one for each order that ever was.
  explicit Projection(bool forget_settled = false) : forget_settled_(forget_settled) {}
  void apply(const Transaction& t);
  // Reads on from where it stands; on engines whose numbers come later, what has none yet is counted in `tail`, not kept.
  Status advance(UnitOfWork& unit, Store& store);
  // At most `transactions` of the numbered ones; false: there are none left.
  Result<bool> step(UnitOfWork& unit, Store& store, int transactions);
  // Key: currency + ' ' + name.
  std::map<std::string, Account> totals() const;
  std::int64_t next_seq() const { return next_; }
  std::size_t open_pendings() const { return pendings_.size(); }

 private:
  void apply_to(std::map<std::string, Account>& accounts, std::map<std::string, Leg>& pendings, const Transaction& t) const;
  bool forget_settled_;
  std::map<std::string, Account> accounts_;
  std::map<std::string, Leg> pendings_;
  std::vector<Transaction> tail_;
  std::int64_t next_ = 0;
};

// Compact text of legs for storage, and back.
std::string encode_legs(const std::vector<Leg>& legs);
std::vector<Leg> decode_legs(std::string_view text);

}  // namespace kontor::ledger
