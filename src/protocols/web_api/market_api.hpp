// Sections 2 to 9 and 11 of native-api.md: identity look-up, wallets, listings, orders, usage, trade log, ledger, audit, test clock.
#pragma once
#include <functional>
#include <mutex>

#include "identity/accounts.hpp"
#include "ledger/books.hpp"
#include "market/market.hpp"
#include "protocols/web_api/in_flight.hpp"
#include "protocols/web_api/respond.hpp"

namespace kontor::web_api {

struct Services {
  Storage& storage;
  market::Market& market;
  market::IdempotencyStore& answers;
  tradelog::Log& log;
  identity::Accounts* accounts = nullptr;  // kyc levels; absent: 404
  const Clock& business;
  MovableClock* test_clock = nullptr;  // only with --test-clock
  // Waits until the SHA-256 values of a repository's files are known (submit); absent: nothing to wait for. Errors: unavailable.
  std::function<Task<Status>(std::string repository)> hashes_settled;
  repository::Activity* activity = nullptr;  // counts orders
};

class MarketApi {  // must outlive the surface that its routes were added to
 public:
  explicit MarketApi(Services services) : s_(std::move(services)) {}
  // Reads the journal into the totals piece by piece, so that the first operator who looks does not wait for it. Until `stop` says so.
  Task<void> read_books(std::function<bool()> stop);
  void add_routes(server::Surface& surface);

 private:
  using Exchange = server::Exchange;
  using Response = http::Response;
  using Work = std::function<Result<market::Answer>(UnitOfWork&, const Json& body)>;
  using View = std::function<Result<Response>(UnitOfWork&)>;

  // One repeatable write; `key_required` for money.
  // `before`: what must have happened first, outside the transaction.
  using Before = std::function<Task<Status>()>;
  Task<Result<Response>> write(Exchange& x, bool key_required, Work work, Before before = {});
  Task<Result<InFlight::Hold>> only_one(std::string key);
  Task<Result<Response>> read(View view);

  void add_people_routes(server::Surface& surface);
  void add_wallet_routes(server::Surface& surface);
  void add_listing_routes(server::Surface& surface);
  void add_catalogue_routes(server::Surface& surface);
  void add_name_routes(server::Surface& surface);
  void add_order_routes(server::Surface& surface);
  void add_usage_routes(server::Surface& surface);
  void add_log_routes(server::Surface& surface);
  void add_ledger_routes(server::Surface& surface);
  void add_overview_routes(server::Surface& surface);
  void add_operator_routes(server::Surface& surface);

  Task<Result<Response>> submit_listing(Exchange& x);
  Task<Status> files_known(identity::Caller c, std::string listing);
  Task<Result<Response>> place_order(Exchange& x);
  Task<Result<Response>> order_proof(Exchange& x);
  Task<Result<Response>> set_kyc(Exchange& x);
  Task<Result<Response>> move_clock(Exchange& x);
  Task<Result<Response>> export_ledger(Exchange& x);
  Result<std::string> listing_json(UnitOfWork& u, const identity::Caller& c, const market::Listing& l);
  Task<Result<Response>> write_people(Exchange& x, Work work);  // and void cached callers
  Result<std::string> order_text(UnitOfWork& u, const identity::Caller& c, const market::Placed& p, bool just_placed = false);
  Result<std::map<std::string, ledger::Account>> totals(UnitOfWork& u);
  std::function<std::string(std::string_view)> names(UnitOfWork& u);

  static constexpr int in_flight_patience_ms = 2000;
  Services s_;
  InFlight in_flight_;
  std::mutex totals_mutex_;  // guards totals_
  ledger::Projection totals_{true};
};

// The whole surface, without what other files add to it.
server::Surface make_surface();

}  // namespace kontor::web_api
