# The four ways in which a caller's JSON becomes the tensors of a graph: picture, tokens, strings, numbers.
import base64
import binascii
import math

import numpy as np

from errors import InvalidInput, ModelFailure
from images import ImageProcessor

TEXT_LIMIT = 1_000_000  # characters of one text
TOKEN_LIMIT = 512  # when neither tokenizer nor config says how long a text may be
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(int16)": np.int16,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}
TOKEN_INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


def dtype_of(node):
    if node.type not in DTYPES:
        raise ModelFailure(f"unsupported input: {node.name} is a {node.type}")
    return DTYPES[node.type]


def fixed(dimension):
    return dimension if isinstance(dimension, int) and dimension > 0 else None


def number(value, field):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidInput(field, "must be a number")
    if isinstance(value, int) and abs(value) > 2**1023:
        raise InvalidInput(field, "is too large")  # beyond every number type of a graph
    if not math.isfinite(value):
        raise InvalidInput(field, "must be a finite number")
    return value


def text(value, field):
    if not isinstance(value, str):
        raise InvalidInput(field, "must be a string")
    if len(value) > TEXT_LIMIT:
        raise InvalidInput(field, f"is longer than {TEXT_LIMIT} characters")
    return value


def required(values, field):
    if values.get(field) is None:
        raise InvalidInput(field, "is required")
    return values[field]


def check_range(array, numbers, dtype, field):
    """Numbers that do not survive the graph's own type are the caller's mistake, not a silent wrap."""
    if np.issubdtype(dtype, np.floating):
        if not np.all(np.isfinite(array)):
            raise InvalidInput(field, "is too large")
    elif not np.array_equal(array.astype(np.float64), np.asarray(numbers, dtype=np.float64)):
        raise InvalidInput(field, "must be a whole number in range")


class ImageInput:
    """One picture: its bytes come in base64 beside the input, or inside it as a data URL."""

    def __init__(self, nodes, folder):
        if len(nodes) != 1:
            raise ModelFailure(f"an image model must have one input, this graph has {len(nodes)}")
        self.name = nodes[0].name
        self.process = ImageProcessor(folder.preprocessor, nodes[0].shape, dtype_of(nodes[0]))
        self.properties = [
            ("image", {"type": "string", "format": "uri", "description": "Picture: PNG, JPEG, GIF, WebP or BMP", "x-words": "image"}, True)
        ]

    def feed(self, values, files, notes):
        encoded = files.get("image")
        if encoded is None:
            encoded = required(values, "image")
            if not isinstance(encoded, str) or not encoded.startswith("data:"):
                raise InvalidInput("image", "must be a picture: an address, a data URL or an uploaded file")
            header, comma, encoded = encoded.partition(",")
            if not comma or not header.endswith(";base64"):
                raise InvalidInput("image", "is a data URL without base64 content")
        if not isinstance(encoded, str):
            raise InvalidInput("image", "must be sent in base64")
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInput("image", "is not valid base64") from error
        if not data:
            raise InvalidInput("image", "is empty")
        return {self.name: self.process(data, "image", notes.seen)}


class TokenInput:
    """One text through tokenizer.json: the transformers' way."""

    def __init__(self, nodes, folder):
        from tokenizers import Tokenizer  # not needed by other models, and slow to load

        strange = [node.name for node in nodes if node.name not in TOKEN_INPUTS]
        if strange:
            raise ModelFailure(f"unsupported input: {', '.join(strange)} beside input_ids")
        path = folder.path("tokenizer.json")
        if path is None:
            raise ModelFailure("missing file: a graph that takes input_ids needs tokenizer.json")
        try:
            self.tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises bare Exception
            raise ModelFailure(f"tokenizer.json cannot be read: {error}") from error
        self.types = {node.name: dtype_of(node) for node in nodes}
        length = next((fixed(node.shape[1]) for node in nodes if len(node.shape) == 2 and fixed(node.shape[1])), None)
        self.tokenizer.enable_truncation(length or self._longest(folder))
        if length:
            self.tokenizer.enable_padding(length=length, pad_id=folder.config.get("pad_token_id") or 0)
        else:
            self.tokenizer.no_padding()
        self.properties = [("text", {"type": "string", "description": "Text to read", "x-words": "text"}, True)]

    @staticmethod
    def _longest(folder):
        for source, name in ((folder.tokenizer_config, "model_max_length"), (folder.config, "max_position_embeddings")):
            value = source.get(name)
            # "no limit" is written as a huge number in these files
            if isinstance(value, (int, float)) and 0 < value <= 131072:
                return int(value)
        return TOKEN_LIMIT

    def feed(self, values, files, notes):
        encoding = self.tokenizer.encode(text(required(values, "text"), "text"))
        if not encoding.ids:
            raise InvalidInput("text", "holds nothing that the tokenizer knows")
        columns = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
            "position_ids": list(range(len(encoding.ids))),
        }
        return {name: np.array([columns[name]], dtype=dtype) for name, dtype in self.types.items()}


