// OpenAPI 3.1 of the native API, written from the table that routes.
#pragma once
#include <string>

#include "server/router.hpp"

namespace kontor::web_api {

std::string openapi(const server::Router& router);

}  // namespace kontor::web_api
