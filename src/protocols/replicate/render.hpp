// The wire's JSON objects from the values of inference.
#pragma once
#include <string>

#include "inference/model.hpp"
#include "protocols/replicate/outputs.hpp"
#include "repository/model.hpp"

namespace kontor::replicate {
// `file`: what stands for each file of the output.
std::string prediction_json(const inference::Prediction& p, const std::string& public_url, const FileText& file);
std::string version_json(const inference::Deployment& d);
std::string model_json(const repository::Repository& r, const inference::Deployment& newest, const std::string& public_url);
std::string file_json(const inference::StoredFile& f, const std::string& public_url);
}  // namespace kontor::replicate
