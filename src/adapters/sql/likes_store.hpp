// Likes as rows, with the two counters that say how many.
#pragma once
#include <memory>

#include "repository/likes.hpp"

namespace kontor::sql {
std::unique_ptr<repository::Likes> make_likes();
}  // namespace kontor::sql
