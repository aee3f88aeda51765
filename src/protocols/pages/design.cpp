// What the server's own pages are made of, for /design: signs, cards and lines in their states. The sample data is no word of the product.
#include "protocols/pages/cards.hpp"
#include "protocols/pages/icons.hpp"

namespace kontor::pages {
namespace {

market::CatalogueEntry sample(const View& v, Kind kind, std::string ns, std::string name, std::string title, std::string task,
                              std::string plan) {
  market::CatalogueEntry e;
  e.row.repository.kind = kind;
  e.row.repository.ns = std::move(ns);
  e.row.repository.name = std::move(name);
  e.row.repository.updated_at = v.s.wall.now().plus_ms(-3 * 3'600'000);
  e.row.title = std::move(title);
  e.row.task = std::move(task);
  e.row.library = kind == Kind::model ? "onnx" : "";
  e.row.licence = "apache-2.0";
  e.row.downloads = 1204;
  if (!plan.empty()) {
    e.row.sale.emplace();
    e.offer.emplace();
    e.plan_body = std::move(plan);
  }
  return e;
}

Html part(std::string_view name, const Html& body) {
  return el("section", {cls("section stack"), attr("aria-label", name)}, el("h2", {}, name), body);
}

}  // namespace

Html design_parts(const View& v) {
  Html signs;
  for (std::string_view field : fields) signs += el("span", {cls("party")}, sign_of_field(field), field);
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space})
    signs += el("span", {cls("party")}, sign_of(kind, ""), repository::kind_name(kind));
  signs += sign_of(Kind::model, "image-classification", true);

  constexpr const char* once =
      R"({"currency":"USD","components":[{"id":"licence","kind":"one_off","amount":"50.00","term":"prepaid"}],"refund_policy":"standard_7d","tax_behaviour":"exclusive"})";
  auto sold = sample(v, Kind::model, "bob", "digits", "Handwritten digits, 8x8", "image-classification", once);
  sold.row.activity = {0, 2, 4, 3, 7, 8, 6, 10, 12, 11, 15, 14, 18, 16};
  auto free = sample(v, Kind::dataset, "kiln-lab", "\u7AAF\u306E\u6E29\u5EA6", "\u7AAF\u306E\u6E29\u5EA6\u8A18\u9332",
                     "time-series-forecasting", "");
  auto hidden = sample(v, Kind::space, "mori", "a-rather-long-name-of-a-space-that-has-to-break", "", "", "");
  hidden.row.repository.visibility = identity::Visibility::private_;
  Html lines;
  for (const auto& e : {sold, free, hidden}) lines += repository_line(v, e);
  return el("div", {cls("wrap stack")}, part("sign_of", el("div", {cls("row")}, signs)),
            part("repository_card", card_grid(v, {sold, free, hidden})), part("repository_line", el("ul", {cls("plain shelf")}, lines)));
}

}  // namespace kontor::pages
