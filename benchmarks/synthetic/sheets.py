"""Pictures about a trained starter: contact sheets of stills, filmstrips of clips, and the curves of its losses."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from feedback.json_lines import read_json_lines

GREY, TEXT = (34, 34, 34), (208, 208, 208)
GAP, FOOT = 8, 58  # pixels between pictures, and below them for the caption
SEAM = 2  # pixels between the frames of a clip
STRIP = 5  # frames of a clip that a filmstrip shows
LINES = ((208, 208, 208), (230, 159, 0), (86, 180, 233), (0, 158, 115))  # Okabe and Ito: told apart with any vision


def contact_sheet(pixels: np.ndarray, texts: list[str], columns: int = 8, side: int = 176) -> Image.Image:
    """Stills in a grid on neutral grey, each with its caption below; pixels float[N, H, W, 3] in [0, 1]."""
    return _lay_out([[still] for still in pixels], texts, columns, side)


def filmstrips(clips: np.ndarray, texts: list[str], columns: int = 2, side: int = 112) -> Image.Image:
    """Clips, each a row of its frames with the caption below; clips float[N, F, H, W, 3] in [0, 1]."""
    picked = np.linspace(0, clips.shape[1] - 1, STRIP).round().astype(int)
    return _lay_out([list(clip[picked]) for clip in clips], texts, columns, side)


def _lay_out(rows: list[list[np.ndarray]], texts: list[str], columns: int, side: int) -> Image.Image:
    """Rows of pictures, side by side, in a grid."""
    wide, tall = (side + SEAM) * len(rows[0]) - SEAM, -(-len(rows) // columns)
    sheet = Image.new("RGB", (columns * (wide + GAP) + GAP, tall * (side + FOOT) + GAP), GREY)
    draw = ImageDraw.Draw(sheet)
    for k, (row, text) in enumerate(zip(rows, texts, strict=True)):
        x, y = GAP + k % columns * (wide + GAP), GAP + k // columns * (side + FOOT)
        for place, pixels in enumerate(row):
            picture = Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8))
            sheet.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (x + place * (side + SEAM), y))
        lines = textwrap.fill(text, 30 * wide // 176)
        draw.multiline_text((x, y + side + 2), lines, fill=TEXT, spacing=1, font_size=10)
    return sheet


def loss_curves(log: Path, width: int = 800, height: int = 360) -> Image.Image:
    """The loss of each split over the steps from a log of JSON lines, logarithmic upwards."""
    rows = read_json_lines(log)
    last = rows[-1]["step"]
    names = sorted({name for row in rows for name in row} - {"step", "seconds", "loss", "done"}) or ["loss"]
    every = np.array([row[name] for row in rows for name in names if name in row])
    top, bottom = np.log(every.max()), np.log(every.min())
    chart = Image.new("RGB", (width, height), GREY)
    draw = ImageDraw.Draw(chart)
    for k, name in enumerate(names):
        points = [(row["step"] / last, np.log(row[name])) for row in rows if name in row]
        line = [(60 + (width - 80) * x, 20 + (height - 60) * (top - y) / max(1e-6, top - bottom)) for x, y in points]
        draw.line(line, fill=LINES[k % len(LINES)], width=2)
        draw.text((width - 120, 14 + 16 * k), name, fill=LINES[k % len(LINES)])
    draw.text((6, 14), f"{every.max():.3f}", fill=TEXT)
    draw.text((6, height - 48), f"{every.min():.3f}", fill=TEXT)
    draw.text((60, height - 24), f"flow-matching loss over {last} steps", fill=TEXT)
    return chart
