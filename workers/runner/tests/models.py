# The models that the tests serve: trained on scikit-learn's own data, or built node by node.
import json
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # several threads make these small trainings slow on a busy machine

import numpy as np  # noqa: E402
import onnx  # noqa: E402
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FLOAT, INT64, STRING, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING, TensorProto.BOOL


def write(folder, graph_bytes, **files):
    """A model folder; `files` are JSON files by name without the ending."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph_bytes)
    for name, value in files.items():
        (folder / f"{name}.json").write_text(value if isinstance(value, str) else json.dumps(value))
    return folder


def graph(nodes, inputs, outputs, constants=()):
    """Serialised model from nodes and (name, type, shape) triples."""
    made = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def digits(folder):
    """The 8x8 digits as a flat vector of 0..16, dark ink on white paper outside."""
    data = load_digits()
    model = MLPClassifier((64,), max_iter=60, random_state=0).fit(data.data.astype(np.float32), data.target)
    made = to_onnx(model, data.data[:1].astype(np.float32), options={id(model): {"zipmap": False}}, target_opset=18)
    write(
        folder,
        made.SerializeToString(),
        config={"id2label": {str(number): f"digit {number}" for number in range(10)}},
        preprocessor_config={
            "image_mode": "L", "size": {"height": 8, "width": 8}, "resample": 4, "invert": True,
            "do_rescale": True, "rescale_factor": 16 / 255, "do_normalize": False, "do_flatten": True,
        },
    )
    return folder, model, data


def cancer(folder, zipmap=False, columns=True):
    data = load_breast_cancer()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)).fit(data.data, data.target)
    made = to_onnx(model, data.data[:1].astype(np.float32), options={id(model): {"zipmap": zipmap}}, target_opset=18)
    config = {"id2label": {"0": "malignant", "1": "benign"}}
    if columns:
        config["columns"] = [str(name) for name in data.feature_names]
    return write(folder, made.SerializeToString(), config=config), model, data


WORDS = {"[UNK]": 0, "good": 1, "bad": 2, "great": 3, "awful": 4, "film": 5}


def tokenizer():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    made = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    return made.to_str()


def sentiment(folder, **config):
    """Shaped like a transformers export: input_ids and attention_mask -> logits, a sum of word weights."""
    weights = np.array([[0, 0], [-1, 1], [1, -1], [-3, 3], [3, -3], [0, 0]], dtype=np.float32)
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask3"]),
        helper.make_node("Mul", ["rows", "mask3"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "middle"], ["logits"], keepdims=0),
    ]
    made = graph(
        nodes,
        [("input_ids", INT64, ["n", "t"]), ("attention_mask", INT64, ["n", "t"])],
        [("logits", FLOAT, ["n", 2])],
        [("weights", weights), ("last", np.array([2])), ("middle", np.array([1]))],
    )
    described = {"architectures": ["TinyForSequenceClassification"], "id2label": {"0": "NEGATIVE", "1": "POSITIVE"}}
    return write(folder, made, config={**described, **config}, tokenizer=tokenizer())


def embedding(folder):
    """Tokens -> one vector per token."""
    table = np.arange(12, dtype=np.float32).reshape(6, 2)
    made = graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        [("input_ids", INT64, ["n", "t"])],
        [("last_hidden_state", FLOAT, ["n", "t", 2])],
        [("table", table)],
    )
    return write(folder, made, config={"model_type": "tiny"}, tokenizer=tokenizer())


def strings(folder):
    """A graph that takes the text itself: 1 for "yes" in letters of any size, else 0."""
    made = helper.make_graph(
        [
            helper.make_node("Reshape", ["text", "flat"], ["row"]),
            helper.make_node("StringNormalizer", ["row"], ["small"], case_change_action="LOWER"),
            helper.make_node("Reshape", ["small", "column"], ["words"]),
            helper.make_node("LabelEncoder", ["words"], ["score"], domain="ai.onnx.ml", keys_strings=["yes"], values_floats=[1.0], default_float=0.0),
        ],
        "strings",
        [helper.make_tensor_value_info("text", STRING, ["n", 1])],
        [helper.make_tensor_value_info("score", FLOAT, ["n", 1])],
        [helper.make_tensor("flat", INT64, [1], [-1]), helper.make_tensor("column", INT64, [2], [-1, 1])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    return write(folder, helper.make_model(made, opset_imports=opsets, ir_version=9).SerializeToString())


def colours(folder, layout="NCHW", **preprocessor):
    """Pixels -> mean of each channel as logits: shows what reached the graph."""
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    shape = ["n", 3, 4, 4] if layout == "NCHW" else ["n", 4, 4, 3]
    made = graph(
        [helper.make_node("ReduceMean", ["pixel_values", "axes"], ["means"], keepdims=0)],
        [("pixel_values", FLOAT, shape)],
        [("means", FLOAT, ["n", 3])],
        [("axes", np.array(axes))],
    )
    return write(folder, made, preprocessor_config=preprocessor)


def fields(folder):
    """Two named inputs, as graphs made from data frames have: a + b."""
    made = graph(
        [helper.make_node("Add", ["height", "weight"], ["sum"])],
        [("height", FLOAT, ["n", 1]), ("weight", FLOAT, ["n", 1])],
        [("sum", FLOAT, ["n", 1])],
    )
    return write(folder, made)


def slow(folder):
    """features[0] = how many rounds of matrix products to do: a call as long as a test wants it."""
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["state", "matrix"], ["next"]),
            helper.make_node("Identity", ["go"], ["still"]),
        ],
        "round",
        [
            helper.make_tensor_value_info("round", INT64, []),
            helper.make_tensor_value_info("go", BOOL, []),
            helper.make_tensor_value_info("state", FLOAT, [256, 256]),
        ],
        [helper.make_tensor_value_info("still", BOOL, []), helper.make_tensor_value_info("next", FLOAT, [256, 256])],
    )
    made = graph(
        [
            helper.make_node("Cast", ["rounds"], ["whole"], to=INT64),
            helper.make_node("Squeeze", ["whole"], ["count"]),
            helper.make_node("Loop", ["count", "yes", "matrix"], ["end"], body=body),
            helper.make_node("ReduceSum", ["end"], ["total"], keepdims=0),
        ],
        [("rounds", FLOAT, [1, 1])],
        [("total", FLOAT, [])],
        [("matrix", np.eye(256, dtype=np.float32)), ("yes", np.array(True))],
    )
    return write(folder, made)


def card(folder, text):
    (folder / "README.md").write_text(text)
    return folder


def inverted(folder, channels=3, shape=("n", None, "h", "w"), out=None, kind=FLOAT, white=1.0, **files):
    """A picture -> its negative: `white` minus each value. `shape` holds None where the channels are."""
    shape = [channels if edge is None else edge for edge in shape]
    constant = np.array(white, dtype={FLOAT: np.float32, TensorProto.UINT8: np.uint8}[kind])
    made = graph([helper.make_node("Sub", ["white", "picture"], ["negative"])], [("picture", kind, shape)], [("negative", kind, out or shape)], [("white", constant)])
    return write(folder, made, **files)


def same(folder, sides=("h", "w"), channels=3, **files):
    """A picture -> what reached the graph, untouched."""
    shape = ["n", channels, *sides]
    return write(folder, graph([helper.make_node("Identity", ["pixel_values"], ["reconstruction"])], [("pixel_values", FLOAT, shape)], [("reconstruction", FLOAT, shape)]), **files)


def doubled(folder, **files):
    """Twice as wide and high, each pixel four times: super-resolution without the resolution."""
    nodes = [helper.make_node("Resize", ["pixel_values", "", "scales"], ["reconstruction"], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")]
    made = graph(nodes, [("pixel_values", FLOAT, ["n", 3, "h", "w"])], [("reconstruction", FLOAT, ["n", 3, "h2", "w2"])], [("scales", np.array([1, 1, 2, 2], dtype=np.float32))])
    return write(folder, made, **files)


def constant_picture(folder, value, declared=None, **files):
    """Whatever goes in, `value` comes out."""
    value = np.asarray(value, dtype=np.float32)
    made = graph([helper.make_node("Mul", ["picture", "zero"], ["nothing"]), helper.make_node("ReduceSum", ["nothing"], ["sum"], keepdims=0), helper.make_node("Add", ["value", "sum"], ["output"])],
                 [("picture", FLOAT, ["n", 3, "h", "w"])], [("output", FLOAT, declared or list(value.shape))], [("zero", np.array(0, dtype=np.float32)), ("value", value)])
    return write(folder, made, **files)


def expanded(folder, shape, declared):
    """A picture of the given shape out of one value: nothing of it is in the file."""
    made = graph(
        [helper.make_node("ReduceMax", ["picture"], ["one"], keepdims=0), helper.make_node("Expand", ["one", "shape"], ["output"])],
        [("picture", FLOAT, ["n", 3, "h", "w"])], [("output", FLOAT, declared)], [("shape", np.array(shape))],
    )
    return write(folder, made)


def which_colour(folder, chosen=False, half=True, **config):
    """Scores of red, green and blue for each pixel, at half the size as segmentation models do; `chosen`: the class itself."""
    nodes = [helper.make_node("AveragePool", ["pixel_values"], ["logits" if not chosen else "scores"], kernel_shape=[2, 2], strides=[2, 2])] if half else [helper.make_node("Identity", ["pixel_values"], ["logits"])]
    outputs = [("logits", FLOAT, ["n", 3, "h2", "w2"])]
    if chosen:
        nodes.append(helper.make_node("ArgMax", ["scores"], ["classes"], axis=1, keepdims=0))
        outputs = [("classes", INT64, ["n", "h2", "w2"])]
    made = graph(nodes, [("pixel_values", FLOAT, ["n", 3, "h", "w"])], outputs)
    return write(folder, made, config={"architectures": ["TinyForSemanticSegmentation"], "id2label": {"0": "red", "1": "green", "2": "blue"}, **config})
