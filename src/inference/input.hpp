// Checks a call's input against a deployment's schema before anything is reserved or run. Pure.
#pragma once
#include <string>

#include "base/result.hpp"
#include "codec/json.hpp"

namespace kontor::inference {

// Missing and mistyped fields. Errors: invalid ("invalid_input") with a message that names the field.
Status check_input(const Json& schema, const Json& input);

// Bytes of a data: URL. Errors: invalid.
Result<std::string> decode_data_url(std::string_view url);

}  // namespace kontor::inference
