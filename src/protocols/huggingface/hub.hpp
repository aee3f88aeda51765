// The Hub surface: what its files share. Each register_* function adds the routes of one part.
#pragma once
#include <memory>
#include <string>

#include "codec/json.hpp"
#include "content/content.hpp"
#include "identity/accounts.hpp"
#include "repository/access_requests.hpp"
#include "repository/catalogue.hpp"
#include "repository/likes.hpp"
#include "repository/repositories.hpp"
#include "server/exchange.hpp"

namespace kontor::huggingface {

struct Services {  // all outlive the surface
  Storage& storage;
  identity::Accounts& accounts;
  identity::AccountStore& account_store;
  repository::Access& access;
  repository::RepositoryStore& store;
  repository::Repositories& repositories;
  content::Content& content;
  repository::ContentPolicy& policy;
  Executor& pool;
  repository::Activity& activity;
  repository::AccessRequests& requests;
  repository::Likes& likes;
  const Clock& wall;
};

using server::Exchange;
using server::Surface;
using Answer = Task<Result<http::Response>>;
using repository::Kind;
using repository::Need;
using repository::Repository;

std::unique_ptr<Surface> make_surface(Services& services);
http::Response error_response(const Error& error, const Exchange& x);

void register_info(Surface& s, Services& v);      // RI-1, RI-2, RI-9
void register_trees(Surface& s, Services& v);     // RI-3 to RI-6
void register_files(Surface& s, Services& v);     // DL-1, DL-3
void register_commits(Surface& s, Services& v);   // UP-1, UP-2, UP-8
void register_refs(Surface& s, Services& v);      // GT-1 to GT-5
void register_manage(Surface& s, Services& v);    // RM-1 to RM-4
void register_lists(Surface& s, Services& v);     // LS-1 to LS-3
void register_access(Surface& s, Services& v);    // GA-1 to GA-3; GA-5 is a page's form (protocols/pages)
void register_likes(Surface& s, Services& v);     // LK-1 to LK-4
void register_identity(Surface& s, Services& v);  // MI-1, MI-2, US-1, US-2, US-3

// ---- helpers
Task<Result<Json>> object_body(Exchange& x, std::uint64_t limit);  // errors: malformed
// Pages of lists that are newest first: the cursor holds time and id of the last row.
using Place = std::optional<std::pair<std::int64_t, std::string>>;
struct PageOf {
  Place after;
  int limit = 0;  // rows of one page

  int asked() const { return limit + 1; }  // one more says whether there is a next page
  // Takes that one away again; true: there is a next page, after the last row that stays.
  template <class Row>
  bool cut(std::vector<Row>& rows) const {
    bool more = static_cast<int>(rows.size()) > limit;
    if (more) rows.pop_back();
    return more;
  }
};
Result<PageOf> page_of(const Exchange& x);
std::string cursor_at(std::int64_t time_ns, std::string_view id);
inline constexpr std::string_view plural[] = {"models", "datasets", "spaces"};
std::string web_prefix(Kind kind);                             // "", "datasets/", "spaces/"
std::string repo_url(const Exchange& x, const Repository& r);  // absolute
repository::Author author_of(const identity::Caller& caller);
// Opens the repository named by the route's {ns} and {name}. A name that was moved gives an error with code "moved", whose details
// hold the new place; error_response turns it into a redirect.
Task<Result<Repository>> open(Services& v, Exchange& x, Kind kind, Need need, std::string path = {}, bool delivers = false);
// Revision in the route: {rev}, or "refs/{ref_kind}/{ref_name}" where slashes came raw.
std::string revision_of(const Exchange& x);
std::string link_next(const Exchange& x, std::string_view cursor);  // value of a Link header

}  // namespace kontor::huggingface
