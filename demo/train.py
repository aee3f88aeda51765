# Trains the demo's two models on real public data and writes each as a complete repository folder:
#   OUT/digits         pictures of handwritten digits -> 0..9
#   OUT/breast-cancer  30 measurements of cell nuclei -> malignant or benign
# Usage: train.py OUT [--version 2]. Version 2 trains the digits model longer and changes about 1 MB of the large file.
import argparse
import json
import os
import time
import warnings
from pathlib import Path

# One thread: on a busy machine the small products of this training take twenty times as long with several.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import onnxruntime as ort
import sklearn
from PIL import Image
from safetensors.numpy import save_file
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import cards

SEED = 20260201
TABLE_ROWS, TABLE_WIDTH = 24_576, 256  # float32: 24 MiB
CHANGED_ROWS = 1_024  # of them differ in version 2: 1 MiB


def scores(truth, predicted):
    average = {"average": "macro"}
    return {
        "accuracy": round(float(accuracy_score(truth, predicted)), 4),
        "f1": round(float(f1_score(truth, predicted, **average)), 4),
        "precision": round(float(precision_score(truth, predicted, **average)), 4),
        "recall": round(float(recall_score(truth, predicted, **average)), 4),
    }


def speed(session, rows):
    """Median and 95th percentile of single calls in this process, in milliseconds."""
    name, taken = session.get_inputs()[0].name, []
    for row in rows[:200]:
        begun = time.perf_counter()
        session.run(None, {name: row[None]})
        taken.append((time.perf_counter() - begun) * 1000)
    return {"p50_ms": round(float(np.percentile(taken, 50)), 4), "p95_ms": round(float(np.percentile(taken, 95)), 4)}


def export(folder, model, sample):
    """Writes model.onnx with a plain probability tensor and opens it again."""
    made = to_onnx(model, sample[:1].astype(np.float32), options={id(model): {"zipmap": False}}, target_opset=18)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, str):
        content = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(content, encoding="utf-8")


def finish(folder, model, split, session, training, config, card):
    """What every model gets: measured results, the check of the export, its descriptions and its card."""
    train_x, test_x, train_y, test_y = split
    by_onnx = session.run(None, {session.get_inputs()[0].name: test_x.astype(np.float32)})[0]
    by_sklearn = model.predict(test_x)
    results = {
        "dataset": card["dataset"],
        "split": {"train": len(train_x), "test": len(test_x), "stratified": True, "seed": SEED},
        "metrics": scores(test_y, by_onnx),
        "onnx_agrees_with_scikit_learn": round(float(np.mean(by_onnx == by_sklearn)), 4),
        "latency_single_call_one_thread": speed(session, test_x.astype(np.float32)),
        "training_seconds": round(training, 3),
        "software": {"scikit-learn": sklearn.__version__, "onnxruntime": ort.__version__, "numpy": np.__version__},
    }
    write(folder, "benchmarks/results.json", results)
    write(folder, "config.json", config)
    write(folder, "training_config.json", {"estimator": str(model), "seed": SEED, "test_size": 0.3})
    write(folder, "examples/quickstart.py", card["quickstart"])
    write(folder, "README.md", cards.render(card, results))
    return results


def digit_pictures(folder, data, rows):
    """Samples of the held-out part as a person would have written them: dark ink on white paper, magnified."""
    for number, (pixels, label) in enumerate(rows):
        grey = (255 - np.round(pixels.reshape(8, 8) * 255 / 16)).astype(np.uint8)
        image = Image.fromarray(np.kron(grey, np.ones((16, 16), dtype=np.uint8)))
        path = folder / "examples" / f"digit_{number}_is_{label}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)


def embedding_table(version):
    """A large file to show how versions share storage. Seeded noise, not knowledge: the card says so."""
    table = np.random.default_rng(SEED).standard_normal((TABLE_ROWS, TABLE_WIDTH), dtype=np.float32)
    if version >= 2:
        start = TABLE_ROWS // 2
        changed = np.random.default_rng(SEED + version)
        table[start : start + CHANGED_ROWS] = changed.standard_normal((CHANGED_ROWS, TABLE_WIDTH), dtype=np.float32)
    return table


