// The object store on the real file system.
#include "adapters/files/object_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

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
