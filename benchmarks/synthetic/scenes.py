"""Procedural film scenes with captions: what the starter model learns from, and what its oracles measure.

A caption names the content (time, place, weather, subject, framing); the style (grade, contrast, horizon, bars,
grain) is drawn at random and never named. The camera move of a clip is style too, but half of the clips' captions name it.
"""

from __future__ import annotations

import numpy as np

from benchmarks.synthetic.labels import (
    ATTRIBUTES,
    CHOICES,
    Content,
    Style,
    label_indices,
    sample_content,
    sample_style,
)
from benchmarks.synthetic.rendering.canvas import Camera, Canvas, box, ellipse, mix, rgb
from benchmarks.synthetic.rendering.light import Light, light_scene
from benchmarks.synthetic.rendering.places import draw_place
from benchmarks.synthetic.rendering.subjects import draw_subject
from benchmarks.synthetic.wording import caption, captions, clip_captions, find_labels, find_move, parse_caption

__all__ = [
    "ATTRIBUTES", "CHOICES", "Content", "Style", "caption", "captions", "clip_captions", "find_labels", "find_move",
    "label_indices", "parse_caption", "render", "render_with_subject", "sample_content", "sample_style",
]  # fmt: skip

# A camera move of amount 1 from the first frame to the last: the nearest layer's travel in frame heights, for a push-in
# the logarithm of its growth.
TRAVEL = {"pan": 0.4, "tilt": 0.26, "push-in": 0.45}

VISIBLE = 0.02  # how much brighter or darker than what is behind it a subject must be in any colour, of 1


def render(
    content: Content, style: Style, size: int | tuple[int, int] = 128, frames: int = 1, seed: int = 0
) -> np.ndarray:
    """Draw a scene.

    `size` is the height of a square, or (height, width), in pixels. Gives uint8[frames, height, width, 3].
    The seed places dunes, trees, blocks, clouds, drops and grain; the same arguments give the same pixels.
    """
    return render_with_subject(content, style, size, frames, seed)[0]


