// /healthz, /readyz, /metrics, /openapi.json: the server about itself.
#pragma once
#include <functional>
#include <memory>

#include "server/router.hpp"

namespace kontor::app {

std::unique_ptr<server::Surface> make_system_surface(const server::Router& router, std::function<std::string()> metrics, std::function<bool()> ready);
// OpenAPI 3.1 of the native API, from the table that routes.
std::string openapi(const server::Router& router);

}  // namespace kontor::app
