// The pages' server side: HTML with its content, from the same use cases as the API, readable without any script. What people work in
// once signed in (account, selling, operator) is a frame here and a script in web/.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "content/content.hpp"
#include "identity/accounts.hpp"
#include "inference/inference.hpp"
#include "market/market.hpp"
#include "protocols/pages/texts.hpp"
#include "repository/access_requests.hpp"
#include "repository/likes.hpp"
#include "repository/repositories.hpp"
#include "server/assets.hpp"
#include "server/exchange.hpp"
#include "tradelog/log.hpp"

namespace kontor::pages {

struct Services {  // all outlive the surface
  Storage& storage;
  identity::Accounts& accounts;
  identity::AccountStore& account_store;
  repository::Access& access;
  repository::AccessRequests& requests;
  repository::Likes& likes;
  repository::RepositoryStore& repository_store;
  repository::Repositories& repositories;
  content::Content& content;
  market::Market& market;
  market::IdempotencyStore& answers;
  inference::InferenceStore& inference_store;
  tradelog::Log& log;
  const server::Assets& assets;
  const Catalogue& catalogue;
  const Clock& wall;
  const Clock& business;
  bool test_clock = false;
};

using server::Exchange;
using Answer = Task<Result<http::Response>>;
using repository::Kind;
using repository::Repository;

// What every page of one request shares. Lives in the handler's frame.
struct View {
  Services& s;
  Exchange& x;
  Texts t;
  std::string theme;  // "", light, dark
  http::Parameters query;

  View(Services& services, Exchange& exchange);
  const identity::Caller& caller() const { return x.caller; }
  bool signed_in() const { return !x.caller.anonymous; }
  // Path and query of this request, without lang: where a form comes back to.
  std::string here() const;
};

struct Crumb {
  std::string label, url;  // no url: the page itself
};

struct Page {
  std::string title;  // the thing; " - Kontor" is added
  std::vector<Crumb> crumbs;
  Html body;              // inside <main>
  std::string entry;      // script of the page besides "site": account, sell, ...
  std::string early;      // script that draws part of the text itself, run as soon as it is there: maths
  std::string canonical;  // path and query; empty: not for search engines
  std::string description;
  std::string previous, next;  // pages of a list
  bool is_private = false;     // never stored by anybody
  bool upload_policy = false;  // the one page whose scripts hash in a worker (web/upload)
  int status = 200;
};
// The page with head, header, navigation and footer. Public pages of anonymous readers get an ETag and answer 304.
http::Response render(const View& v, Page page);
// Only the part that a filter replaces (header X-Kontor-Fragment).
bool wants_fragment(const View& v, std::string_view name);
http::Response fragment(const View& v, Html part);

// "next" of a form: an address of this server that begins with one "/", else `fallback`.
std::string safe_next(std::string_view next, std::string_view fallback = "/");
http::Response see_other(const std::string& to);
// Where somebody signs in and comes back to `next`.
std::string sign_in_url(std::string_view next);
// The field of a form that signed_form asks for.
Html csrf_field(const View& v);
std::string session_cookie(const Exchange& x);
// A form without script posts here: reads it, and who sent it by the session's cookie and the field "csrf".
// Errors: unauthenticated, forbidden (csrf), too_large, malformed.
Task<Result<http::Parameters>> signed_form(const View& v);

// The error as a page, or in the Hub's shape for clients that do not ask for HTML.
http::Response error_page(Services& s, const server::ErrorMapper& otherwise, const Error& e, const Exchange& x);
bool wants_html(const Exchange& x);    // Accept names text/html
bool accepts_html(const Exchange& x);  // or leaves it open

using Handler = Answer (*)(Services&, Exchange&);
// Adds a GET route: pages are for clients that accept HTML.
void page(server::Surface& s, Services& v, std::string pattern, Handler handler);

void register_session(server::Surface& s, Services& v);            // login, join, logout, language, theme
void register_home(server::Surface& s, Services& v);               // /, /search, /{ns}, about
void register_catalogue(server::Surface& s, Services& v);          // /models, /datasets, /spaces, /market
void register_repository(server::Surface& s, Services& v);         // card, files, versions
void register_repository_people(server::Surface& s, Services& v);  // likes
void register_gate(server::Surface& s, Services& v);               // asking for the files of a gated repository, and who asked
void register_use(server::Surface& s, Services& v);                // try, code
void register_trade(server::Surface& s, Services& v);              // price, checkout
void register_trade_log(server::Surface& s, Services& v);
void register_working(server::Surface& s, Services& v);  // frames of account, sell, operator, settings, new, upload, design

std::unique_ptr<server::Surface> make_surface(Services& services, server::ErrorMapper otherwise);

}  // namespace kontor::pages
