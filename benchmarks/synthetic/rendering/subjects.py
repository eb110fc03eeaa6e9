"""The six subjects: silhouettes unlike each other, drawn standing at (x, base) with a height in frame heights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.synthetic.labels import Content, Style
from benchmarks.synthetic.rendering.canvas import Canvas, Colour, box, ellipse, mix, rgb
from benchmarks.synthetic.rendering.light import Light
from benchmarks.synthetic.rendering.subject_looks import dressed

# Height of the subject in frame heights per framing; far enough apart to be told apart by eye.
HEIGHTS = {"wide": 0.2, "medium": 0.4, "close": 0.74}
# A car is low and a lighthouse high: factors keep the areas, and so the weight in the frame, alike.
PROPORTION = {"tree": 0.95, "lighthouse": 1.1, "house": 0.75, "person": 1.0, "car": 0.5, "boat": 1.0}


def _tree(canvas: Canvas, x: float, base: float, h: float, light: Light, rng: np.random.Generator) -> None:
    trunk = [(x - 0.055 * h, base), (x - 0.03 * h, base - 0.5 * h), (x + 0.03 * h, base - 0.5 * h)]
    canvas.fill([[*trunk, (x + 0.055 * h, base)]], light.on(rgb(0.28, 0.17, 0.1)))
    crowns = [(0.0, 0.72, 0.3, 0.27), (-0.24, 0.6, 0.2, 0.17), (0.24, 0.6, 0.2, 0.17), (-0.1, 0.82, 0.2, 0.17)]
    leaf = light.on(rgb(0.22, 0.42, 0.14))
    canvas.fill([ellipse(x + dx * h, base - dy * h, rx * h, ry * h) for dx, dy, rx, ry in crowns], leaf)
    side = -0.07 if not light.from_right else 0.07
    lit = [
        ellipse(x + (dx + side) * h, base - (dy + 0.05) * h, rx * 0.6 * h, ry * 0.6 * h) for dx, dy, rx, ry in crowns
    ]
    canvas.fill(lit, mix(leaf, light.tint, 0.25), opacity=0.6)


def _lighthouse(canvas: Canvas, x: float, base: float, h: float, light: Light, rng: np.random.Generator) -> None:
    def width(share: float) -> float:
        return (0.125 - 0.055 * share) * h

    white, red = light.on(rgb(0.93, 0.91, 0.88)), light.on(rgb(0.75, 0.16, 0.12))
    for stripe in range(5):
        low, high = stripe * 0.155, (stripe + 1) * 0.155
        shape = [(x - width(low), base - low * h), (x - width(high), base - high * h)]
        shape += [(x + width(high), base - high * h), (x + width(low), base - low * h)]
        canvas.fill([shape], white if stripe % 2 else red)
    canvas.fill([box(x - 0.11 * h, base - 0.8 * h, x + 0.11 * h, base - 0.765 * h)], light.on(rgb(0.2, 0.2, 0.22)))
    lamp = rgb(1.0, 0.93, 0.6) if light.dark else light.on(rgb(0.7, 0.85, 0.9))
    canvas.fill([box(x - 0.055 * h, base - 0.9 * h, x + 0.055 * h, base - 0.8 * h)], lamp)
    roof = [(x - 0.085 * h, base - 0.9 * h), (x, base - h), (x + 0.085 * h, base - 0.9 * h)]
    canvas.fill([roof], red)
    if light.dark:
        top = base - 0.85 * h
        beams = [[(x, top), (x + side * 1.2, top - 0.1), (x + side * 1.2, top + 0.12)] for side in (-1, 1)]
        canvas.fill(beams, lamp, opacity=0.22)


def _house(canvas: Canvas, x: float, base: float, h: float, light: Light, rng: np.random.Generator) -> None:
    wall, roof = light.on(rgb(0.86, 0.78, 0.64)), light.on(rgb(0.58, 0.22, 0.15))
    canvas.fill([box(x - 0.5 * h, base - 0.58 * h, x + 0.5 * h, base)], wall)
    canvas.fill([box(x + 0.22 * h, base - 1.02 * h, x + 0.34 * h, base - 0.6 * h)], light.on(rgb(0.4, 0.24, 0.2)))
    canvas.fill([[(x - 0.62 * h, base - 0.55 * h), (x, base - h), (x + 0.62 * h, base - 0.55 * h)]], roof)
    pane = rgb(1.0, 0.83, 0.42) if light.dark else light.on(rgb(0.25, 0.33, 0.42))
    windows = [
        box(x + dx * h - 0.085 * h, base - 0.42 * h, x + dx * h + 0.085 * h, base - 0.22 * h) for dx in (-0.3, 0.3)
    ]
    canvas.fill(windows, pane)
    canvas.fill([box(x - 0.08 * h, base - 0.38 * h, x + 0.08 * h, base)], light.on(rgb(0.3, 0.17, 0.1)))


def _person(canvas: Canvas, x: float, base: float, h: float, light: Light, rng: np.random.Generator) -> None:
    dark, coat = light.on(rgb(0.1, 0.1, 0.14)), light.on(rgb(0.2, 0.25, 0.42))
    legs = [
        [
            (x + s * 0.02 * h, base - 0.46 * h),
            (x + s * 0.09 * h, base - 0.46 * h),
            (x + s * 0.11 * h, base),
            (x + s * 0.035 * h, base),
        ]
        for s in (-1, 1)
    ]
    canvas.fill(legs, dark)
    arms = [
        [
            (x + s * 0.1 * h, base - 0.8 * h),
            (x + s * 0.16 * h, base - 0.76 * h),
            (x + s * 0.19 * h, base - 0.42 * h),
            (x + s * 0.13 * h, base - 0.42 * h),
        ]
        for s in (-1, 1)
    ]
    torso = [(x - 0.12 * h, base - 0.82 * h), (x + 0.12 * h, base - 0.82 * h), (x + 0.13 * h, base - 0.36 * h)]
    canvas.fill([*arms, [*torso, (x - 0.13 * h, base - 0.36 * h)]], coat)
    canvas.fill([box(x - 0.03 * h, base - 0.86 * h, x + 0.03 * h, base - 0.8 * h)], light.on(rgb(0.85, 0.62, 0.5)))
    canvas.fill([ellipse(x, base - 0.915 * h, 0.07 * h, 0.085 * h)], light.on(rgb(0.85, 0.62, 0.5)))
    canvas.fill([ellipse(x, base - 0.95 * h, 0.075 * h, 0.05 * h)], dark)


def _car(canvas: Canvas, x: float, base: float, h: float, light: Light, rng: np.random.Generator) -> None:
    body = light.on(rgb(0.78, 0.13, 0.1))
    cabin = [(-0.6, 0.55), (-0.36, 0.98), (0.36, 0.98), (0.68, 0.55)]
    hull = [(-1.15, 0.2), (-1.12, 0.52), (-0.62, 0.6), (0.7, 0.6), (1.08, 0.5), (1.15, 0.2)]
    canvas.fill([[(x + dx * h, base - dy * h) for dx, dy in shape] for shape in (cabin, hull)], body)
    panes = [
        [(-0.46, 0.6), (-0.3, 0.9), (-0.04, 0.9), (-0.04, 0.6)],
        [(0.05, 0.6), (0.05, 0.9), (0.3, 0.9), (0.52, 0.6)],
    ]
    canvas.fill([[(x + dx * h, base - dy * h) for dx, dy in pane] for pane in panes], light.on(rgb(0.3, 0.42, 0.52)))
    wheels = [(x + dx * h, base - 0.2 * h) for dx in (-0.65, 0.65)]
    canvas.fill([ellipse(wx, wy, 0.23 * h, 0.23 * h) for wx, wy in wheels], light.on(rgb(0.06, 0.06, 0.07)))
    canvas.fill([ellipse(wx, wy, 0.1 * h, 0.1 * h) for wx, wy in wheels], light.on(rgb(0.6, 0.6, 0.62)))
    lamp = rgb(1.0, 0.95, 0.7) if light.dark else light.on(rgb(0.95, 0.9, 0.7))
    canvas.fill([ellipse(x + 1.08 * h, base - 0.42 * h, 0.08 * h, 0.08 * h)], lamp)
    if light.dark:
        beam = [(x + 1.1 * h, base - 0.45 * h), (x + 2.6 * h, base - 0.6 * h), (x + 2.6 * h, base - 0.02 * h)]
        canvas.fill([[*beam, (x + 1.1 * h, base - 0.38 * h)]], lamp, opacity=0.3)


def _boat(canvas: Canvas, x: float, base: float, h: float, light: Light, rng: np.random.Generator) -> None:
    hull = [(-0.42, 0.2), (0.46, 0.2), (0.32, 0.0), (-0.3, 0.0)]
    canvas.fill([[(x + dx * h, base - dy * h) for dx, dy in hull]], light.on(rgb(0.4, 0.2, 0.12)))
    canvas.fill([box(x - 0.42 * h, base - 0.22 * h, x + 0.46 * h, base - 0.18 * h)], light.on(rgb(0.9, 0.88, 0.82)))
    canvas.fill([box(x - 0.015 * h, base - h, x + 0.015 * h, base - 0.2 * h)], light.on(rgb(0.25, 0.16, 0.1)))
    sail = [(0.04, 0.97), (0.04, 0.26), (0.44, 0.26)]
    jib = [(-0.04, 0.86), (-0.04, 0.26), (-0.34, 0.26)]
    canvas.fill([[(x + dx * h, base - dy * h) for dx, dy in sail]], light.on(rgb(0.98, 0.96, 0.9)))
    canvas.fill([[(x + dx * h, base - dy * h) for dx, dy in jib]], light.on(rgb(0.86, 0.83, 0.78)))


_DRAWERS: dict[str, Callable[[Canvas, float, float, float, Light, np.random.Generator], None]] = {
    "tree": _tree, "lighthouse": _lighthouse, "house": _house, "person": _person, "car": _car, "boat": _boat,
}  # fmt: skip


def stand(content: Content, style: Style, aspect: float) -> tuple[float, float, float]:
    """Give x, base and height of the subject in frame heights: the larger it is, the nearer to the frame's foot."""
    height = HEIGHTS[content.framing] * PROPORTION[content.subject]
    nearness = {"wide": 0.25, "medium": 0.5, "close": 0.75}[content.framing]
    base = style.horizon + nearness * (0.93 - style.horizon) + 0.02
    return style.position * aspect, base, height


def draw_subject(canvas: Canvas, content: Content, style: Style, light: Light, rng: np.random.Generator) -> None:
    """Draw the content's subject with its shadow on the ground."""
    x, base, height = stand(content, style, canvas.aspect)
    height *= style.subject.size
    width = height * {"car": 1.2, "house": 0.6}.get(content.subject, 0.35)
    canvas.fill([ellipse(x, base, width * 1.1, 0.035 * height + 0.006)], _shadow(light), opacity=0.45)
    _DRAWERS[content.subject](dressed(canvas, style.subject, x, light), x, base, height, light, rng)


def _shadow(light: Light) -> Colour:
    return light.on(rgb(0.05, 0.05, 0.08))
