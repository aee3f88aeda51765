// /healthz, /readyz, /metrics, /openapi.json: the server about itself.
#pragma once
#include <functional>
#include <memory>

#include "server/router.hpp"

namespace kontor::app {

std::unique_ptr<server::Surface> make_system_surface(const server::Router& router, std::function<std::string()> metrics,
                                                     std::function<bool()> ready);

}  // namespace kontor::app
