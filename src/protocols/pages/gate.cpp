// Asking for the files of a gated repository: the button, the form that the owner's card describes, and the list of those who asked, for
// the owner. Works without script; clients ask with their token at the same address (GA-5 and GA-6 of the hub's contract).
#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/csv.hpp"
#include "protocols/pages/repository_view.hpp"
#include "repository/gate_form.hpp"

namespace kontor::pages {
namespace {

using repository::GateAnswers;
using repository::GateField;
using repository::GateForm;
using repository::RequestState;

constexpr int report_page = 500;

Html control(const View& v, const GateField& field, const std::string& id, const std::string& given, bool wrong) {
  auto described = when(wrong, attr("aria-describedby", id + "-error"));
  auto invalid = when(wrong, attr("aria-invalid", "true"));
  auto choice = [&](const std::vector<std::pair<std::string, std::string>>& options) {
    Html all = el("option", {attr("value", "")}, v.t("repo.gate_choose"));
    for (const auto& [value, label] : options) all += el("option", {attr("value", value), flag("selected", value == given)}, label);
    return el("div", {cls("select")},
              el("select", {cls("input"), attr("id", id), attr("name", field.name), flag("required"), described, invalid}, all));
  };
  auto input = [&](std::string_view type, Attr more) {
    return el("input", {attr("id", id), attr("name", field.name), attr("type", type), more, when(type == "text", attr("maxlength", "500")),
                        flag("required"), described, invalid});
  };
  switch (field.type) {
    case GateField::Type::select:
      return choice(field.options);
    case GateField::Type::country:
      return choice(v.t.countries());
    case GateField::Type::checkbox:
      return input("checkbox", flag("checked", given == "on"));
    case GateField::Type::date:
      return input("date", attr("value", given));
    case GateField::Type::text:
      break;
  }
  return input("text", attr("value", given));
}

// What the card calls it is its language, not the reader's.
Html field_of(const View& v, const GateField& field, std::size_t n, const GateAnswers& given, bool wrong) {
  std::string id = fmt::format("gate-{}", n);
  auto answer = std::find_if(given.begin(), given.end(), [&](const auto& a) { return a.first == field.name; });
  bool tick = field.type == GateField::Type::checkbox;
  Html error = wrong ? el("p", {cls("error"), attr("id", id + "-error")}, v.t(tick ? "repo.gate_tick" : "error.field_required")) : Html();
  Html label = el("span", {attr("dir", "auto")}, name_of(field.name));
  Html box = control(v, field, id, answer == given.end() ? std::string() : answer->second, wrong);
  if (tick) return el("div", {cls("field")}, el("label", {cls("check")}, box, label), error);
  return el("div", {cls("field")}, el("label", {attr("for", id)}, label), box, error);
}

GateForm form_of(const Subject& r) { return repository::gate_form_of(r.info.find("cardData")); }

http::Response form_page(const View& v, const Subject& r, const GateAnswers& given, bool sent) {
  GateForm form = form_of(r);
  auto wrong = sent ? repository::unanswered(form, given) : std::vector<const GateField*>();
  Html asked;
  for (std::size_t i = 0; i < form.fields.size(); ++i)
    asked += field_of(v, form.fields[i], i, given, std::find(wrong.begin(), wrong.end(), &form.fields[i]) != wrong.end());
  Html said;
  if (!form.description.empty()) said += el("p", {attr("dir", "auto")}, form.description);
  if (!form.prompt.empty())
    said += el("div", {cls("prose"), attr("dir", "auto")}, Html::trusted(render_markdown(form.prompt, card_markdown(v, r))));
  Html problem = wrong.empty() ? Html() : el("p", {cls("notice notice-bad"), attr("role", "alert")}, v.t("repo.gate_unanswered"));
  Page p;
  p.title = v.t("repo.gate_title", {{"name", r.name()}});
  p.crumbs = repository_crumbs(v, r, v.t("repo.gate_ask"), r.path() + "/ask-access");
  p.is_private = true;
  p.status = wrong.empty() ? 200 : 422;
  Html heading = form.heading.empty() ? Html(v.t("repo.gate_ask")) : el("span", {attr("dir", "auto")}, form.heading);
  p.body =
      el("div", {cls("wrap narrow stack")},
         el("div", {}, el("h1", {}, heading), el("p", {cls("meta")}, el("a", {attr("href", r.path())}, name_of(r.name())))), said, problem,
         el("form", {cls("stack panel"), attr("method", "post"), attr("action", r.path() + "/ask-access")}, csrf_field(v), asked,
            el("p", {cls("meta")}, v.t(r.repository().gated == "auto" ? "repo.gate_auto_hint" : "repo.gate_manual_hint")),
            el("div", {cls("row")},
               el("button", {cls("btn btn-primary"), attr("type", "submit")}, form.button.empty() ? v.t("repo.gate_ask") : form.button),
               el("a", {cls("btn btn-quiet"), attr("href", r.path())}, v.t("common.cancel")))));
  return render(v, std::move(p));
}

template <Kind kind>
Answer show_form(Services& s, Exchange& x) {
  View v(s, x);
  KONTOR_OPEN_SUBJECT(r, v, kind);
  if (!v.signed_in()) co_return see_other(sign_in_url(r.path() + "/ask-access"));
  if (r.why_not != "gated" || gate_answered(r)) co_return see_other(r.path());
  co_return form_page(v, r, {}, false);
}

template <Kind kind>
Answer ask_access(Services& s, Exchange& x) {
  View v(s, x);
  GateAnswers answers;
  auto keep = [&](const http::Parameters& form) {
    for (const auto& [k, value] : form.fields())
      if (k != "csrf") answers.emplace_back(k, value);
  };
  if (x.caller.anonymous) {
    if (session_cookie(x).empty() && !wants_html(x))
      co_return fail(Errc::unauthenticated, "unauthenticated", "Sign in, or send a token, to ask for access.");
    auto form = co_await signed_form(v);
    if (!form && form.error().kind == Errc::unauthenticated) co_return see_other(sign_in_url(path_of(kind, x)));
    if (!form) co_return Unexpected(form.error());
    keep(*form);
  } else {
    KT_CO_TRY(std::string body, co_await x.request.read_all(64 * 1024));
    if (x.request.header("Content-Type").starts_with("application/x-www-form-urlencoded")) keep(http::Parameters(body));
  }
  KONTOR_OPEN_SUBJECT(r, v, kind);
  GateForm form = form_of(r);
  auto work = [&](UnitOfWork& u) { return s.requests.ask(u, x.caller, r.repository(), form, answers); };
  auto asked = co_await s.storage.write(work);
  if (!asked && asked.error().code == "unanswered" && wants_html(x)) co_return form_page(v, r, answers, true);
  // Nothing to ask for: the page shows it, and what to do instead.
  bool open = !asked && (asked.error().code == "has_access" || (asked.error().code == "not_gated" && wants_html(x)));
  if (!asked && !open) co_return Unexpected(asked.error());
  co_return see_other(r.path());
}

struct Asked {
  repository::AccessRequest request;
  identity::Party person;
  Json answers;
};

// Everybody, newest first of each state: what waits, what was accepted, what was refused.
Result<std::vector<Asked>> all_of(Services& s, UnitOfWork& u, const Repository& r) {
  std::vector<Asked> out;
  for (RequestState state : {RequestState::pending, RequestState::accepted, RequestState::rejected}) {
    std::optional<std::pair<std::int64_t, std::string>> after;
    for (;;) {
      KT_TRY(auto page, s.requests.list(u, r, state, after, report_page));
      for (auto& q : page) {
        KT_TRY(auto person, s.account_store.find_party(u, q.party));
        KT_TRY(Json answers, Json::parse(q.fields.empty() ? "{}" : q.fields));
        after = std::pair(q.asked_at.ns, q.id);
        out.push_back({std::move(q), person ? std::move(*person) : identity::Party(), std::move(answers)});
      }
      if (static_cast<int>(page.size()) < report_page) break;
    }
  }
  return out;
}

std::string text_of(const Json& answer) { return answer.string() ? *answer.string() : answer.dump(); }

std::string report_csv(const std::vector<Asked>& all) {
  std::vector<std::string> asked;  // each answer's name, as it first comes
  for (const Asked& one : all)
    for (const auto& [name, answer] : *one.answers.object())
      if (std::find(asked.begin(), asked.end(), name) == asked.end()) asked.push_back(name);
  std::string out = "user,fullname,email,status,timestamp,decided_at,rejection_reason";
  for (const auto& name : asked) out += "," + codec::csv_field(name);
  out += "\r\n";
  for (const Asked& one : all) {
    const auto& q = one.request;
    out += fmt::format("{},{},{},{},{},{},{}", codec::csv_field(one.person.name), codec::csv_field(one.person.full_name),
                       codec::csv_field(repository::shown_email(q, one.person)), repository::state_name(q.state), rfc3339(q.asked_at),
                       q.decided_at ? rfc3339(*q.decided_at) : std::string(), codec::csv_field(q.reason));
    for (const auto& name : asked) {
      const Json* answer = one.answers.find(name);
      out += "," + (answer ? codec::csv_field(text_of(*answer)) : std::string());
    }
    out += "\r\n";
  }
  return out;
}

std::string report_json(const std::vector<Asked>& all) {
  JsonWriter w;
  w.begin_array();
  for (const Asked& one : all) {
    const auto& q = one.request;
    w.begin_object().field("user", one.person.name).field("fullname", one.person.full_name);
    if (std::string email = repository::shown_email(q, one.person); !email.empty()) w.field("email", email);
    w.field("status", repository::state_name(q.state)).field("timestamp", rfc3339(q.asked_at));
    if (q.decided_at) w.field("decidedAt", rfc3339(*q.decided_at));
    if (!q.reason.empty()) w.field("rejectionReason", q.reason);
    w.raw_field("fields", one.answers.dump()).end_object();
  }
  return std::move(w.end_array()).str();
}

template <Kind kind>
Answer report(Services& s, Exchange& x) {
  KT_CO_TRY(Repository r, co_await s.access.open(x.caller, kind, x.param("ns"), x.param("name"), repository::Need::admin));
  auto look = [&](UnitOfWork& u) { return all_of(s, u, r); };
  KT_CO_TRY(auto all, co_await s.storage.read(look));
  bool json = x.request.header("Accept").find("application/json") != std::string_view::npos;
  auto out = json ? http::Response::json(200, report_json(all)) : http::Response::text(200, "text/csv; charset=utf-8", report_csv(all));
  out.headers.add("Content-Disposition", fmt::format("attachment; filename=\"{}-{}-access.{}\"", r.ns, r.name, json ? "json" : "csv"));
  out.headers.add("Cache-Control", "private, no-store");
  co_return out;
}

template <Kind kind>
void add_kind(server::Surface& s, Services& v) {
  std::string base = (kind == Kind::model ? "" : "/" + std::string(plural_of(kind))) + "/{ns}/{name}";
  page(s, v, base + "/ask-access", show_form<kind>);
  s.route("POST", base + "/ask-access", {.auth = server::Auth::form, .max_body = 64 * 1024},
          [&v](Exchange& x) { return ask_access<kind>(v, x); });
  s.route("GET", base + "/user-access-report", {}, [&v](Exchange& x) { return report<kind>(v, x); });
}

}  // namespace

bool gate_answered(const Subject& r) {
  if (r.why_not != "gated" || !r.request) return false;
  // What waits since the owner decided himself is accepted as soon as it is asked for again.
  return r.request->state == repository::RequestState::rejected ||
         (r.request->state == repository::RequestState::pending && r.repository().gated == "manual");
}

Html gate_action(const View& v, const Subject& r) {
  bool has_form = !form_of(r).empty();
  if (!v.signed_in())
    return el("a", {cls("btn btn-primary"), attr("href", sign_in_url(has_form ? r.path() + "/ask-access" : r.path()))},
              v.t("repo.gate_sign_in"));
  if (gate_answered(r) && r.request->state == repository::RequestState::pending)
    return el("p", {cls("notice notice-info")}, v.t("repo.gate_pending", {{"date", v.t.date(r.request->asked_at)}}));
  if (gate_answered(r))
    return el("p", {cls("notice notice-warn")},
              r.request->reason.empty() ? Html(v.t("repo.gate_rejected"))
                                        : Html(v.t("repo.gate_rejected_because", {{"reason", r.request->reason}})));
  // Who asked once is not asked the questions again.
  if (has_form && !r.request) return el("a", {cls("btn btn-primary"), attr("href", r.path() + "/ask-access")}, v.t("repo.gate_ask"));
  return el("form", {cls("stack tight"), attr("method", "post"), attr("action", r.path() + "/ask-access")}, csrf_field(v),
            el("button", {cls("btn btn-primary"), attr("type", "submit")}, v.t("repo.gate_ask")),
            el("p", {cls("meta")}, v.t(r.repository().gated == "auto" ? "repo.gate_auto_hint" : "repo.gate_manual_hint")));
}

void register_gate(server::Surface& s, Services& v) {
  add_kind<Kind::model>(s, v);
  add_kind<Kind::dataset>(s, v);
  add_kind<Kind::space>(s, v);
}

}  // namespace kontor::pages
