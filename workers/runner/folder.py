# Reads a model's folder: where the graph is and what the field's own description files say about it.
import json
import os
import re
from pathlib import Path

from errors import ModelFailure

DESCRIPTION_LIMIT = 16 * 1024 * 1024  # bytes of one JSON file; configurations are far smaller

CARD_LIMIT = 64 * 1024  # characters of a model card that may hold its front matter
TASKS = {"ForImageSuperResolution": "image-to-image", "ForImageToImage": "image-to-image", "ForSemanticSegmentation": "image-segmentation"}


def find_graph(root):
    """The ONNX file to load: model.onnx, else onnx/model.onnx, else the only one there is."""
    for name in ("model.onnx", "onnx/model.onnx"):
        if (root / name).is_file():
            return root / name
    found = sorted(
        Path(folder, name)
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith(".onnx")
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise ModelFailure("missing file: the repository has no model.onnx, no onnx/model.onnx and no other *.onnx file")
    listed = ", ".join(str(path.relative_to(root)) for path in found[:5])
    raise ModelFailure(f"missing file: no model.onnx, and {len(found)} other *.onnx files to choose from ({listed})")


class ModelFolder:
    """One read-only snapshot of a repository."""

    def __init__(self, root):
        self.root = Path(root)
        if not self.root.is_dir():
            raise ModelFailure("missing folder: there is no model folder")
        self.graph = find_graph(self.root)
        self.config = self.json("config.json") or {}
        self.preprocessor = self.json("preprocessor_config.json")
        self.tokenizer_config = self.json("tokenizer_config.json") or {}

    def path(self, name):
        """A description file beside the graph or at the root; None when there is none."""
        for folder in (self.root, self.graph.parent):
            if (folder / name).is_file():
                return folder / name
        return None

    def json(self, name):
        path = self.path(name)
        if path is None:
            return None
        if path.stat().st_size > DESCRIPTION_LIMIT:
            raise ModelFailure(f"{name} is larger than {DESCRIPTION_LIMIT} bytes")
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ModelFailure(f"{name} is not valid JSON: {error}") from error
        if not isinstance(value, dict):
            raise ModelFailure(f"{name} must hold a JSON object")
        return value

    def task(self):
        """What the model is for, in the field's words: pipeline_tag of the card or of config.json, else by the name of its class; "" if nobody says."""
        card = self.root / "README.md"
        if card.is_file():
            with open(card, encoding="utf-8", errors="replace") as lines:
                head = lines.read(CARD_LIMIT)
            front = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(\r?\n|$)", head, re.DOTALL)
            said = re.search(r"^pipeline_tag[ \t]*:[ \t]*[\"']?([a-z0-9-]+)[\"']?[ \t]*(#.*)?\r?$", front.group(1), re.MULTILINE) if front else None
            if said:
                return said.group(1)
        said = self.config.get("pipeline_tag")
        if isinstance(said, str) and said:
            return said
        for name in self.config.get("architectures") or []:
            for ending, task in TASKS.items():
                if isinstance(name, str) and name.endswith(ending):
                    return task
        return ""

    def labels(self):
        """Class names by position, from id2label or, failing that, label2id; None when there are none."""
        id2label = self.config.get("id2label")
        if not id2label and isinstance(self.config.get("label2id"), dict):
            id2label = {number: label for label, number in self.config["label2id"].items()}
        if not id2label:
            return None
        try:
            named = {int(number): str(label) for number, label in dict(id2label).items()}
        except (TypeError, ValueError) as error:
            raise ModelFailure("config.json: id2label must map class numbers to names") from error
        if sorted(named) != list(range(len(named))):
            raise ModelFailure(f"config.json: id2label must number its {len(named)} classes from 0 without gaps")
        return [named[number] for number in range(len(named))]
