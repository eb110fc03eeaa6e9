"""The six places: what lies between the sky and the subject. The line between sky and ground is the style's horizon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.synthetic.labels import Content, Style
from benchmarks.synthetic.rendering.canvas import Canvas, box, close_below, ellipse, mix, rgb, ridge
from benchmarks.synthetic.rendering.light import Light

# Share of white on the ground when it snows.
_SNOW_COVER = 0.75
_WHITE = rgb(0.93, 0.95, 1.0)


def _ground(albedo: np.ndarray, content: Content) -> np.ndarray:
    if content.weather == "snow":
        return mix(albedo, _WHITE, _SNOW_COVER)
    return albedo * 0.8 if content.weather == "rain" else albedo


def _plain(canvas: Canvas, horizon: float, top: np.ndarray, bottom: np.ndarray) -> None:
    canvas.shade([box(-0.6, horizon, canvas.aspect + 0.6, 1.5)], top, bottom, depth=0.6)


def _desert(canvas: Canvas, content: Content, horizon: float, light: Light, rng: np.random.Generator) -> None:
    sand = _ground(rgb(0.90, 0.70, 0.42), content)
    far = ridge(rng, horizon + 0.015, 0.09, 2, canvas.aspect)
    canvas.fill([close_below(far)], light.far(sand * 0.85, 0.35), depth=0.25)
    _plain(canvas, horizon + 0.01, light.far(sand, 0.15), light.on(sand * 0.9))
    for step, shade in ((0.12, 0.78), (0.24, 0.95)):
        base = horizon + step * (1 - horizon) / 0.5
        line = ridge(rng, base + 0.05, 0.09, 2, canvas.aspect)
        canvas.shade([close_below(line)], light.on(sand * shade), light.on(sand * (shade + 0.1)), depth=0.6)


def _sea(canvas: Canvas, content: Content, horizon: float, light: Light, rng: np.random.Generator) -> None:
    water = rgb(0.10, 0.34, 0.48)
    near = mix(light.on(water), light.zenith, 0.25)
    _plain(canvas, horizon, mix(light.on(water), light.skyline, 0.35), near)
    glints = []
    for _ in range(26):
        depth = rng.random() ** 1.6
        y = horizon + 0.012 + depth * (1.0 - horizon)
        x, half = rng.uniform(-0.1, canvas.aspect + 0.1), 0.03 + 0.12 * depth
        glints.append(ellipse(x, y, half, 0.003 + 0.006 * depth, 10))
    canvas.fill(glints, mix(light.skyline, rgb(1, 1, 1), 0.2), depth=0.6, opacity=0.5)
    sand = _ground(rgb(0.82, 0.72, 0.52), content)
    shore = ridge(rng, horizon + 0.62 * (1 - horizon) + 0.02, 0.03, 2, canvas.aspect)
    canvas.fill([close_below(shore - [0, 0.012])], light.on(rgb(0.95, 0.97, 1.0)), depth=0.8, opacity=0.8)
    canvas.shade([close_below(shore)], light.on(sand), light.on(sand * 0.85), depth=0.8)


def _forest(canvas: Canvas, content: Content, horizon: float, light: Light, rng: np.random.Generator) -> None:
    floor = _ground(rgb(0.30, 0.34, 0.16), content)
    needle = rgb(0.08, 0.26, 0.15)
    needle = mix(needle, _WHITE, 0.3) if content.weather == "snow" else needle
    for row, (height, haze, depth) in enumerate(((0.34, 0.55, 0.2), (0.27, 0.15, 0.4))):
        firs = []
        for x in np.arange(-0.5, canvas.aspect + 0.5, 0.085 if row else 0.07):
            x += rng.uniform(-0.03, 0.03)
            top = horizon + 0.02 - height * rng.uniform(0.65, 1.05)
            half = 0.055 + 0.01 * row
            firs.append([(x - half, horizon + 0.03), (x, top), (x + half, horizon + 0.03)])
        canvas.fill(firs, light.far(needle, haze), depth=depth)
    _plain(canvas, horizon, light.on(floor), light.on(floor * 0.75))


def _city(canvas: Canvas, content: Content, horizon: float, light: Light, rng: np.random.Generator) -> None:
    street = _ground(rgb(0.34, 0.34, 0.36), content)
    for row, (tallest, haze, depth) in enumerate(((0.40, 0.5, 0.2), (0.30, 0.12, 0.4))):
        blocks, windows = [], []
        x = -0.5
        while x < canvas.aspect + 0.5:
            width = rng.uniform(0.08, 0.15)
            top = horizon - tallest * rng.uniform(0.4, 1.0)
            blocks.append(box(x, top, x + width - 0.008, horizon + 0.02))
            for wy in np.arange(top + 0.025, horizon - 0.02, 0.042):
                for wx in np.arange(x + 0.02, x + width - 0.03, 0.036):
                    if rng.random() < 0.6:
                        windows.append(box(wx, wy, wx + 0.016, wy + 0.02))
            x += width
        canvas.fill(blocks, light.far(rgb(0.36, 0.38, 0.44), haze), depth=depth)
        if row:
            lit = rgb(1.0, 0.82, 0.42) if light.dark else light.on(rgb(0.62, 0.72, 0.82))
            canvas.fill(windows, lit, depth=depth, opacity=0.9)
    _plain(canvas, horizon, light.on(street), light.on(street * 0.75))
    marks = [
        [(s * 0.9 + canvas.aspect / 2, 1.1), (s * 0.86 + canvas.aspect / 2, 1.1), (canvas.aspect / 2, horizon + 0.02)]
        for s in (-1, -0.03, 0.97)
    ]
    canvas.fill(marks, light.on(rgb(0.8, 0.8, 0.76)), depth=0.7, opacity=0.6)


def _mountains(canvas: Canvas, content: Content, horizon: float, light: Light, rng: np.random.Generator) -> None:
    rock, meadow = rgb(0.36, 0.36, 0.42), _ground(rgb(0.42, 0.44, 0.34), content)
    for height, haze, depth, count in ((0.40, 0.45, 0.15, 3), (0.27, 0.15, 0.3, 4)):
        peaks, caps, sides = [], [], []
        for x in np.linspace(-0.3, canvas.aspect + 0.3, count + 2) + rng.uniform(-0.12, 0.12, count + 2):
            tall, half = height * rng.uniform(0.7, 1.0), rng.uniform(0.24, 0.36)
            top, foot = horizon - tall, horizon + 0.02
            peaks.append([(x - half, foot), (x, top), (x + half, foot)])
            shadow = half if not light.from_right else -half
            sides.append([(x, top), (x + shadow, foot), (x + 0.15 * shadow, foot)])
            c = 0.38
            caps.append(
                [
                    (x, top),
                    (x - c * half, top + c * tall),
                    (x - c * half * 0.4, top + c * tall * 0.72),
                    (x, top + c * tall * 1.05),
                    (x + c * half * 0.45, top + c * tall * 0.75),
                    (x + c * half, top + c * tall),
                ]
            )
        canvas.fill(peaks, light.far(rock, haze), depth=depth)
        canvas.fill(sides, light.far(rock * 0.6, haze), depth=depth, opacity=0.7)
        canvas.fill(caps, light.far(_WHITE, haze * 0.6), depth=depth)
    _plain(canvas, horizon, light.on(meadow), light.on(meadow * 0.7))


def _field(canvas: Canvas, content: Content, horizon: float, light: Light, rng: np.random.Generator) -> None:
    grass, straw = _ground(rgb(0.40, 0.58, 0.18), content), _ground(rgb(0.72, 0.68, 0.25), content)
    hills = ridge(rng, horizon + 0.01, 0.045, 2, canvas.aspect)
    canvas.fill([close_below(hills)], light.far(rgb(0.24, 0.40, 0.22), 0.4), depth=0.25)
    _plain(canvas, horizon, light.on(grass * 0.9), light.on(grass * 0.85))
    middle = canvas.aspect / 2 + rng.uniform(-0.3, 0.3)
    rows = [
        [(middle + k * 0.035, horizon + 0.005), (middle + k * 0.42 - 0.11, 1.3), (middle + k * 0.42 + 0.11, 1.3)]
        for k in range(-9, 10)
    ]
    canvas.fill(rows, light.on(straw), depth=0.6, opacity=0.8)


_PLACES: dict[str, Callable[[Canvas, Content, float, Light, np.random.Generator], None]] = {
    "desert": _desert, "sea": _sea, "forest": _forest, "city": _city, "mountains": _mountains, "field": _field,
}  # fmt: skip


def draw_place(canvas: Canvas, content: Content, style: Style, light: Light, rng: np.random.Generator) -> None:
    """Draw the content's landscape over the sky."""
    _PLACES[content.place](canvas, content, style.horizon, light, rng)
