// What the use cases of this room share about refs: names, who wrote, the event that tells of a change. For its .cpp files only.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "repository/repositories.hpp"

namespace kontor::repository {

inline constexpr std::string_view main_ref = "refs/heads/main";

// "main" and "refs/heads/main" are the same branch.
inline std::string full_branch(std::string_view b) { return b.starts_with("refs/") ? std::string(b) : "refs/heads/" + std::string(b); }

inline git::Person person(const Author& a, Time now) { return {a.name, a.email, now.seconds()}; }

// Body of the events "repository.created", "revision.created" and "ref.created".
std::string event_json(const Repository& r, std::string_view ref, const std::optional<git::Oid>& before, const git::Oid& after);

}  // namespace kontor::repository
