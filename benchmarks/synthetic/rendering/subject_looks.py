"""How a subject looks beside what it is: its colours, its corners, and which way it faces."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.synthetic.labels import SubjectLook
from benchmarks.synthetic.rendering.canvas import Canvas, Colour, Points, mix, rgb
from benchmarks.synthetic.rendering.light import Light

PAINTS = {
    "red": rgb(0.85, 0.1, 0.08), "blue": rgb(0.1, 0.25, 0.8), "yellow": rgb(0.9, 0.75, 0.1),
    "white": rgb(0.92, 0.92, 0.92), "black": rgb(0.06, 0.06, 0.07),
}  # fmt: skip
PAINTED = 0.8  # share of the paint in a subject's colours: what it is made of can still be told
CUTS = 3  # times that each corner is cut, after Chaikin (1974)


class LookCanvas(Canvas):
    """The same picture, in which a subject is painted with a look of its own."""

    def __init__(self, canvas: Canvas, look: SubjectLook, x: float, light: Light) -> None:
        """`x`: the line that it is turned about, in frame heights."""
        self.__dict__.update(canvas.__dict__)
        self.look, self.axis, self.light = look, x, light

    def fill(self, shapes: Iterable[Points], colour: Colour, depth: float = 1.0, opacity: float = 1.0) -> None:
        """Paint polygons in one colour, changed as the look has it."""
        if self.look.colour is not None:
            colour = mix(colour, self.light.on(PAINTS[self.look.colour]), PAINTED)
        super().fill([self.shaped(shape) for shape in shapes], colour, depth, opacity)

    def shaped(self, shape: Points) -> np.ndarray:
        points = np.asarray(shape, float)
        if self.look.rounded:
            for _ in range(CUTS):
                points = cut_corners(points)
        if self.look.faces_left:
            points = points * [-1, 1] + [2 * self.axis, 0]
        return points


def dressed(canvas: Canvas, look: SubjectLook, x: float, light: Light) -> Canvas:
    """The canvas to paint a subject at x with this look on: the same one for the look that the starter knows."""
    return canvas if look == SubjectLook() else LookCanvas(canvas, look, x, light)


def cut_corners(points: np.ndarray) -> np.ndarray:
    """A polygon float[N, 2] with twice as many corners, each half as sharp."""
    following = np.roll(points, -1, axis=0)
    return np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1).reshape(-1, 2)
