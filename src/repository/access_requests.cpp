#include "repository/access_requests.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "repository/access_control.hpp"

namespace kontor::repository {
namespace {

Unexpected no_request() { return fail(Errc::not_found, "request_not_found", "This user has not asked for access to this repository."); }

std::string json_of(const GateAnswers& fields) {
  JsonWriter w;
  w.begin_object();
  // The first of a name counts, as in unanswered().
  for (auto it = fields.begin(); it != fields.end(); ++it)
    if (std::none_of(fields.begin(), it, [&](const auto& before) { return before.first == it->first; }))
      w.field(it->first, trim(it->second));
  return std::move(w.end_object()).str();
}

}  // namespace

std::string_view state_name(RequestState s) {
  return s == RequestState::pending ? "pending" : s == RequestState::accepted ? "accepted" : "rejected";
}
std::optional<RequestState> parse_request_state(std::string_view s) {
  for (RequestState one : {RequestState::pending, RequestState::accepted, RequestState::rejected})
    if (s == state_name(one)) return one;
  return std::nullopt;
}

// As it stands in this transaction: the one given was read in another.
Result<Repository> AccessRequests::gated(UnitOfWork& u, const Repository& before) {
  KT_TRY(auto r, repositories_.find_by_id(u, before.id));
  if (!r) return fail(Errc::not_found, "repo_not_found", "Repository not found");
  if (r->gated.empty())
    return fail(Errc::malformed, "not_gated",
                fmt::format("{} {} is not gated: nobody needs to ask for access.", kind_name(r->kind), r->full_name()));
  return std::move(*r);
}

Result<AccessRequest> AccessRequests::settle(UnitOfWork& u, AccessRequest q, RequestState to, std::string_view by, std::string reason,
                                             std::string_view action) {
  q.state = to;
  q.reason = std::move(reason);
  q.decided_at = wall_.now();
  q.decided_by = by;
  KT_CHECK(store_.update_request(u, q));
  JsonWriter w;
  w.begin_object().field("party", q.party).field("state", state_name(to)).end_object();
  KT_CHECK(accounts_.append_audit(u, *q.decided_at, by, action, q.repository, w.text()));
  return q;
}

Result<AccessRequest> AccessRequests::ask(UnitOfWork& u, const identity::Caller& c, const Repository& repository, const GateForm& form,
                                          GateAnswers fields) {
  KT_TRY(Repository r, gated(u, repository));
  if (inside(c, r)) return fail(Errc::invalid, "has_access", "Members of the namespace read its files without asking.");
  if (fields.size() > most_form_fields)
    return fail(Errc::invalid, "too_large", fmt::format("A form has at most {} fields.", most_form_fields));
  for (const auto& [k, v] : fields)
    if (k.size() > 200 || v.size() > most_field_bytes || !valid_utf8(k) || !valid_utf8(v))
      return fail(Errc::invalid, "too_large", fmt::format("A field is UTF-8 text of at most {} bytes.", most_field_bytes));
  KT_TRY(auto there, store_.request_of(u, r.id, c.party));
  AccessRequest q;
  if (there) {
    q = std::move(*there);
  } else {
    if (auto left = unanswered(form, fields); !left.empty()) {
      std::vector<std::string> names;
      for (const GateField* f : left) names.push_back("'" + f->name + "'");
      return fail(Errc::invalid, "unanswered", header_safe(fmt::format("The owner asks for {}.", fmt::join(names, ", "))));
    }
    q.asked_at = wall_.now();
    q.id = new_object_id(q.asked_at);
    q.repository = r.id;
    q.party = c.party;
    q.fields = json_of(fields);
    KT_CHECK(store_.insert_request(u, q));
  }
  // Nobody decides about these: the platform's party stands for the rule.
  if (r.gated == "auto" && q.state == RequestState::pending)
    return settle(u, std::move(q), RequestState::accepted, identity::platform_party_id, "", "access.accept");
  return q;
}

Result<AccessRequest> AccessRequests::decide(UnitOfWork& u, const identity::Caller& c, const Repository& repository,
                                             const RequestName& whose, RequestState to, std::string reason) {
  KT_TRY(Repository r, gated(u, repository));
  if (reason.size() > most_reason_bytes || !valid_utf8(reason))
    return fail(Errc::invalid, "too_large", fmt::format("A reason is UTF-8 text of at most {} bytes.", most_reason_bytes));
  std::optional<AccessRequest> q;
  if (!whose.id.empty()) {
    KT_TRY(q, store_.request(u, whose.id));
  } else {
    std::optional<identity::Party> person;
    if (!whose.user.empty()) {
      KT_TRY(person, accounts_.find_party_by_name(u, whose.user));
    } else {
      KT_TRY(person, accounts_.find_party_by_object_id(u, whose.user_id));
    }
    if (!person) return no_request();
    KT_TRY(q, store_.request_of(u, r.id, person->id));
  }
  if (!q || q->repository != r.id) return no_request();
  if (q->state == to) return fail(Errc::invalid, "same_state", fmt::format("The request is {} already.", state_name(to)));
  return settle(u, std::move(*q), to, c.party, to == RequestState::rejected ? std::move(reason) : std::string(),
                to == RequestState::accepted   ? "access.accept"
                : to == RequestState::rejected ? "access.reject"
                                               : "access.cancel");
}

Result<AccessRequest> AccessRequests::grant(UnitOfWork& u, const identity::Caller& c, const Repository& repository, std::string_view user) {
  KT_TRY(Repository r, gated(u, repository));
  KT_TRY(auto person, accounts_.find_party_by_name(u, user));
  if (!person || person->kind != identity::PartyKind::person) return fail(Errc::not_found, "user_not_found", "This user does not exist.");
  bool member = person->id == r.owner;
  if (!member) {
    KT_TRY(auto of, accounts_.memberships(u, person->id));
    for (const auto& m : of) member = member || m.org_party == r.owner;
  }
  if (member) return fail(Errc::invalid, "has_access", "Members of the namespace read its files without a grant.");
  KT_TRY(auto q, store_.request_of(u, r.id, person->id));
  if (q && q->state == RequestState::accepted) return fail(Errc::invalid, "same_state", "This user has access already.");
  if (!q) {
    q.emplace();
    q->asked_at = wall_.now();
    q->id = new_object_id(q->asked_at);
    q->repository = r.id;
    q->party = person->id;
    q->granted = true;
    q->fields = "{}";
    KT_CHECK(store_.insert_request(u, *q));
  }
  return settle(u, std::move(*q), RequestState::accepted, c.party, "", "access.grant");
}

Result<std::vector<AccessRequest>> AccessRequests::list(UnitOfWork& u, const Repository& repository, RequestState state,
                                                        const std::optional<std::pair<std::int64_t, std::string>>& after, int limit) {
  KT_TRY(Repository r, gated(u, repository));
  return store_.requests(u, r.id, state, after, limit);
}

Result<std::vector<Waiting>> AccessRequests::waiting(UnitOfWork& u, const identity::Caller& c) {
  std::vector<Waiting> out;
  if (c.anonymous) return out;
  std::vector<std::string> owners{c.party};
  for (const auto& m : c.memberships)
    if (m.role == identity::OrgRole::admin) owners.push_back(m.org_party);
  for (const std::string& owner : owners) {
    KT_TRY(auto rows, store_.waiting(u, owner));
    out.insert(out.end(), rows.begin(), rows.end());
  }
  std::stable_sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.count > b.count; });
  return out;
}

Result<std::optional<AccessRequest>> AccessRequests::of(UnitOfWork& u, const identity::Caller& c, const Repository& r) {
  if (c.anonymous || r.gated.empty()) return std::optional<AccessRequest>();
  return store_.request_of(u, r.id, c.party);
}

}  // namespace kontor::repository
