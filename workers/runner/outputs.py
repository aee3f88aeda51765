# Turns a graph's answers into JSON: ranked labels for classifiers, plain nested lists for everything else but pictures (pictures.py).
import numpy as np

import pictures
from errors import ModelFailure
from schema import LABELS, tensor_schema

LABEL_NAMES = ("label", "output_label")
PROBABILITY_NAMES = ("probabilities", "output_probability", "probability", "scores")


def ranked(scores, names):
    """[{"label","score"}, ...], best first; equal scores keep the order of the classes."""
    if not np.all(np.isfinite(scores)):
        raise ValueError("the model answered with a score that is not a number")
    order = np.argsort(-scores, kind="stable")
    return [{"label": names[index], "score": float(scores[index])} for index in order]


def softmax(values):
    powers = np.exp(values - np.max(values))
    return powers / np.sum(powers)


def sigmoid(values):
    return 0.5 * (1 + np.tanh(values / 2))


def plain(value):
    """A tensor as JSON without its batch of one; what JSON cannot say (NaN, infinity) becomes null."""
    if isinstance(value, np.ndarray):
        value = value[0] if value.ndim > 0 and value.shape[0] == 1 else value
        return jsonable(value.tolist() if isinstance(value, np.ndarray) else value)
    return jsonable(value[0] if isinstance(value, list) and len(value) == 1 else value)


def jsonable(value):
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


class TensorOutput:
    """One output: its values. Several: an object by name."""

    classifies = False

    def __init__(self, names):
        self.names = names
        self.schema = tensor_schema(names)

    def answer(self, results, notes):
        if len(self.names) == 1:
            value = plain(results[self.names[0]])
            return value if isinstance(value, (list, dict)) else [value]
        return {name: plain(results[name]) for name in self.names}


class LabelOutput:
    """A classifier. `kind` says what the scores are: probabilities, logits, or to be judged by the looks."""

    classifies = True
    schema = LABELS

    def __init__(self, name, kind, labels, multi_label):
        self.names = [name]
        self.kind, self.labels, self.multi_label = kind, labels, multi_label

    def _probabilities(self, scores):
        if self.kind == "probabilities":
            return scores
        looks_done = np.all(scores >= 0) and np.all(scores <= 1) and abs(float(np.sum(scores)) - 1) < 1e-3
        if self.kind == "unknown" and looks_done:
            return scores
        return sigmoid(scores) if self.multi_label else softmax(scores)

    def answer(self, results, notes):
        value = results[self.names[0]]
        if isinstance(value, list):  # a sequence of maps: class -> probability
            scores = np.array(list(value[0].values()), dtype=np.float64)
            names = [self._name(key, index) for index, key in enumerate(value[0])]
            return ranked(scores, names)
        scores = np.asarray(value, dtype=np.float64).reshape(-1)
        if scores.size == 1 and (self.labels is None or len(self.labels) == 2):
            one = scores[0] if self.kind == "probabilities" else float(sigmoid(scores[0]))
            scores = np.array([1 - one, one])  # a binary classifier with a single score for class 1
        else:
            scores = self._probabilities(scores)
        if self.labels and len(self.labels) != scores.size:
            raise ValueError(f"config.json names {len(self.labels)} classes, the model scored {scores.size}")
        return ranked(scores, self.labels or [f"LABEL_{index}" for index in range(scores.size)])

    def _name(self, key, index):
        if isinstance(key, (int, np.integer)) and self.labels and 0 <= key < len(self.labels):
            return self.labels[int(key)]
        return str(key) if not self.labels or isinstance(key, str) else self.labels[index]


def choose(nodes, folder, process=None):
    """A picture or a classifier if the graph or its description says so, else plain tensors. `process`: how a picture that goes in is read."""
    made = pictures.choose(nodes, folder, process) if process else None
    if made:
        return made
    by_name = {node.name: node for node in nodes}
    labels = folder.labels()
    problem = folder.config.get("problem_type")
    architectures = folder.config.get("architectures") or []
    multi_label = problem == "multi_label_classification"
    if problem == "regression":
        return TensorOutput(_without_labels(nodes))

    probability = next((name for name in PROBABILITY_NAMES if name in by_name), None)
    if probability and any(name in by_name for name in LABEL_NAMES):
        _check(by_name[probability], labels)
        return LabelOutput(probability, "probabilities", labels, multi_label)
    named_so = any(isinstance(name, str) and name.endswith("Classification") for name in architectures)
    if "logits" in by_name and len(by_name["logits"].shape) == 2 and (labels or named_so):
        _check(by_name["logits"], labels)
        return LabelOutput("logits", "logits", labels, multi_label)
    candidates = [node for node in nodes if node.type in ("tensor(float)", "tensor(double)", "tensor(float16)") and len(node.shape) in (1, 2)]
    if labels and candidates:
        node = by_name.get(probability) if probability in [one.name for one in candidates] else candidates[0]
        _check(node, labels)
        return LabelOutput(node.name, "probabilities" if node.name == probability else "unknown", labels, multi_label)
    return TensorOutput([node.name for node in nodes])


def _without_labels(nodes):
    return [node.name for node in nodes if node.name not in LABEL_NAMES] or [node.name for node in nodes]


def _check(node, labels):
    """A list of names that does not fit the graph is found at start, not at the first call."""
    width = node.shape[-1] if len(node.shape) == 2 else None
    if labels and isinstance(width, int) and width > 1 and width != len(labels):
        raise ModelFailure(f"config.json names {len(labels)} classes, the graph scores {width}")
