"""Records as a picture: a curve's four figures above each other, or winning against keeping for single points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # a benchmark runs where there is no screen

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from PIL import Image

from benchmarks.house_style.metrics import LEAST_CONTENT, LEAST_VARIETY, MOST_REALISM
from benchmarks.house_style.records import Record

NUMERIC = ("pairs", "label_noise", "nights")
LABELS = {
    "pairs": "pairs judged",
    "label_noise": "label noise: share of preferences given the wrong way round",
    "nights": "nights of judging, tuning and promotion",
}
# What a version must keep: its field in a record, what to call it, the limit.
KEEPING = (
    ("content_change_mean", "content: change, points", LEAST_CONTENT),
    ("realism_ratio", "realism: distance to real scenes, ratio", MOST_REALISM),
    ("variety_ratio", "variety within a brief, ratio", LEAST_VARIETY),
)
# Okabe and Ito's palette but for its vermilion, which marks limits: told apart with any colour vision.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#BBBBBB")
MARKERS = ("o", "s", "^", "D")
INK, PAPER, FAINT, LIMIT = "#D0D0D0", "#222222", "#555555", "#D55E00"
STYLE: Any = {  # matplotlib's stub lists every key by name
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#333333",
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9,
}


def save_plot(path: Path, records: Sequence[Record], ceiling: Sequence[Record], curve: str | None) -> None:
    """Writes a PNG; refused points are named in the table only."""
    measured = [record for record in records if record.get("win_rate") is not None]
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        figure = plot_curve(measured, ceiling, curve) if curve in NUMERIC else plot_frontier(measured, ceiling)
        figure.savefig(path, dpi=150, bbox_inches="tight")
        plt.close(figure)


def plot_curve(records: Sequence[Record], ceiling: Sequence[Record], curve: str) -> plt.Figure:
    """Winning and what is to be kept over the curve, with intervals; a win whose quality was held is filled."""
    figure, grid = plt.subplots(2, 2, figsize=(9.5, 6.5), sharex=True)
    for colour, (name, line) in zip(cycle(COLOURS), lines_of(records).items(), strict=False):
        draw_line(grid.flat, line, name, colour)
    draw_limits(list(grid.flat), ceiling)
    if curve == "pairs":
        grid[0, 0].set_xscale("log")
    ticks = sorted({record["x"] for record in records})
    for axes in grid[1]:
        axes.set_xlabel(LABELS[curve])
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    figure.suptitle(title_of(records) + "; filled: content, realism and variety all kept")
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4)
    figure.tight_layout()
    return figure


def draw_line(grid: Iterable[Axes], line: Sequence[Record], name: str, colour: str) -> None:
    win, *keeping = grid
    x = [record["x"] for record in line]
    shade: dict[str, Any] = {"color": colour, "alpha": 0.15, "linewidth": 0}
    win.fill_between(x, percent(line, "win_low"), percent(line, "win_high"), **shade)
    win.plot(x, percent(line, "win_rate"), "-", color=colour, label=name)
    for record in line:
        face = colour if record["held_quality"] else PAPER
        win.plot(record["x"], 100 * record["win_rate"], "o", color=colour, markerfacecolor=face)
    for axes, (field, _, _) in zip(keeping, KEEPING, strict=True):
        axes.plot(x, [record[field] for record in line], "o-", color=colour)
        # Without intervals chance would look like an effect: realism is measured no better than within a tenth.
        axes.fill_between(x, ends_of(line, field, "low"), ends_of(line, field, "high"), **shade)


def ends_of(line: Sequence[Record], field: str, end: str) -> list[float]:
    """Of the intervals; the figure itself in a record without."""
    name = f"{field}_{end}"
    return [record[name] if name in record else record[field] for record in line]


def draw_limits(grid: Sequence[Axes], ceiling: Sequence[Record]) -> None:
    """What each figure must keep, and where winning could go."""
    win, *keeping = grid
    win.set_title("wins against production, %")
    win.axhline(50, color=FAINT, linewidth=1)
    mark_ceiling(win, ceiling)
    for axes, (_, title, limit), same in zip(keeping, KEEPING, (0.0, 1.0, 1.0), strict=True):
        axes.set_title(title)
        axes.axhline(same, color=FAINT, linewidth=1)
        axes.axhline(limit, color=LIMIT, linewidth=1, linestyle=":")


def mark_ceiling(axes: Axes, ceiling: Sequence[Record]) -> None:
    """A dotted line where each best-of-k of the renderer wins."""
    for record in ceiling:
        height = 100 * record["win_rate"]
        axes.axhline(height, color=FAINT, linewidth=0.8, linestyle=":")
        axes.annotate(record["name"], (0.01, height), xycoords=("axes fraction", "data"), fontsize=7, color="#888888",
                      ha="left", va="bottom")  # fmt: skip


def plot_frontier(records: Sequence[Record], ceiling: Sequence[Record]) -> plt.Figure:
    """Winning against each of the three things to keep; a point that kept all of them is filled."""
    figure, grid = plt.subplots(1, 3, figsize=(13, 5), sharey=True)
    for axes, (field, label, limit) in zip(grid, KEEPING, strict=True):
        for number, record in enumerate(records):
            draw_point(axes, record, field, number)
        axes.axhline(50, color=FAINT, linewidth=1)
        axes.set_xlabel(label)
        # Ratios that run away would press all others into one column.
        if field == "realism_ratio" and any(record[field] > 10 for record in records):
            axes.set_xscale("log")
        shade_kept(axes, limit, smaller_is_better=field == "realism_ratio")
    if len({record["taste"] for record in records}) == 1:
        mark_ceiling(grid[-1], ceiling)
    grid[0].set_ylabel("wins against production, %")
    figure.suptitle(title_of(records) + "; filled: content, realism and variety all kept")
    handles, names = grid[0].get_legend_handles_labels()
    figure.legend(handles, names, frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=5)
    figure.tight_layout()
    return figure


def draw_point(axes: Axes, record: Record, field: str, number: int) -> None:
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number // len(COLOURS) % len(MARKERS)]
    height, face = 100 * record["win_rate"], colour if record["held_quality"] else PAPER
    reach = [[height - 100 * record["win_low"]], [100 * record["win_high"] - height]]
    name = record["taste"] if record.get("curve") == "tastes" else record["name"]
    axes.errorbar(
        [record[field]], [height], yerr=reach, fmt=marker, color=colour, markerfacecolor=face, capsize=2, label=name
    )


def shade_kept(axes: Axes, limit: float, smaller_is_better: bool) -> None:
    """The side of the limit where quality is held, a little lighter."""
    axes.axvline(limit, color=LIMIT, linewidth=1, linestyle=":")
    left, right = axes.get_xlim()
    axes.axvspan(*((left, limit) if smaller_is_better else (limit, right)), color=INK, alpha=0.05, linewidth=0)
    axes.set_xlim(left, right)


def lines_of(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Records by learner, each line in the order of x."""
    lines: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: record["x"]):
        lines.setdefault(record["name"], []).append(record)
    return {name: lines[name] for name in dict.fromkeys(record["name"] for record in records)}