def render_with_subject(
    content: Content, style: Style, size: int | tuple[int, int] = 128, frames: int = 1, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """As `render`, and beside the pixels where the subject and its shadow are: bool[frames, height, width]."""
    height, width = (size, size) if isinstance(size, int) else size
    drawn = [_render_frame(content, style, height, width, k, frames, seed) for k in range(frames)]
    pixels, subject = zip(*drawn, strict=True)
    return np.stack(pixels), np.stack(subject)


def _render_frame(
    content: Content, style: Style, height: int, width: int, frame: int, frames: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    # Every frame replays the same draws, so that things stay where they are while the camera moves.
    rng = np.random.default_rng(seed)
    # The still's own composition lies in the middle of a move, so that no move leaves the subject behind.
    progress = frame / (frames - 1) - 0.5 if frames > 1 else 0.0
    canvas = Canvas(height, width, _place_camera(style, progress))
    light = light_scene(content, style)
    _draw_sky(canvas, content, style, light, rng)
    draw_place(canvas, content, style, light, rng)
    if content.weather == "fog":
        _draw_fog(canvas, style, light, 0.55, above=True)
    behind = canvas.pixels.copy()
    draw_subject(canvas, content, style, light, rng)
    subject = np.abs(canvas.pixels - behind).max(axis=-1) > VISIBLE
    _draw_weather(canvas, content, style, light, rng, frame)
    return _finish(canvas.pixels, style, np.random.default_rng([seed, frame])), subject


def _place_camera(style: Style, progress: float) -> Camera:
    """The camera at `progress` -0.5 to 0.5 of its move; TRAVEL holds the whole move."""
    travel = style.amount * progress
    if style.move == "pan":
        return Camera(shift_x=TRAVEL["pan"] * travel)
    if style.move == "tilt":
        return Camera(shift_y=TRAVEL["tilt"] * travel)
    if style.move == "push-in":
        return Camera(zoom=float(np.exp(TRAVEL["push-in"] * abs(style.amount) * progress)))
    return Camera()


def _draw_sky(canvas: Canvas, content: Content, style: Style, light: Light, rng: np.random.Generator) -> None:
    ramp = np.clip((canvas.y - canvas.camera.shift_y) / style.horizon, 0, 1)[..., None] ** 1.3
    canvas.pixels[:] = light.zenith + (light.skyline - light.zenith) * ramp
    if content.time == "night" and content.weather == "clear":
        stars = [
            box(x, y, x + 0.007, y + 0.007) for x, y in rng.uniform(0, 1, (45, 2)) * [canvas.aspect, style.horizon]
        ]
        canvas.fill(stars, rgb(0.95, 0.95, 1.0), depth=0.0, opacity=0.9)
    if content.weather in ("clear", "snow"):
        _draw_sun(canvas, content, style, light, rng)
    if content.weather != "fog" and content.time != "night":
        _draw_clouds(canvas, content, style, light, rng)


def _draw_sun(canvas: Canvas, content: Content, style: Style, light: Light, rng: np.random.Generator) -> None:
    x = canvas.aspect * (rng.uniform(0.74, 0.86) if style.mirrored else rng.uniform(0.14, 0.26))
    y = max(0.17, style.horizon - light.altitude)
    radius = {"dawn": 0.055, "day": 0.05, "dusk": 0.1, "night": 0.065}[content.time]
    centre = canvas.camera.project([(x, y)], 0.0, canvas.aspect)[0]
    distance = np.hypot(canvas.x - centre[0], canvas.y - centre[1])
    glow = np.exp(-((distance / (radius * 3)) ** 2)) * (0.25 if content.time == "night" else 0.6)
    canvas.blend(glow.astype(np.float32), light.sun)
    canvas.fill([ellipse(x, y, radius, radius, 32)], light.sun, depth=0.0)
    if content.time == "night":
        # A bite out of the disc: a crescent cannot be taken for the sun.
        canvas.fill([ellipse(x + radius * 0.5, y - radius * 0.25, radius * 0.85, radius * 0.85, 32)], light.zenith, 0.0)


def _draw_clouds(canvas: Canvas, content: Content, style: Style, light: Light, rng: np.random.Generator) -> None:
    heavy = content.weather == "rain"
    puffs = []
    for _ in range(6 if heavy else 3):
        x, y = rng.uniform(-0.1, canvas.aspect + 0.1), rng.uniform(0.05, style.horizon * 0.5)
        span = rng.uniform(0.12, 0.2) * (1.5 if heavy else 1)
        puffs += [ellipse(x + k * span * 0.5, y - (k == 0) * span * 0.12, span * 0.6, span * 0.16) for k in (-1, 0, 1)]
    colour = light.zenith * 0.6 if heavy else mix(light.skyline, light.sun, 0.5)
    canvas.fill(puffs, colour, depth=0.1, opacity=0.75 if heavy else 0.6)


def _draw_fog(canvas: Canvas, style: Style, light: Light, density: float, above: bool) -> None:
    centre = style.horizon - 0.08 if above else style.horizon + 0.1
    veil = density * np.exp(-(((canvas.y - canvas.camera.shift_y - centre) / 0.28) ** 2))
    canvas.blend(veil.astype(np.float32), mix(light.skyline, rgb(1, 1, 1), 0.1))


def _draw_weather(
    canvas: Canvas, content: Content, style: Style, light: Light, rng: np.random.Generator, frame: int
) -> None:
    if content.weather == "fog":
        _draw_fog(canvas, style, light, 0.3, above=False)
        canvas.pixels += (light.skyline - canvas.pixels) * 0.12
    elif content.weather == "rain":
        _draw_rain(canvas, light, rng, frame)
    elif content.weather == "snow":
        _draw_flakes(canvas, light, rng, frame)


def _draw_rain(canvas: Canvas, light: Light, rng: np.random.Generator, frame: int) -> None:
    starts = rng.uniform(0, 1, (60, 2))
    starts[:, 1] = (starts[:, 1] + frame * 0.21) % 1
    starts = starts * [canvas.aspect + 0.3, 1.2] - [0.1, 0.15]
    length = rng.uniform(0.1, 0.17, 60)
    drops = [[(x, y), (x - 0.28 * n, y + n)] for (x, y), n in zip(starts, length, strict=True)]
    canvas.blend(canvas.mask(drops, 0.0, 0.008), mix(light.skyline, rgb(1, 1, 1), 0.45), 0.6)


def _draw_flakes(canvas: Canvas, light: Light, rng: np.random.Generator, frame: int) -> None:
    centres = rng.uniform(0, 1, (70, 2))
    centres[:, 1] = (centres[:, 1] + frame * 0.04) % 1
    radius = rng.uniform(0.006, 0.015, 70)
    flakes = [ellipse(x * canvas.aspect, y, r, r, 10) for (x, y), r in zip(centres, radius, strict=True)]
    canvas.fill(flakes, mix(light.skyline, rgb(1, 1, 1), 0.75), depth=0.0, opacity=0.95)


def _finish(pixels: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """Grade, expose on grained stock and mask the bars: float32[H, W, 3] to uint8."""
    warm = np.array([1 + 0.14 * style.grade, 1 + 0.02 * style.grade, 1 - 0.17 * style.grade], np.float32)
    graded = pixels * warm
    grey = graded.mean(axis=-1, keepdims=True)
    graded = grey + (graded - grey) * style.saturation
    graded = (graded - 0.45) * style.contrast + 0.45
    graded = graded + rng.normal(0, style.grain, graded.shape[:2]).astype(np.float32)[..., None]
    rows = round(style.bars * len(graded))
    if rows:
        graded[:rows] = graded[-rows:] = 0.02
    return (np.clip(graded, 0, 1) * 255 + 0.5).astype(np.uint8)
