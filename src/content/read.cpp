// Bytes out: the chunks of a recipe, in order, uncompressed ones straight from the file to the sink, others decoded block by block.
#include "content/content.hpp"
#include "content/core.hpp"

namespace kontor::content {
namespace {

struct Piece {  // bytes [from, from + length) of a term's uncompressed data
  Term term;
  std::uint32_t from = 0, length = 0;
};

std::vector<Piece> pieces(const Recipe& recipe, std::uint64_t offset, std::uint64_t length) {
  std::vector<Piece> out;
  std::uint64_t at = 0, end = offset + length;
  for (const Term& t : recipe.terms) {
    std::uint64_t begin = at;
    at += t.bytes;
    if (at <= offset) continue;
    if (begin >= end) break;
    std::uint64_t first = std::max(begin, offset), last = std::min(at, end);
    out.push_back({t, static_cast<std::uint32_t>(first - begin), static_cast<std::uint32_t>(last - first)});
  }
  return out;
}

Task<Status> send_piece(Core* core, Piece piece, ByteSink* sink) {
  KT_CO_TRY(Xorbs found, co_await core->load({piece.term.xorb}));
  if (found.empty()) co_return not_stored(piece.term.xorb);
  StoredXorbPtr xorb = found.begin()->second;
  const codec::XorbIndex& index = xorb->index;
  if (piece.term.end > index.size() || piece.term.start >= piece.term.end ||
      index.raw_length(piece.term.start, piece.term.end) != piece.term.bytes)
    co_return fail(Errc::internal, "damaged_store", "A recipe does not fit the xorb that it names.");
  auto open = [core, xorb] { return core->bytes.open(xorb->row.object_key); };
  KT_CO_TRY(std::shared_ptr<ObjectReader> reader, co_await run_on(core->pool, std::move(open)));

  std::uint32_t from = index.raw_begin(piece.term.start) + piece.from, end = from + piece.length;
  std::uint32_t chunk = index.chunk_at(from);
  std::string buffer;
  while (from < end) {
    std::uint32_t begin = index.raw_begin(chunk);
    bool plain = index.chunks[chunk].scheme == codec::Scheme::none && reader->fd() >= 0;
    if (plain) {
      std::uint32_t stop = std::min(end, index.chunks[chunk].raw_end);
      KT_CO_CHECK(co_await sink->send_file(reader->fd(), index.stored_begin(chunk) + codec::record_header + (from - begin), stop - from));
      from = stop;
      ++chunk;
      continue;
    }
    std::uint32_t last = chunk + 1;
    while (last < piece.term.end && index.raw_begin(last) < end && index.raw_length(chunk, last + 1) <= block &&
           !(index.chunks[last].scheme == codec::Scheme::none && reader->fd() >= 0))
      ++last;
    buffer.resize(index.raw_length(chunk, last));
    std::span<char> out(buffer);
    auto work = [xorb, reader, chunk, last, out] { return decode(*xorb, *reader, chunk, last, out); };
    KT_CO_CHECK(co_await run_on(core->pool, std::move(work)));
    std::uint32_t stop = std::min(end, index.raw_begin(last));
    KT_CO_CHECK(co_await sink->write(std::string_view(buffer).substr(from - begin, stop - from)));
    from = stop;
    chunk = last;
  }
  co_return Status{};
}

Result<Recipe> recipe_of(Core& core, UnitOfWork& unit, const Hash& xet) {
  if (xet.is_zero()) return Recipe{};
  KT_TRY(auto recipe, core.store.find_file(unit, xet));
  if (!recipe) return fail(Errc::internal, "damaged_store", "The recipe of the file " + xet.text() + " is missing.");
  return std::move(*recipe);
}

Task<Result<Recipe>> recipe_by_sha(Core* core, std::string repository_id, std::string sha256_hex) {
  auto sha = Hash::parse_hex(sha256_hex);
  if (!sha) co_return fail(Errc::not_found, "object_not_found", "There is no such file in this repository.");
  auto body = [core, repository_id, sha](UnitOfWork& unit) -> Result<Recipe> {
    KT_TRY(auto link, core->store.find_link(unit, repository_id, *sha));
    if (!link) return fail(Errc::not_found, "object_not_found", "There is no such file in this repository.");
    return recipe_of(*core, unit, link->xet);
  };
  co_return co_await core->storage.read(std::move(body));
}

Task<Result<Recipe>> recipe_by_xet(Core* core, std::string repository_id, Hash xet) {
  auto body = [core, repository_id, xet](UnitOfWork& unit) -> Result<Recipe> {
    if (xet.is_zero()) return Recipe{};
    KT_TRY(bool held, core->store.holds(unit, repository_id, xet));
    if (!held) return fail(Errc::not_found, "file_not_found", "There is no such file in this repository.");
    return recipe_of(*core, unit, xet);
  };
  co_return co_await core->storage.read(std::move(body));
}

}  // namespace

Task<Status> Content::send_recipe(Recipe recipe, std::uint64_t offset, std::uint64_t length, ByteSink& sink) {
  if (offset > recipe.size || length > recipe.size - offset)
    co_return fail(Errc::range_not_satisfiable, "range", "The range lies outside the file.");
  for (const Piece& p : pieces(recipe, offset, length)) KT_CO_CHECK(co_await send_piece(core_.get(), p, &sink));
  co_return Status{};
}

Task<Status> Content::send(std::string repository_id, std::string sha256_hex, std::uint64_t offset, std::uint64_t length, ByteSink& sink) {
  KT_CO_TRY(Recipe recipe, co_await recipe_by_sha(core_.get(), std::move(repository_id), std::move(sha256_hex)));
  co_return co_await send_recipe(std::move(recipe), offset, length, sink);
}

Task<Status> Content::send_stored(std::shared_ptr<ObjectReader> object, std::uint64_t offset, std::uint64_t length, ByteSink& sink) {
  if (object->fd() >= 0) co_return co_await sink.send_file(object->fd(), offset, length);
  std::string buffer;
  while (length > 0) {
    buffer.resize(std::min<std::uint64_t>(length, block));
    std::span<char> out(buffer);
    auto work = [object, offset, out] { return object->read(offset, out); };
    KT_CO_CHECK(co_await run_on(core_->pool, std::move(work)));
    KT_CO_CHECK(co_await sink.write(buffer));
    offset += buffer.size();
    length -= buffer.size();
  }
  co_return Status{};
}

Task<Result<std::string>> Content::read_all(std::string repository_id, std::string sha256_hex, std::uint64_t limit) {
  Core* core = core_.get();
  KT_CO_TRY(Recipe recipe, co_await recipe_by_sha(core, std::move(repository_id), std::move(sha256_hex)));
  if (recipe.size > limit) co_return fail(Errc::too_large, "too_large", "The file is larger than what this use allows.");
  auto work = [core, recipe]() -> Result<std::string> {
    RecipeReader reader(*core, recipe);
    std::string out;
    out.reserve(recipe.size);
    auto add = [&](std::string_view piece) { out += piece; };
    for (;;) {
      KT_TRY(bool more, reader.next(add));
      if (!more) return out;
    }
  };
  co_return co_await run_on(core->pool, std::move(work));
}

Task<Result<std::uint64_t>> Content::file_size(std::string repository_id, Hash xet) {
  KT_CO_TRY(Recipe recipe, co_await recipe_by_xet(core_.get(), std::move(repository_id), xet));
  co_return recipe.size;
}

namespace {

struct Cut {
  std::uint64_t first = 0, last = 0;  // inclusive
};

Result<Cut> cut_of(const Content::Wanted& w, std::uint64_t size) {
  Cut c{0, size - 1};
  if (!w.first && w.last) {
    if (*w.last == 0) return fail(Errc::range_not_satisfiable, "range", "The range is empty.");
    c.first = size - std::min(size, *w.last);
  } else if (w.first) {
    c.first = *w.first;
    if (w.last) c.last = std::min(c.last, *w.last);
  }
  if (c.first >= size || c.first > c.last)
    return fail(Errc::range_not_satisfiable, "range", "The range starts behind the end of the file.");
  return c;
}

// Joins overlapping and adjacent chunk ranges of each xorb.
void merge(std::vector<FetchRange>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](auto& a, auto& b) { return a.start < b.start; });
  std::vector<FetchRange> out;
  for (const FetchRange& r : ranges) {
    if (!out.empty() && r.start <= out.back().end)
      out.back().end = std::max(out.back().end, r.end);
    else
      out.push_back(r);
  }
  ranges = std::move(out);
}

}  // namespace

