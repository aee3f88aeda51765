#include "server/router.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace kontor::server {

struct Router::Node {
  struct Parameter {
    std::string suffix;  // "{name}.git" -> ".git"
    std::unique_ptr<Node> node;
  };
  struct Leaf {
    const Surface* surface;
    const Route* route;
    std::vector<std::string> names;  // of the parameters on the way
  };
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::vector<Parameter> parameters;  // longest suffix first
  std::map<std::string, Leaf> here;   // by method
  std::map<std::string, Leaf> rest;   // "{x*}" by method

  static std::vector<std::string_view> segments(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    return split(path, '/');
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(const Surface& surface) {
  for (const Route& route : surface.routes()) {
    Node* node = root_.get();
    Node::Leaf leaf{&surface, &route, {}};
    bool rest = false;
    for (std::string_view segment : Node::segments(route.pattern)) {
      KT_ASSERT(!rest);
      if (!segment.starts_with('{')) {
        auto& next = node->literals[std::string(segment)];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
        continue;
      }
      std::size_t end = segment.find('}');
      KT_ASSERT(end != std::string_view::npos);
      std::string_view name = segment.substr(1, end - 1);
      std::string suffix(segment.substr(end + 1));
      rest = name.ends_with('*');
      leaf.names.emplace_back(rest ? name.substr(0, name.size() - 1) : name);
      if (rest) break;
      auto it = std::find_if(node->parameters.begin(), node->parameters.end(), [&](auto& p) { return p.suffix == suffix; });
      if (it == node->parameters.end()) {
        node->parameters.push_back({suffix, std::make_unique<Node>()});
        std::sort(node->parameters.begin(), node->parameters.end(), [](auto& a, auto& b) { return a.suffix.size() > b.suffix.size(); });
        it = std::find_if(node->parameters.begin(), node->parameters.end(), [&](auto& p) { return p.suffix == suffix; });
      }
      node = it->node.get();
    }
    auto& table = rest ? node->rest : node->here;
    bool fresh = table.emplace(route.method, leaf).second;
    if (!fresh) std::fprintf(stderr, "route defined twice: %s %s\n", route.method.c_str(), route.pattern.c_str());
    KT_ASSERT(fresh);
    all_.emplace_back(&surface, &route);
  }
}

void Router::set_fallback(std::string prefix, const Surface& surface) {
  fallbacks_.emplace_back(std::move(prefix), &surface);
  std::sort(fallbacks_.begin(), fallbacks_.end(), [](auto& a, auto& b) { return a.first.size() > b.first.size(); });
}

Router::Match Router::find(std::string_view method, std::string_view raw_path) const {
  Match out;
  auto segments = Node::segments(raw_path);
  std::vector<std::string_view> values;
  // Depth-first: literals before parameters before the rest; a branch that has the path but not the method is remembered.
  auto accept = [&](const std::map<std::string, Node::Leaf>& table, std::string_view rest, bool has_rest) {
    if (table.empty()) return false;
    auto it = table.find(std::string(method));
    bool by_get = false;
    if (it == table.end() && method == "HEAD") {
      it = table.find("GET");
      by_get = it != table.end();
    }
    if (it == table.end()) {
      out.path_exists = true;
      for (auto& [m, leaf] : table) {
        if (std::find(out.allowed.begin(), out.allowed.end(), m) == out.allowed.end()) out.allowed.push_back(m);
        if (!out.surface) out.surface = leaf.surface;
      }
      return false;
    }
    out.surface = it->second.surface;
    out.route = it->second.route;
    out.head_by_get = by_get;
    out.params.clear();
    const auto& names = it->second.names;
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string_view raw = has_rest && i + 1 == names.size() ? rest : values[i];
      auto decoded = percent_decode(raw);
      if (!decoded || !valid_utf8(*decoded)) out.bad_escape = true;
      out.params.emplace_back(names[i], decoded.value_or(std::string(raw)));
    }
    return true;
  };
  auto walk = [&](auto& self, const Node& node, std::size_t at) -> bool {
    if (at == segments.size()) {
      if (accept(node.here, {}, false)) return true;
      return accept(node.rest, {}, true);
    }
    std::string_view segment = segments[at];
    if (auto it = node.literals.find(segment); it != node.literals.end() && self(self, *it->second, at + 1)) return true;
    if (!segment.empty()) {
      for (const auto& p : node.parameters) {
        if (!segment.ends_with(p.suffix) || segment.size() == p.suffix.size()) continue;
        values.push_back(segment.substr(0, segment.size() - p.suffix.size()));
        if (self(self, *p.node, at + 1)) return true;
        values.pop_back();
      }
    }
    if (!node.rest.empty()) {
      const char* begin = segment.data();
      return accept(node.rest, std::string_view(begin, static_cast<std::size_t>(raw_path.data() + raw_path.size() - begin)), true);
    }
    return false;
  };
  if (walk(walk, *root_, 0)) return out;
  out.route = nullptr;
  if (!out.surface)
    for (const auto& [prefix, surface] : fallbacks_)
      if (raw_path.starts_with(prefix)) {
        out.surface = surface;
        break;
      }
  return out;
}

std::vector<std::string> Router::first_segments() const {
  std::vector<std::string> out;
  for (const auto& [name, node] : root_->literals)
    if (!name.empty()) out.push_back(name);
  return out;
}

std::vector<std::pair<const Surface*, const Route*>> Router::all() const { return all_; }

}  // namespace kontor::server
