// Looking parties up: people, organisations, and the platform itself. Money, repositories and rights belong to a party; a user is a
// party of kind person.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/storage.hpp"
#include "identity/caller.hpp"

namespace kontor::identity {

enum class PartyKind { person, organisation, platform };

struct Party {
  std::string id;         // "pty_" + 26
  std::string object_id;  // 24 hex, what Hugging Face clients call _id
  PartyKind kind = PartyKind::person;
  std::string name;  // as written; unique without case
  std::string full_name;
  std::string email;
  bool is_operator = false;
  int kyc_level = 1;             // 0..3
  bool default_private = false;  // organisations: visibility of new repositories
  std::string default_currency = "USD";
  std::string billing_tz = "UTC";
  Time created_at;
};

// Port; implemented in adapters/sql. All calls run inside a transaction.
class Directory {
 public:
  virtual ~Directory() = default;
  virtual Result<std::optional<Party>> find_party(UnitOfWork& unit, std::string_view id) = 0;
  virtual Result<std::optional<Party>> find_party_by_name(UnitOfWork& unit, std::string_view name) = 0;  // without case
  Result<std::optional<Party>> find_party_called(UnitOfWork& unit, std::string_view id_or_name) {
    return is_id(id_or_name, "pty_") ? find_party(unit, id_or_name) : find_party_by_name(unit, id_or_name);
  }
  virtual Result<std::vector<Membership>> memberships(UnitOfWork& unit, std::string_view user_party) = 0;
  virtual Result<std::vector<std::pair<Party, OrgRole>>> members(UnitOfWork& unit, std::string_view org_party) = 0;
};

// The platform's own party: fixed id, made by the first migration, acts for the operator in the books.
inline constexpr std::string_view platform_party_id = "pty_00000000000000000000000000";

}  // namespace kontor::identity
