#include "adapters/sql/likes_store.hpp"

#include "adapters/sql/rows.hpp"

namespace kontor::sql {
namespace {

using namespace repository;

const Statement add_like(
    "INSERT INTO repository_like (repository, party, liked_ns) SELECT r.id, CAST(?2 AS TEXT), CAST(?3 AS BIGINT) FROM repository r WHERE "
    "r.id = ?1 ON CONFLICT (repository, party) DO NOTHING");
const Statement drop_like("DELETE FROM repository_like WHERE repository = ?1 AND party = ?2");
const Statement count_repository("UPDATE repository SET likes = likes + ?2 WHERE id = ?1");
const Statement count_entry("UPDATE catalogue_entry SET likes = likes + ?2 WHERE repository = ?1");
const Statement is_liked("SELECT 1 FROM repository_like WHERE party = ?1 AND repository = ?2");
const Statement likers_of(
    "SELECT p.id, p.name, p.full_name, k.liked_ns FROM repository_like k JOIN party p ON p.id = k.party WHERE k.repository = ?1 AND "
    "(k.liked_ns, k.party) < (?2, ?3) ORDER BY k.liked_ns DESC, k.party DESC LIMIT ?4");
const Statement liked_repositories(
    "SELECT r.id, r.kind, r.owner, r.ns, r.name, r.visibility, r.gated, r.created_ns, r.updated_ns, k.liked_ns FROM repository_like k JOIN "
    "repository r ON r.id = k.repository "
    "WHERE k.party = ?1 AND (k.liked_ns, k.repository) < (?2, ?3) ORDER BY k.liked_ns DESC, k.repository DESC LIMIT ?4");

const Statement public_likes(
    "SELECT COUNT(*) FROM repository_like k JOIN repository r ON r.id = k.repository WHERE k.party = ?1 AND r.visibility = 0");

std::int64_t time_of(const LikesPlace& place) { return place ? place->first : INT64_MAX; }
std::string_view id_of(const LikesPlace& place) { return place ? std::string_view(place->second) : std::string_view(); }

class Store final : public Likes {
 public:
  Result<bool> set(UnitOfWork& u, std::string_view repository, std::string_view party, bool liked, Time now) override {
    Session& s = session(u);
    KT_TRY(auto n, liked ? s.exec(add_like, {repository, party, now.ns}) : s.exec(drop_like, {repository, party}));
    if (n == 0) return false;
    std::int64_t step = liked ? 1 : -1;
    KT_CHECK(changed(s.exec(count_repository, {repository, step})));
    KT_CHECK(changed(s.exec(count_entry, {repository, step})));
    return true;
  }
  Result<bool> likes(UnitOfWork& u, std::string_view party, std::string_view repository) override {
    KT_TRY(Rows rows, session(u).query(is_liked, {party, repository}));
    return !rows.empty();
  }
  Result<std::vector<Liker>> likers(UnitOfWork& u, std::string_view repository, const LikesPlace& after, int limit) override {
    return all<Liker>(session(u).query(likers_of, {repository, time_of(after), id_of(after), limit}), [](const Row& r) {
      Liker out;
      out.person.id = r.text(0), out.person.name = r.text(1), out.person.full_name = r.text(2);
      out.liked_at = {r.integer(3)};
      return out;
    });
  }
  Result<std::int64_t> count_public(UnitOfWork& u, std::string_view party) override {
    KT_TRY(Rows rows, session(u).query(public_likes, {party}));
    return rows[0].integer(0);
  }
  Result<std::vector<LikedRepository>> liked_by(UnitOfWork& u, std::string_view party, const LikesPlace& after, int limit) override {
    return all<LikedRepository>(session(u).query(liked_repositories, {party, time_of(after), id_of(after), limit}), [](const Row& r) {
      LikedRepository out;
      Repository& repo = out.repository;
      repo.id = r.text(0), repo.kind = static_cast<Kind>(r.integer(1)), repo.owner = r.text(2), repo.ns = r.text(3), repo.name = r.text(4);
      repo.visibility = r.integer(5) ? identity::Visibility::private_ : identity::Visibility::public_;
      repo.gated = r.text(6), repo.created_at = {r.integer(7)}, repo.updated_at = {r.integer(8)};
      out.liked_at = {r.integer(9)};
      return out;
    });
  }
};

}  // namespace

std::unique_ptr<Likes> make_likes() { return std::make_unique<Store>(); }

}  // namespace kontor::sql
