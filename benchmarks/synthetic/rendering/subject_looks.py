"""How a subject looks beside what it is: its colours, its corners, and which way it faces."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.synthetic.labels import SubjectLook
from benchmarks.synthetic.rendering.canvas import Canvas, Colour, Points, mix, rgb

RED = rgb(0.85, 0.1, 0.08)
CUTS = 3  # times that each corner is cut, after Chaikin (1974)


class LookCanvas(Canvas):
    """The same picture, in which a subject is painted with a look of its own."""

    def __init__(self, canvas: Canvas, look: SubjectLook, x: float) -> None:
        """`x`: the line that it is turned about, in frame heights."""
        self.__dict__.update(canvas.__dict__)
        self.look, self.axis = look, x

    def fill(self, shapes: Iterable[Points], colour: Colour, depth: float = 1.0, opacity: float = 1.0) -> None:
        """Paint polygons in one colour, changed as the look has it."""
        red = mix(colour, RED * float(colour.max()) / float(RED.max()), self.look.red)
        super().fill([self.shaped(shape) for shape in shapes], red * (1 - self.look.darkness), depth, opacity)

    def shaped(self, shape: Points) -> np.ndarray:
        points = np.asarray(shape, float)
        if self.look.rounded:
            for _ in range(CUTS):
                points = cut_corners(points)
        if self.look.faces_left:
            points = points * [-1, 1] + [2 * self.axis, 0]
        return points


def dressed(canvas: Canvas, look: SubjectLook, x: float) -> Canvas:
    """The canvas to paint a subject at x with this look on: the same one for the look that the starter knows."""
    return canvas if look == SubjectLook() else LookCanvas(canvas, look, x)


def cut_corners(points: np.ndarray) -> np.ndarray:
    """A polygon float[N, 2] with twice as many corners, each half as sharp."""
    following = np.roll(points, -1, axis=0)
    return np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1).reshape(-1, 2)
