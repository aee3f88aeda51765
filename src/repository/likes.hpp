// Who likes which repository. The counters of the repository and of its catalogue entry move in the transaction of the like.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/storage.hpp"
#include "identity/directory.hpp"
#include "repository/model.hpp"

namespace kontor::repository {

struct Liker {
  identity::Party person;  // id and names
  Time liked_at;
};
struct LikedRepository {
  Repository repository;
  Time liked_at;
};
// Time (ns) and id (of the party, the repository) of the last row of the page before.
using LikesPlace = std::optional<std::pair<std::int64_t, std::string>>;

// Port; implemented in adapters/sql. Inside a transaction. Lists are newest first.
class Likes {
 public:
  virtual ~Likes() = default;
  // False: it was so already, or the repository is gone.
  virtual Result<bool> set(UnitOfWork& unit, std::string_view repository, std::string_view party, bool liked, Time now) = 0;
  virtual Result<bool> likes(UnitOfWork& unit, std::string_view party, std::string_view repository) = 0;
  virtual Result<std::vector<Liker>> likers(UnitOfWork& unit, std::string_view repository, const LikesPlace& after, int limit) = 0;
  virtual Result<std::int64_t> count_public(UnitOfWork& unit, std::string_view party) = 0;  // what everybody may see of them
  // Whatever it is; who may see which is the reader's affair.
  virtual Result<std::vector<LikedRepository>> liked_by(UnitOfWork& unit, std::string_view party, const LikesPlace& after, int limit) = 0;
};

}  // namespace kontor::repository
