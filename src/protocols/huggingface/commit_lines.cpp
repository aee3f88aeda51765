#include "protocols/huggingface/commit_lines.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "codec/json.hpp"

namespace kontor::huggingface {

using repository::Operation;

Status CommitLines::apply(std::string_view line) {
  repository::CommitRequest& q = request;
  KT_TRY(Json item, Json::parse(line));
  std::string key = item.text_or("key");
  const Json* value = item.find("value");
  if (!value || !value->is_object()) return fail(Errc::malformed, "malformed", "Each line of a commit needs \"key\" and \"value\".");
  if (key == "header") {
    if (has_header) return fail(Errc::malformed, "malformed", "A commit has one header.");
    has_header = true;
    q.title = value->text_or("summary");
    q.description = value->text_or("description");
    if (auto parent = value->text_or("parentCommit"); !parent.empty()) q.parent_commit = ascii_lower(parent);
    return {};
  }
  if (q.operations.size() >= repository::max_commit_operations)
    return fail(Errc::too_large, "too_many_operations",
                fmt::format("A commit has at most {} operations: split it.", repository::max_commit_operations));
  Operation op;
  op.path = value->text_or("path");
  std::string_view checked = op.path;
  if (key.starts_with("deleted"))
    while (checked.ends_with('/')) checked.remove_suffix(1);
  KT_CHECK(repository::check_path(checked));
  if (key == "file") {
    const Json* sent = value->find("content");
    if (!sent || !sent->string()) return fail(Errc::malformed, "malformed", fmt::format("The file {} has no \"content\".", op.path));
    std::string encoding = value->text_or("encoding", "utf-8"), content = *sent->string();
    if (encoding == "base64") {
      auto decoded = from_base64(content);
      if (!decoded) return fail(Errc::malformed, "malformed", fmt::format("The content of {} is not valid base64.", op.path));
      content = std::move(*decoded);
    } else if (encoding != "utf-8") {
      return fail(Errc::malformed, "malformed", "\"encoding\" is base64 or utf-8.");
    }
    if (content.size() > repository::max_regular_file_bytes)
      return fail(
          Errc::too_large, "too_large",
          fmt::format("{} has more than {} bytes: upload it as a large file (LFS or Xet).", op.path, repository::max_regular_file_bytes));
    if (op.path == "README.md") q.readme = content;
    op.kind = Operation::Kind::put_blob;
    op.blob = q.pack.add(git::Type::blob, content);
  } else if (key == "lfsFile") {
    op.kind = Operation::Kind::put_lfs;
    op.lfs.sha256 = ascii_lower(value->text_or("oid"));
    if (value->text_or("algo", "sha256") != "sha256" || !is_lower_hex(op.lfs.sha256, 64))
      return fail(Errc::malformed, "malformed", fmt::format("The oid of {} must be a SHA-256 in hex.", op.path));
    if (const Json* size = value->find("size")) op.claimed_size = size->unsigned_integer();
  } else if (key == "deletedFile") {
    op.kind = Operation::Kind::remove_file;
  } else if (key == "deletedFolder") {
    op.kind = Operation::Kind::remove_folder;
  } else if (key == "deletedEntry") {
    op.kind = Operation::Kind::remove_any;
  } else {
    return fail(Errc::malformed, "malformed", fmt::format("'{}' is not a commit operation.", header_safe(key, 50)));
  }
  q.operations.push_back(std::move(op));
  return {};
}

Status CommitLines::take_whole() {
  std::size_t from = 0;
  for (;;) {
    std::size_t nl = pending_.find('\n', from);
    if (nl == std::string::npos) break;
    std::string_view line = trim(std::string_view(pending_).substr(from, nl - from));
    if (!line.empty()) KT_CHECK(apply(line));
    from = nl + 1;
  }
  pending_.erase(0, from);
  return {};
}

Status CommitLines::take_rest() {
  KT_CHECK(take_whole());
  std::string_view line = trim(pending_);
  if (!line.empty()) KT_CHECK(apply(line));
  pending_.clear();
  return {};
}

}  // namespace kontor::huggingface
