# The rest of the street: what makes the demo's marketplace look lived in when somebody opens it. More people, an organisation, models and
# data of other kinds, offers of other shapes, a few calls and orders, one listing that waits for review. All of it real: models are trained
# here, on data that scikit-learn ships, and measured; calls run them.
import csv
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn import datasets as source
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import train
from wire import expect, say, step, wait_for

HERE = Path(__file__).resolve().parent

TABLE_QUICKSTART = """\
# Scores one row. Needs: pip install onnxruntime==1.28.0 numpy
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

here = Path(__file__).resolve().parent
config = json.loads((here.parent / "config.json").read_text())
sample = json.loads((here / "sample.json").read_text())
row = np.array([[sample[name] for name in config["columns"]]], dtype=np.float32)
session = ort.InferenceSession(here.parent / "model.onnx", providers=["CPUExecutionProvider"])
print(session.run(None, {session.get_inputs()[0].name: row}))
"""

CARD = """\
---
license: {license}
language:
- {language}
{head}---

# {title}

{text}
"""

METERED = {
    "currency": "USD",
    "components": [{"id": "runs", "kind": "metered", "meter": "run", "model": "per_unit", "term": "prepaid", "free_units": 50, "free_reset": "never", "unit_amount": "0.002", "per": 1}],
    "refund_policy": "standard_7d", "tax_behaviour": "exclusive",
}
ONCE = {"currency": "USD", "components": [{"id": "licence", "kind": "one_off", "amount": "19.00", "term": "prepaid"}], "refund_policy": "standard_7d", "tax_behaviour": "exclusive"}
YEN = {"currency": "JPY", "components": [{"id": "licence", "kind": "one_off", "amount": "4800", "term": "prepaid"}], "refund_policy": "standard_7d", "tax_behaviour": "exclusive"}


def card(folder, title, text, language="en", licence="cc-by-4.0", **head):
    lines = ""
    for key, value in head.items():
        lines += f"{key}:\n" + "".join(f"- {one}\n" for one in value) if isinstance(value, list) else f"{key}: {value}\n"
    train.write(folder, "README.md", CARD.format(title=title, text=text.strip(), language=language, license=licence, head=lines))


def table_config(columns, labels=None, kind="classification"):
    config = {"model_type": "table", "architectures": ["Table"], "columns": columns, "problem_type": "single_label_classification" if kind == "classification" else "regression"}
    if labels is not None:
        config["id2label"] = {str(number): str(name) for number, name in enumerate(labels)}
    return config


def classifier(out, name, data, model, title, text, language="en", **head):
    """Trains, exports, measures and describes a classifier of table rows."""
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    train_x, test_x, train_y, test_y = train_test_split(data.data, data.target, test_size=0.3, stratify=data.target, random_state=train.SEED)
    model.fit(train_x, train_y)
    session = train.export(folder, model, train_x)
    by_onnx = session.run(None, {session.get_inputs()[0].name: test_x.astype(np.float32)})[0]
    metrics = train.scores(test_y, by_onnx)
    columns = [str(one).replace(" ", "_").replace("(", "").replace(")", "").replace("/", "_") for one in data.feature_names]
    train.write(folder, "config.json", table_config(columns, data.target_names))
    train.write(folder, "benchmarks/results.json", {"metrics": metrics, "split": {"train": len(train_x), "test": len(test_x), "seed": train.SEED}})
    train.write(folder, "examples/sample.json", dict(zip(columns, (round(float(value), 6) for value in test_x[0]))))
    train.write(folder, "examples/quickstart.py", TABLE_QUICKSTART)
    table = "| accuracy | F1 (macro) |\n|---|---|\n| {accuracy} | {f1} |".format(**metrics)
    card(folder, title, text.format(table=table, test=len(test_x), train=len(train_x)), language, library_name="onnx", pipeline_tag="tabular-classification", **head)
    return folder


