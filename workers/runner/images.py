# Turns an uploaded picture into the tensor that a model expects, following preprocessor_config.json.
# Pictures come from strangers: the decoder is limited to five formats and to 50 million pixels.
import io
import math
import warnings
from struct import error as struct_error  # Pillow lets it through for some truncated files

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from errors import InvalidInput, ModelFailure

MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
BILINEAR = 2  # Pillow's number, which is also the default of the usual image processors
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def decode(data, field):
    """The first frame of a picture, upright; everything that is not one of the five formats is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
            return ImageOps.exif_transpose(image)
    except UnidentifiedImageError as error:
        raise InvalidInput(field, "is not a PNG, JPEG, GIF, WebP or BMP picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidInput(field, f"has more than {MAX_PIXELS // 1_000_000} million pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError, struct_error) as error:
        raise InvalidInput(field, f"is a damaged picture ({str(error)[:80]})") from error


def on_paper(image):
    """Transparent parts become white, as a viewer would show them."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(paper, image)
    return image


def _edges(value, name):
    """`size` in any spelling in use: a number, {"height","width"} or {"shortest_edge"}."""
    if isinstance(value, bool):
        value = None
    if isinstance(value, int):
        value = {"height": value, "width": value}
    if isinstance(value, dict):
        pair = (value.get("height"), value.get("width"))
        if all(isinstance(edge, int) and 0 < edge <= 8192 for edge in pair):
            return pair
        shortest = value.get("shortest_edge")
        if isinstance(shortest, int) and 0 < shortest <= 8192:
            return shortest
    raise ModelFailure(f"preprocessor_config.json: cannot read {name}")


def _per_channel(value, channels, name):
    value = [value] if isinstance(value, (int, float)) else value
    if not isinstance(value, list) or len(value) not in (1, channels):
        raise ModelFailure(f"preprocessor_config.json: {name} needs one number per channel ({channels})")
    return np.array(value, dtype=np.float32)


class ImageProcessor:
    """resize -> crop -> rescale -> normalise -> layout, each step only where the files ask for it."""

    def __init__(self, config, shape, dtype):
        config = config or {}
        self.dtype = dtype
        self.layout, channels, fixed = self._read_shape(shape, config)
        self.mode = config.get("image_mode") or config.get("mode") or {1: "L", 3: "RGB"}.get(channels, "RGB")
        if self.mode not in ("L", "RGB"):
            raise ModelFailure(f"preprocessor_config.json: image mode {self.mode!r} is not supported, only L and RGB")
        self.channels = 1 if self.mode == "L" else 3
        if channels and channels != self.channels:
            raise ModelFailure(f"the model takes {channels} channels, image mode {self.mode} has {self.channels}")

        size = config.get("size")
        self.size = _edges(size, "size") if size is not None else fixed
        self.do_resize = bool(config.get("do_resize", self.size is not None)) and self.size is not None
        self.resample = config.get("resample", BILINEAR)
        if self.resample not in range(6):
            raise ModelFailure("preprocessor_config.json: resample must be Pillow's number, 0 to 5")
        crop = config.get("crop_size", size if config.get("do_center_crop") else None)
        self.crop = _edges(crop, "crop_size") if config.get("do_center_crop") and crop is not None else None
        if isinstance(self.crop, int):
            self.crop = (self.crop, self.crop)
        self.invert = bool(config.get("invert", False))
        block = config.get("pad_size", config.get("size_divisor")) if config.get("do_pad") else None
        self.block = block if isinstance(block, int) and 1 < block <= 8192 else 1  # both sides are padded to multiples of it
        floating = np.issubdtype(dtype, np.floating)
        self.factor = float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", floating) else None
        self.mean = self.std = None
        if config.get("do_normalize", "image_mean" in config):
            self.mean = _per_channel(config.get("image_mean", 0.5), self.channels, "image_mean")
            self.std = _per_channel(config.get("image_std", 0.5), self.channels, "image_std")
            if not np.all(self.std):
                raise ModelFailure("preprocessor_config.json: image_std must not be 0")

    @staticmethod
    def _read_shape(shape, config):
        """Where the channels are and which size is fixed: rank 4 is NCHW or NHWC, rank 2 is a flat vector."""
        whole = [edge if isinstance(edge, int) and edge > 0 else None for edge in shape]
        if config.get("do_flatten") or len(whole) == 2:
            length = whole[-1]
            for channels in (1, 3):
                if length and length % channels == 0 and math.isqrt(length // channels) ** 2 == length // channels:
                    side = math.isqrt(length // channels)
                    return "flat", None if config.get("image_mode") or config.get("mode") else channels, (side, side)
            return "flat", None, None
        if len(whole) == 3:  # no channel axis: one grey plane
            return "NHW", 1, (whole[1], whole[2]) if whole[1] and whole[2] else None
        if len(whole) != 4:
            raise ModelFailure(f"an image input must have 2, 3 or 4 dimensions, this one has {len(whole)}")
        if whole[3] in (1, 3) and whole[1] not in (1, 3):
            return "NHWC", whole[3], (whole[1], whole[2]) if whole[1] and whole[2] else None
        return "NCHW", whole[1], (whole[2], whole[3]) if whole[2] and whole[3] else None

    def _resized(self, image):
        if isinstance(self.size, int):
            scale = self.size / min(image.size)
            wide, high = (max(1, round(edge * scale)) for edge in image.size)
            if wide * high > MAX_PIXELS:
                raise InvalidInput("image", "is too long and narrow to be resized")
        else:
            high, wide = self.size
        return image if image.size == (wide, high) else image.resize((wide, high), self.resample)

    def _cropped(self, image):
        high, wide = self.crop
        left, top = (image.width - wide) // 2, (image.height - high) // 2
        # Outside the picture Pillow fills with black, which is what the usual image processors do.
        return image.crop((left, top, left + wide, top + high))

    def __call__(self, data, field="image", seen=None):
        """`seen` is told the sizes of the picture: as it came, as the graph sees it, and with the padding."""
        image = on_paper(decode(data, field)).convert(self.mode)
        size = image.size
        if self.do_resize:
            image = self._resized(image)
        if self.crop:
            image = self._cropped(image)
        pixels = np.asarray(image).reshape(image.height, image.width, self.channels)
        if self.block > 1:
            right, below = (-edge % self.block for edge in image.size)
            pixels = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="symmetric")
        if seen is not None:
            seen.update(size=size, fed=image.size, padded=(pixels.shape[1], pixels.shape[0]), cropped=self.crop is not None)
        if self.invert:
            pixels = 255 - pixels
        if self.factor is not None or self.mean is not None:
            pixels = pixels.astype(np.float32)
            if self.factor is not None:
                pixels = pixels * np.float32(self.factor)
            if self.mean is not None:
                pixels = (pixels - self.mean) / self.std
        if self.layout == "NCHW":
            pixels = pixels.transpose(2, 0, 1)
        elif self.layout == "NHW":
            pixels = pixels[:, :, 0]
        elif self.layout == "flat":
            pixels = pixels.reshape(-1)
        return np.ascontiguousarray(pixels[np.newaxis].astype(self.dtype))
