#include "adapters/sql/migrate.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "base/text.hpp"

namespace kontor::sql {
namespace {
std::string replace_all(std::string s, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += to.size()) s.replace(at, from.size(), to);
  return s;
}
std::string checksum(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return to_hex(std::string_view(reinterpret_cast<char*>(digest), sizeof digest));
}
}  // namespace

std::vector<std::string> ddl_statements(std::string_view text, bool postgres) {
  std::string without_comments;
  for (std::string_view line : split(text, '\n')) {
    without_comments += line.substr(0, line.find("--"));
    without_comments += '\n';
  }
  std::string s = replace_all(std::move(without_comments), "{int}", postgres ? "BIGINT" : "INTEGER");
  s = replace_all(std::move(s), "{text}", postgres ? "TEXT COLLATE \"C\"" : "TEXT");
  s = replace_all(std::move(s), "{blob}", postgres ? "BYTEA" : "BLOB");
  s = replace_all(std::move(s), "{strict}", postgres ? "" : "STRICT");
  // A surrogate row id that increases with insertion.
  s = replace_all(std::move(s), "{serial_key}",
                  postgres ? "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY" : "INTEGER PRIMARY KEY AUTOINCREMENT");
  std::vector<std::string> out;
  for (std::string_view piece : split(s, ';')) {
    piece = trim(piece);
    // A statement for one engine only begins with its name.
    std::string_view own = postgres ? "{postgres}" : "{sqlite}", other = postgres ? "{sqlite}" : "{postgres}";
    if (piece.starts_with(own)) piece = trim(piece.substr(own.size()));
    if (!piece.empty() && !piece.starts_with(other)) out.emplace_back(piece);
  }
  return out;
}

Status migrate(Session& session, const std::vector<Migration>& migrations) {
  auto run = [&](const std::string& sql) -> Status {
    auto r = session.exec(Statement(sql), {});
    if (!r) return Unexpected(r.error());
    return {};
  };
  for (auto& sql : ddl_statements("CREATE TABLE IF NOT EXISTS schema_migration (number {int} PRIMARY KEY, name {text} NOT NULL, checksum "
                                  "{text} NOT NULL) {strict}",
                                  session.is_postgres()))
    KT_CHECK(run(sql));
  KT_TRY(Rows applied, session.query(Statement("SELECT number, checksum FROM schema_migration ORDER BY number"), {}));
  std::map<std::int64_t, std::string> known;
  for (Row row : applied) known[row.integer(0)] = row.text(1);
  for (const Migration& m : migrations) {
    std::string sum = checksum(m.text);
    if (auto it = known.find(m.number); it != known.end()) {
      if (it->second != sum)
        return fail(Errc::conflict, "migration_changed",
                    fmt::format("Migration {} ({}) was changed after it had been applied to this database.", m.number, m.name));
      known.erase(it);
      continue;
    }
    for (auto& sql : ddl_statements(m.text, session.is_postgres())) KT_CHECK(run(sql));
    KT_TRY(auto n,
           session.exec(Statement("INSERT INTO schema_migration (number, name, checksum) VALUES (?1, ?2, ?3)"), {m.number, m.name, sum}));
    KT_ASSERT(n == 1);
  }
  if (!known.empty())
    return fail(Errc::conflict, "database_too_new",
                fmt::format("The database has migration {} that this program does not know: use the newer program.", known.begin()->first));
  for (const Migration& m : migrations)
    if (m.finish) KT_CHECK(m.finish(session));
  return {};
}

}  // namespace kontor::sql