def models(out):
    """Writes the folders; returns their names."""
    wine, iris, diabetes, digits = source.load_wine(), source.load_iris(), source.load_diabetes(), source.load_digits()
    classifier(out, "wine-cultivar", wine, RandomForestClassifier(100, random_state=train.SEED), "Wine cultivars",
               "Tells three cultivars of one Italian region apart by 13 chemical measurements. A random forest of 100 trees.\n\n{table}\n\n"
               "Measured on {test} wines that the training never saw ({train} for training).\n\n## Limitations\n\nOne region, one year, 178 bottles. It knows three cultivars and names one of them whatever it is given.\n\n"
               "## Data\n\nWine, by S. Aeberhard and M. Forina, 1992, UCI Machine Learning Repository, CC BY 4.0.",
               datasets=["nora/wine"], tags=["tabular", "chemistry", "small"])
    classifier(out, "iris-ja", iris, make_pipeline(StandardScaler(), SVC(probability=True, random_state=train.SEED)), "アヤメの品種分類",
               "がく片と花弁の長さと幅から、アヤメの3品種（setosa、versicolor、virginica）を判別します。標準化とサポートベクターマシンによる分類器です。\n\n{table}\n\n"
               "学習に使っていない{test}件で評価しました（学習用は{train}件）。\n\n## 制限事項\n\n1936年に公開された150件のデータに基づく小さなモデルです。3品種以外の花を入力しても、必ずいずれかの品種名を返します。\n\n"
               "## データ\n\nIris（R. A. Fisher、1936年、UCI Machine Learning Repository、CC BY 4.0）",
               "ja", datasets=["nora/iris"], tags=["tabular", "education", "small"])

    folder = out / "diabetes-progression"
    folder.mkdir(parents=True, exist_ok=True)
    train_x, test_x, train_y, test_y = train_test_split(diabetes.data, diabetes.target, test_size=0.3, random_state=train.SEED)
    model = make_pipeline(StandardScaler(), Ridge(alpha=10.0)).fit(train_x, train_y)
    session = train.ort.InferenceSession(train.to_onnx(model, train_x[:1].astype(np.float32), target_opset=18).SerializeToString(), providers=["CPUExecutionProvider"])
    (folder / "model.onnx").write_bytes(train.to_onnx(model, train_x[:1].astype(np.float32), target_opset=18).SerializeToString())
    predicted = session.run(None, {session.get_inputs()[0].name: test_x.astype(np.float32)})[0].ravel()
    train.write(folder, "config.json", table_config(list(diabetes.feature_names), kind="regression"))
    train.write(folder, "examples/sample.json", dict(zip(diabetes.feature_names, (round(float(value), 6) for value in test_x[0]))))
    train.write(folder, "examples/quickstart.py", TABLE_QUICKSTART)
    card(folder, "Progression of diabetes", f"""
Estimates from ten standardised measurements how far the disease has progressed a year later, as a number between about 25 and 350.
Ridge regression: $\\hat y = w^\\top x + b$ with $\\min_w \\lVert Xw - y \\rVert^2 + \\alpha \\lVert w \\rVert^2$, $\\alpha = 10$.

| mean absolute error | $R^2$ |
|---|---|
| {mean_absolute_error(test_y, predicted):.1f} | {r2_score(test_y, predicted):.3f} |

Measured on {len(test_x)} held-out people of 442. **Not a medical device.**

## Data

B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, *Least Angle Regression*, 2004.
""", pipeline_tag="tabular-regression", library_name="onnx", tags=["tabular", "health"], datasets=["nora/diabetes"])

    folder = out / "digits-svc"
    folder.mkdir(parents=True, exist_ok=True)
    train_x, test_x, train_y, test_y = train_test_split(digits.data.astype(np.float32), digits.target, test_size=0.3, stratify=digits.target, random_state=train.SEED)
    model = SVC(gamma=0.001, probability=True, random_state=train.SEED).fit(train_x, train_y)
    session = train.export(folder, model, train_x)
    metrics = train.scores(test_y, session.run(None, {session.get_inputs()[0].name: test_x})[0])
    save_file({"support_vectors": model.support_vectors_.astype(np.float32)}, folder / "model.safetensors", metadata={"format": "np"})
    train.write(folder, "config.json", {"model_type": "svc", "architectures": ["SVC"], "id2label": {str(n): str(n) for n in range(10)}, "problem_type": "single_label_classification"})
    train.write(folder, "preprocessor_config.json", {"image_processor_type": "ImageProcessor", "image_mode": "L", "do_resize": True, "size": {"height": 8, "width": 8}, "resample": 4, "invert": True,
                                                     "do_rescale": True, "rescale_factor": 16 / 255, "do_normalize": False, "do_flatten": True})
    train.digit_pictures(folder, digits, [next((x, y) for x, y in zip(test_x, test_y) if y == digit) for digit in (1, 4, 7)])
    card(folder, "手写数字识别（SVC）", f"""
识别 0 到 9 的单个手写数字。支持向量机，使用 scikit-learn 训练并导出为 ONNX。

| 准确率 | F1（宏平均） |
|---|---|
| {metrics['accuracy']} | {metrics['f1']} |

在训练未见过的 {len(test_x)} 个样本上测得。

## 局限性

训练数据来自 13 位书写者，输入为 8×8 灰度图。其他笔迹、带阴影的照片或多位数字不在其能力范围内。

## 数据

Optical Recognition of Handwritten Digits（E. Alpaydin、C. Kaynak，1998，UCI，CC BY 4.0）
""", "zh", "other", library_name="onnx", pipeline_tag="image-classification", tags=["handwriting", "small"], base_model=["bob/digits"], datasets=["nora/digits"])


