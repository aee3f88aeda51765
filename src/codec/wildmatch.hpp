// Patterns of .gitattributes and .gitignore (gitignore(5), gitattributes(5)).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace kontor::git {

// '*' and '?' stop at '/', '**' does not; [a-z], [!a-z]; case matters.
bool wildmatch(std::string_view pattern, std::string_view text);

// Which paths go to LFS according to a .gitattributes text: the last matching line that sets or unsets `filter` decides.
class LfsRules {
 public:
  explicit LfsRules(std::string_view gitattributes);
  bool matches(std::string_view path) const;

 private:
  struct Rule {
    std::string pattern;
    bool lfs;
  };
  std::vector<Rule> rules_;
};

class IgnoreRules {
 public:
  explicit IgnoreRules(std::string_view gitignore);
  bool matches(std::string_view path) const;  // the path or one of its folders is ignored

 private:
  struct Rule {
    std::string pattern;
    bool negated, folder_only, anchored;
  };
  std::vector<Rule> rules_;
};

}  // namespace kontor::git
