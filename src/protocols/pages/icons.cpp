// Drawings and fields of work (icons.hpp).
#include "protocols/pages/icons.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

namespace kontor::pages {
namespace {

struct Drawing {
  std::string_view name, shapes;  // shapes: SVG without attributes of colour
};
constexpr Drawing drawings[] = {
    {"search", R"(<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>)"},
    {"download", R"(<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"/>)"},
    {"vision",
     R"(<rect x="4" y="5" width="16" height="14" rx="2"/><circle cx="9" cy="10" r="1.5"/><path d="M4.5 17.5l5-4.5 3 2.5 3-3.5 4 4"/>)"},
    {"text", R"(<path d="M5 6h14M5 10h14M5 14h10M5 18h6"/>)"},
    {"audio", R"(<path d="M4.5 10.5v3M8.25 8v8M12 5v14M15.75 9v6M19.5 10.5v3"/>)"},
    {"tabular", R"(<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M4 9.7h16M4 14.3h16M9.5 9.7V19"/>)"},
    {"mixed", R"(<rect x="4" y="4" width="10.5" height="10.5" rx="2"/><circle cx="15" cy="15" r="5"/>)"},
    {"model",
     R"(<circle cx="6" cy="12" r="2.2"/><circle cx="17.5" cy="6" r="2.2"/><circle cx="17.5" cy="18" r="2.2"/><path d="M8 11l7.5-4M8 13l7.5 4"/>)"},
    {"dataset",
     R"(<ellipse cx="12" cy="6.5" rx="7" ry="2.8"/><path d="M5 6.5v11c0 1.6 3.1 2.8 7 2.8s7-1.2 7-2.8v-11M5 12c0 1.6 3.1 2.8 7 2.8s7-1.2 7-2.8"/>)"},
    {"space", R"(<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M4 9h16M7 7h.5M9.5 7h.5"/>)"},
    {"folder", R"(<path d="M4 18V6.5a1 1 0 0 1 1-1h4.5l2 2.5H19a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1z"/>)"},
    {"file", R"(<path d="M7 4h6.5L18 8.5V20H7zM13.5 4v4.5H18"/>)"},
    {"heart",
     R"(<path d="M12 20.2l-7.6-7.6a4.8 4.8 0 0 1 0-6.9 4.9 4.9 0 0 1 6.9 0l.7.7.7-.7a4.9 4.9 0 0 1 6.9 0 4.8 4.8 0 0 1 0 6.9z"/>)"},
    {"lock", R"(<rect x="5.5" y="10.5" width="13" height="9" rx="1.5"/><path d="M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>)"},
    {"log", R"(<path d="M6.5 4h7.5l4 4v12H6.5zM9.5 11.5h5.5M9.5 15.5h5.5"/>)"},
};

struct Member {
  std::string_view field, tasks;  // tasks: blank-separated, with a blank at both ends
};
constexpr Member members[] = {
    {"vision",
     " image-classification object-detection image-segmentation image-to-image image-feature-extraction depth-estimation mask-generation "
     "keypoint-detection video-classification text-to-image text-to-video "
     "image-to-video unconditional-image-generation zero-shot-image-classification zero-shot-object-detection "},
    {"text",
     " text-classification text-generation token-classification fill-mask question-answering summarization translation sentence-similarity "
     "feature-extraction text-ranking table-question-answering "
     "zero-shot-classification "},
    {"audio", " audio-classification audio-to-audio automatic-speech-recognition text-to-speech text-to-audio voice-activity-detection "},
    {"tabular", " tabular-classification tabular-regression time-series-forecasting "},
    {"mixed",
     " image-to-text image-text-to-text visual-question-answering document-question-answering video-text-to-text audio-text-to-text "
     "any-to-any "},
};

}  // namespace

Html icon(std::string_view name) {
  auto it = std::find_if(std::begin(drawings), std::end(drawings), [&](const Drawing& d) { return d.name == name; });
  if (it == std::end(drawings)) return {};
  return el("svg", {cls("icon"), attr("aria-hidden", "true"), attr("viewBox", "0 0 24 24"), attr("width", "24"), attr("height", "24")},
            Html::trusted(std::string(it->shapes)));
}

std::string_view field_of(std::string_view task) {
  if (task.empty()) return {};
  std::string word = " " + std::string(task) + " ";
  for (const Member& m : members)
    if (m.tasks.find(word) != std::string_view::npos) return m.field;
  return {};
}

Html sign_of(repository::Kind kind, std::string_view task, bool large) {
  std::string_view field = field_of(task);
  std::string_view sign = kind != repository::Kind::model ? repository::kind_name(kind) : field.empty() ? std::string_view("model") : field;
  std::string names = "sign sign-" + std::string(field.empty() ? "plain" : field) + (large ? " large" : "");
  return el("span", {cls(names)}, icon(sign));
}
Html sign_of_field(std::string_view field) { return el("span", {cls("sign sign-" + std::string(field))}, icon(field)); }

}  // namespace kontor::pages
