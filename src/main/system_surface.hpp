// /healthz, /readyz, /metrics, /openapi.json: the server about itself.
#pragma once
#include <functional>
#include <memory>

#include "server/router.hpp"

namespace kontor::app {

// `local_is_trusted`: a caller on this machine is one who works on it. Not where a proxy passes on what comes from elsewhere.
std::unique_ptr<server::Surface> make_system_surface(const server::Router& router, std::function<std::string()> metrics,
                                                     std::function<bool()> ready, bool local_is_trusted);

}  // namespace kontor::app
