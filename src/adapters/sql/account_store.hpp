// Parties, memberships, passwords, tokens and sessions as rows.
#pragma once
#include <memory>

#include "identity/accounts.hpp"

namespace kontor::sql {
std::unique_ptr<identity::AccountStore> make_account_store();
}  // namespace kontor::sql
