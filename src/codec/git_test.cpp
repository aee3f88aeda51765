// Git formats against ids that git itself gives, and the patterns of .gitattributes and .gitignore.
#include "codec/git.hpp"

#include <gtest/gtest.h>

#include "codec/wildmatch.hpp"
#include "codec/yaml.hpp"

namespace kontor::git {

TEST(Git, KnowsTheIdsThatGitKnows) {
  EXPECT_EQ(object_id(Type::blob, "").hex(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(object_id(Type::blob, "hello\n").hex(), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(object_id(Type::tree, "").hex(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

TEST(Git, TreesSortFoldersAsIfTheyEndedWithASlash) {
  Oid o = object_id(Type::blob, "");
  auto body = encode_tree({{"a", o, true}, {"a.b", o, false}, {"a-b", o, false}});
  auto back = parse_tree(body).value();
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back[0].name, "a-b");
  EXPECT_EQ(back[1].name, "a.b");
  EXPECT_EQ(back[2].name, "a");
  EXPECT_TRUE(back[2].is_tree);
  EXPECT_FALSE(parse_tree(body.substr(0, body.size() - 1)));
}

TEST(Git, PacksGiveBackWhatWasPutIn) {
  PackWriter w;
  std::string big(300'000, 'x');
  w.add(Type::blob, "small");
  w.add(Type::blob, big);
  w.add(Type::blob, "small");
  w.add(Type::blob, encode_pointer({std::string(64, 'a'), 5}));
  auto entries = w.entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[2].pointer->size, 5u);
  auto pack = std::move(w).finish();
  for (auto& e : entries) {
    std::string_view record = std::string_view(pack.bytes).substr(e.offset);
    auto head = parse_record_head(record).value();
    EXPECT_EQ(head.size, e.size);
    auto body = inflate_exact(record.substr(head.head_bytes), head.size).value();
    EXPECT_EQ(object_id(head.type, body), e.oid);
  }
}

TEST(Git, CommitsRoundTrip) {
  Commit c{object_id(Type::tree, ""), {object_id(Type::blob, "p")}, {"A <b>", "a@x", 5}, {"C", "c@x", 6}, "title\n\nmore\nlines"};
  auto back = parse_commit(encode_commit(c)).value();
  EXPECT_EQ(back.title(), "title");
  EXPECT_EQ(back.rest(), "more\nlines");
  EXPECT_EQ(back.parents, c.parents);
  EXPECT_EQ(back.author.name, "A b");
}

TEST(Patterns, AttributesAndIgnore) {
  LfsRules lfs(
      "*.bin filter=lfs diff=lfs merge=lfs -text\nsaved_model/**/* filter=lfs diff=lfs merge=lfs -text\n*tfevents* filter=lfs\nkeep.bin "
      "-filter\n\"with blank.txt\" filter=lfs\n");
  EXPECT_TRUE(lfs.matches("a/b/c.bin"));
  EXPECT_TRUE(lfs.matches("saved_model/x/y"));
  EXPECT_TRUE(lfs.matches("saved_model/x"));
  EXPECT_TRUE(lfs.matches("run/events.out.tfevents.1"));
  EXPECT_TRUE(lfs.matches("with blank.txt"));
  EXPECT_FALSE(lfs.matches("keep.bin"));
  EXPECT_FALSE(lfs.matches("a.bin.txt"));
  IgnoreRules ignore("*.log\n!keep.log\n/build\ncache/\n");
  EXPECT_TRUE(ignore.matches("x/y.log"));
  EXPECT_FALSE(ignore.matches("keep.log"));
  EXPECT_TRUE(ignore.matches("build/a"));
  EXPECT_FALSE(ignore.matches("src/build"));
  EXPECT_TRUE(ignore.matches("a/cache/b"));
  EXPECT_FALSE(ignore.matches("cache"));
  EXPECT_FALSE(wildmatch(std::string(1000, '*') + "b", std::string(2000, 'a')));  // ends, and soon
}

TEST(Yaml, FrontMatterBecomesJson) {
  auto y = front_matter("---\nlicense: mit\ntags: [a, 'no', no]\nn: 1.5\nk: 3\n---\nbody\n");
  ASSERT_TRUE(y);
  EXPECT_EQ(parse_yaml(*y)->dump(), R"({"license":"mit","tags":["a","no","no"],"n":1.5,"k":3})");
  EXPECT_FALSE(front_matter("# no block\n"));
  EXPECT_FALSE(parse_yaml("a: [1, 2"));
  EXPECT_FALSE(parse_yaml("a: 1\na: 2"));
  EXPECT_FALSE(parse_yaml(std::string(5000, '[')));
  EXPECT_FALSE(
      parse_yaml("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d "
                 "[*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"));
}

}  // namespace kontor::git
