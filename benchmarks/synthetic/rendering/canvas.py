"""A small painter: antialiased flat shapes over a float picture, seen through a moving camera.

World coordinates are in frame heights: y runs from 0 (top) to 1 (bottom), x from 0 to width / height.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

OVERSAMPLING = 2
Colour = np.ndarray
Points = Sequence[tuple[float, float]] | np.ndarray


def rgb(red: float, green: float, blue: float) -> Colour:
    """Give a colour, channels in [0, 1], as float32[3]."""
    return np.array([red, green, blue], np.float32)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; `share` 0 gives the first, 1 the second."""
    return first * (1 - share) + second * share


@dataclass(frozen=True)
class Camera:
    """Where the frame looks: an offset and a zoom around the middle of the frame."""

    shift_x: float = 0.0
    """Sideways travel of the nearest layer, in frame heights."""
    shift_y: float = 0.0
    """Upward tilt, the same for all layers, in frame heights."""
    zoom: float = 1.0
    """Push-in factor of the nearest layer."""

    def project(self, points: Points, depth: float, aspect: float) -> np.ndarray:
        """Map world points float[N, 2] to the frame; `depth` 0 is infinitely far, 1 the nearest layer."""
        zoom = 1 + (self.zoom - 1) * (0.3 + 0.7 * depth)
        middle = np.array([aspect / 2, 0.55])
        shift = np.array([self.shift_x * depth, self.shift_y])
        return (np.asarray(points, float) - middle) * zoom + middle + shift


class Canvas:
    """A picture under way: `pixels` float32[size, width, 3], channels in [0, 1]."""

    def __init__(self, height: int, width: int, camera: Camera) -> None:
        self.height, self.width, self.camera = height, width, camera
        self.aspect = width / height
        self.pixels = np.zeros((height, width, 3), np.float32)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        self.y, self.x = (y + 0.5) / height, (x + 0.5) / height

    def mask(self, shapes: Iterable[Points], depth: float, widths: float | None = None) -> np.ndarray:
        """Cover of polygons (or of lines `widths` frame heights wide) as float32[height, width] in [0, 1]."""
        scale = self.height * OVERSAMPLING
        image = Image.new("L", (self.width * OVERSAMPLING, self.height * OVERSAMPLING))
        draw = ImageDraw.Draw(image)
        for shape in shapes:
            corners = (self.camera.project(shape, depth, self.aspect) * scale).ravel().tolist()
            if widths is None:
                draw.polygon(corners, fill=255)
            else:
                draw.line(corners, fill=255, width=max(1, round(widths * scale)))
        return np.asarray(image.reduce(OVERSAMPLING), np.float32) / 255

    def blend(self, mask: np.ndarray, colour: Colour, opacity: float = 1.0) -> None:
        """Lay a colour (float32[3] or a picture) over the picture where `mask` covers it."""
        self.pixels += (colour - self.pixels) * (mask * opacity)[..., None]

    def fill(self, shapes: Iterable[Points], colour: Colour, depth: float = 1.0, opacity: float = 1.0) -> None:
        """Paint polygons in one colour."""
        self.blend(self.mask(shapes, depth), colour, opacity)

    def shade(self, shapes: Iterable[Points], top: Colour, bottom: Colour, depth: float = 1.0) -> None:
        """Paint polygons in a vertical gradient that runs over the polygons' own height."""
        mask = self.mask(shapes, depth)
        rows = np.flatnonzero(mask.max(axis=1))
        if not len(rows):
            return
        ramp = np.clip((np.arange(self.height) - rows[0]) / max(1, rows[-1] - rows[0]), 0, 1).astype(np.float32)
        self.blend(mask, (top + (bottom - top) * ramp[:, None])[:, None, :])


def ellipse(x: float, y: float, rx: float, ry: float, corners: int = 20) -> np.ndarray:
    """Give an ellipse as a polygon float[corners, 2]."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], 1)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Give a rectangle as a polygon float[4, 2]."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def ridge(rng: np.random.Generator, base: float, height: float, waves: int, aspect: float) -> np.ndarray:
    """Give a rolling ridge line float[N, 2] around `base`, wider than the frame so that a pan finds no end."""
    x = np.linspace(-0.5, aspect + 0.5, 60)
    y = np.zeros_like(x)
    for order in range(1, waves + 1):
        y += np.sin(x * order * rng.uniform(2.0, 3.5) + rng.uniform(0, 6.3)) / order
    y = (y - y.min()) / (y.max() - y.min())
    return np.stack([x, base - height * y], 1)


def close_below(line: np.ndarray, bottom: float = 1.6) -> np.ndarray:
    """Turn a ridge line into a polygon that reaches below the frame."""
    return np.concatenate([line, [(line[-1, 0], bottom), (line[0, 0], bottom)]])
