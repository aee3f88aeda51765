# The model cards and quick starts of the demo's models. Numbers come from the measurement, words say what is not known.

CARD = """\
---
license: {license}
language:
- en
library_name: onnx
pipeline_tag: {task}
tags:
{tags}
datasets:
- {dataset_id}
metrics:
- accuracy
- f1
model-index:
- name: {name}
  results:
  - task:
      type: {task}
    dataset:
      name: {dataset}
      type: {dataset_id}
      split: test
    metrics:
    - type: accuracy
      value: {accuracy}
      name: Accuracy
    - type: f1
      value: {f1}
      name: F1 (macro)
---

# {title}

{about}

## Intended use

{use}

## Training data

{data}

## Evaluation

Measured on {test} samples that the training never saw ({train} for training, stratified, seed {seed}):

| accuracy | F1 (macro) | precision (macro) | recall (macro) | one call, median |
|---|---|---|---|---|
| {accuracy} | {f1} | {precision} | {recall} | {p50} ms |

The exported ONNX graph gave the same class as scikit-learn on {agreement:.1%} of them. The full figures are in
`benchmarks/results.json`. One split of a small data set: another split moves the figures by a percent or so.

## Limitations

{limits}

## How to use

```python
{quickstart}```

## Files

{files}

## Licence

{licence_text}
"""

COMMERCIAL = (
    "The weights are sold under the licence that the listing names; without it, evaluation through the free calls only. "
    "The training data keep their own licence (see above), which asks for attribution and lets models be sold."
)


def render(card, results):
    metrics, split = results["metrics"], results["split"]
    tags = "\n".join(f"- {tag}" for tag in card["tags"])
    latency = results["latency_single_call_one_thread"]["p50_ms"]
    return CARD.format(
        **{**card, "tags": tags, **metrics}, train=split["train"], test=split["test"], seed=split["seed"],
        p50=latency, agreement=results["onnx_agrees_with_scikit_learn"],
    )


DIGITS_QUICKSTART = """\
# Reads one picture of a digit. Needs: pip install onnxruntime==1.28.0 numpy pillow
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image, ImageOps

here = Path(__file__).resolve().parent
picture = sorted(here.glob("digit_*.png"))[0]
ink = ImageOps.invert(Image.open(picture).convert("L")).resize((8, 8), Image.Resampling.BOX)
pixels = (np.asarray(ink, dtype=np.float32) * 16 / 255).reshape(1, 64)
session = ort.InferenceSession(here.parent / "model.onnx", providers=["CPUExecutionProvider"])
label, probabilities = session.run(None, {session.get_inputs()[0].name: pixels})
print(f"{picture.name}: {label[0]} ({probabilities.max():.1%} sure)")
"""

CANCER_QUICKSTART = """\
# Scores one row of measurements. Needs: pip install onnxruntime==1.28.0 numpy
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

here = Path(__file__).resolve().parent
config = json.loads((here.parent / "config.json").read_text())
sample = json.loads((here / "sample.json").read_text())
row = np.array([[sample[name] for name in config["columns"]]], dtype=np.float32)
session = ort.InferenceSession(here.parent / "model.onnx", providers=["CPUExecutionProvider"])
_, probabilities = session.run(None, {session.get_inputs()[0].name: row})
for number, probability in enumerate(probabilities[0]):
    print(f"{config['id2label'][str(number)]}: {probability:.1%}")
"""


def digits(version):
    longer = "" if version == 1 else " This is version 2: trained three times as long, and 1 MiB of the generated table replaced."
    return {
        "name": "digits",
        "title": "Handwritten digits",
        "license": "other",
        "task": "image-classification",
        "tags": ["onnx", "safetensors", "scikit-learn", "image-classification", "handwriting", "small"],
        "dataset_id": "sklearn/digits",
        "dataset": "Optical Recognition of Handwritten Digits (test part, as in scikit-learn)",
        "about": "Reads a single handwritten digit, 0 to 9. A multi-layer perceptron with one hidden layer of 128 units, "
        "trained with scikit-learn and exported to ONNX." + longer,
        "use": "Teaching, demonstrations and smoke tests. Pictures of one digit, dark ink on white paper, filling the frame; "
        "they are shrunk to 8 x 8 grey values.",
        "data": "Optical Recognition of Handwritten Digits by E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning "
        "Repository, CC BY 4.0, as shipped with scikit-learn: 1,797 digits, of 13 writers, counted into 8 x 8 blocks of ink.",
        "limits": "Thirteen writers: other hands, other digit shapes, photographs with shadows, "
        "several digits or letters in a picture are outside of what it has seen, and it answers a digit all the same. "
        "Do not let it read amounts of money or addresses unsupervised.",
        "quickstart": DIGITS_QUICKSTART,
        "files": "- `model.onnx` the network, input `[n, 64]` grey values 0 to 16\n"
        "- `model.safetensors` the same weights by layer\n"
        "- `embedding_table.safetensors` 24 MiB of **generated, seeded noise**. It is no part of the model and teaches it nothing; "
        "it is there to show how a second version of a large file travels and is stored\n"
        "- `config.json`, `preprocessor_config.json` class names and how a picture becomes the input",
        "licence_text": COMMERCIAL,
    }


def breast_cancer():
    return {
        "name": "breast-cancer",
        "title": "Breast cancer from cell measurements",
        "license": "cc-by-4.0",
        "task": "tabular-classification",
        "tags": ["onnx", "safetensors", "scikit-learn", "tabular-classification", "tabular", "small"],
        "dataset_id": "sklearn/breast-cancer",
        "dataset": "Breast Cancer Wisconsin (Diagnostic)",
        "about": "Estimates from 30 measurements of cell nuclei whether a tumour sample is malignant or benign. Standardised "
        "logistic regression, trained with scikit-learn and exported to ONNX.",
        "use": "Teaching and demonstrations of tabular models. **Not a medical device**: no decision about a person may rest on it.",
        "data": "Breast Cancer Wisconsin (Diagnostic) by W. Wolberg, O. Mangasarian, N. Street and W. Street, 1995, UCI Machine "
        "Learning Repository, CC BY 4.0, as shipped with scikit-learn: 569 samples, 212 malignant, 357 benign.",
        "limits": "One hospital, one way of taking and measuring samples, the early 1990s, no validation elsewhere. Recall on the "
        "malignant class matters most and is not perfect; see the figures. Probabilities are not calibrated.",
        "quickstart": CANCER_QUICKSTART,
        "files": "- `model.onnx` scaler and regression, input `[n, 30]`\n- `model.safetensors` the same numbers\n"
        "- `config.json` class names and the `columns` in order\n- `examples/sample.json` one held-out row",
        "licence_text": "CC BY 4.0, as the data; name the data's authors when you pass the model on.",
    }
