// The ledger's port in plain maps: for tests, and the slow reference of model-based tests. A unit is ignored, nothing is undone on failure
// except that post() writes only after every check has passed.
#pragma once
#include <map>

#include "ledger/books.hpp"

namespace kontor::ledger {

class MemoryStore final : public Store {
 public:
  Result<std::optional<Account>> load(UnitOfWork&, std::string_view name, std::string_view currency) override;
  Result<std::vector<Account>> load_all(UnitOfWork& unit, std::span<const std::string> names, std::string_view currency) override;
  Status save(UnitOfWork&, Account& account) override;
  Result<std::optional<Transaction>> find(UnitOfWork&, std::string_view kind, std::string_view business) override;
  Result<std::optional<std::int64_t>> append(UnitOfWork&, const Transaction& transaction) override;
  Status add_entry(UnitOfWork&, const Entry& entry) override;
  Result<std::optional<Pending>> load_pending(UnitOfWork&, std::string_view name) override;
  Status save_pending(UnitOfWork&, const Pending& pending, bool is_new) override;
  Result<std::vector<Account>> accounts(UnitOfWork&, int code, std::string_view owner, std::string_view currency) override;
  Result<std::vector<Transaction>> by_ref(UnitOfWork&, std::string_view ref) override;
  Result<std::vector<Entry>> entries(UnitOfWork&, std::int64_t account, std::int64_t before, int limit) override;
  Result<std::vector<Entry>> entries_between(UnitOfWork&, std::int64_t account, Time from, Time to) override;
  Result<std::vector<Transaction>> journal(UnitOfWork&, std::int64_t from, int limit) override;
  Result<std::vector<Transaction>> unnumbered(UnitOfWork&) override { return std::vector<Transaction>(); }

  std::map<std::string, Account> rows;
  std::vector<Transaction> all;

 private:
  std::map<std::string, std::size_t> facts_;
  std::map<std::string, Pending> pendings_;
  std::vector<Entry> entries_;
  std::int64_t next_seq_ = 0;
};

}  // namespace kontor::ledger
