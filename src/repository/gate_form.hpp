// What the card of a gated repository asks of those who want its files: extra_gated_heading, _prompt, _description, _button_content and
// _fields of its front matter, as the Hub's cards have them. Untrusted text; pure.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "codec/json.hpp"

namespace kontor::repository {

struct GateField {
  enum class Type { text, checkbox, date, country, select };
  std::string name;  // as the card writes it: what people read, and the key of the answer
  Type type = Type::text;
  std::vector<std::pair<std::string, std::string>> options;  // of select: value and label
};

struct GateForm {
  std::string heading, prompt, description, button;  // the prompt is Markdown
  std::vector<GateField> fields;                     // in the card's order; a field that nobody can fill in (ip_location) is left out
  bool empty() const { return heading.empty() && prompt.empty() && description.empty() && button.empty() && fields.empty(); }
};

using GateAnswers = std::vector<std::pair<std::string, std::string>>;

// `card`: its metadata, or null. At most most_form_fields fields; texts that are too long are cut.
GateForm gate_form_of(const Json* card);
// The fields whose answer is missing or is none: a text, a tick ("on", "true"), a day ("2026-11-28"), the code of a country ("JP"), one of
// the options. Each must be given.
std::vector<const GateField*> unanswered(const GateForm& form, const GateAnswers& answers);

}  // namespace kontor::repository
