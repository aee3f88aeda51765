// Repositories, refs, packs and the index of git objects as rows.
#pragma once
#include <memory>

#include "base/clock.hpp"
#include "base/outbox.hpp"
#include "repository/ports.hpp"

namespace kontor::sql {
std::unique_ptr<repository::RepositoryStore> make_repository_store();
std::unique_ptr<Outbox> make_outbox(const Clock& wall);
}  // namespace kontor::sql
