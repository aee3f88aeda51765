#include "ledger/memory_store.hpp"

namespace kontor::ledger {
namespace {
std::string key(std::string_view name, std::string_view currency) { return std::string(currency) + ' ' + std::string(name); }
}  // namespace

Result<std::optional<Account>> MemoryStore::load(UnitOfWork&, std::string_view name, std::string_view currency) {
  auto it = rows.find(key(name, currency));
  if (it == rows.end()) return std::optional<Account>();
  return std::optional<Account>(it->second);
}
Result<std::vector<Account>> MemoryStore::load_all(UnitOfWork&, std::span<const std::string> names, std::string_view currency) {
  std::vector<Account> out;
  for (const auto& name : names)
    if (auto it = rows.find(key(name, currency)); it != rows.end()) out.push_back(it->second);
  return out;
}
Status MemoryStore::save(UnitOfWork&, Account& a) {
  if (a.id == 0) a.id = static_cast<std::int64_t>(rows.size()) + 1;
  rows[key(a.name, a.currency)] = a;
  return {};
}
Result<std::optional<Transaction>> MemoryStore::find(UnitOfWork&, std::string_view kind, std::string_view business) {
  auto it = facts_.find(pending_name(kind, business, 0));
  if (it == facts_.end()) return std::optional<Transaction>();
  return std::optional<Transaction>(all[it->second]);
}
Result<std::optional<std::int64_t>> MemoryStore::append(UnitOfWork&, const Transaction& t) {
  auto [it, fresh] = facts_.emplace(pending_name(t.kind, t.business, 0), all.size());
  if (!fresh) return fail(Errc::conflict, "unique_violation", "Something with the same key exists already.");
  all.push_back(t);
  all.back().seq = next_seq_;
  next_seq_ += static_cast<std::int64_t>(t.legs.size());
  return std::optional<std::int64_t>(*all.back().seq);
}
Status MemoryStore::add_entry(UnitOfWork&, const Entry& e) {
  entries_.push_back(e);
  return {};
}
Result<std::optional<Pending>> MemoryStore::load_pending(UnitOfWork&, std::string_view name) {
  auto it = pendings_.find(std::string(name));
  if (it == pendings_.end()) return std::optional<Pending>();
  return std::optional<Pending>(it->second);
}
Status MemoryStore::save_pending(UnitOfWork&, const Pending& p, bool) {
  pendings_[p.name] = p;
  return {};
}
Result<std::vector<Account>> MemoryStore::accounts(UnitOfWork&, int code, std::string_view owner, std::string_view currency) {
  std::vector<Account> out;
  for (auto& [k, a] : rows)
    if ((code == 0 || a.chart.code == code) && (currency.empty() || a.currency == currency) &&
        (owner.empty() || a.name.find(owner) != std::string::npos))
      out.push_back(a);
  return out;
}
Result<std::vector<Transaction>> MemoryStore::by_ref(UnitOfWork&, std::string_view ref) {
  std::vector<Transaction> out;
  for (auto& t : all)
    if (t.ref == ref) out.push_back(t);
  return out;
}
Result<std::vector<Entry>> MemoryStore::entries(UnitOfWork&, std::int64_t account, std::int64_t before, int limit) {
  std::vector<Entry> out;
  for (auto it = entries_.rbegin(); it != entries_.rend() && static_cast<int>(out.size()) < limit; ++it)
    if (it->account == account && (before == 0 || it->number < before)) out.push_back(*it);
  return out;
}
Result<std::vector<Entry>> MemoryStore::entries_between(UnitOfWork&, std::int64_t account, Time from, Time to) {
  std::vector<Entry> out;
  for (auto& e : entries_)
    if (e.account == account && e.at >= from && e.at < to) out.push_back(e);
  return out;
}
Result<std::vector<Transaction>> MemoryStore::journal(UnitOfWork&, std::int64_t from, int limit) {
  std::vector<Transaction> out;
  auto it = std::lower_bound(all.begin(), all.end(), from, [](const Transaction& t, std::int64_t s) { return *t.seq < s; });
  for (; it != all.end() && static_cast<int>(out.size()) < limit; ++it) out.push_back(*it);
  return out;
}

}  // namespace kontor::ledger
