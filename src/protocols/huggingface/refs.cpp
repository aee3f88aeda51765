// Branches, tags, squash (GT-1 to GT-5).
#include <fmt/format.h>

#include "protocols/huggingface/hub.hpp"

namespace kontor::huggingface {
namespace {

Task<Result<Json>> body_of(Exchange& x) {
  KT_CO_TRY(std::string text, co_await x.request.read_all(64 * 1024));
  if (text.empty()) co_return Json(Json::Object{});
  co_return Json::parse(text);
}

Answer create_branch(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  KT_CO_TRY(Json body, co_await body_of(x));
  KT_CO_CHECK(co_await v.repositories.create_branch(r, x.param("branch"), body.text_or("startingPoint"), body.bool_or("emptyBranch", false),
                                                    body.bool_or("overwrite", false), author_of(x.caller)));
  co_return http::Response::json(201, "{}");
}
Answer delete_branch(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  KT_CO_CHECK(co_await v.repositories.delete_branch(r, x.param("branch")));
  co_return http::Response::json(200, "{}");
}
Answer create_tag(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  KT_CO_TRY(Json body, co_await body_of(x));
  KT_CO_CHECK(co_await v.repositories.create_tag(r, body.text_or("tag"), revision_of(x), body.text_or("message"), author_of(x.caller)));
  co_return http::Response::json(201, "{}");
}
Answer delete_tag(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  KT_CO_CHECK(co_await v.repositories.delete_tag(r, x.param("rev")));
  co_return http::Response::json(200, "{}");
}
Answer squash(Services& v, Exchange& x, Kind kind) {
  KT_CO_TRY(Repository r, co_await open(v, x, kind, Need::write));
  KT_CO_TRY(Json body, co_await body_of(x));
  KT_CO_TRY(git::Oid oid, co_await v.repositories.squash(r, revision_of(x), body.text_or("message"), author_of(x.caller)));
  co_return http::Response::json(200, "{\"commitOid\":\"" + oid.hex() + "\"}");
}

}  // namespace

void register_refs(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space}) {
    std::string base = fmt::format("/api/{}/{{ns}}/{{name}}", plural[static_cast<int>(kind)]);
    s.route("POST", base + "/branch/{branch*}", {}, [&v, kind](Exchange& x) { return create_branch(v, x, kind); });
    s.route("DELETE", base + "/branch/{branch*}", {}, [&v, kind](Exchange& x) { return delete_branch(v, x, kind); });
    s.route("POST", base + "/tag/{rev*}", {}, [&v, kind](Exchange& x) { return create_tag(v, x, kind); });
    s.route("DELETE", base + "/tag/{rev*}", {}, [&v, kind](Exchange& x) { return delete_tag(v, x, kind); });
    s.route("POST", base + "/super-squash/{rev*}", {}, [&v, kind](Exchange& x) { return squash(v, x, kind); });
  }
}

}  // namespace kontor::huggingface
