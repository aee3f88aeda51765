// content::ContentStore in SQL. Stateless: one object serves every transaction.
#pragma once
#include "content/ports.hpp"

namespace kontor::sql {

class ContentStore final : public content::ContentStore {
 public:
  using Hash = content::Hash;
  Result<bool> insert_xorb(UnitOfWork& unit, const content::XorbRow& row, std::string_view index, Time now) override;
  Result<std::optional<content::XorbRow>> find_xorb(UnitOfWork& unit, const Hash& hash) override;
  Result<std::optional<std::string>> xorb_index(UnitOfWork& unit, const Hash& hash) override;
  Result<bool> pin_xorb(UnitOfWork& unit, const Hash& hash, Time now) override;
  Result<bool> remove_xorb(UnitOfWork& unit, const Hash& hash, Time cutoff) override;
  Status insert_scope(UnitOfWork& unit, std::string_view owner, const Hash& xorb) override;
  Result<bool> in_scope(UnitOfWork& unit, std::string_view owner, const Hash& xorb) override;
  Status insert_file(UnitOfWork& unit, const content::Recipe& recipe, Time now) override;
  Result<std::optional<content::Recipe>> find_file(UnitOfWork& unit, const Hash& xet) override;
  Result<bool> insert_holding(UnitOfWork& unit, std::string_view repository_id, const Hash& xet) override;
  Result<bool> holds(UnitOfWork& unit, std::string_view repository_id, const Hash& xet) override;
  Status put_link(UnitOfWork& unit, std::string_view repository_id, const content::LinkedFile& file, Time now) override;
  Result<std::optional<content::LinkedFile>> find_link(UnitOfWork& unit, std::string_view repository_id, const Hash& sha256) override;
  Result<std::optional<content::LinkRow>> next_unverified(UnitOfWork& unit) override;
  Status mark_verified(UnitOfWork& unit, std::string_view repository_id, const content::LinkedFile& file) override;
  Status remove_link(UnitOfWork& unit, std::string_view repository_id, const content::LinkedFile& file) override;
  Status insert_dedup(UnitOfWork& unit, const content::DedupRow& row) override;
  Result<std::optional<content::DedupRow>> find_dedup(UnitOfWork& unit, std::string_view owner, const Hash& chunk) override;
  Status forget_repository(UnitOfWork& unit, std::string_view repository_id) override;
  Result<std::vector<Hash>> unheld_files_after(UnitOfWork& unit, const std::optional<Hash>& after, Time cutoff, int limit) override;
  Result<bool> remove_file(UnitOfWork& unit, const Hash& xet, Time cutoff) override;
  Result<bool> xorb_idle(UnitOfWork& unit, const Hash& hash, Time cutoff) override;
  Result<std::vector<content::XorbRow>> xorbs_after(UnitOfWork& unit, const Hash& after, int limit) override;
  Result<std::vector<content::Recipe>> files_after(UnitOfWork& unit, const std::optional<Hash>& after, int limit) override;
  Result<std::vector<content::LinkRow>> links_after(UnitOfWork& unit, std::string_view repository_id, const Hash& sha256,
                                                    int limit) override;
};

}  // namespace kontor::sql
