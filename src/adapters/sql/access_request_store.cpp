#include "adapters/sql/access_request_store.hpp"

#include "adapters/sql/rows.hpp"

namespace kontor::sql {
namespace {

using namespace repository;

#define REQUEST "id, repository, party, state, granted, asked_ns, decided_ns, decided_by, reason, fields"
const Statement by_id("SELECT " REQUEST " FROM access_request WHERE id = ?1");
const Statement by_party("SELECT " REQUEST " FROM access_request WHERE repository = ?1 AND party = ?2");
const Statement by_state(
    "SELECT " REQUEST
    " FROM access_request WHERE repository = ?1 AND state = ?2 AND (asked_ns, id) < (?3, ?4) ORDER BY asked_ns DESC, id DESC LIMIT ?5");
const Statement accepted("SELECT 1 FROM access_request WHERE repository = ?1 AND party = ?2 AND state = 1");
const Statement add("INSERT INTO access_request (" REQUEST ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
const Statement put("UPDATE access_request SET state = ?2, decided_ns = ?3, decided_by = ?4, reason = ?5 WHERE id = ?1");
const Statement count_waiting(
    "SELECT r.id, COUNT(*) FROM repository r JOIN access_request a ON a.repository = r.id WHERE r.owner = ?1 AND r.gated <> '' AND a.state "
    "= 0 GROUP BY r.id");

AccessRequest request_of_row(const Row& r) {
  AccessRequest q;
  q.id = r.text(0);
  q.repository = r.text(1);
  q.party = r.text(2);
  q.state = static_cast<RequestState>(r.integer(3));
  q.granted = r.integer(4) != 0;
  q.asked_at = {r.integer(5)};
  if (auto at = r.optional_integer(6)) q.decided_at = Time{*at};
  q.decided_by = r.text(7);
  q.reason = r.text(8);
  q.fields = r.text(9);
  return q;
}

std::optional<std::int64_t> ns(const std::optional<Time>& t) { return t ? std::optional(t->ns) : std::nullopt; }

class Store final : public AccessRequestStore {
 public:
  Result<bool> granted(UnitOfWork& u, std::string_view repository, std::string_view party) override {
    KT_TRY(Rows rows, session(u).query(accepted, {repository, party}));
    return !rows.empty();
  }
  Result<std::optional<AccessRequest>> request_of(UnitOfWork& u, std::string_view repository, std::string_view party) override {
    return one<AccessRequest>(session(u).query(by_party, {repository, party}), request_of_row);
  }
  Result<std::optional<AccessRequest>> request(UnitOfWork& u, std::string_view id) override {
    return one<AccessRequest>(session(u).query(by_id, {id}), request_of_row);
  }
  Result<std::vector<AccessRequest>> requests(UnitOfWork& u, std::string_view repository, RequestState state,
                                              const std::optional<std::pair<std::int64_t, std::string>>& after, int limit) override {
    std::int64_t upto = after ? after->first : INT64_MAX;
    return all<AccessRequest>(session(u).query(by_state, {repository, static_cast<int>(state), upto,
                                                          after ? std::string_view(after->second) : std::string_view(), limit}),
                              request_of_row);
  }
  Status insert_request(UnitOfWork& u, const AccessRequest& q) override {
    return changed(session(u).exec(add, {q.id, q.repository, q.party, static_cast<int>(q.state), q.granted, q.asked_at.ns, ns(q.decided_at),
                                         q.decided_by, q.reason, q.fields}));
  }
  Status update_request(UnitOfWork& u, const AccessRequest& q) override {
    return changed(session(u).exec(put, {q.id, static_cast<int>(q.state), ns(q.decided_at), q.decided_by, q.reason}));
  }
  Result<std::vector<Waiting>> waiting(UnitOfWork& u, std::string_view owner) override {
    return all<Waiting>(session(u).query(count_waiting, {owner}), [](const Row& r) { return Waiting{r.text(0), r.integer(1)}; });
  }
};

}  // namespace

std::unique_ptr<AccessRequestStore> make_access_request_store() { return std::make_unique<Store>(); }

}  // namespace kontor::sql
