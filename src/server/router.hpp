// Finds the route for a method and raw path. Immutable after build: any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/exchange.hpp"

namespace kontor::server {

class Router {
 public:
  Router();
  ~Router();
  // Surfaces must outlive the router. Two routes with one method and pattern are a defect of the program (asserted).
  void add(const Surface& surface);
  // Requests that match no route are answered in the error shape of the surface whose prefix is the longest that fits.
  void set_fallback(std::string prefix, const Surface& surface);

  struct Match {
    const Surface* surface = nullptr;  // of the route, or of the fallback
    const Route* route = nullptr;      // null: no route
    bool path_exists = false;          // another method would have matched: 405
    std::vector<std::string> allowed;  // those methods
    bool head_by_get = false;
    std::vector<std::pair<std::string, std::string>> params;
    bool bad_escape = false;  // the path holds a broken percent-escape or invalid UTF-8
  };
  Match find(std::string_view method, std::string_view raw_path) const;
  // First literal segments of all patterns: names nobody may take.
  std::vector<std::string> first_segments() const;
  std::vector<std::pair<const Surface*, const Route*>> all() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::pair<std::string, const Surface*>> fallbacks_;
  std::vector<std::pair<const Surface*, const Route*>> all_;
};

}  // namespace kontor::server
