// Events of the business, written in the transaction that made them true. Consumers read them in feed order, at least once.
#pragma once
#include <string_view>

#include "base/storage.hpp"

namespace kontor {

class Outbox {
 public:
  virtual ~Outbox() = default;
  // topic: "revision.created", "order.paid", ...; key: the object's id; json: a JSON object.
  virtual Status append(UnitOfWork& unit, std::string_view topic, std::string_view key, std::string_view json) = 0;
};

}  // namespace kontor
