# Turns what a graph answers into PNG files: whole pictures (image-to-image) and masks (image-segmentation).
import io

import numpy as np
from PIL import Image

from errors import ModelFailure
from images import MAX_PIXELS
from schema import MASKS, PICTURE

MAX_BYTES = 32 * 1024 * 1024  # of all files of one answer; the server takes no more
MAX_FILES = 256
MASK_PIXELS = 4_000_000  # masks of larger pictures are made smaller: classes times pixels is what they cost
CHANNELS = (1, 3, 4)
FLOATS = ("tensor(float)", "tensor(double)", "tensor(float16)")
WHOLE = ("tensor(uint8)", "tensor(int8)", "tensor(int16)", "tensor(int32)", "tensor(int64)", "tensor(bool)")
PICTURE_NAMES = ("reconstruction", "image", "images", "output", "output_image", "sample")
MASK_NAMES = ("logits", "masks", "mask", "alphas", "output")


def png(pixels):
    """[high, wide] or [high, wide, channels] of uint8 as the bytes of a PNG."""
    stream = io.BytesIO()
    # Large pictures take seconds to pack tightly; a call has a minute.
    Image.fromarray(pixels).save(stream, "PNG", compress_level=6 if pixels.size <= 12_000_000 else 1)
    data = stream.getvalue()
    if len(data) > MAX_BYTES:
        raise ValueError(f"the model's picture has {len(data)} bytes as PNG, more than {MAX_BYTES}")
    return data


def edge(value):
    """A dimension that the graph fixes; None for one that it leaves open."""
    return value if isinstance(value, int) and value > 0 else None


def checked(high, wide):
    if high < 1 or wide < 1 or high * wide > MAX_PIXELS:
        raise ValueError(f"the model's picture has {wide} x {high} pixels; up to {MAX_PIXELS // 1_000_000} million can be answered")


def finite(array):
    array = array.astype(np.float32, copy=False)
    if not np.all(np.isfinite(array)):
        raise ValueError("the model's picture holds values that are not numbers")
    return array


class Levels:
    """How the numbers of a picture become 0..255: the way in, backwards, or what config.json says under `output_range`."""

    def __init__(self, folder, process, channels):
        config = folder.preprocessor or {}
        self.mean = self.std = None
        self.low, self.high = 0.0, 1.0
        self.invert = process.invert
        said = folder.config.get("output_range")
        # Nothing is written down: values far above 1 are taken for 0..255.
        self.guess = said is None and not any(key in config for key in ("do_rescale", "rescale_factor", "do_normalize", "image_mean"))
        if said is not None:
            if not isinstance(said, list) or len(said) != 2 or any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in said) or not said[0] < said[1]:
                raise ModelFailure("config.json: output_range must be two numbers, the value of black and the value of white")
            self.low, self.high = float(said[0]), float(said[1])
            return
        if process.factor is None:
            self.high = 255.0
        elif process.factor > 0:
            self.high = 255.0 * process.factor
        if process.mean is not None:
            self.mean, self.std = (self._for(values, channels, name) for values, name in ((process.mean, "image_mean"), (process.std, "image_std")))

    @staticmethod
    def _for(values, channels, name):
        if len(values) == 1 or len(values) == channels:
            return values
        if np.all(values == values[0]):
            return values[:1]
        raise ModelFailure(f"preprocessor_config.json: {name} has {len(values)} numbers, the picture that comes out has {channels or 'any number of'} channels")

    def __call__(self, pixels):
        if pixels.dtype == np.uint8:
            levels = pixels
        elif pixels.dtype == np.bool_:
            levels = pixels.astype(np.uint8) * 255
        elif np.issubdtype(pixels.dtype, np.integer):
            levels = np.clip(pixels, 0, 255).astype(np.uint8)
        else:
            pixels = finite(pixels)
            if self.mean is not None:
                pixels = pixels * self.std + self.mean
            high = 255.0 if self.guess and float(pixels.max()) > 2 else self.high
            pixels = (pixels - np.float32(self.low)) * np.float32(255.0 / (high - self.low))
            levels = np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)
        return 255 - levels if self.invert else levels


def unpadded(pixels, seen):
    """Without what was added on the right and at the bottom to fit the graph's blocks; the graph may have changed the scale."""
    (wide, high), (all_wide, all_high) = seen["fed"], seen["padded"]
    if (wide, high) == (all_wide, all_high):
        return pixels
    return pixels[: max(1, round(pixels.shape[0] * high / all_high)), : max(1, round(pixels.shape[1] * wide / all_wide))]


class PictureOutput:
    """One picture."""

    classifies = False
    kind = "image-to-image"
    schema = PICTURE

    def __init__(self, node, last, channels, folder, process):
        self.names = [node.name]
        self.last = last  # whether the channels come last
        self.levels = Levels(folder, process, channels)

    def answer(self, results, notes):
        pixels = np.asarray(results[self.names[0]])
        shape = pixels.shape
        if pixels.ndim == 4 and shape[0] == 1:
            pixels = pixels[0]
        if pixels.ndim == 3 and not self.last and (pixels.shape[0] in CHANNELS or pixels.shape[2] not in CHANNELS):
            pixels = pixels.transpose(1, 2, 0)
        if pixels.ndim != 3 or pixels.shape[2] not in CHANNELS:
            raise ValueError(f"the model answered with a tensor of the shape {list(shape)}, which is no picture")
        checked(*pixels.shape[:2])
        levels = self.levels(unpadded(pixels, notes.seen))
        return notes.file("image.png", png(np.ascontiguousarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)))


