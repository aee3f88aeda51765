// What the use cases of this room share. Not for other rooms.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/aligned.hpp"
#include "base/clock.hpp"
#include "base/storage.hpp"
#include "codec/xorb.hpp"
#include "content/ports.hpp"

namespace kontor::content {

// A stored xorb and its index. Immutable.
struct StoredXorb {
  XorbRow row;
  codec::XorbIndex index;
};
using StoredXorbPtr = std::shared_ptr<const StoredXorb>;
using Xorbs = std::unordered_map<Hash, StoredXorbPtr>;

// The indexes used last, bounded by their chunks. Any thread.
class IndexCache {
 public:
  explicit IndexCache(std::size_t max_chunks) : max_chunks_(max_chunks) {}
  StoredXorbPtr get(const Hash& hash);
  void put(StoredXorbPtr xorb);
  void drop(const Hash& hash);

 private:
  std::mutex mutex_;
  std::size_t max_chunks_, chunks_ = 0;
  std::list<StoredXorbPtr> order_;  // most recent first
  std::unordered_map<Hash, std::list<StoredXorbPtr>::iterator> by_hash_;
};

inline constexpr std::size_t cached_chunks = 256 * 1024;  // about 12 MiB
inline constexpr std::size_t block = 1 << 20;             // bytes handled per visit to the pool

struct Core {
  Storage& storage;
  ContentStore& store;
  ByteStore& bytes;
  Executor& pool;
  const Clock& wall;
  IndexCache cache{cached_chunks};

  // Those of `hashes` that are stored. Errors: internal (damaged index), the storage's.
  Task<Result<Xorbs>> load(std::vector<Hash> hashes);
  Result<StoredXorbPtr> load_in(UnitOfWork& unit, const Hash& hash);  // null if not stored
  Result<Xorbs> load_now(const std::vector<Hash>& hashes);            // blocking, on a pool thread
  std::string new_object_key(const Hash& xorb) const;
};

// When the object of this key was made; nothing for keys that are not ours.
std::optional<Time> made_at(std::string_view object_key);

Unexpected not_stored(const Hash& xorb);

// Decodes chunks [start, end) of a stored xorb into `out`, whose size is their raw length. Blocking.
Status decode(const StoredXorb& xorb, ObjectReader& reader, std::uint32_t start, std::uint32_t end, std::span<char> out);

// Reads a recipe from front to end, for checks and small files. Blocking, on a pool thread.
class RecipeReader {
 public:
  // `once`: the bytes are not wanted again soon, they need not stay in a cache.
  RecipeReader(Core& core, Recipe recipe, bool once = false) : core_(core), recipe_(std::move(recipe)), once_(once) {}
  // Hands at least one whole chunk (about `block` bytes at most) to `each`, in pieces that live until it returns. False at the end.
  Result<bool> next(const std::function<void(std::string_view)>& each);

 private:
  Core& core_;
  Recipe recipe_;
  std::size_t term_ = 0;
  std::uint32_t chunk_ = 0;  // within the term's xorb; 0: at the term's start
  bool open_ = false;
  StoredXorbPtr xorb_;
  std::shared_ptr<ObjectReader> reader_;
  bool once_;
  AlignedBuffer stored_, raw_;  // kept from call to call, and only grown: filling fresh memory costs as much as reading it
};

// Work on the pool that goes on while its starter does something else; awaited once, by the coroutine that started it.
template <class T>
class PoolJob {
 public:
  template <class F>
  PoolJob(Executor& pool, F work) : state_(std::make_shared<State>()) {
    pool.post([state = state_, work = std::make_shared<F>(std::move(work))] {
      T value = (*work)();
      std::function<void(T)> done;
      {
        std::lock_guard lock(state->mutex);
        if (!state->done) {
          state->value.emplace(std::move(value));
          return;
        }
        done = std::move(state->done);
      }
      done(std::move(value));
    });
  }
  Task<T> wait() {
    auto state = state_;
    typename Callback<T>::Start start = [state](std::function<void(T)> done) {
      std::optional<T> ready;
      {
        std::lock_guard lock(state->mutex);
        if (state->value)
          ready = std::move(state->value);
        else
          state->done = std::move(done);
      }
      if (ready) done(std::move(*ready));
    };
    co_return co_await Callback<T>(std::move(start));
  }

 private:
  struct State {
    std::mutex mutex;
    std::optional<T> value;
    std::function<void(T)> done;
  };
  std::shared_ptr<State> state_;
};

}  // namespace kontor::content
