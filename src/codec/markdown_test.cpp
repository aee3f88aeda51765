// Cards as people write them, and cards that mean harm.
#include "codec/markdown.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "codec/markdown_check.hpp"

namespace kontor {
namespace {

MarkdownOptions options() {
  MarkdownOptions o;
  o.link_base = "/bob/digits/blob/main/";
  o.image_base = "/bob/digits/resolve/main/";
  return o;
}
std::string card(std::string_view text) {
  std::string html = render_markdown(text, options());
  EXPECT_EQ(fault_in_card_html(html), "") << html;
  return html;
}
bool has(const std::string& html, std::string_view part) { return html.find(part) != std::string::npos; }

TEST(Markdown, ordinary_text) {
  std::string html = card(
      "# Digits\n\nReads *one* digit, **0** to `9`.\n\n- [x] trained\n- [ ] tested\n\n| a | b |\n|--:|---|\n| 1 | 2 "
      "|\n\n```python\nprint(\"<hi>\")\n```\n\nEnergy $E = mc^2$ and ~~old~~.\n");
  EXPECT_TRUE(has(html, "<h2 id=\"user-content-digits\">Digits</h2>")) << html;
  EXPECT_TRUE(has(html, "<em>one</em>"));
  EXPECT_TRUE(has(html, "\u2611 trained"));
  EXPECT_TRUE(has(html, "<td align=\"right\">1</td>"));
  EXPECT_TRUE(has(html, "<code class=\"language-python\">print(&quot;&lt;hi&gt;&quot;)\n</code>"));
  EXPECT_TRUE(has(html, "<span class=\"math\">E = mc^2</span>"));
}

TEST(Markdown, prices_are_no_formulas) {
  std::string html = card("It costs $5 to train, and $3 more; $a$5 and $x_1$, then $ y $.");
  EXPECT_TRUE(has(html, "costs $5 to train, and $3 more")) << html;
  EXPECT_TRUE(has(html, "$a$5")) << html;
  EXPECT_TRUE(has(html, "<span class=\"math\">x_1</span>,")) << html;
  EXPECT_TRUE(has(html, "$ y $")) << html;
}

TEST(Markdown, links_stay_inside_the_revision) {
  std::string html = card(
      "[a](docs/x.md) [b](../../../etc/passwd) [c](#Intended%20use) [d](https://example.org/x) [e](mailto:a@b.example) [f](/alice/words)");
  EXPECT_TRUE(has(html, "href=\"/bob/digits/blob/main/docs/x.md\""));
  EXPECT_TRUE(has(html, "href=\"/bob/digits/blob/main/etc/passwd\""));
  EXPECT_TRUE(has(html, "href=\"#user-content-intended-use\""));
  EXPECT_TRUE(has(html, "href=\"https://example.org/x\" rel=\"nofollow ugc noopener\""));
  EXPECT_TRUE(has(html, "href=\"/alice/words\""));
}

TEST(Markdown, pictures_of_the_repository_are_shown_and_others_are_links) {
  std::string html = card(
      "![chart](figures/a b.png \"t\") ![far](https://tracker.example/p.png) ![vector](x.svg)\n\n<img src=\"figures/c.jpg\" width=\"300\" "
      "onerror=\"alert(1)\">");
  EXPECT_TRUE(has(html, "src=\"/bob/digits/resolve/main/figures/c.jpg\" alt=\"\" loading=\"lazy\" width=\"300\""));
  EXPECT_FALSE(has(html, "src=\"https:"));
  EXPECT_TRUE(has(html, "href=\"https://tracker.example/p.png\""));
  EXPECT_FALSE(has(html, "<img src=\"/bob/digits/resolve/main/x.svg\""));
  EXPECT_FALSE(has(html, "onerror"));
}

TEST(Markdown, harm_does_not_get_through) {
  const char* cards[] = {
      "<script>alert(1)</script>",
      "<SCRIPT SRC=//evil.example/x.js></SCRIPT>text",
      "<img src=x onerror=alert(1)>",
      "[x](javascript:alert(1)) [y](JaVaScRiPt&colon;alert(1)) [z](&#106;avascript:alert(1)) [w](java\tscript:alert(1))",
      "<a href=\"javascript&#58;alert(1)\">x</a><a href='&#x6A;avascript&colon;alert(1)'>y</a><a href=\" javascript:alert(1)\">z</a>",
      "<svg onload=alert(1)><script>alert(1)</script></svg>",
      "<style>body{display:none}</style><link rel=stylesheet href=x><base href=//evil.example/>",
      "<form action=/logout method=post><input name=a><button>Win</button></form>",
      "<iframe src=https://evil.example></iframe><object data=x></object><embed src=x>",
      "<div style=\"position:fixed;inset:0\" class=\"btn\" id=app onclick=x>big</div>",
      "<a id=main name=k-context href=x>clobber</a>",
      "<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>",
      "<details open ontoggle=alert(1)><summary>x</summary>",
      "<p><table><tr><td><div></table></div></div></div></main></body></html>",
      "</div></main><main id=main>",
      "<!-- <script> --> <!--> <script>alert(1)</script> -->",
      "<x onclick=a<b>>\"><img src=1>",
      "<a href=`x`>q</a> <a href=\"x\"onclick=\"y\">r</a>",
      "![a](data:image/svg+xml;base64,PHN2Zz4=) ![b](DATA:text/html,x.png)",
      "`<script>` and\n\n    <script>in code</script>",
      "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
      "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
      "[a]: javascript:alert(1)\n\n[a] ![a]",
      "<https://x\"onmouseover=alert(1)//>",
      "# <img src=x onerror=y> {#main}\n\n## <h1>in</h1>",
  };
  for (const char* text : cards) {
    std::string html = card(text);
    for (const char* bad : {"<script", "<style", "<svg", "<form", "<iframe", "<object", "<base", "<link", "<input", "<button", "<main",
                            "</main", "<math", "<textarea", "id=\"main\"", "id=\"app\""})
      EXPECT_FALSE(has(html, bad)) << bad << " in " << html << "\nof " << text;
  }
}

TEST(Markdown, characters_that_deceive_are_shown) {
  std::string html = card("safe\u202Egnp.exe and zero\u200Bwidth, `if (x\u2066 y)` and &#x202E;");
  EXPECT_TRUE(has(html, "<span class=\"codepoint\">U+202E</span>gnp.exe"));
  EXPECT_TRUE(has(html, "zero<span class=\"codepoint\">U+200B</span>width"));
  EXPECT_TRUE(has(html, "U+2066"));
  EXPECT_FALSE(has(html, "\u202E"));
}

TEST(Markdown, large_and_deep_cards_end_in_time) {
  std::string cells = "|a|\n|-|\n";
  for (int i = 0; i < 10'000; ++i) cells += "|<b>x</b>|\n";
  card(cells);
  card(std::string(1'000'000, 'x'));
  card(std::string(3000, '>') + " deep");
  std::string tags, unclosed;
  for (int i = 0; i < 100'000; ++i) tags += "<div>";
  for (int i = 0; i < 2'000; ++i) unclosed += "<b id=" + std::to_string(i) + "><i>\n\nx\n\n";
  card(tags);
  card(unclosed);
  std::string emphasis;
  for (int i = 0; i < 60'000; ++i) emphasis += "_a*b**";
  card(emphasis);
  std::string brackets(50'000, '[');
  card(brackets);
}

TEST(Markdown, footnotes) {
  std::string html = card(
      "Trained on digits[^data], measured[^Eval] twice[^data].\n\n[^eval]: On the *test* set.\n[^data]: From `uci`,\nsee [the "
      "set](data.md).\n\n    Second paragraph.\n\n        code\n\nEnd.\n");
  EXPECT_TRUE(has(html,
                  "digits<sup><a href=\"#user-content-fn:1\" id=\"user-content-fnref:1\" aria-label=\"Footnote 1\">1</a></sup>, "
                  "measured<sup><a href=\"#user-content-fn:2\""))
      << html;
  EXPECT_TRUE(has(html, "id=\"user-content-fnref:1:2\"")) << html;
  EXPECT_TRUE(has(html,
                  "<p>End.</p>\n\n<div class=\"footnotes\" role=\"doc-endnotes\" aria-label=\"Footnotes\"><ol><li "
                  "id=\"user-content-fn:1\"><p>From <code>uci</code>,\nsee <a href=\"/bob/digits/blob/main/data.md\">"))
      << html;
  EXPECT_TRUE(has(html,
                  "<p>Second paragraph.</p><pre tabindex=\"0\"><code>code\n</code></pre> <a href=\"#user-content-fnref:1\" "
                  "aria-label=\"Back to footnote 1 in the text\">\u21A9\uFE0E</a> <a href=\"#user-content-fnref:1:2\""))
      << html;
  EXPECT_TRUE(has(html,
                  "<em>test</em> set. <a href=\"#user-content-fnref:2\" aria-label=\"Back to footnote 2 in the "
                  "text\">\u21A9\uFE0E</a></p></li></ol></div>"))
      << html;
}

TEST(Markdown, what_is_no_footnote) {
  std::string html = card(
      "a[^none] `b[^1]` [c[^1]](x.md) ![d[^1]](p.png) \\[^1] [^ 1]\n\n```\n[^1]: in code\n```\n\n[^unused]: never said\n\n    [^1]: "
      "indented code\n");
  EXPECT_FALSE(has(html, "footnotes")) << html;
  EXPECT_TRUE(has(html, "a[^none] <code>b[^1]</code>")) << html;
  EXPECT_TRUE(has(html, "[^1]: in code")) << html;
  EXPECT_FALSE(has(html, "never said")) << html;
  // In a link or a picture a reference stays text.
  html = card("[c[^1]](x.md) ![d[^1]](p.png) # e[^1]\n\n# Head[^1]\n\n[^1]: note\n");
  EXPECT_TRUE(has(html, ">c[^1]</a>")) << html;
  EXPECT_TRUE(has(html, "alt=\"d[^1]\"")) << html;
  EXPECT_TRUE(has(html, "<h2 id=\"user-content-head\">Head<sup>")) << html;
}

TEST(Markdown, footnotes_that_mean_harm) {
  // Each within itself, raw HTML left open, ids of others, and too many of everything.
  std::string html = card(
      "x[^a]\n\n[^a]: see [^b] and [^a] <div><script>\n[^b]: back to [^a] </div></ol></li><a href=\"javascript:x\" id=\"fn:1\">y\n\n# "
      "fn:1\n");
  EXPECT_TRUE(has(html, "<li id=\"user-content-fn:2\">")) << html;
  EXPECT_TRUE(has(html, "<h2 id=\"user-content-fn1\">")) << html;
  std::string many = "[^q]: note\n\n";
  while (many.size() < max_markdown_bytes - 10) many += "[^q] ";
  card(many);
  many.clear();
  for (int i = 0; many.size() < max_markdown_bytes - 100; ++i) many += fmt::format("w[^{0}]\n\n[^{0}]: n[^{1}] \n", i, i + 1);
  EXPECT_TRUE(has(card(many), "user-content-fn:1000\""));
  many = "[^1]\n\n[^1]: ";
  for (int i = 0; i < 200'000; ++i) many += "> ";
  card(many);
}

TEST(Markdown, long_cards_are_folded) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "line " + std::to_string(i) + "\n\n";
  MarkdownOptions o = options();
  o.fold_label = "Show <all>";
  std::string html = render_markdown(text, o);
  EXPECT_EQ(fault_in_card_html(html), "");
  EXPECT_TRUE(has(html, "<details class=\"more\"><summary>Show &lt;all&gt;</summary>"));
}

TEST(Markdown, anything_is_balanced) {
  static constexpr std::string_view pieces[] = {"<div>",      "</div>", "<table>",  "<tr>",      "<td>",
                                                "</td>",      "</tr>",  "</table>", "<li>",      "<ul>",
                                                "</ul>",      "<p>",    "</p>",     "<b>",       "</b>",
                                                "<a href=x>", "</a>",   "<h1>",     "</h1>",     "\n\n",
                                                "\n",         "- ",     "> ",       "# ",        "|a|b|\n|-|-|\n",
                                                "**",         "_",      "`",        "```\n",     "[x](y)",
                                                "![",         "](",     "x",        "<details>", "<summary>",
                                                "</details>", "<pre>",  "</pre>",   "<script>",  "</script>",
                                                "<!--",       "-->",    "$",        "&lt;",      "<img src=a.png>",
                                                "<dl>",       "<dt>",   "<center>", "</center>", "    ",
                                                "<br>",       "1. ",    "[^a]",     "[^b]",      "\n\n[^a]: ",
                                                "\n[^b]: "};
  std::mt19937 random(20261125);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = static_cast<int>(random() % 60); i >= 0; --i) text += pieces[random() % std::size(pieces)];
    std::string html = render_markdown(text, options());
    ASSERT_EQ(fault_in_card_html(html), "") << text << "\n---\n" << html;
  }
}

}  // namespace
}  // namespace kontor
