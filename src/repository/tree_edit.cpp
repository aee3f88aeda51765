#include "repository/tree_edit.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace kontor::repository {

Status check_path(std::string_view path) {
  auto bad = [&](std::string_view why) {
    return fail(Errc::invalid, "invalid_path", fmt::format("The path '{}' {}.", header_safe(path, 200), why));
  };
  if (path.empty()) return bad("is empty");
  if (path.size() > 4096) return bad("is longer than 4,096 bytes");
  if (!valid_utf8(path)) return bad("is not UTF-8");
  for (char c : path)
    if (static_cast<unsigned char>(c) < 32 || c == 127 || c == '\\') return bad("holds a control character or a backslash");
  for (std::string_view part : split(path, '/')) {
    if (part.empty()) return bad("begins or ends with '/' or holds '//'");
    if (part == "." || part == "..") return bad("holds '.' or '..'");
    if (part.size() > 255) return bad("has a component longer than 255 bytes");
    if (iequals(part, ".git")) return bad("holds '.git'");
  }
  return {};
}

TreeEdit::TreeEdit(GitView& view, std::optional<git::Oid> root) : view_(view) {
  root_.entry.is_tree = true;
  root_.entry.mode = 040000;
  if (root)
    root_.entry.oid = *root;
  else
    root_.loaded = root_.dirty = true;
}

Status TreeEdit::load(Node& n) {
  if (n.loaded) return {};
  KT_TRY(auto entries, view_.tree(n.entry.oid));
  for (auto& e : entries) {
    auto child = std::make_unique<Node>();
    child->loaded = !e.is_tree;
    std::string name = e.name;
    child->entry = std::move(e);
    n.children.emplace(std::move(name), std::move(child));
  }
  n.loaded = true;
  return {};
}

Status TreeEdit::put(std::string_view path, git::Oid blob, std::uint32_t mode) {
  KT_CHECK(check_path(path));
  auto parts = split(path, '/');
  Node* at = &root_;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    KT_CHECK(load(*at));
    at->dirty = true;
    auto& child = at->children[std::string(parts[i])];
    bool last = i + 1 == parts.size();
    if (!child || (!last && !child->entry.is_tree)) {
      child = std::make_unique<Node>();
      child->loaded = true;
      child->entry.name = std::string(parts[i]);
      child->entry.is_tree = !last;
    }
    if (last) {
      child->children.clear();
      child->loaded = true;
      child->entry.is_tree = false;
      child->entry.oid = blob;
      child->entry.mode = mode;
    }
    at = child.get();
  }
  return {};
}

Status TreeEdit::remove(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  KT_CHECK(check_path(path));
  auto missing = [&] { return fail(Errc::not_found, "entry_not_found", fmt::format("A file with this name doesn't exist: {}", path)); };
  auto parts = split(path, '/');
  std::vector<Node*> way{&root_};
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    KT_CHECK(load(*way.back()));
    auto it = way.back()->children.find(std::string(parts[i]));
    if (it == way.back()->children.end() || !it->second->entry.is_tree) return missing();
    way.push_back(it->second.get());
  }
  KT_CHECK(load(*way.back()));
  if (way.back()->children.erase(std::string(parts.back())) == 0) return missing();
  for (Node* n : way) n->dirty = true;
  // Git has no empty folders.
  for (std::size_t i = way.size() - 1; i > 0 && way[i]->children.empty(); --i) way[i - 1]->children.erase(std::string(parts[i - 1]));
  return {};
}

Result<std::optional<git::TreeEntry>> TreeEdit::find(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  Node* at = &root_;
  if (!path.empty())
    for (std::string_view part : split(path, '/')) {
      if (!at->entry.is_tree) return std::nullopt;
      KT_CHECK(load(*at));
      auto it = at->children.find(std::string(part));
      if (it == at->children.end()) return std::nullopt;
      at = it->second.get();
    }
  return at->entry;
}

Result<git::Oid> TreeEdit::write(Node& n, git::PackWriter& pack) {
  if (!n.entry.is_tree || !n.dirty) return n.entry.oid;
  std::vector<git::TreeEntry> entries;
  for (auto& [name, child] : n.children) {
    KT_TRY(child->entry.oid, write(*child, pack));
    entries.push_back(child->entry);
  }
  n.entry.oid = pack.add(git::Type::tree, git::encode_tree(std::move(entries)));
  return n.entry.oid;
}

Result<git::Oid> TreeEdit::write(git::PackWriter& pack) { return write(root_, pack); }

}  // namespace kontor::repository
