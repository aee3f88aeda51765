// What a runner may answer with, and what becomes of it.
#include "inference/outputs.hpp"

#include <gtest/gtest.h>

#include "codec/json.hpp"

namespace kontor::inference {
namespace {

const std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on", 26);
const Time now = Time::from_seconds(1'800'000'000);

Prediction prediction() {
  Prediction p;
  p.id = "pred";
  p.caller = "usr_1";
  return p;
}
Result<PlacedOutput> place(const std::string& output, std::vector<OutputFile> files) {
  return place_files(output, std::move(files), prediction(), now, Limits{});
}

TEST(Outputs, WithoutFilesNothingChanges) {
  for (const char* output : {"null", "[]", "[0.5,1e-7]", R"({"label":"$files"})", R"("file")"}) {
    auto placed = place(output, {});
    ASSERT_TRUE(placed) << output;
    EXPECT_EQ(placed->output, output);
    EXPECT_TRUE(placed->rows.empty());
    EXPECT_TRUE(file_references(output).empty());
    EXPECT_EQ(with_files(output, [](const FileReference&) { return "x"; }), output);
  }
}

TEST(Outputs, FilesAreNamedByTheirRows) {
  auto placed = place(R"([{"label":"a","mask":{"$file":"a.png"}},{"again":{"$file":"a.png"}},{"$file":"b.png"}])",
                      {{"a.png", png}, {"b.png", png + "more"}});
  ASSERT_TRUE(placed);
  ASSERT_EQ(placed->rows.size(), 2u);
  EXPECT_EQ(placed->bytes[1], png + "more");
  const StoredFile& a = placed->rows[0];
  EXPECT_EQ(a.owner, "usr_1");
  EXPECT_EQ(a.prediction, "pred");
  EXPECT_EQ(a.name, "a.png");
  EXPECT_EQ(a.content_type, "image/png");
  EXPECT_EQ(a.expires_at.seconds(), now.seconds() + 3600);
  auto named = file_references(placed->output);
  ASSERT_EQ(named.size(), 3u);
  EXPECT_EQ(named[0].id, a.id);
  EXPECT_EQ(named[1].id, a.id);
  EXPECT_EQ(named[2].id, placed->rows[1].id);
  EXPECT_EQ(named[2].size, png.size() + 4);
  EXPECT_EQ(named[0].expires_at.seconds(), a.expires_at.seconds());
  std::string shown = with_files(placed->output, [&](const FileReference& f) { return f.id == a.id ? "A" : "B"; });
  EXPECT_EQ(shown, R"([{"label":"a","mask":"A"},{"again":"A"},"B"])");
}

TEST(Outputs, WhatMayNotBeKept) {
  const std::vector<OutputFile> one{{"a.png", png}};
  const std::string stored = R"({"$file":"01hzy0000000000000000000000","type":"image/png","size":1,"expires":4102444800})";
  struct Case {
    std::string output;
    std::vector<OutputFile> files;
  };
  for (const Case& c : std::vector<Case>{
           {R"({"$file":"b.png"})", one},                      // another name
           {R"("a.png")", one},                                // not named
           {R"([{"$file":"a.png"},{"$file":"b.png"}])", one},  // one more than came
           {R"({"$file":"a.png","type":"text/html"})", one},   // more than a name
           {R"({"$file":7})", {}},                             // no name
           {R"({"x":[{"$file":"a.png"}]})", {}},               // nothing came
           {stored, {}},                                       // as only we write it
           {"[" + stored + R"(,{"$file":"a.png"}])", one},
           {R"({"\u0024file":"01hzy0000000000000000000000","type":"image/png"})", {}},
           {R"({"$file":"a.png"})", {{"a.png", "<html>"}}},
           {R"({"$file":"a.png"})", {{"a.png", png.substr(0, 8)}}},
           {R"({"$file":"a.svg"})", {{"a.svg", png}}},
           {R"({"$file":"../a.png"})", {{"../a.png", png}}},
           {R"({"$file":".png"})", {{".png", png}}},
           {R"({"$file":"a\n.png"})", {{"a\n.png", png}}},
           {R"({"$file":"a.png"})", {{"a.png", png + std::string(Limits{}.max_output_bytes, 'x')}}},
       }) {
    auto placed = place(c.output, c.files);
    ASSERT_FALSE(placed) << c.output;
    EXPECT_EQ(placed.error().code, "bad_output");
  }
  std::vector<OutputFile> many;
  std::string output = "[";
  for (int i = 0; i < 257; ++i) {
    many.push_back({std::to_string(i) + ".png", png});
    output += (i ? "," : "") + std::string(R"({"$file":")") + std::to_string(i) + ".png\"}";
  }
  EXPECT_FALSE(place(output + "]", many));
}

}  // namespace
}  // namespace kontor::inference
