// Requests for access to gated repositories as rows.
#pragma once
#include <memory>

#include "repository/access_requests.hpp"

namespace kontor::sql {
std::unique_ptr<repository::AccessRequestStore> make_access_request_store();
}  // namespace kontor::sql
