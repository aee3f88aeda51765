#include "repository/catalogue.hpp"

namespace kontor::repository {
void Activity::add(std::string_view repository, Happened what) {
  std::lock_guard lock(mutex_);
  auto it = waiting_.find(repository);
  if (it == waiting_.end()) it = waiting_.emplace(std::string(repository), Happened{}).first;
  it->second.downloads += what.downloads;
  it->second.runs += what.runs;
  it->second.orders += what.orders;
}

Task<Status> Activity::flush() {
  auto taken = std::make_shared<std::map<std::string, Happened, std::less<>>>();
  {
    std::lock_guard lock(mutex_);
    taken->swap(waiting_);
  }
  if (taken->empty()) co_return Status{};
  auto* catalogue = &catalogue_;
  Time now = wall_.now();
  auto body = [=](UnitOfWork& u) -> Result<bool> {
    for (const auto& [repository, what] : *taken) KT_CHECK(catalogue->add_activity(u, repository, what, now));
    return true;
  };
  auto done = co_await storage_.write(body);
  if (done) co_return Status{};
  for (const auto& [repository, what] : *taken) add(repository, what);
  co_return Unexpected(done.error());
}

}  // namespace kontor::repository
