// Asking for the files of a gated repository, and the owner's answers. Rights were decided by Access before: to see the repository for
// ask, to administer it for the rest.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/storage.hpp"
#include "identity/accounts.hpp"
#include "repository/access.hpp"
#include "repository/gate_form.hpp"

namespace kontor::repository {

enum class RequestState { pending, accepted, rejected };
std::string_view state_name(RequestState s);  // "pending"
std::optional<RequestState> parse_request_state(std::string_view s);

struct AccessRequest {
  std::string id;          // 24 hex
  std::string repository;  // its id
  std::string party;       // the person
  RequestState state = RequestState::pending;
  bool granted = false;  // the owner gave access to somebody who had not asked
  Time asked_at;         // or granted
  std::optional<Time> decided_at;
  std::string decided_by;  // party of whoever decided; empty: nobody yet
  std::string reason;      // of a refusal, for the person to read
  std::string fields;      // what the form said, a JSON object of texts
};

// The person's address as the owner may see it: it was given away with the request, and by nobody with a grant. Empty: none.
inline std::string shown_email(const AccessRequest& request, const identity::Party& person) {
  return request.granted ? std::string() : person.email;
}

// How many wait for the owner's answer.
struct Waiting {
  std::string repository;  // its id
  std::int64_t count = 0;
};

// Port; implemented in adapters/sql. Inside a transaction. One row per repository and person.
class AccessRequestStore : public AccessGrants {
 public:
  virtual Result<std::optional<AccessRequest>> request_of(UnitOfWork& unit, std::string_view repository, std::string_view party) = 0;
  virtual Result<std::optional<AccessRequest>> request(UnitOfWork& unit, std::string_view id) = 0;
  // Newest first; `after` is time (ns) and id of the last one of the page before.
  virtual Result<std::vector<AccessRequest>> requests(UnitOfWork& unit, std::string_view repository, RequestState state,
                                                      const std::optional<std::pair<std::int64_t, std::string>>& after, int limit) = 0;
  virtual Status insert_request(UnitOfWork& unit, const AccessRequest& request) = 0;
  virtual Status update_request(UnitOfWork& unit, const AccessRequest& request) = 0;  // state, who and when, reason
  // Pending ones for repositories of this party that are gated now.
  virtual Result<std::vector<Waiting>> waiting(UnitOfWork& unit, std::string_view owner) = 0;
};

// Which of the clients' three ways of naming a person's request was used; the others are empty.
struct RequestName {
  std::string user;     // name of the person
  std::string user_id;  // 24 hex
  std::string id;       // of the request
};

constexpr std::size_t most_form_fields = 40, most_field_bytes = 2000, most_reason_bytes = 2000;

class AccessRequests {
 public:
  AccessRequests(AccessRequestStore& store, Directory& repositories, identity::AccountStore& accounts, const Clock& wall)
      : store_(store), repositories_(repositories), accounts_(accounts), wall_(wall) {}

  // All inside a transaction. Errors of all that take a caller: malformed ("not_gated"), not_found ("repo_not_found": deleted meanwhile).

  // Accepted at once where the repository says so. Whoever asked before gets the request as it stands: a refusal stays one.
  // Errors: invalid ("has_access": of a member of the namespace; "unanswered": what `form` asks for is not said; "too_large").
  Result<AccessRequest> ask(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository, const GateForm& form,
                            GateAnswers answers);
  // Back to pending takes accepted access away as well. Errors: not_found ("request_not_found"), invalid ("same_state", "too_large").
  Result<AccessRequest> decide(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository, const RequestName& whose,
                               RequestState to, std::string reason);
  // Without having been asked. Errors: not_found ("user_not_found"), invalid ("same_state": has been accepted, "has_access").
  Result<AccessRequest> grant(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository, std::string_view user);
  Result<std::vector<AccessRequest>> list(UnitOfWork& unit, const Repository& repository, RequestState state,
                                          const std::optional<std::pair<std::int64_t, std::string>>& after, int limit);
  // What waits for an answer of the caller, most first: of his own repositories and of organisations that he administers.
  Result<std::vector<Waiting>> waiting(UnitOfWork& unit, const identity::Caller& caller);
  Result<std::optional<AccessRequest>> of(UnitOfWork& unit, const identity::Caller& caller, const Repository& repository);

 private:
  Result<Repository> gated(UnitOfWork& unit, const Repository& repository);
  Result<AccessRequest> settle(UnitOfWork& unit, AccessRequest request, RequestState to, std::string_view by, std::string reason,
                               std::string_view action);
  AccessRequestStore& store_;
  Directory& repositories_;
  identity::AccountStore& accounts_;
  const Clock& wall_;
};

}  // namespace kontor::repository
