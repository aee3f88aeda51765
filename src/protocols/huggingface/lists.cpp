// Listings (LS-1 to LS-3): filters by search, author and tags, sorted, in pages.
#include <fmt/format.h>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/huggingface/hub.hpp"
#include "repository/trend.hpp"

namespace kontor::huggingface {
namespace {

constexpr int default_page = 100, max_page = 1000;

std::int64_t sort_value(const repository::RepositoryRow& row, std::string_view sort) {
  if (sort == "lastModified") return row.repository.updated_at.ns;
  if (sort == "downloads") return row.downloads;
  if (sort == "likes") return row.likes;
  if (sort == "trendingScore") return row.trending;
  return row.repository.created_at.ns;
}

Answer list(Services& v, Exchange& x, Kind kind) {
  auto query = x.query();
  repository::ListQuery q;
  q.kind = kind;
  for (auto& s : query.all("search"))
    if (!s.empty()) q.search.push_back(ascii_lower(s));
  auto add_tags = [&](std::string_view key, std::string_view prefix) {
    for (auto& value : query.all(key))
      for (auto part : split(value, ','))
        if (!part.empty()) q.tags.push_back(std::string(prefix) + std::string(part));
  };
  add_tags("filter", "");
  add_tags("tags", "");
  if (kind == Kind::model) {
    add_tags("pipeline_tag", "pipeline_tag:");
    add_tags("library", "");
  }
  // Where no order is asked for, one in which nothing moves: who walks all pages of "trending" misses what is downloaded meanwhile.
  std::string sort = query.get("sort").value_or("createdAt");
  static constexpr std::string_view sorts[] = {"createdAt",      "downloads", "lastModified", "likes",         "trendingScore", "likes30d",
                                               "num_parameters", "mainSize",  "id",           "last_modified", "created_at"};
  if (std::find(std::begin(sorts), std::end(sorts), sort) == std::end(sorts))
    co_return fail(Errc::malformed, "invalid_sort", fmt::format("\"sort\" must be one of [{}]", fmt::join(sorts, ", ")));
  q.sort = sort == "last_modified"                                                                                       ? "lastModified"
           : sort == "likes30d"                                                                                          ? "likes"
           : sort == "downloads" || sort == "likes" || sort == "lastModified" || sort == "id" || sort == "trendingScore" ? sort
                                                                                                                         : "createdAt";
  int page = default_page;
  if (auto l = query.get("limit")) {
    auto n = parse_u64(*l);
    if (!n) co_return fail(Errc::malformed, "malformed", "\"limit\" must be a number.");
    page = static_cast<int>(std::clamp<std::uint64_t>(*n, 1, max_page));
  }
  q.limit = page + 1;
  if (auto cursor = query.get("cursor")) {
    std::string text = from_base64url(*cursor).value_or("");
    std::size_t bar = text.find('|');
    auto value = bar == std::string::npos ? std::nullopt : parse_i64(std::string_view(text).substr(0, bar));
    if (!value) co_return fail(Errc::malformed, "cursor_invalid", "The cursor is not one of ours: begin at the first page.");
    q.after = {*value, text.substr(bar + 1)};
  }
  if (!x.caller.anonymous && x.caller.scopes.read_repos) {
    q.readable_owners.push_back(x.caller.party);
    for (auto& m : x.caller.memberships) q.readable_owners.push_back(m.org_party);
    q.all_private = x.caller.is_operator && x.caller.scopes.operate;
  }
  std::optional<std::string> author = query.get("author");
  bool nobody = false;
  auto body = [&](UnitOfWork& u) -> Result<std::vector<repository::RepositoryRow>> {
    if (author) {
      KT_TRY(auto party, v.account_store.find_party_by_name(u, *author));
      if (!party) {
        nobody = true;
        return std::vector<repository::RepositoryRow>();
      }
      q.owner = party->id;
    }
    return v.store.list(u, q);
  };
  KT_CO_TRY(auto rows, co_await v.storage.read(body));
  bool more = static_cast<int>(rows.size()) > page;
  if (more) rows.resize(static_cast<std::size_t>(page));
  auto expand = query.all("expand");
  bool full = query.flag("full") || !expand.empty(),
       card = query.flag("cardData") || std::find(expand.begin(), expand.end(), "cardData") != expand.end();
  Time now = v.wall.now();
  std::string out = "[";
  for (const auto& row : rows) {
    const Repository& r = row.repository;
    JsonWriter w;
    w.begin_object().field("_id", r.id).field("id", r.full_name());
    if (kind == Kind::model) w.field("modelId", r.full_name());
    if (full || kind == Kind::dataset) w.field("author", r.ns).field("disabled", false);
    if (r.gated.empty())
      w.field("gated", false);
    else
      w.field("gated", r.gated);
    w.field("private", r.visibility == identity::Visibility::private_)
        .field("likes", row.likes)
        .field("downloads", row.downloads)
        .raw_field("trendingScore", fmt::format("{}", repository::trending_score(row.trending, now)))
        .field("createdAt", rfc3339(r.created_at));
    std::string item = std::move(w).str();
    const std::string& members = full ? row.info : row.listing;
    if (!members.empty()) item += "," + members;
    item += "}";
    if (full && (!card || !expand.empty())) {
      // Without cardData=true the card stays out of full listings; expand names exactly what is wanted.
      auto tree = Json::parse(item);
      if (tree) {
        JsonWriter picked;
        picked.begin_object();
        for (const auto& [k, value] : *tree->object()) {
          bool keep = expand.empty()
                          ? k != "cardData"
                          : k == "_id" || k == "id" || k == "private" || std::find(expand.begin(), expand.end(), k) != expand.end();
          if (keep) picked.raw_field(k, value.dump());
        }
        item = std::move(picked.end_object()).str();
      }
    }
    if (out.size() > 1) out += ',';
    out += item;
  }
  out += ']';
  auto response = http::Response::json(200, std::move(out));
  if (more) {
    const auto& last = rows.back();
    std::string cursor =
        fmt::format("{}|{}", sort_value(last, q.sort), q.sort == "id" ? ascii_lower(last.repository.full_name()) : last.repository.id);
    response.headers.add("Link", link_next(x, base64url(cursor)));
  }
  co_return response;
}

}  // namespace

void register_lists(Surface& s, Services& v) {
  for (Kind kind : {Kind::model, Kind::dataset, Kind::space})
    s.route("GET", fmt::format("/api/{}", plural[static_cast<int>(kind)]), {.summary = "List repositories"},
            [&v, kind](Exchange& x) { return list(v, x, kind); });
}

}  // namespace kontor::huggingface