def percent(line: Sequence[Record], field: str) -> list[float]:
    return [100 * record[field] for record in line]


def title_of(records: Sequence[Record]) -> str:
    if not records:
        return "nothing was measured: every point was refused"
    tastes = sorted({record["taste"] for record in records})
    counts = sorted({record["pairs"] for record in records})
    each = " a night" if records[0].get("curve") == "nights" else ""
    pairs = f", {counts[0]} pairs{each}" if len(counts) == 1 else ""
    return f"house style {', '.join(tastes) if len(tastes) < 3 else f'of {len(tastes)} tastes'}{pairs}, {records[0]['kind']}s"


def save_comparison(path: Path, base: np.ndarray, tuned: np.ndarray, columns: int = 8) -> None:
    """Production above, candidate below, one prompt a column, to be looked at; takes float [P, T, H, W, 3] in [0, 1]."""
    rows = [
        np.concatenate(list(takes[:columns, k]), axis=1)
        for takes in (base, tuned)
        for k in range(min(3, takes.shape[1]))
    ]
    gap = np.ones((16, rows[0].shape[1], 3), np.float32)  # white: takes may be as dark as any other seam
    half = len(rows) // 2
    sheet = np.concatenate([*rows[:half], gap, *rows[half:]])
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((sheet * 255).round().astype(np.uint8)).save(path)