class MasksOutput:
    """Which pixels belong to which class: one black and white picture for each class that was found."""

    classifies = False
    kind = "image-segmentation"
    schema = MASKS

    def __init__(self, node, labels):
        self.names = [node.name]
        self.labels = labels
        classes = edge(node.shape[1]) if len(node.shape) == 4 and node.type in FLOATS else None
        if labels and classes and classes > 1 and classes != len(labels):
            raise ModelFailure(f"config.json names {len(labels)} classes, the graph tells {classes} apart")

    def answer(self, results, notes):
        scores = np.asarray(results[self.names[0]])
        shape = list(scores.shape)
        if scores.ndim == 4 and scores.shape[0] == 1:
            scores = scores[0]
        whole = not np.issubdtype(scores.dtype, np.floating)
        if whole and scores.ndim == 3 and scores.shape[0] == 1:
            scores = scores[0]  # the graph has already chosen a class for each pixel
        if scores.ndim != (2 if whole else 3):
            raise ValueError(f"the model answered with a tensor of the shape {shape}, which tells no classes apart")
        checked(*scores.shape[-2:])
        size = self._size(scores.shape[-2:], notes.seen)
        if whole:
            return self._masks(np.asarray(Image.fromarray(unpadded(scores.astype(np.int32), notes.seen)).resize(size, Image.NEAREST)), notes)
        if scores.shape[0] == 1:
            return [{"label": self._name(0, "foreground"), "mask": notes.file("mask-0.png", png(self._soft(self._resized(scores[0], size, notes))))}]
        if scores.shape[0] > 65_535:
            raise ValueError(f"the model tells {scores.shape[0]} classes apart, which is too many")
        best, chosen = None, None
        for number, plane in enumerate(scores):  # one class at a time: all of them at the picture's size would fill the memory
            plane = self._resized(plane, size, notes)
            if best is None:
                best, chosen = plane.copy(), np.zeros(plane.shape, dtype=np.uint16)
                continue
            better = plane > best
            chosen[better] = number
            best[better] = plane[better]
        return self._masks(chosen, notes)

    @staticmethod
    def _size(shape, seen):
        """Width and height of the masks: those of the caller's picture, or of the part of it that the graph saw."""
        wide, high = seen["fed"] if seen["cropped"] else seen["size"]
        scale = min(1.0, (MASK_PIXELS / (wide * high)) ** 0.5)
        return max(1, int(wide * scale)), max(1, int(high * scale))

    @staticmethod
    def _resized(plane, size, notes):
        return np.asarray(Image.fromarray(np.ascontiguousarray(unpadded(finite(plane), notes.seen))).resize(size, Image.BILINEAR))

    @staticmethod
    def _soft(plane):
        """A single class has degrees; what lies outside 0..1 has not been through a sigmoid yet."""
        if float(plane.min()) < 0 or float(plane.max()) > 1:
            plane = 0.5 * (1 + np.tanh(plane / 2))
        return np.rint(plane * 255).astype(np.uint8)

    def _masks(self, chosen, notes):
        found = np.unique(chosen)
        if found.size > MAX_FILES:
            raise ValueError(f"the model found {found.size} classes in one picture; up to {MAX_FILES} can be answered")
        return [
            {"label": self._name(int(number), f"LABEL_{number}"), "mask": notes.file(f"mask-{number}.png", png((chosen == number).astype(np.uint8) * 255))}
            for number in found
        ]

    def _name(self, number, otherwise):
        return self.labels[number] if self.labels and 0 <= number < len(self.labels) else otherwise


def channels_of(node):
    """(channels, whether they come last) of an output that may be a picture: NCHW, or NHWC where only that fits. (None, False): left open."""
    shape = [edge(value) for value in node.shape]
    if len(shape) == 4:
        if shape[1] not in CHANNELS and shape[3] in CHANNELS:
            return shape[3], True
        return shape[1], False
    if len(shape) == 3:
        return (shape[2], True) if shape[2] in CHANNELS and shape[0] not in CHANNELS else (shape[0], False)
    return None, False


def named_first(nodes, names):
    """The node that bears a usual name, else the first."""
    return next((node for name in names for node in nodes if node.name == name), nodes[0] if nodes else None)


def choose(nodes, folder, process):
    """A picture or masks where the files say so, or where the graph leaves no doubt; None: something else."""
    task = folder.task()
    if task == "image-segmentation":
        fitting = [node for node in nodes if (len(node.shape) == 4 and node.type in FLOATS) or (len(node.shape) in (3, 4) and node.type in WHOLE)]
        node = named_first(fitting, MASK_NAMES)
        return MasksOutput(node, folder.labels()) if node else None
    if task == "image-to-image":
        fitting = [node for node in nodes if len(node.shape) in (3, 4) and node.type in FLOATS + WHOLE and channels_of(node)[0] in (None, *CHANNELS)]
        node = named_first(fitting, PICTURE_NAMES)
        return PictureOutput(node, channels_of(node)[1], channels_of(node)[0], folder, process) if node else None
    if task or len(nodes) != 1 or len(nodes[0].shape) != 4 or nodes[0].type not in FLOATS + ("tensor(uint8)",) or folder.labels():
        return None
    channels, last = channels_of(nodes[0])
    sides = nodes[0].shape[1:3] if last else nodes[0].shape[2:4]
    # As many channels as went in, or colour; a pooled [n, 3, 1, 1] is no picture.
    if channels not in (3, process.channels) or 1 in sides:
        return None
    return PictureOutput(nodes[0], last, channels, folder, process)