def train_digits(out, version):
    folder = out / "digits"
    folder.mkdir(parents=True, exist_ok=True)
    data = load_digits()
    split = train_test_split(data.data.astype(np.float32), data.target, test_size=0.3, stratify=data.target, random_state=SEED)
    model = MLPClassifier((128,), max_iter=80 if version == 1 else 240, random_state=SEED)
    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is what tells the versions apart
        model.fit(split[0], split[2])
    training = time.perf_counter() - begun

    session = export(folder, model, split[0])
    weights = {}
    for layer, (matrix, bias) in enumerate(zip(model.coefs_, model.intercepts_)):
        weights[f"layers.{layer}.weight"] = np.ascontiguousarray(matrix.T.astype(np.float32))
        weights[f"layers.{layer}.bias"] = bias.astype(np.float32)
    save_file(weights, folder / "model.safetensors", metadata={"format": "np"})
    save_file({"table": embedding_table(version)}, folder / "embedding_table.safetensors", metadata={"origin": f"seeded noise, seed {SEED}"})

    names = {str(number): str(number) for number in range(10)}
    config = {
        "model_type": "mlp",
        "architectures": ["MLPForImageClassification"],
        "hidden_sizes": [128],
        "id2label": names,
        "label2id": {name: int(number) for number, name in names.items()},
        "problem_type": "single_label_classification",
    }
    # 8x8 grey values 0..16, flat. Box resampling repeats how the data were made: ink counted in 4x4 blocks.
    preprocessor = {
        "image_processor_type": "ImageProcessor",
        "image_mode": "L",
        "do_resize": True,
        "size": {"height": 8, "width": 8},
        "resample": 4,
        "invert": True,
        "do_rescale": True,
        "rescale_factor": 16 / 255,
        "do_normalize": False,
        "do_flatten": True,
    }
    write(folder, "preprocessor_config.json", preprocessor)
    samples = [next((x, y) for x, y in zip(split[1], split[3]) if y == digit) for digit in (3, 5, 8)]
    digit_pictures(folder, data, samples)
    return finish(folder, model, split, session, training, config, cards.digits(version))


def train_cancer(out):
    folder = out / "breast-cancer"
    folder.mkdir(parents=True, exist_ok=True)
    data = load_breast_cancer()
    split = train_test_split(data.data, data.target, test_size=0.3, stratify=data.target, random_state=SEED)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    begun = time.perf_counter()
    model.fit(split[0], split[2])
    training = time.perf_counter() - begun

    session = export(folder, model, split[0])
    scaler, linear = model.steps[0][1], model.steps[1][1]
    weights = {"scaler.mean": scaler.mean_, "scaler.scale": scaler.scale_, "linear.weight": linear.coef_, "linear.bias": linear.intercept_}
    save_file({name: value.astype(np.float32) for name, value in weights.items()}, folder / "model.safetensors", metadata={"format": "np"})

    columns = [str(name).replace(" ", "_") for name in data.feature_names]
    config = {
        "model_type": "logistic-regression",
        "architectures": ["LinearForTabularClassification"],
        "id2label": {"0": "malignant", "1": "benign"},
        "label2id": {"malignant": 0, "benign": 1},
        "columns": columns,
        "problem_type": "single_label_classification",
    }
    sample = dict(zip(columns, (round(float(value), 6) for value in split[1][0])))
    write(folder, "examples/sample.json", sample)
    return finish(folder, model, split, session, training, config, cards.breast_cancer())


def main():
    parser = argparse.ArgumentParser(description="Trains the demo's models and writes their repository folders.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", type=int, choices=(1, 2), default=1)
    options = parser.parse_args()
    for name, results in (("digits", train_digits(options.out, options.version)), ("breast-cancer", train_cancer(options.out))):
        print(f"{name}: {json.dumps(results['metrics'])}, trained in {results['training_seconds']} s, "
              f"ONNX agrees with scikit-learn on {results['onnx_agrees_with_scikit_learn']:.1%} of the held-out part")


if __name__ == "__main__":
    main()