def tables(out):
    """Data sets as CSV with their cards."""
    for name, data, origin in (
        ("wine", source.load_wine(), "S. Aeberhard and M. Forina, 1992, UCI, CC BY 4.0"), ("iris", source.load_iris(), "R. A. Fisher, 1936, UCI, CC BY 4.0"),
        ("diabetes", source.load_diabetes(), "B. Efron and others, 2004"), ("digits", source.load_digits(), "E. Alpaydin and C. Kaynak, 1998, UCI, CC BY 4.0"),
    ):
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        columns = [str(one) for one in data.feature_names] + ["target"]
        rows = [[f"{value:g}" for value in (*row, target)] for row, target in zip(data.data, data.target)]
        with open(folder / "data.csv", "w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        shown = 6
        sample = "\n".join("| " + " | ".join(row[:shown]) + " |" for row in rows[:4])
        card(folder, name.capitalize(), f"""
{len(rows):,} rows, {len(columns)} columns, the last of them the target.

| {' | '.join(columns[:shown])} |
|{'---|' * shown}
{sample}

```python
import pandas as pd
table = pd.read_csv("data.csv")
```

## Origin

{origin}, as shipped with scikit-learn.
""", task_categories=["image-classification" if name == "digits" else "tabular-regression" if name == "diabetes" else "tabular-classification"], size_categories=["n<1K" if len(rows) < 1000 else "1K<n<10K"], tags=["tabular"])


class Street:
    """Steps of run.py's Demo that come after the trade; they are done once for a folder."""

    def street(self):
        step(11, "The rest of the street: more people, models, data and offers")
        if self.anyone.get("/api/v1/offers?asset=model:mei/digits-svc", status=(200, 404), quiet=True).get("data"):
            say("stands from an earlier demo")
            return
        nora, ken, mei = (self.person(name, "write") for name in ("nora", "ken", "mei"))
        subprocess.run([self.kontor, "org", "add", "hanare", "--full-name", "Hanare Lab", "--member", "ken:admin", "--member", "mei:write", "--data", self.data], check=False, capture_output=True)
        out = self.work / "street"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of scikit-learn about its own next versions; ours is pinned
            models(out / "models")
        tables(out / "datasets")
        for name in ("wine", "iris", "diabetes", "digits"):
            self.hf(nora, "upload", f"nora/{name}", str(out / "datasets" / name), ".", "--repo-type", "dataset", "--commit-message", "Data and card", quiet=True)
        for person, repo, folder in ((nora, "nora/wine-cultivar", "wine-cultivar"), (ken, "hanare/iris-ja", "iris-ja"), (nora, "nora/diabetes-progression", "diabetes-progression"), (mei, "mei/digits-svc", "digits-svc")):
            self.hf(person, "upload", repo, str(out / "models" / folder), ".", "--commit-message", "First version", quiet=True)
        expect(self.anyone.raw("GET", "/api/models/mei/digits-svc")[0] == 200, "four more models and four data sets")

        self.offer_it(nora, "model:nora/wine-cultivar", "Wine cultivars", "Three cultivars by 13 measurements", "chemistry", ["download", "api_access"], METERED, ["use", "run", "download"], True)
        self.offer_it(ken, "model:hanare/iris-ja", "アヤメの品種分類", "がく片と花弁の寸法から3品種を判別", "education", ["download", "api_access"], YEN, ["use", "run", "download", "commercial"], False)
        self.offer_it(mei, "model:mei/digits-svc", "手写数字识别", "识别单个手写数字，准确率约 99%", "vision", ["download", "api_access"], ONCE, ["use", "run", "download", "commercial"], False)
        self.offer_it(self.bob, f"model:{self.table}", "Breast cancer from cell measurements", "Waits for review", "health", ["download"], ONCE, ["use", "download"], False, approve=False)
        expect(True, f"three more listings are published, one of bob's waits in the operator's queue")
        for person, asset in ((nora, "model:nora/wine-cultivar"), (nora, "model:nora/diabetes-progression"), (ken, "model:hanare/iris-ja"), (mei, "model:mei/digits-svc")):
            made = person.post("/api/v1/deployments", {"asset": asset, "revision": "main", "runtime": "auto", "visibility": "public", "min_replicas": 0, "max_replicas": 1, "hardware": "cpu"}, quiet=True)
            wait_for(asset, lambda: person.get(f"/api/v1/deployments/{made['id']}", quiet=True)["state"] in ("ready", "idle", "failed"))
        self.traffic(out / "models")

    def offer_it(self, seller, asset, title, summary, category, delivery, plan, rights, auto, approve=True):
        listing = seller.post("/api/v1/listings", {"asset": asset, "title": title, "summary": summary, "category": category, "delivery": delivery}, status=(201, 409), quiet=True).get("id")
        if not listing:
            # What an interrupted demo left: a draft without an offer.
            drafts = seller.get(f"/api/v1/listings?asset={asset}&seller={asset.split(':')[1].split('/')[0]}&state=draft", quiet=True)["data"]
            if not drafts:
                return
            listing = drafts[0]["id"]
        made = seller.post(f"/api/v1/listings/{listing}/plans", plan, quiet=True)
        seller.post(f"/api/v1/listings/{listing}/offers", {"plan": made["id"], "plan_version": 1, "visibility": "public", "rights": rights, "licence": "custom-commercial-1", "auto_accept": auto}, quiet=True)
        seller.post(f"/api/v1/listings/{listing}/submit", quiet=True)
        if approve:
            self.op.post(f"/api/v1/listings/{listing}/approve", quiet=True)

    def traffic(self, models_folder):
        """Calls and one order, so that trends, usage and earnings have something to show."""
        sample = json.loads((models_folder / "wine-cultivar" / "examples" / "sample.json").read_text())
        calls = 0
        for number in range(56):
            code, _, body = self.alice.raw("POST", "/v1/models/nora/wine-cultivar/predictions", {"input": sample}, {"Prefer": "wait"})
            if code == 429:
                time.sleep(2)
                continue
            expect(code in (200, 201), f"call {number + 1} answered {code}: {body[:200]!r}") if code not in (200, 201) else None
            calls += 1
        offer = self.anyone.get("/api/v1/offers?asset=model:mei/digits-svc", quiet=True)["data"][0]
        order = self.alice.post("/api/v1/orders", {"offer": offer["id"], "offer_version": offer["version"], "quantity": 1, "buyer": "alice", "payment_method": "wallet",
                                                   "expected_total": {"amount": "19.00", "currency": "USD"}}, quiet=True)
        expect(order["state"] == "completed", f"alice called nora's model {calls} times and bought mei's")


def main():
    out = Path(sys.argv[1])
    models(out / "models")
    tables(out / "datasets")


if __name__ == "__main__":
    main()
