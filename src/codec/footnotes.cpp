// Definitions of footnotes (footnotes.hpp).
#include "codec/footnotes.hpp"

#include "base/text.hpp"

namespace kontor {
namespace {

std::string_view next_line(std::string_view& text) {
  std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Columns of blanks at the start; a tab reaches the next multiple of four.
std::size_t indent_of(std::string_view line) {
  std::size_t columns = 0;
  for (char c : line) {
    if (c == ' ')
      ++columns;
    else if (c == '\t')
      columns += 4 - columns % 4;
    else
      break;
  }
  return columns;
}

// The line without its first four columns.
std::string_view dedented(std::string_view line) {
  for (std::size_t columns = 0; columns < 4 && !line.empty() && (line[0] == ' ' || line[0] == '\t');) {
    columns += line[0] == '\t' ? 4 - columns % 4 : 1;
    line.remove_prefix(1);
  }
  return line;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// A fence of code: its sign and how often it stands; what opens one may have words behind it, what closes it may not.
class Fence {
 public:
  bool inside() const { return sign_ != 0; }
  void see(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    char sign = line.empty() ? '\0' : line[0];
    if (sign != '`' && sign != '~') return;
    std::size_t n = std::min(line.find_first_not_of(sign), line.size());
    std::string_view rest = line.substr(n);
    if (n < 3) return;
    if (!inside()) {
      if (sign == '`' && rest.find('`') != std::string_view::npos) return;
      sign_ = sign;
      length_ = n;
    } else if (sign == sign_ && n >= length_ && is_blank(rest)) {
      sign_ = 0;
    }
  }

 private:
  char sign_ = 0;
  std::size_t length_ = 0;
};

// The reference that a definition begins with, and the place of its text; empty: no definition.
std::string_view definition(std::string_view line, std::size_t& text_at) {
  if (indent_of(line) > 3) return {};
  std::size_t from = std::min(line.find_first_not_of(' '), line.size());
  std::size_t n = footnote_reference(line.substr(from));
  if (n == 0 || from + n >= line.size() || line[from + n] != ':') return {};
  text_at = from + n + 1;
  return line.substr(from, n);
}

// A line that begins a block of its own does not go on with the paragraph above it.
bool begins_block(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  if (line.empty()) return true;
  if (std::string_view("#>`~*+-|<").find(line[0]) != std::string_view::npos) return true;
  std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  return digits > 0 && digits < line.size() && (line[digits] == '.' || line[digits] == ')');
}

}  // namespace

std::size_t footnote_reference(std::string_view s) {
  if (!s.starts_with("[^")) return 0;
  for (std::size_t i = 2; i < s.size() && i <= max_footnote_label + 2; ++i) {
    auto c = static_cast<unsigned char>(s[i]);
    if (c == ']') return i > 2 ? i + 1 : 0;
    if (c <= ' ' || c == '[' || c == 0x7F) return 0;
  }
  return 0;
}

std::string footnote_key(std::string_view reference) { return ascii_lower(reference.substr(2, reference.size() - 3)); }

std::string take_footnotes(std::string_view text, Notes& notes) {
  if (text.find("[^") == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  Fence fence;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    std::size_t text_at = 0;
    std::string_view reference = fence.inside() ? std::string_view() : definition(line, text_at);
    if (reference.empty() || notes.size() >= max_footnotes) {
      fence.see(line);
      out.append(line);
      out += '\n';
      continue;
    }
    std::string note(line.substr(text_at));
    bool after_words = !is_blank(note);
    note += '\n';
    while (!text.empty()) {
      std::string_view ahead = text, following = next_line(ahead);
      std::size_t unused = 0;
      if (is_blank(following)) {
        // Blank lines belong to it if something indented comes after them.
        std::string_view behind = ahead, candidate = following;
        while (is_blank(candidate) && !behind.empty()) candidate = next_line(behind);
        if (is_blank(candidate) || indent_of(candidate) < 4) break;
        note += '\n';
        after_words = false;
      } else if (indent_of(following) >= 4) {
        note.append(dedented(following));
        note += '\n';
        after_words = true;
      } else if (after_words && !begins_block(following) && definition(following, unused).empty()) {
        note.append(following);
        note += '\n';
      } else {
        break;
      }
      text = ahead;
    }
    notes.try_emplace(footnote_key(reference), std::move(note));
    out += '\n';
  }
  return out;
}

}  // namespace kontor
