// The object store on the real file system.
#include "adapters/files/object_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/aligned.hpp"

namespace kontor::files {
namespace {
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("kontor-objects-" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string root() const { return (path / "objects").string(); }
};
}  // namespace

TEST(ObjectStore, AnObjectIsThereAfterCommitAndOnlyThen) {
  Folder folder;
  auto store = ObjectStore::at(folder.root());
  ASSERT_TRUE(store);
  auto w = (*store)->create();
  ASSERT_TRUE(w);
  ASSERT_TRUE((*w)->append("hello "));
  ASSERT_TRUE((*w)->append("world"));
  auto early = (*store)->open("a/b/c");
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, Errc::not_found);
  ASSERT_TRUE((*w)->commit("a/b/c"));
  auto r = (*store)->open("a/b/c");
  ASSERT_TRUE(r);
  EXPECT_EQ((*r)->size(), 11u);
  EXPECT_GE((*r)->fd(), 0);
  std::string s(5, '\0');
  ASSERT_TRUE((*r)->read(6, s));
  EXPECT_EQ(s, "world");
  std::string more(6, '\0');
  EXPECT_FALSE((*r)->read(6, more));

  ASSERT_TRUE((*store)->remove("a/b/c"));
  ASSERT_TRUE((*store)->remove("a/b/c"));
  EXPECT_FALSE((*store)->open("a/b/c"));
  EXPECT_TRUE((*r)->read(6, s));  // an open object stays readable
}

// Pieces that may go past the page cache beside such that cannot, in every order, then a shorter end: the bytes are the same.
TEST(ObjectStore, LargeAlignedPiecesKeepTheirPlace) {
  Folder folder;
  auto store = ObjectStore::at(folder.root());
  ASSERT_TRUE(store);
  std::minstd_rand rng(7);
  for (int round = 0; round < 20; ++round) {
    auto w = (*store)->create();
    ASSERT_TRUE(w);
    std::string want;
    AlignedBuffer memory(1 << 20);
    for (int piece = 0; piece < 6; ++piece) {
      for (char& c : memory.all()) c = static_cast<char>(rng());
      std::size_t sizes[] = {1 << 20, 512 << 10, 4096, (300 << 10) + 5, 17, 1 << 20};
      std::size_t from = rng() % 3 == 0 ? 1 : 0, n = sizes[rng() % std::size(sizes)] - from;
      std::string_view data(memory.all().data() + from, n);
      ASSERT_TRUE((*w)->append(data));
      want += data;
    }
    want.resize(want.size() - rng() % 5000);
    ASSERT_TRUE((*w)->truncate(want.size()));
    ASSERT_TRUE((*w)->append("end"));
    want += "end";
    std::string key = "mixed/" + std::to_string(round);
    ASSERT_TRUE((*w)->commit(key));
    auto r = (*store)->open(key);
    ASSERT_TRUE(r);
    ASSERT_EQ((*r)->size(), want.size());
    AlignedBuffer back;
    for (int look = 0; look < 10; ++look) {
      std::uint64_t offset = rng() % want.size();
      if (look % 2 == 0) offset = AlignedBuffer::down(offset);
      std::uint64_t n = look < 5 ? want.size() - offset : rng() % (want.size() - offset);
      std::span<char> out = back.room(n);
      ASSERT_TRUE((*r)->read_once(offset, out));
      ASSERT_EQ(std::string_view(out.data(), n), std::string_view(want).substr(offset, n));
      ASSERT_TRUE((*r)->read(offset, out));
      ASSERT_EQ(std::string_view(out.data(), n), std::string_view(want).substr(offset, n));
    }
    std::span<char> out = back.room(AlignedBuffer::up(want.size()) + 4096);
    EXPECT_FALSE((*r)->read_once(0, out));
  }
}

TEST(ObjectStore, AbandonedWritesLeaveNothing) {
  Folder folder;
  auto store = ObjectStore::at(folder.root());
  {
    auto w = (*store)->create();
    ASSERT_TRUE((*w)->append("x"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path / "objects/tmp"));
  std::ofstream(folder.path / "objects/tmp/99") << "left by a crash";
  auto again = ObjectStore::at(folder.root());
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path / "objects/tmp"));
}

TEST(ObjectStore, ListsByPrefix) {
  Folder folder;
  auto store = ObjectStore::at(folder.root());
  for (std::string key : {"xorbs/aa/1", "xorbs/bb/2", "packs/3"}) {
    auto w = (*store)->create();
    ASSERT_TRUE((*w)->append(key));
    ASSERT_TRUE((*w)->commit(key));
  }
  std::map<std::string, std::uint64_t> seen;
  ASSERT_TRUE((*store)->list("xorbs/", [&](const std::string& key, std::uint64_t size, Time) { seen[key] = size; }));
  EXPECT_EQ(seen, (std::map<std::string, std::uint64_t>{{"xorbs/aa/1", 10}, {"xorbs/bb/2", 10}}));
}

}  // namespace kontor::files
