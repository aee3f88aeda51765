// Copies of a whole data folder: made beside a running server, put back into an empty folder.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "main/data_folder.hpp"

namespace kontor::app {

struct BackedUp {
  std::uint64_t objects = 0, linked = 0;  // linked: hard links to the store's own files, which never change
  std::uint64_t bytes = 0;                // database and objects together
};

// Makes `target`, which must not exist or be empty. `copy_database` writes a consistent copy of the facts into the named file. Nobody may
// remove objects meanwhile. A backup is whole once backup.json is there. Errors: invalid, unavailable ("disk_full", "io_error").
Result<BackedUp> make_backup(const DataFolder& folder, const BackEnds& ends, const std::string& target, bool link,
                             const std::function<Status(const std::string& file)>& copy_database);

// Into a folder that does not exist or is empty. Everything is copied, nothing linked. Errors: as above.
Result<BackedUp> restore_backup(const std::string& backup, const std::string& data);

}  // namespace kontor::app
