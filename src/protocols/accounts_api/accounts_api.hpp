// POST/DELETE /api/v1/sessions, /api/v1/tokens.
#pragma once
#include <memory>

#include "identity/accounts.hpp"
#include "server/exchange.hpp"

namespace kontor::accounts_api {

// `map`: the native API's error shape. `accounts` outlives the surface.
std::unique_ptr<server::Surface> make_surface(identity::Accounts& accounts, server::ErrorMapper map);

}  // namespace kontor::accounts_api
