#include "content/grant.hpp"

#include "base/text.hpp"
#include "codec/sha256.hpp"

namespace kontor::content {
namespace {
std::string mac(const std::string& key, std::string_view payload) {
  return codec::hmac_sha256(key, "kontor grant 1\n" + std::string(payload));
}
Unexpected bad() { return fail(Errc::unauthenticated, "bad_grant", "The token or signed address is not valid."); }
}  // namespace

GrantSigner::GrantSigner(std::string key) : key_(std::move(key)) { KT_ASSERT(key_.size() >= 32); }

std::string GrantSigner::seal(const Grant& g) const {
  for (const std::string* s : {&g.purpose, &g.repository_id, &g.party, &g.object}) KT_ASSERT(s->find('\n') == std::string::npos);
  std::string payload = g.purpose + "\n" + g.repository_id + "\n" + g.party + "\n" + (g.write ? "w" : "r") + "\n" +
                        std::to_string(g.expires) + "\n" + g.object;
  return base64url(payload) + "." + base64url(mac(key_, payload));
}

Result<Grant> GrantSigner::open(std::string_view text, std::string_view purpose, Time now) const {
  std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || text.size() > 16384) return bad();
  auto payload = from_base64url(text.substr(0, dot)), given = from_base64url(text.substr(dot + 1));
  if (!payload || !given || !constant_time_equal(*given, mac(key_, *payload))) return bad();
  if (base64url(*payload) + "." + base64url(*given) != text) return bad();  // one text for one grant
  auto fields = split(*payload, '\n');
  if (fields.size() != 6 || fields[0] != purpose) return bad();
  auto expires = parse_u64(fields[4]);
  if (!expires) return bad();
  Grant g{std::string(fields[0]), std::string(fields[1]), std::string(fields[2]),
          fields[3] == "w",       std::string(fields[5]), static_cast<std::int64_t>(*expires)};
  if (g.expires <= now.seconds()) return fail(Errc::forbidden, "grant_expired", "The token or signed address has expired.");
  return g;
}

}  // namespace kontor::content
