"""Records as the rows of RESULTS and of docs/recipe.md, so that no figure there was typed.

    python -m benchmarks.house_style.markdown out/pairs.jsonl

Points of which only the scorer was fitted have no row.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.house_style.results import read_records
from benchmarks.house_style.table import Record, place_of

HEAD = (
    "| | Wins % (95 %) | Content (95 %) | Place / weather / subject / framing | Realism | Variety | Held | Strength | Gain |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
CELLS = HEAD.splitlines()[0].count("|") - 2  # behind a row's name
PARTS = ("place", "weather", "subject", "framing")  # time of day is never lost


def row(record: Record) -> str:
    """A line of the table, named by recipe and place on the curve; whoever keeps it may name it better."""
    return f"| {record['name']}, {place_of(record)} | {figures(record)} |"


def figures(record: Record) -> str:
    """The cells behind a row's name; of a refused run the reason, without its number and the advice."""
    if record.get("win_rate") is None:
        why = re.sub(r"^run \d+: ", "", record["reason"]).split(": ")[0]
        return " | ".join([f"refused: {why}", *[""] * (CELLS - 1)])
    low, high = (f"{100 * record[f'win_{end}']:.0f}" for end in ("low", "high"))
    content = [signed(record[f"content_change_mean{end}"]) for end in ("", "_low", "_high")]
    return " | ".join(
        (
            f"{100 * record['win_rate']:.1f} ({low}-{high})",
            f"{content[0]} ({content[1]} to {content[2]})",
            " / ".join(signed(record["content_change"][part]) for part in PARTS),
            f"x{record['realism_ratio']:.2f}",
            f"x{record['variety_ratio']:.2f}",
            "yes" if record["held_quality"] else "**no**",
            optional(record.get("strength")),
            optional(record.get("gain")),
        )
    )


def signed(points: float) -> str:
    """One decimal with its sign; nothing has none."""
    text = f"{points:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def optional(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


def main(paths: Sequence[str]) -> None:
    print(HEAD)
    for path in paths:
        for record in read_records(Path(path)).values():
            if "content_change" in record or record.get("reason"):
                print(row(record))


if __name__ == "__main__":
    main(sys.argv[1:])
