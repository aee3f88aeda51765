// What people have to do with repositories that are not theirs: asking for access, liking.
#include "adapters/sql/schemas.hpp"

namespace kontor::sql {

std::string_view access_schema() {
  return R"sql(
CREATE TABLE access_request (
  id {text} PRIMARY KEY,
  repository {text} NOT NULL REFERENCES repository(id),
  party {text} NOT NULL REFERENCES party(id),
  state {int} NOT NULL,                 -- repository::RequestState
  granted {int} NOT NULL,               -- 1: given without having been asked for
  asked_ns {int} NOT NULL,
  decided_ns {int},
  decided_by {text} NOT NULL,           -- party; empty: nobody yet
  reason {text} NOT NULL,
  fields {text} NOT NULL,               -- JSON: what the form said
  UNIQUE (repository, party)
) {strict};
CREATE INDEX repository_gated ON repository(owner) WHERE gated <> '';
CREATE INDEX access_request_state ON access_request(repository, state, asked_ns, id);
)sql";
}

// The counters stand in repository and catalogue_entry, and move with these rows.
std::string_view likes_schema() {
  return R"sql(
CREATE TABLE repository_like (
  repository {text} NOT NULL REFERENCES repository(id),
  party {text} NOT NULL REFERENCES party(id),
  liked_ns {int} NOT NULL,
  PRIMARY KEY (repository, party)
) {strict};
CREATE INDEX repository_like_party ON repository_like(party, liked_ns, repository);
CREATE INDEX repository_like_time ON repository_like(repository, liked_ns, party);
CREATE INDEX catalogue_likes ON catalogue_entry(kind, likes, repository);
)sql";
}

}  // namespace kontor::sql
