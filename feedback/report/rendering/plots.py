"""Plots as PNG: mail programs show no SVG. Grey only; twice as many pixels as they are shown with, for sharp screens."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from feedback.report.learning import CurvePoint
from feedback.report.rendering.parts import Plot
from feedback.report.standings import PathPoint

WIDTH, HEIGHT = 640, 200  # as shown
SCALE = 2
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 10, 24  # room around the plot, as shown
LETTERS = 12

Place = tuple[float, float]


@dataclass(frozen=True)
class Colours:
    ground: str
    grid: str
    band: str
    line: str
    text: str


DARK = Colours("#222222", "#4a4a4a", "#5a5a5a", "#f0f0f0", "#b0b0b0")  # for the pages
LIGHT = Colours("#ffffff", "#c8c8c8", "#d8d8d8", "#202020", "#505050")  # for mail


def draw_plot(plot: Plot, colours: Colours) -> bytes:
    """A PNG of SCALE x WIDTH by SCALE x HEIGHT pixels."""
    canvas = Canvas(colours)
    if plot.path:
        draw_path(canvas, plot.path)
    else:
        draw_curve(canvas, plot.curve)
    sink = io.BytesIO()
    canvas.image.save(sink, "PNG", optimize=True)
    return sink.getvalue()


class Canvas:
    """A picture whose places are counted as it is shown."""

    def __init__(self, colours: Colours) -> None:
        self.colours = colours
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), colours.ground)
        self.draw = ImageDraw.Draw(self.image)
        self.font = ImageFont.load_default(LETTERS * SCALE)

    def line(self, places: Sequence[Place], colour: str, width: float = 1) -> None:
        if len(places) > 1:
            self.draw.line([scaled(each) for each in places], colour, round(width * SCALE), joint="curve")

    def area(self, places: Sequence[Place], colour: str) -> None:
        self.draw.polygon([scaled(each) for each in places], colour)

    def dot(self, place: Place, radius: float = 3) -> None:
        x, y = scaled(place)
        size = radius * SCALE
        self.draw.ellipse((x - size, y - size, x + size, y + size), self.colours.line)

    def write(self, place: Place, text: str, anchor: str) -> None:
        self.draw.text(scaled(place), text, self.colours.text, self.font, anchor)


def scaled(place: Place) -> Place:
    return place[0] * SCALE, place[1] * SCALE


def places_of(most: float, low: float, high: float) -> Callable[[float, float], Place]:
    """From (number, share) to a place; numbers go from 0 to `most`, shares from `low` to `high`."""

    def place(number: float, share: float) -> Place:
        x = LEFT + (WIDTH - LEFT - RIGHT) * number / max(most, 1)
        return x, TOP + (HEIGHT - TOP - BOTTOM) * (high - share) / (high - low)

    return place


def draw_axes(canvas: Canvas, place: Callable[[float, float], Place], shares: Sequence[float], most: int) -> None:
    for share in shares:
        colour = canvas.colours.text if share == 0.5 else canvas.colours.grid
        canvas.line([place(0, share), place(most, share)], colour)
        x, y = place(0, share)
        canvas.write((x - 6, y), f"{100 * share:.0f} %", "rm")
    for number in ticks(most):
        x, y = place(number, shares[0])
        canvas.write((x, y + 7), str(number), "ma" if number < most else "ra")


def ticks(most: int) -> list[int]:
    """Round numbers from 0 on, and the last."""
    step = next(unit * 10**power for power in range(12) for unit in (1, 2, 5) if unit * 10**power * 6 >= most)
    return [*(each for each in range(0, most, step) if most - each > step / 2), most]


def draw_path(canvas: Canvas, path: Sequence[PathPoint]) -> None:
    most = path[-1]["judged"]
    place = places_of(most, 0.0, 1.0)
    upper = [place(each["judged"], each["high"]) for each in path]
    lower = [place(each["judged"], each["low"]) for each in path]
    canvas.area([*upper, *lower[::-1]], canvas.colours.band)
    draw_axes(canvas, place, (0.0, 0.5, 1.0), most)
    rates = [place(each["judged"], each["rate"]) for each in path if each["rate"] is not None]
    canvas.line(rates, canvas.colours.line, 2)
    if rates:
        canvas.dot(rates[-1])


def draw_curve(canvas: Canvas, curve: Sequence[CurvePoint]) -> None:
    most = max(each["judgements"] for each in curve)
    lowest = min(0.5, *(each["low"] for each in curve))
    low = int(10 * lowest) / 10
    place = places_of(most, low, 1.0)
    shares = sorted({low, 0.5, 0.75, 1.0})
    draw_axes(canvas, place, shares, most)
    for each in curve:
        canvas.line([place(each["judgements"], each[end]) for end in ("low", "high")], canvas.colours.band, 4)
    order = sorted(curve, key=lambda each: (each["judgements"], each["run"]))
    canvas.line([place(each["judgements"], each["accuracy"]) for each in order], canvas.colours.line, 1.5)
    for each in curve:
        canvas.dot(place(each["judgements"], each["accuracy"]))
