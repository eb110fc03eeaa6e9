"""Wins over the size of the library, a line for each number of judged pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.house_style.records import Record


def save_plot(path: Path, records: Sequence[Record]) -> None:
    """A PNG, a panel for each taste; filled marks held quality, thin lines are 95 % intervals."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    tastes = list(dict.fromkeys(record["taste"] for record in records))
    figure, panels = pyplot.subplots(1, len(tastes), figsize=(5 * len(tastes), 4), squeeze=False, sharey=True)
    for panel, taste in zip(panels[0], tastes, strict=True):
        own = [each for each in records if each["taste"] == taste and each.get("win_rate") is not None]
        for pairs in sorted({each["pairs"] for each in own}):
            line = sorted((each for each in own if each["pairs"] == pairs), key=lambda each: each["frames"])
            places = [each["frames"] for each in line]
            wins = [100 * each["win_rate"] for each in line]
            (drawn,) = panel.plot(places, wins, label=f"{pairs} judged pairs")
            for each in line:
                if "win_low" in each:
                    panel.vlines(
                        each["frames"],
                        100 * each["win_low"],
                        100 * each["win_high"],
                        color=drawn.get_color(),
                        linewidth=0.8,
                    )
            for place, win, each in zip(places, wins, line, strict=True):
                fill = drawn.get_color() if each["held_quality"] else "white"
                panel.plot(place, win, "o", color=drawn.get_color(), markerfacecolor=fill)
        panel.set_title(taste.replace("_", " "))
        panel.set_xscale("symlog", linthresh=20)
        panel.set_xticks([0, 20, 100, 500], ["0", "20", "100", "500"])
        panel.set_xlabel("frames in the library")
        panel.axhline(50, color="grey", linewidth=0.8)
    panels[0][0].set_ylabel("held-out comparisons won, %")
    panels[0][0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
