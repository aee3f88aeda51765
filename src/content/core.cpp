#include "content/core.hpp"

#include "base/random.hpp"
#include "base/text.hpp"

namespace kontor::content {

StoredXorbPtr IndexCache::get(const Hash& hash) {
  std::lock_guard lock(mutex_);
  auto it = by_hash_.find(hash);
  if (it == by_hash_.end()) return nullptr;
  order_.splice(order_.begin(), order_, it->second);
  return *it->second;
}

void IndexCache::put(StoredXorbPtr xorb) {
  std::lock_guard lock(mutex_);
  if (by_hash_.contains(xorb->row.hash)) return;
  chunks_ += xorb->index.chunks.size();
  order_.push_front(std::move(xorb));
  by_hash_[order_.front()->row.hash] = order_.begin();
  while (chunks_ > max_chunks_ && order_.size() > 1) {
    chunks_ -= order_.back()->index.chunks.size();
    by_hash_.erase(order_.back()->row.hash);
    order_.pop_back();
  }
}

void IndexCache::drop(const Hash& hash) {
  std::lock_guard lock(mutex_);
  auto it = by_hash_.find(hash);
  if (it == by_hash_.end()) return;
  chunks_ -= (*it->second)->index.chunks.size();
  order_.erase(it->second);
  by_hash_.erase(it);
}

Unexpected not_stored(const Hash& xorb) {
  return fail(Errc::internal, "damaged_store", "The xorb " + xorb.text() + " that a file needs is not stored.");
}

Result<StoredXorbPtr> Core::load_in(UnitOfWork& unit, const Hash& hash) {
  if (auto hit = cache.get(hash)) return hit;
  KT_TRY(auto row, store.find_xorb(unit, hash));
  if (!row) return nullptr;
  KT_TRY(auto packed, store.xorb_index(unit, hash));
  if (!packed) return fail(Errc::internal, "damaged_index", "The index of the xorb " + hash.text() + " is missing.");
  KT_TRY(auto index, codec::XorbIndex::unpack(*packed));
  auto made = std::make_shared<StoredXorb>(StoredXorb{std::move(*row), std::move(index)});
  cache.put(made);
  return made;
}

Result<Xorbs> Core::load_now(const std::vector<Hash>& hashes) {
  return storage.read_now([&](UnitOfWork& unit) -> Result<Xorbs> {
    Xorbs out;
    for (const Hash& h : hashes) {
      KT_TRY(auto x, load_in(unit, h));
      if (x) out.emplace(h, std::move(x));
    }
    return out;
  });
}

Task<Result<Xorbs>> Core::load(std::vector<Hash> hashes) {
  Xorbs out;
  std::vector<Hash> missing;
  for (const Hash& h : hashes) {
    if (auto hit = cache.get(h))
      out.emplace(h, std::move(hit));
    else
      missing.push_back(h);
  }
  if (missing.empty()) co_return out;
  auto body = [this, missing](UnitOfWork& unit) -> Result<Xorbs> {
    Xorbs found;
    for (const Hash& h : missing) {
      KT_TRY(auto x, load_in(unit, h));
      if (x) found.emplace(h, std::move(x));
    }
    return found;
  };
  KT_CO_TRY(Xorbs found, co_await storage.read(std::move(body)));
  out.merge(found);
  co_return out;
}

// The bytes of equal xorbs may differ (other compression), so each stored body has a name of its own and the row says which one counts.
// The name tells its age, so that bodies which no row ever named can be swept: "xorbs/ab/<hash>-<12 hex of ms><8 random hex>".
std::string Core::new_object_key(const Hash& xorb) const {
  std::string text = xorb.text();
  char ms[13];
  std::snprintf(ms, sizeof ms, "%012llx", static_cast<unsigned long long>(wall.now().ms()));
  return "xorbs/" + text.substr(0, 2) + "/" + text + "-" + ms + to_hex(random_bytes(std::size_t(4)));
}

std::optional<Time> made_at(std::string_view key) {
  std::size_t dash = key.rfind('-');
  if (dash == std::string_view::npos || key.size() - dash != 21 || !is_lower_hex(key.substr(dash + 1), 20)) return std::nullopt;
  return Time::from_ms(static_cast<std::int64_t>(std::stoull(std::string(key.substr(dash + 1, 12)), nullptr, 16)));
}

namespace {
Unexpected undecodable(const StoredXorb& xorb, std::uint32_t chunk) {
  return fail(Errc::internal, "damaged_store",
              "Chunk " + std::to_string(chunk) + " of the stored xorb " + xorb.row.hash.text() + " cannot be decoded.");
}
}  // namespace

Status decode(const StoredXorb& xorb, ObjectReader& reader, std::uint32_t start, std::uint32_t end, std::span<char> out) {
  const codec::XorbIndex& index = xorb.index;
  KT_ASSERT(start < end && end <= index.size() && out.size() == index.raw_length(start, end));
  std::uint32_t first = index.stored_begin(start);
  std::string stored(index.stored_begin(end) - first, '\0');
  KT_CHECK(reader.read(first, stored));
  for (std::uint32_t i = start; i < end; ++i) {
    auto record = std::string_view(stored).substr(index.stored_begin(i) - first, index.chunks[i].stored_end - index.stored_begin(i));
    auto status = codec::decompress(index.chunks[i].scheme, record.substr(codec::record_header),
                                    out.subspan(index.raw_begin(i) - index.raw_begin(start), index.raw_length(i, i + 1)));
    if (!status) return undecodable(xorb, i);
  }
  return {};
}

Result<bool> RecipeReader::next(const std::function<void(std::string_view)>& each) {
  if (term_ == recipe_.terms.size()) return false;
  const Term& term = recipe_.terms[term_];
  if (!open_) {
    KT_TRY(Xorbs found, core_.load_now({term.xorb}));
    if (found.empty()) return not_stored(term.xorb);
    xorb_ = found.begin()->second;
    if (term.start >= term.end || term.end > xorb_->index.size())
      return fail(Errc::internal, "damaged_store", "A recipe names chunks that its xorb does not have.");
    KT_TRY(reader_, core_.bytes.open(xorb_->row.object_key));
    chunk_ = term.start;
    open_ = true;
  }
  std::uint32_t end = chunk_ + 1;
  const codec::XorbIndex& index = xorb_->index;
  while (end < term.end && index.raw_length(chunk_, end + 1) <= block) ++end;
  std::uint64_t first = AlignedBuffer::down(index.stored_begin(chunk_));
  std::uint64_t upto = std::min(AlignedBuffer::up(index.stored_begin(end)), reader_->size());
  if (upto < index.stored_begin(end))
    return fail(Errc::internal, "damaged_store", "The stored xorb " + term.xorb.text() + " is shorter than its index says.");
  std::span<char> stored = stored_.room(upto - first);
  KT_CHECK(once_ ? reader_->read_once(first, stored) : reader_->read(first, stored));
  for (; chunk_ < end; ++chunk_) {
    const auto& c = index.chunks[chunk_];
    std::string_view payload(stored.data() + (index.stored_begin(chunk_) - first) + codec::record_header,
                             c.stored_end - index.stored_begin(chunk_) - codec::record_header);
    if (c.scheme == codec::Scheme::none && payload.size() == index.raw_length(chunk_, chunk_ + 1)) {
      each(payload);
      continue;
    }
    std::span<char> raw = raw_.room(index.raw_length(chunk_, chunk_ + 1));
    if (!codec::decompress(c.scheme, payload, raw)) return undecodable(*xorb_, chunk_);
    each({raw.data(), raw.size()});
  }
  if (chunk_ == term.end) {
    ++term_;
    open_ = false;
  }
  return true;
}

}  // namespace kontor::content
