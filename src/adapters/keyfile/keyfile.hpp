// The trade log's key and last signed checkpoint in a folder: `tradelog.key` (owner only) and `tradelog.checkpoint` beside it. Kept
// outside the database, so that a database that was put back or changed cannot be signed over unnoticed.
#pragma once
#include <memory>
#include <string>

#include "tradelog/log.hpp"

namespace kontor::keyfile {

// Makes the key where there is none. Errors: unavailable (the folder cannot be written), malformed (the key is damaged).
Result<std::unique_ptr<tradelog::Vault>> open(const std::string& folder);

}  // namespace kontor::keyfile
