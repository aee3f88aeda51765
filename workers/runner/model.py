# One loaded model: a graph with its way in and its way out.
import threading

import onnxruntime as ort

import inputs
import outputs
import pictures
from errors import InvalidInput, ModelFailure
from folder import ModelFolder
from schema import input_schema


def open_session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # the scheduler counts a runner as one core
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except MemoryError as error:
        raise ModelFailure("not enough memory to load the model") from error
    except Exception as error:  # onnxruntime has a class per status and no common base
        reason = " ".join(str(error).split())
        if "bad_alloc" in reason or "Failed to allocate" in reason:
            raise ModelFailure("not enough memory to load the model") from error
        if "NOT_IMPLEMENTED" in reason or "is not a registered function/op" in reason or "No Op registered" in reason:
            raise ModelFailure(f"unsupported operator: {reason[:500]}") from error
        raise ModelFailure(f"{path.name} cannot be loaded: {reason[:500]}") from error


class Model:
    """`call` runs on one thread at a time; `cancel` may come from any other."""

    def __init__(self, root):
        folder = ModelFolder(root)
        self.session = open_session(folder.graph)
        self.input = inputs.choose(self.session.get_inputs(), folder)
        self.output = outputs.choose(self.session.get_outputs(), folder, getattr(self.input, "process", None))
        self.input_schema = input_schema(self.input.properties)
        self.output_schema = self.output.schema
        self.kind = self._kind()

    def _kind(self):
        if isinstance(self.input, (inputs.ColumnsInput, inputs.FieldsInput)):
            return "tabular"
        if not self.output.classifies:
            return getattr(self.output, "kind", "feature-extraction")
        return "image-classification" if isinstance(self.input, inputs.ImageInput) else "text-classification"

    def start(self, values, files):
        if not isinstance(values, dict):
            raise InvalidInput("input", "must be a JSON object")
        if not isinstance(files, dict):
            raise InvalidInput("files", "must be a JSON object")
        return Call(self, values, files)


class Notes:
    """What the way in tells the way out about a call, and the files that its answer consists of."""

    def __init__(self):
        self.seen = {}
        self.files = {}

    def file(self, name, data):
        """Keeps a file and answers what stands for it in the output: the server puts an address there."""
        if sum(map(len, self.files.values())) + len(data) > pictures.MAX_BYTES:
            raise ValueError(f"the files of the answer have more than {pictures.MAX_BYTES} bytes")
        self.files[name] = data
        return {"$file": name}


class Call:
    """One prediction. Cancelling stops the graph between two operators."""

    def __init__(self, model, values, files):
        self.model, self.values, self.files = model, values, files
        self.options = ort.RunOptions()
        self.cancelled = threading.Event()

    def run(self):
        """The output, and the files by name that it speaks of."""
        notes = Notes()
        tensors = self.model.input.feed(self.values, self.files, notes)
        if self.cancelled.is_set():
            return None, {}
        names = self.model.output.names
        results = self.model.session.run(names, tensors, self.options)
        return self.model.output.answer(dict(zip(names, results)), notes), notes.files

    def cancel(self):
        self.cancelled.set()
        self.options.terminate = True
