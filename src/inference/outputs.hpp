// Files that runners answer with: what of it may be kept, and how a stored output speaks of them. Pure.
//
// A runner is not trusted. In its answer {"$file":"NAME"} stands where a file belongs, and its bytes come beside the output. Stored, it is
// {"$file":"ID","type":"image/png","size":N,"expires":S}: only place_files() writes that, and it refuses every other use of the key.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "inference/ports.hpp"

namespace kontor::inference {

struct FileReference {
  std::string id, type;
  std::uint64_t size = 0;
  Time expires_at;
};

struct PlacedOutput {
  std::string output;              // as it is stored
  std::vector<StoredFile> rows;    // sha256 and object_key are still to come
  std::vector<std::string> bytes;  // of each row
};

// `owner`, `prediction`: what the files belong to. Errors: invalid ("bad_output"): the answer names a file that did not come, brings one
// that it does not name, one that is no PNG, or too many or too large ones.
Result<PlacedOutput> place_files(const std::string& output, std::vector<OutputFile> files, const Prediction& p, Time now,
                                 const Limits& limits);

// The files that a stored output speaks of.
std::vector<FileReference> file_references(const std::string& stored);
// The stored output with `text(file)` in the place of each file.
std::string with_files(const std::string& stored, const std::function<std::string(const FileReference&)>& text);

}  // namespace kontor::inference
