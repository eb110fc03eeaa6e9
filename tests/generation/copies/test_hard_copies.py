"""Copies of which little is left, and different pictures that have little in them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from generation.copies.comparing import Picture, likeness
from generation.copies.describing import describe, within_bars
from tests.generation.copies.scenes import picture


def alike(copy: np.ndarray, original: np.ndarray) -> float:
    return likeness(Picture(describe(copy)), Picture(describe(original)))


def graded(pixels: np.ndarray, contrast: float, lifted: float) -> np.ndarray:
    return np.clip(pixels * contrast + lifted, 0, 255).astype(np.uint8)


def sky(across: float, down: float) -> np.ndarray:
    """uint8 [144, 256, 3]: 40 levels of grey from corner to corner, and grain."""
    rows, columns = np.mgrid[0:144, 0:256]
    light = 120 + 40 * (across * columns / 256 + down * (rows / 144) ** 2)
    grain = np.random.default_rng(round(100 * across)).normal(0, 1.5, light.shape)
    return np.repeat((light + grain).clip(0, 255)[..., None], 3, axis=2).astype(np.uint8)


def poorly_encoded(pixels: np.ndarray) -> np.ndarray:
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "JPEG", quality=20)
    return np.asarray(Image.open(sink).convert("RGB"))


def stripes(left: int, right: int, slant: int) -> np.ndarray:
    """uint8 [160, 240, 3]: three surfaces, one beside the other."""
    image = Image.new("RGB", (240, 160), (200, 60, 100))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 0), (left, 0), (left + slant, 160), (0, 160)], (240, 170, 170))
    draw.polygon([(right, 0), (240, 0), (240, 160), (right + slant, 160)], (130, 30, 70))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1)))


def left_of(grey: np.ndarray) -> tuple[int, ...]:
    return grey[within_bars(grey)].shape


def test_a_sky_is_known_when_it_is_encoded_poorly() -> None:
    assert alike(poorly_encoded(sky(1, 0.4)), sky(1, 0.4)) > 0.9
    assert alike(poorly_encoded(sky(1, 0.4)), sky(0.3, 1)) < 0.6


def test_colours_are_known_whose_light_is_even() -> None:
    rows, columns = np.mgrid[0:144, 0:256] / 144
    red, green = 90 + 34 * columns, 130 - 17 * columns
    colours = np.stack([red, green, 100 + 40 * rows**2], axis=2).astype(np.uint8)
    warmer = np.clip(colours * [1.15, 0.95, 0.9] + 5, 0, 255).astype(np.uint8)
    assert alike(warmer, colours) > 0.9
    assert alike(warmer, colours[::-1]) < 0.6


def test_a_night_is_known_when_most_of_it_is_crushed_to_black() -> None:
    night = graded(picture(9), 0.4, 0)
    night[20:30, 30:40] = night[100:108, 120:150] = 230
    crushed = graded(night.astype(float), 1.3, -1.3 * np.percentile(night, 80))
    assert (crushed.max(axis=2) == 0).mean() > 0.5
    assert alike(crushed, night) > 0.85


def test_different_stripes_are_not_bent_to_each_other() -> None:
    assert alike(stripes(60, 150, 20), stripes(90, 170, 40)) < 0.6
    part = stripes(90, 170, 40)[16:144, 24:216]
    assert alike(part, stripes(90, 170, 40)) > 0.95


def test_bars_are_cut_in_another_grade_too() -> None:
    grey = picture(6).mean(axis=2).clip(70, 255).astype(np.uint8)
    barred = np.pad(grey, ((20, 20), (0, 0)))
    assert left_of(barred) == left_of(graded(barred, 0.8, 40)) == grey.shape
    assert left_of(graded(barred, 0.8, 40).T) == grey.T.shape


def test_dark_ground_and_a_night_sky_are_no_bars() -> None:
    dark = np.zeros((120, 160), np.uint8)
    dark[30:100:4, 10:150:5] = 220
    assert left_of(dark) == left_of(dark.T)[::-1] == dark.shape
    rows = np.minimum(np.arange(120), np.arange(120)[::-1])
    fog = np.repeat((20 + 0.3 * rows).astype(np.uint8)[:, None], 160, axis=1)
    assert left_of(fog) == fog.shape
