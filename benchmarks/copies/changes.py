"""What is done to a frame to make a copy of it: the five kinds that the goal names, and more.

Each takes uint8 [H, W, 3] and a random generator, and gives the same.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Pixels = np.ndarray
Change = Callable[[Pixels, np.random.Generator], Pixels]


def exact(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return pixels.copy()


def crop_of(share: float) -> Change:
    """A part with `share` of each side, anywhere, made as large as the whole was in half of the cases."""

    def crop(pixels: Pixels, random: np.random.Generator) -> Pixels:
        height, width, _ = pixels.shape
        rows, columns = round(share * height), round(share * width)
        top, left = random.integers(height - rows + 1), random.integers(width - columns + 1)
        part = pixels[top : top + rows, left : left + columns]
        return resized(part, (width, height)) if random.random() < 0.5 else part.copy()

    return crop


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def mirror(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def regrade(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Another exposure, contrast, gamma, colour balance and saturation."""
    light = (pixels / 255.0) ** random.uniform(0.65, 1.5)
    light = light * random.uniform(0.85, 1.15, 3) * random.uniform(0.8, 1.2)
    light = (light - 0.5) * random.uniform(0.75, 1.3) + 0.5 + random.uniform(-0.06, 0.06)
    grey = light.mean(axis=2, keepdims=True)
    return to_bytes(grey + (light - grey) * random.uniform(0.4, 1.5))


def to_bytes(light: np.ndarray) -> Pixels:
    return (np.clip(light, 0, 1) * 255 + 0.5).astype(np.uint8)


def encode_again(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """JPEG, WebP or H.264, from good to poor."""
    kind = int(random.integers(3))
    if kind == 2:
        return h264(pixels, int(random.integers(23, 33)))
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, ("JPEG", "WEBP")[kind], quality=int(random.integers(40, 86)))
    return np.asarray(Image.open(sink).convert("RGB"))


def h264(pixels: Pixels, crf: int) -> Pixels:
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as file:
        stream: Any = file.add_stream("libx264", rate=Fraction(24), options={"crf": str(crf), "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        whole = np.ascontiguousarray(pixels[:height, :width])
        file.mux(stream.encode(av.VideoFrame.from_ndarray(whole, format="rgb24")))
        file.mux(stream.encode(None))
    sink.seek(0)
    with av.open(sink) as file:
        return next(file.decode(video=0)).to_ndarray(format="rgb24")


def letterbox(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Black bars above and below, of 8 to 15 % of the height each, added to the picture."""
    rows = round(random.uniform(0.08, 0.15) * len(pixels))
    return np.pad(pixels, ((rows, rows), (0, 0), (0, 0)))


def turn(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """By 2 to 6 degrees, the corners cut off."""
    degrees = random.uniform(2, 6) * random.choice([-1, 1])
    whole = Image.fromarray(pixels).rotate(degrees, Image.Resampling.BICUBIC)
    width, height = whole.size
    cut = np.sin(np.radians(abs(degrees)))
    x, y = round(cut * height / 1.6), round(cut * width / 1.6)
    return np.asarray(whole.crop((x, y, width - x, height - y)))


def text(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """A line of subtitles and a logo of a seventh of the width."""
    image = Image.fromarray(pixels)
    draw, (width, height) = ImageDraw.Draw(image), image.size
    draw.text((width / 2, height * 0.88), "and nobody knew why", "white", anchor="mm", font_size=height / 12)
    side = width / 7
    draw.ellipse((width - 1.2 * side, 0.2 * side, width - 0.2 * side, 1.2 * side), "crimson")
    return np.asarray(image)


def greyscale(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return np.repeat(np.asarray(Image.fromarray(pixels).convert("L"))[..., None], 3, axis=2)


def shrink(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """To a half of each side."""
    height, width, _ = pixels.shape
    return resized(pixels, (width // 2, height // 2))


def squeeze(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Of another shape: 16 % narrower."""
    height, width, _ = pixels.shape
    return resized(pixels, (round(width * 0.84), height))


def blur(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(max(pixels.shape) / 200)))


def mirror_and_regrade(pixels: Pixels, random: np.random.Generator) -> Pixels:
    return regrade(mirror(pixels, random), random)


def crop_and_regrade(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """A part, mirrored, in other colours, encoded again: what somebody does who hides it."""
    return encode_again(regrade(mirror(crop_of(0.8)(pixels, random), random), random), random)


def inset(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """The frame at half its size in a picture of something else: a quarter of a collage."""
    height, width, _ = pixels.shape
    coarse = random.integers(0, 256, (9, 9, 3), dtype=np.uint8)
    other = resized(coarse, (width, height)).copy()
    top, left = random.integers(height // 2), random.integers(width // 2)
    small = resized(pixels, (width // 2, height // 2))
    other[top : top + height // 2, left : left + width // 2] = small
    return other


GOAL: dict[str, Change] = {
    "exact": exact,
    "crop 80 %": crop_of(0.8),
    "mirror": mirror,
    "regrade": regrade,
    "re-encode": encode_again,
}
MORE: dict[str, Change] = {
    "crop 60 %": crop_of(0.6),
    "letterbox": letterbox,
    "turned 2 to 6 degrees": turn,
    "text and logo": text,
    "greyscale": greyscale,
    "half the size": shrink,
    "squeezed": squeeze,
    "blurred": blur,
    "mirror and regrade": mirror_and_regrade,
    "crop, mirror, regrade, re-encode": crop_and_regrade,
    "a quarter of a collage": inset,
}
