// What stands in an output where a model answered with a file: an address that whoever has it may read until it expires, or the file
// itself.
#pragma once
#include <functional>
#include <string>

#include "inference/outputs.hpp"
#include "protocols/replicate/replicate.hpp"

namespace kontor::replicate {

using FileText = std::function<std::string(const inference::FileReference&)>;

// Replicate's download address, signed for the owner of the file.
FileText signed_addresses(const inference::Inference& inference, std::string owner, std::string public_url);

// What this caller gets. Clients make files of what begins with "https:" or "data:", so small files go as data: over plain HTTP, and as
// addresses over TLS; "Prefer: file-output=url" or "=data" asks for one of them.
Task<FileText> file_text(Services& v, server::Exchange& x, inference::Prediction p);

}  // namespace kontor::replicate
