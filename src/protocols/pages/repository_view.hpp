// What every page of one repository shares: the repository as the reader may see it, its offers, what he holds, and the frame (title,
// tabs).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/json.hpp"
#include "codec/markdown.hpp"
#include "metering/plan.hpp"
#include "protocols/pages/pages.hpp"

namespace kontor::pages {

struct OfferView {
  market::Offer offer;
  std::shared_ptr<const metering::Plan> plan;
};

struct Subject {
  Kind kind = Kind::model;
  repository::RepositoryRow row;
  Json info;  // what main says: tags, pipeline_tag, library_name, cardData, usedStorage
  identity::Party owner;
  std::optional<market::Listing> listing;  // published
  std::vector<OfferView> offers;           // active, open to this reader
  std::optional<market::Entitlement> entitlement;
  std::optional<inference::Deployment> deployment;   // newest that is not stopped
  std::optional<repository::AccessRequest> request;  // the reader's, of a gated repository
  bool liked = false;                                // by the reader
  bool mine = false, writable = false;               // acts for the owner; may commit
  bool readable = false;                             // file contents
  std::string why_not;                               // code of the refusal otherwise: payment_required, gated, api_only

  const Repository& repository() const { return row.repository; }
  std::string name() const { return row.repository.full_name(); }
  std::string path() const;  // "/bob/digits", "/datasets/bob/words"
  std::vector<std::string> tags() const;
  std::string card_text(std::string_view key) const;
  std::vector<std::string> card_list(std::string_view key) const;
};

std::string repository_path(Kind kind, std::string_view full_name);
// Of {ns} and {name} as they stand in the request, whether there is one or not.
std::string path_of(Kind kind, const Exchange& x);
std::string_view plural_of(Kind kind);  // "models"
// Encoded path segments of a file.
std::string file_path(std::string_view path);

// The repository of {ns} and {name}, in one read. A moved one gives an error with code "moved" and the new path as message.
// Errors: not_found ("repo_not_found"), also for those the reader may not see.
Task<Result<Subject>> open_subject(const View& v, Kind kind);

enum class Tab { card, files, versions, price, try_it, code };
// Title, tags, tabs and `content`; the rail with price and figures stands beside it on the card's tab.
Html repository_frame(const View& v, const Subject& r, Tab tab, Html content, bool with_rail = false);
Html rail(const View& v, const Subject& r);
// How what the repository's card says is rendered; refers to `v`.
MarkdownOptions card_markdown(const View& v, const Subject& r);
// The one thing to do here: buy, download, try, ask for access, sign in, edit the listing.
Html primary_action(const View& v, const Subject& r);
// Where somebody without a licence gets one; nothing where no offer stands.
struct Way {
  std::string label, href;
};
std::optional<Way> way_to_licence(const View& v, const Subject& r);
Html like_button(const View& v, const Subject& r);  // heart and count (repository_people.cpp)
// What somebody does who may not read the files of a gated repository (gate.cpp).
Html gate_action(const View& v, const Subject& r);
bool gate_answered(const Subject& r);  // it says how the reader's request stands: waiting, refused
std::vector<Crumb> repository_crumbs(const View& v, const Subject& r, std::string label = {}, std::string url = {});

// "$50.00 once, then $0.01 per run after 100 free" in the reader's language.
std::string price_text(const Texts& t, const metering::Plan& plan);
// The same in few words, for a line of a list: free units and prices of tiers are left to the page behind it.
std::string short_price_text(const Texts& t, const metering::Plan& plan);
// What one more call costs somebody who has the licence and no free units left.
std::string run_price_text(const Texts& t, const metering::Plan& plan);
// The cheapest first.
std::string price_text(const View& v, const Subject& r);
// Its name in the reader's language, or as its authors call it, or the id.
std::string licence_name(const Texts& t, std::string_view id);
Html time_element(const View& v, Time t);

// Answers "moved" with a redirect; use in each handler after open_subject.
#define KONTOR_OPEN_SUBJECT(subject, view, kind)                                                 \
  auto KT_CONCAT(opened_, __LINE__) = co_await open_subject(view, kind);                         \
  if (!KT_CONCAT(opened_, __LINE__) && KT_CONCAT(opened_, __LINE__).error().code == "moved")     \
    co_return see_other(KT_CONCAT(opened_, __LINE__).error().message);                           \
  if (!KT_CONCAT(opened_, __LINE__)) co_return Unexpected(KT_CONCAT(opened_, __LINE__).error()); \
  Subject subject = std::move(*KT_CONCAT(opened_, __LINE__))

}  // namespace kontor::pages
