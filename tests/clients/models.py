# Small ONNX models for the tests, built node by node: one that answers at once, one that takes as long as asked, one that fails.
import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
CONFIG = json.dumps({"id2label": {"0": "low", "1": "high"}, "columns": ["x"]})


def serialised(nodes, inputs, outputs, constants=()):
    made = helper.make_graph(
        nodes, "test",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()


def quick():
    """x -> two scores: `high` for positive x, `low` for negative."""
    graph = serialised(
        [helper.make_node("MatMul", ["row", "weights"], ["logits"])],
        [("row", FLOAT, ["n", 1])], [("logits", FLOAT, ["n", 2])],
        [("weights", np.array([[-1.0, 1.0]], dtype=np.float32))],
    )
    return {"model.onnx": graph, "config.json": CONFIG.encode()}


def slow():
    """features[0] = how many rounds of matrix products to do; about a third of a millisecond each."""
    body = helper.make_graph(
        [helper.make_node("MatMul", ["state", "matrix"], ["next"]), helper.make_node("Identity", ["go"], ["still"])],
        "round",
        [helper.make_tensor_value_info("round", INT64, []), helper.make_tensor_value_info("go", BOOL, []), helper.make_tensor_value_info("state", FLOAT, [256, 256])],
        [helper.make_tensor_value_info("still", BOOL, []), helper.make_tensor_value_info("next", FLOAT, [256, 256])],
    )
    graph = serialised(
        [
            helper.make_node("Cast", ["rounds"], ["whole"], to=INT64),
            helper.make_node("Squeeze", ["whole"], ["count"]),
            helper.make_node("Loop", ["count", "yes", "matrix"], ["end"], body=body),
            helper.make_node("ReduceSum", ["end"], ["total"], keepdims=0),
        ],
        [("rounds", FLOAT, [1, 1])], [("total", FLOAT, [])],
        [("matrix", np.eye(256, dtype=np.float32)), ("yes", np.array(True))],
    )
    return {"model.onnx": graph}


def picky():
    """Fails inside the graph for every x but 1: a reshape that does not fit."""
    graph = serialised(
        [
            helper.make_node("Cast", ["row"], ["whole"], to=INT64),
            helper.make_node("Reshape", ["whole", "shape"], ["flat"]),
            helper.make_node("Expand", ["one", "flat"], ["many"]),
            helper.make_node("Reshape", ["many", "shape"], ["single"]),
        ],
        [("row", FLOAT, [1, 1])], [("single", FLOAT, [1])],
        [("shape", np.array([1])), ("one", np.array([1.0], dtype=np.float32))],
    )
    return {"model.onnx": graph}


def negative():
    """A picture -> its negative, of the same size."""
    shape = ["n", 3, "h", "w"]
    graph = serialised(
        [helper.make_node("Sub", ["white", "picture"], ["negative"])],
        [("picture", FLOAT, shape)], [("negative", FLOAT, shape)],
        [("white", np.array(1.0, dtype=np.float32))],
    )
    return {"model.onnx": graph, "README.md": b"---\npipeline_tag: image-to-image\n---\n# Negative\n"}


def broken_picture():
    """A picture of which every pixel is 0 / 0."""
    shape = ["n", 3, "h", "w"]
    graph = serialised(
        [helper.make_node("Sub", ["picture", "picture"], ["zero"]), helper.make_node("Div", ["zero", "zero"], ["nothing"])],
        [("picture", FLOAT, shape)], [("nothing", FLOAT, shape)],
    )
    return {"model.onnx": graph}


def which_colour():
    """Tells red, green and blue pixels apart."""
    graph = serialised([helper.make_node("Identity", ["pixel_values"], ["logits"])], [("pixel_values", FLOAT, ["n", 3, "h", "w"])], [("logits", FLOAT, ["n", 3, "h2", "w2"])])
    config = {"architectures": ["TinyForSemanticSegmentation"], "id2label": {"0": "red", "1": "green", "2": "blue"}}
    return {"model.onnx": graph, "config.json": json.dumps(config).encode()}
