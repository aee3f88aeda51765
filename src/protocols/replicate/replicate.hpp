// Replicate's surface (/v1) and the native deployments API (/api/v1/deployments).
#pragma once
#include <memory>

#include "inference/inference.hpp"
#include "repository/access.hpp"
#include "server/exchange.hpp"

namespace kontor::replicate {

struct Services {  // all outlive the surfaces
  Storage& storage;
  inference::Inference& inference;
  inference::InferenceStore& store;
  repository::RepositoryStore& repositories;
  repository::Access& access;
  market::IdempotencyStore& answers;
  const Clock& wall;
  std::string public_url;  // for webhooks, which no request names; no trailing slash
};

std::unique_ptr<server::Surface> make_surface(Services& services);
// `map`: the native API's error shape.
std::unique_ptr<server::Surface> make_deployments_surface(Services& services, server::ErrorMapper map);
http::Response error_response(const Error& error, const server::Exchange& x);

}  // namespace kontor::replicate
