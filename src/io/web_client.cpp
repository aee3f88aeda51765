#include "io/web_client.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace kontor::io {
namespace {

struct Call {
  const WebClient* client;
  std::string body, refused;
  std::size_t max_body;
  bool too_large = false;
};

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* call = static_cast<Call*>(user);
  char text[INET6_ADDRSTRLEN] = "";
  if (address->family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&address->addr)->sin_addr, text, sizeof text);
  else if (address->family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&address->addr)->sin6_addr, text, sizeof text);
  if (!call->client->address_allowed(text)) {
    call->refused = text;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take(char* data, std::size_t size, std::size_t n, void* user) {
  auto* call = static_cast<Call*>(user);
  if (call->body.size() + size * n > call->max_body) {
    call->too_large = true;
    return 0;
  }
  call->body.append(data, size * n);
  return size * n;
}

}  // namespace

bool is_private_address(const std::string& numeric) {
  // IANA's special-purpose registries; of IPv6 only 2000::/3 is public, without what hides an IPv4 address: Teredo and 6to4.
  static const AddressRanges anywhere = AddressRanges::parse({"0.0.0.0/0", "2000::/3"}).value();
  static const AddressRanges special =
      AddressRanges::parse({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
                            "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
                            "224.0.0.0/4", "240.0.0.0/4", "2001::/32", "2002::/16"})
          .value();
  return !anywhere.contains(numeric) || special.contains(numeric);
}

WebClient::WebClient(AddressRanges allowed) : allowed_(std::move(allowed)) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  KT_ASSERT(once == CURLE_OK);
}

bool WebClient::address_allowed(const std::string& numeric) const { return allowed_.contains(numeric) || !is_private_address(numeric); }

std::optional<std::string> WebClient::refuses(const std::string& url) const {
  CURLU* u = curl_url();
  std::optional<std::string> why;
  if (curl_url_set(u, CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    why = "it is not an address.";
  } else {
    char *scheme = nullptr, *host = nullptr;
    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    curl_url_get(u, CURLUPART_HOST, &host, 0);
    std::string h = host ? host : "";
    if (h.starts_with('[') && h.ends_with(']')) h = h.substr(1, h.size() - 2);
    if (!scheme || (std::string_view(scheme) != "https" && std::string_view(scheme) != "http"))
      why = "only http and https addresses can be called.";
    in_addr v4{};
    in6_addr v6{};
    bool numeric = inet_pton(AF_INET, h.c_str(), &v4) == 1 || inet_pton(AF_INET6, h.c_str(), &v6) == 1;
    if (!why && numeric && !address_allowed(h)) why = "it points to a private network.";
    curl_free(scheme);
    curl_free(host);
  }
  curl_url_cleanup(u);
  return why;
}

Result<WebAnswer> WebClient::call(const WebRequest& request) const {
  if (auto why = refuses(request.url)) return fail(Errc::invalid, "fetch_refused", "The address cannot be used: " + *why);
  Call state{this, {}, {}, request.max_body, false};
  CURL* c = curl_easy_init();
  curl_slist* headers = nullptr;
  for (const auto& [k, v] : request.headers) headers = curl_slist_append(headers, (k + ": " + v).c_str());
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(c, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_PROXY, "");  // the environment's proxy would hide the address from the guard
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  curl_easy_setopt(c, CURLOPT_USERAGENT, "kontor");
  curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &state);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &state);
  if (request.method != "GET") {
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  }
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
  CURLcode rc = curl_easy_perform(c);
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  curl_easy_cleanup(c);
  if (!state.refused.empty()) return fail(Errc::invalid, "fetch_refused", "The address cannot be used: it points to a private network.");
  if (state.too_large) return fail(Errc::too_large, "too_large", fmt::format("The content is larger than {} bytes.", request.max_body));
  if (rc != CURLE_OK)
    return fail(Errc::invalid, "fetch_failed", fmt::format("The address could not be reached: {}", curl_easy_strerror(rc)));
  return WebAnswer{static_cast<int>(status), std::move(state.body)};
}

}  // namespace kontor::io
