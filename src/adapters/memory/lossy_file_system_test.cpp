// The object store on a disk that loses what was not flushed: whatever the moment of the power failure, a commit that was acknowledged
// is there in full afterwards, and no key shows anything but a whole object.
#include "adapters/memory/lossy_file_system.hpp"

#include <gtest/gtest.h>

#include "adapters/files/object_store.hpp"

namespace kontor::memory {
namespace {

std::string body_of(int i) { return std::string(1000 + 100 * i, static_cast<char>('a' + i)); }
std::string key_of(int i) { return "xorbs/" + std::to_string(i % 3) + "/" + std::to_string(i); }

Status put(files::ObjectStore& store, int i) {
  KT_TRY(auto w, store.create());
  KT_CHECK(w->append(body_of(i).substr(0, 500)));
  KT_CHECK(w->append(body_of(i).substr(500)));
  return w->commit(key_of(i));
}

std::string read(files::ObjectStore& store, const std::string& key) {
  auto r = store.open(key);
  if (!r) return "(none)";
  std::string s((*r)->size(), '\0');
  EXPECT_TRUE((*r)->read(0, s));
  return s;
}

}  // namespace

TEST(ObjectStoreOnALossyDisk, KeepsWhatItAcknowledgedWheneverThePowerFails) {
  for (std::int64_t moment = 0; moment < 80; ++moment) {
    auto disk = std::make_shared<Disk>();
    disk->calls_left = moment;
    std::set<int> acknowledged;
    if (auto store = files::ObjectStore::at("/objects", lossy_file_system(disk))) {
      for (int i = 0; i < 8; ++i)
        if (put(**store, i)) acknowledged.insert(i);
    }
    disk->crash();
    auto store = files::ObjectStore::at("/objects", lossy_file_system(disk));
    ASSERT_TRUE(store) << moment;
    for (int i = 0; i < 8; ++i) {
      std::string found = read(**store, key_of(i));
      if (acknowledged.contains(i))
        EXPECT_EQ(found, body_of(i)) << moment;
      else
        EXPECT_TRUE(found == "(none)" || found == body_of(i)) << moment;
    }
    EXPECT_TRUE(put(**store, 7)) << moment;  // goes on after the failure
  }
}

TEST(ObjectStoreOnALossyDisk, AFullDiskIsSaidSoAndLeavesNothing) {
  auto disk = std::make_shared<Disk>();
  disk->capacity = 1500;
  auto store = files::ObjectStore::at("/objects", lossy_file_system(disk));
  ASSERT_TRUE(store);
  EXPECT_TRUE(put(**store, 0));
  auto full = put(**store, 1);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, Errc::unavailable);
  EXPECT_EQ(full.error().code, "disk_full");
  int files = 0;
  (void)lossy_file_system(disk)->walk("/objects", [&](const std::string&, std::uint64_t, Time) { ++files; });
  EXPECT_EQ(files, 1);
  EXPECT_EQ(read(**store, key_of(0)), body_of(0));
}

}  // namespace kontor::memory
