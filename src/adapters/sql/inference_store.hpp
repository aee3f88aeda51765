// Deployments, predictions and input files as rows.
#pragma once
#include <memory>

#include "inference/ports.hpp"

namespace kontor::sql {
std::unique_ptr<inference::InferenceStore> make_inference_store();
}  // namespace kontor::sql