Task<Result<Reconstruction>> Content::reconstruct(std::string repository_id, Hash xet, Wanted wanted) {
  Core* core = core_.get();
  KT_CO_TRY(Recipe recipe, co_await recipe_by_xet(core, std::move(repository_id), xet));
  Reconstruction out;
  if (recipe.size == 0) co_return out;
  KT_CO_TRY(Cut cut, cut_of(wanted, recipe.size));
  std::vector<Piece> parts = pieces(recipe, cut.first, cut.last - cut.first + 1);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Term t = parts[i].term;
    if (i == 0 || i + 1 == parts.size()) {
      // Only the outer terms can be cut, to the chunks that hold the first and the last byte.
      KT_CO_TRY(Xorbs found, co_await core->load({t.xorb}));
      if (found.empty()) co_return not_stored(t.xorb);
      const codec::XorbIndex& index = found.begin()->second->index;
      std::uint32_t begin = index.raw_begin(t.start) + parts[i].from;
      std::uint32_t first = index.chunk_at(begin), last = index.chunk_at(begin + parts[i].length - 1);
      if (i == 0) out.offset_into_first_range = begin - index.raw_begin(first);
      t.start = first;
      t.end = last + 1;
      t.bytes = index.raw_length(t.start, t.end);
    }
    out.terms.push_back(t);
    out.fetch[t.xorb].push_back({t.start, t.end, 0, 0});
  }
  for (auto& [hash, ranges] : out.fetch) {
    KT_CO_TRY(Xorbs found, co_await core->load({hash}));
    if (found.empty()) co_return not_stored(hash);
    const codec::XorbIndex& index = found.begin()->second->index;
    merge(ranges);
    for (FetchRange& r : ranges) {
      r.first_byte = index.stored_begin(r.start);
      r.last_byte = index.stored_begin(r.end) - 1;
    }
  }
  co_return out;
}

}  // namespace kontor::content
