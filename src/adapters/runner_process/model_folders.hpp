// Folders of the files of one commit, for runners to read: <root>/<repository id>/<commit>/.
#pragma once
#include <string>

#include "content/content.hpp"
#include "inference/ports.hpp"
#include "repository/repositories.hpp"

namespace kontor::runner_process {

class FolderCache final : public inference::ModelFolders {
 public:
  FolderCache(std::string root, repository::Repositories& repositories, content::Content& content, Executor& pool)
      : root_(std::move(root)), repositories_(repositories), content_(content), pool_(pool) {}
  Task<Result<std::string>> materialise(repository::Repository repository, std::string commit) override;

 private:
  std::string root_;
  repository::Repositories& repositories_;
  content::Content& content_;
  Executor& pool_;
};

}  // namespace kontor::runner_process
