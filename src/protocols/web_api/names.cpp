// Whether a repository may be made under a name, for forms that ask while one types (native-api.md section 11a).
#include "identity/names.hpp"
#include "base/json_text.hpp"
#include "market/rules.hpp"
#include "protocols/web_api/market_api.hpp"

namespace kontor::web_api {

void MarketApi::add_name_routes(server::Surface& surface) {
  surface.route("GET", "/api/v1/repositories/{kind}/{ns}/{name}/availability",
                {.auth = server::Auth::required, .summary = "Whether I could make a repository of that name", .answer = "200 NameCheck"},
                [this](Exchange& x) {
                  auto c = x.caller;
                  auto kind = repository::parse_kind(x.param("kind"));
                  return read([this, c, kind, ns = x.param("ns"), name = x.param("name")](UnitOfWork& u) -> Result<Response> {
                    if (!kind || !s_.accounts) return market::not_found("The namespace");
                    KT_TRY(auto owner, s_.accounts->see_party(u, ns));
                    // Who may not create here learns no more than by trying: private names of others stay unknown.
                    auto decision = identity::authorize(c, identity::Action::repository_create, {owner.id, identity::Visibility::public_});
                    if (decision != identity::Decision::allow) return Unexpected(identity::denied(decision, "The namespace"));
                    std::string_view reason;
                    if (!identity::check_name(name, "repository")) {
                      reason = "invalid_name";
                    } else {
                      // An old name that only redirects is free: creating takes it over.
                      KT_TRY(auto found, s_.market.ports().repositories.find(u, *kind, owner.name, name));
                      if (found) reason = "taken";
                    }
                    JsonWriter w;
                    w.begin_object()
                        .field("object", "name_check")
                        .field("asset", std::string(repository::kind_name(*kind)) + ":" + owner.name + "/" + name)
                        .field("available", reason.empty())
                        .key("reason");
                    if (reason.empty())
                      w.null();
                    else
                      w.value(reason);
                    return Response::json(200, std::move(w.end_object()).str());
                  });
                });
}

}  // namespace kontor::web_api