class StringInput:
    """One text that the graph takes apart itself (skl2onnx vectorizers and the like)."""

    def __init__(self, nodes, folder):
        self.name = nodes[0].name
        self.rank = max(1, len(nodes[0].shape))
        self.properties = [("text", {"type": "string", "description": "Text to read", "x-words": "text"}, True)]

    def feed(self, values, files, notes):
        value = text(required(values, "text"), "text")
        return {self.name: np.array(value, dtype=object).reshape((1,) * self.rank)}


def column_names(config):
    """`columns` of config.json: names, or objects with a name and whatever the schema may show."""
    columns = config.get("columns")
    if columns is None:
        return None
    if not isinstance(columns, list) or not columns:
        raise ModelFailure("config.json: columns must be a list of names")
    result = []
    for column in columns:
        column = {"name": column} if isinstance(column, str) else column
        if not isinstance(column, dict) or not isinstance(column.get("name"), str) or not column["name"]:
            raise ModelFailure("config.json: each of columns must be a name, or an object with a name")
        result.append(column)
    if len({column["name"] for column in result}) != len(result):
        raise ModelFailure("config.json: columns has a name twice")
    return result


def column_fragment(column):
    shown = {key: column[key] for key in ("description", "minimum", "maximum") if key in column}
    return {"type": "number", **shown}


class ColumnsInput:
    """One row of numbers for a graph with a single [n, k] input."""

    def __init__(self, nodes, folder):
        node = nodes[0]
        self.name, self.dtype, self.rank = node.name, dtype_of(node), len(node.shape)
        if self.rank not in (1, 2):
            raise ModelFailure(f"unsupported input: {node.name} has {self.rank} dimensions; without preprocessor_config.json only [n, k] is understood")
        self.width = fixed(node.shape[-1])
        columns = column_names(folder.config)
        self.columns = [column["name"] for column in columns] if columns else None
        if columns:
            if self.width and self.width != len(columns):
                raise ModelFailure(f"config.json names {len(columns)} columns, the graph takes {self.width}")
            self.properties = [(column["name"], column_fragment(column), True) for column in columns]
        else:
            size = {"minItems": self.width, "maxItems": self.width} if self.width else {}
            how_many = f"{self.width} numbers" if self.width else "Numbers"
            self.properties = [
                ("features", {"type": "array", "items": {"type": "number"}, "description": f"{how_many}, in the order of training", "x-words": "features", **size}, True)
            ]

    def feed(self, values, files, notes):
        if self.columns:
            numbers = [number(required(values, name), name) for name in self.columns]
        else:
            given = required(values, "features")
            if not isinstance(given, list):
                raise InvalidInput("features", "must be a list of numbers")
            if self.width and len(given) != self.width:
                raise InvalidInput("features", f"must hold {self.width} numbers, got {len(given)}")
            if not given or len(given) > 1_000_000:
                raise InvalidInput("features", "must hold between 1 and 1000000 numbers")
            numbers = [number(value, f"features[{index}]") for index, value in enumerate(given)]
        row = cast(numbers, self.dtype, self.columns or [f"features[{index}]" for index in range(len(numbers))])
        return {self.name: row if self.rank == 1 else row[np.newaxis]}


def cast(numbers, dtype, fields):
    """The row in the graph's type; the first number that does not fit is named."""
    cells = []
    for value, field in zip(numbers, fields):
        try:
            with np.errstate(all="ignore"):
                cell = np.array(value).astype(dtype)
        except OverflowError as error:
            raise InvalidInput(field, "is too large") from error
        check_range(cell, value, dtype, field)
        cells.append(cell)
    return np.array(cells, dtype=dtype)


class FieldsInput:
    """One named input per column, as graphs made from data frames have."""

    def __init__(self, nodes, folder):
        self.nodes = nodes
        for node in nodes:
            size = [fixed(edge) for edge in node.shape[1:]]
            if any(edge not in (None, 1) for edge in size):
                raise ModelFailure(f"unsupported input: {node.name} has the shape {node.shape}; of several inputs each must hold one value")
            if node.type != "tensor(string)":
                dtype_of(node)
        described = {column["name"]: column for column in column_names(folder.config) or []}
        self.properties = [
            (
                node.name,
                {"type": "string"} if node.type == "tensor(string)" else column_fragment(described.get(node.name, {})),
                True,
            )
            for node in nodes
        ]

    def feed(self, values, files, notes):
        tensors = {}
        for node in self.nodes:
            value = required(values, node.name)
            shape = (1,) * max(1, len(node.shape))
            if node.type == "tensor(string)":
                tensors[node.name] = np.array(text(value, node.name), dtype=object).reshape(shape)
            else:
                tensors[node.name] = cast([number(value, node.name)], dtype_of(node), [node.name]).reshape(shape)
        return tensors


def choose(nodes, folder):
    """Which of the above a graph wants, judged by its inputs and by the files beside it."""
    names = [node.name for node in nodes]
    if not nodes:
        raise ModelFailure("the graph has no input")
    if "input_ids" in names:
        return TokenInput(nodes, folder)
    if len(nodes) == 1 and nodes[0].type == "tensor(string)":
        return StringInput(nodes, folder)
    if folder.preprocessor is not None or "pixel_values" in names or (len(nodes) == 1 and len(nodes[0].shape) == 4):
        return ImageInput(nodes, folder)
    if len(nodes) == 1:
        return ColumnsInput(nodes, folder)
    return FieldsInput(nodes, folder)
