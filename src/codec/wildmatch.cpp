#include "codec/wildmatch.hpp"

#include <map>

#include "base/text.hpp"

namespace kontor::git {
namespace {

// Work is bounded: every (pattern, text) position is tried at most once.
struct Matcher {
  std::string_view p, t;
  std::vector<char> failed;  // (pi, ti) known to fail
  bool match(std::size_t pi, std::size_t ti) {
    std::size_t key = pi * (t.size() + 1) + ti;
    if (failed[key]) return false;
    bool ok = step(pi, ti);
    if (!ok) failed[key] = 1;
    return ok;
  }
  bool step(std::size_t pi, std::size_t ti) {
    while (pi < p.size()) {
      char c = p[pi];
      if (c == '*') {
        bool deep = pi + 1 < p.size() && p[pi + 1] == '*';
        if (deep) {
          std::size_t next = pi + 2;
          if (next < p.size() && p[next] == '/' && match(next + 1, ti)) return true;  // "**/" also matches nothing
          for (std::size_t k = ti; k <= t.size(); ++k)
            if (match(next, k)) return true;
          return false;
        }
        for (std::size_t k = ti; k <= t.size(); ++k) {
          if (match(pi + 1, k)) return true;
          if (k < t.size() && t[k] == '/') return false;
        }
        return false;
      }
      if (ti >= t.size()) return false;
      if (c == '?') {
        if (t[ti] == '/') return false;
      } else if (c == '[') {
        std::size_t end = p.find(']', pi + 2);
        if (end == std::string_view::npos) {
          if (t[ti] != '[') return false;
        } else {
          bool negated = p[pi + 1] == '!' || p[pi + 1] == '^';
          bool hit = false;
          for (std::size_t k = pi + 1 + negated; k < end; ++k) {
            if (k + 2 < end && p[k + 1] == '-') {
              hit = hit || (t[ti] >= p[k] && t[ti] <= p[k + 2]);
              k += 2;
            } else {
              hit = hit || t[ti] == p[k];
            }
          }
          if (hit == negated || t[ti] == '/') return false;
          pi = end;
        }
      } else {
        if (c == '\\' && pi + 1 < p.size()) c = p[++pi];
        if (t[ti] != c) return false;
      }
      ++pi;
      ++ti;
    }
    return ti == t.size();
  }
};

std::string_view base_name(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

bool wildmatch(std::string_view raw, std::string_view text) {
  // Work is at most stars x text^2: patterns come from strangers and run on every path.
  constexpr int max_stars = 8;
  if (raw.size() > 1024 || text.size() > 4096) return false;
  std::string pattern;
  int stars = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '*' && pattern.ends_with("**")) continue;
    if (raw[i] == '*' && !pattern.ends_with('*') && ++stars > max_stars) return false;
    pattern += raw[i];
  }
  Matcher m{pattern, text, std::vector<char>((pattern.size() + 1) * (text.size() + 1))};
  return m.match(0, 0);
}

LfsRules::LfsRules(std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (line.empty() || line.front() == '#' || line.size() > 4096) continue;
    std::string pattern;
    std::size_t at = 0;
    if (line.front() == '"') {
      for (at = 1; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) ++at;
        pattern += line[at];
      }
      ++at;
    } else {
      at = line.find_first_of(" \t");
      pattern = std::string(line.substr(0, at));
    }
    if (at >= line.size()) continue;
    for (std::string_view word : split(line.substr(at), ' ')) {
      word = trim(word);
      if (word == "filter=lfs")
        rules_.push_back({pattern, true});
      else if (word == "-filter" || word == "!filter" || word.starts_with("filter="))
        rules_.push_back({pattern, false});
    }
  }
}

bool LfsRules::matches(std::string_view path) const {
  bool lfs = false;
  for (const auto& r : rules_) {
    std::string_view pattern = r.pattern;
    bool anchored = pattern.find('/') != std::string_view::npos;
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    if (wildmatch(pattern, anchored ? path : base_name(path))) lfs = r.lfs;
  }
  return lfs;
}

IgnoreRules::IgnoreRules(std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#' || line.size() > 4096) continue;
    Rule r{{}, false, false, false};
    if (line.front() == '!') {
      r.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      r.folder_only = true;
      line.remove_suffix(1);
    }
    r.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    r.pattern = std::string(line);
    if (!r.pattern.empty()) rules_.push_back(std::move(r));
  }
}

bool IgnoreRules::matches(std::string_view path) const {
  // Each folder on the way is tried first: what lies in an ignored folder cannot be brought back.
  for (std::size_t slash = path.find('/');; slash = path.find('/', slash + 1)) {
    bool whole = slash == std::string_view::npos;
    std::string_view part = path.substr(0, slash);
    bool ignored = false;
    for (const auto& r : rules_) {
      if (r.folder_only && whole) continue;
      if (wildmatch(r.pattern, r.anchored ? part : base_name(part))) ignored = !r.negated;
    }
    if (ignored) return true;
    if (whole) return false;
  }
}

}  // namespace kontor::git
