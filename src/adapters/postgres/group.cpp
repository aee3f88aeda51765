#include "adapters/postgres/group.hpp"

#include <algorithm>

namespace kontor::postgres {
namespace {

using sql::Grouping;
using sql::Param;

constexpr int max_rounds = 12;
constexpr std::size_t send_ahead = 16;  // bodies whose changes go out while the next ones run

void append_key(std::string& key, std::int64_t v) { key.append(reinterpret_cast<const char*>(&v), sizeof v); }
void append_key(std::string& key, const Param& p) {
  key += static_cast<char>(p.kind);
  if (p.kind == Param::Kind::integer) return append_key(key, p.integer);
  append_key(key, static_cast<std::int64_t>(p.text.size()));
  key += p.text;
}
std::string key_of(const sql::Statement& s, sql::Params params) {
  std::string key;
  key.reserve(64);
  append_key(key, s.id());
  for (const Param& p : params) append_key(key, p);
  return key;
}
std::string row_key(const sql::Statement& s, std::int64_t id) {
  std::string key;
  append_key(key, s.id());
  append_key(key, id);
  return key;
}

std::vector<Value> values_of(sql::Params params) {
  std::vector<Value> out;
  out.reserve(params.size());
  for (const Param& p : params) out.emplace_back(p);
  return out;
}

bool same(const Value& v, const Param& p) {
  if (v.kind != p.kind) return false;
  return v.kind == Param::Kind::integer ? v.integer == p.integer : v.text == p.text;
}

const Param& at(sql::Params params, int n) { return *(params.begin() + (n - 1)); }

}  // namespace

Unexpected Group::give_up(bool& why) {
  why = true;
  return fail(Errc::retry, "read_together", "The body runs again.");
}

// Whether one of the changes from number `from` on can alter what the look-up answers.
bool Group::touched(const sql::Statement& statement, sql::Params params, std::size_t from) const {
  const Grouping& g = statement.grouping();
  auto may_match = [&](const Grouping& w, const Change& c) {
    if (w.kind != Grouping::Kind::insert || w.tables[0] != g.tables[0]) return true;
    for (const auto& [column, n] : g.equal)
      for (const auto& [inserted, m] : w.equal)
        if (column == inserted && !same(c.values[static_cast<std::size_t>(m - 1)], at(params, n))) return false;
    return true;
  };
  for (const std::string& table : g.tables) {
    auto it = by_table_.find(table);
    if (it == by_table_.end()) continue;
    for (auto n = std::lower_bound(it->second.begin(), it->second.end(), from); n != it->second.end(); ++n) {
      const Grouping& w = changes_[*n].statement->grouping();
      if (w.row == &statement) continue;  // the rows in reads_ follow such changes
      if (may_match(w, changes_[*n])) return true;
    }
  }
  return false;
}

Result<sql::Rows> Group::query(const sql::Statement& statement, sql::Params params) {
  if (statement.grouping().kind != Grouping::Kind::lookup) return give_up(ungrouped_);
  // What the body itself changed goes away with it when it is given up: it would never come further.
  if (touched(statement, params, mark_)) return give_up(ungrouped_);
  std::string key = key_of(statement, params);
  if (auto it = reads_.find(key); it != reads_.end()) {
    if (!touched(statement, params, it->second.as_of)) return it->second.rows;
    reads_.erase(it);
  }
  wanted_.try_emplace(std::move(key), Read{&statement, values_of(params), {}, 0});
  return give_up(waits_);
}

Result<std::int64_t> Group::exec(const sql::Statement&, sql::Params) { return give_up(ungrouped_); }

Status Group::exec_later(const sql::Statement& statement, sql::Params params) {
  const Grouping& g = statement.grouping();
  if (g.kind == Grouping::Kind::update) {
    auto row = rows_.find(row_key(*g.row, at(params, 1).integer));
    auto it = row == rows_.end() ? reads_.end() : reads_.find(row->second);
    if (it == reads_.end()) return give_up(ungrouped_);
    before_.emplace_back(it->first, it->second.rows);
    for (const auto& [column, n] : g.sets) {
      const Param& p = at(params, n);
      sql::Row::Cell cell;
      if (p.kind == Param::Kind::integer)
        cell = p.integer;
      else if (p.kind != Param::Kind::null)
        cell = std::string(p.text);
      it->second.rows.set(0, static_cast<std::size_t>(column), std::move(cell));
    }
  } else if (g.kind != Grouping::Kind::insert) {
    return give_up(ungrouped_);
  }
  by_table_[g.tables[0]].push_back(changes_.size());
  changes_.push_back({&statement, values_of(params)});
  return {};
}

void Group::undo() {
  while (changes_.size() > mark_) {
    by_table_[changes_.back().statement->grouping().tables[0]].pop_back();
    changes_.pop_back();
  }
  for (; !before_.empty(); before_.pop_back()) reads_.at(before_.back().first).rows = std::move(before_.back().second);
}

Status Group::send() {
  struct Batch {
    const sql::Statement* statement;
    std::vector<const std::vector<Value>*> rows;
    std::unordered_map<std::int64_t, std::size_t> place;  // update: of a key; the last change counts
  };
  std::vector<Batch> batches;
  for (; sent_ < changes_.size(); ++sent_) {
    const Change& c = changes_[sent_];
    const Grouping& g = c.statement->grouping();
    Batch* batch = nullptr;
    // Into the statement's batch, unless another statement changes the same table after it.
    for (auto b = batches.rbegin(); b != batches.rend(); ++b) {
      if (b->statement == c.statement) batch = &*b;
      if (b->statement->grouping().tables[0] == g.tables[0]) break;
    }
    if (!batch) batch = &batches.emplace_back(Batch{c.statement, {}, {}});
    if (g.kind == Grouping::Kind::update) {
      auto [it, first] = batch->place.try_emplace(c.values[0].integer, batch->rows.size());
      if (!first) {
        batch->rows[it->second] = &c.values;
        continue;
      }
    }
    batch->rows.push_back(&c.values);
  }
  for (const Batch& b : batches) KT_CHECK(c_.change_many(*b.statement, b.rows));
  return c_.push();
}

Status Group::fetch() {
  KT_CHECK(send());
  std::vector<Read*> reads;
  for (auto& [key, read] : wanted_) reads.push_back(&read);
  std::sort(reads.begin(), reads.end(), [](const Read* a, const Read* b) { return a->statement->id() < b->statement->id(); });
  std::vector<Connection::Many> asked;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    if (i == 0 || reads[i]->statement != reads[i - 1]->statement) asked.push_back({reads[i]->statement, {}, {}});
    asked.back().parameters.push_back(&reads[i]->values);
  }
  KT_CHECK(c_.look_up_many(asked));
  std::size_t next = 0;
  for (auto& a : asked)
    for (auto& rows : a.answers) reads[next++]->rows = std::move(rows);
  for (auto& [key, read] : wanted_) {
    read.as_of = changes_.size();
    if (read.rows.size() == 1 && read.rows[0].optional_integer(0)) rows_[row_key(*read.statement, read.rows[0].integer(0))] = key;
    reads_.insert_or_assign(key, std::move(read));
  }
  wanted_.clear();
  return {};
}

Status Group::run(std::vector<Member>& members, const std::function<Status()>& after_body) {
  std::vector<Member*> open;
  for (Member& m : members) open.push_back(&m);
  for (int round = 0; round < max_rounds && !open.empty(); ++round) {
    std::vector<Member*> waiting;
    std::size_t through = 0;
    for (Member* m : open) {
      mark_ = changes_.size();
      waits_ = ungrouped_ = false;
      Status s = (*m->body)(*this);
      if (ungrouped_ || waits_ || !s) undo();
      before_.clear();
      if (ungrouped_) continue;
      if (waits_) {
        waiting.push_back(m);
        continue;
      }
      m->finished = true;
      m->status = std::move(s);
      KT_CHECK(after_body());
      if (++through % send_ahead == 0) KT_CHECK(send());
    }
    open = std::move(waiting);
    if (!open.empty()) KT_CHECK(fetch());
  }
  return send();
}

}  // namespace kontor::postgres
