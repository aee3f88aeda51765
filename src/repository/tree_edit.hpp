// A commit's tree being changed in memory: only the folders on the way to a change are read and written.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "repository/git_view.hpp"

namespace kontor::repository {

// Rules for paths in a repository (also the limits of git and of file systems): relative, no empty, "." or ".." component, no ".git"
// in any case, components up to 255 bytes, 4,096 in all, UTF-8, no control characters, no backslash. Errors: invalid ("invalid_path").
Status check_path(std::string_view path);

class TreeEdit {
 public:
  // `root` null: an empty tree.
  TreeEdit(GitView& view, std::optional<git::Oid> root);
  // Puts a file, replacing whatever was there; a file standing where a folder is needed gives way.
  Status put(std::string_view path, git::Oid blob, std::uint32_t mode = 0100644);
  // Errors: not_found ("entry_not_found").
  Status remove(std::string_view path);
  Result<std::optional<git::TreeEntry>> find(std::string_view path);
  // Adds changed folders to the pack; the id of the root.
  Result<git::Oid> write(git::PackWriter& pack);

 private:
  struct Node {
    git::TreeEntry entry;
    bool loaded = false, dirty = false;
    std::map<std::string, std::unique_ptr<Node>> children;
  };
  Status load(Node& n);
  Result<git::Oid> write(Node& n, git::PackWriter& pack);
  GitView& view_;
  Node root_;
};

}  // namespace kontor::repository
