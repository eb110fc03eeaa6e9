"""Records of measured points: JSON lines, a text table, and the Markdown rows of benchmarks/RESULTS.md.

    python -m benchmarks.house_style.records out/pairs.jsonl

prints the Markdown rows, and under them the means of the groups of tastes. Points of which only the reward model was fitted have none.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Record = dict[str, Any]
REFUSED = "refused"  # state of a run without a version


def measured_commit() -> str:
    """The short hash of the checked-out commit, with -dirty where tracked files differ; "unknown" outside a clone."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def read_records(path: Path | None) -> dict[str, Record]:
    """Records by key; a last line that a killed run left unfinished is passed over."""
    if path is None or not path.is_file():
        return {}
    records = {}
    for line in path.read_text().split("\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        records[record["key"]] = record
    return records


def append_record(path: Path | None, record: Record) -> None:
    """One more line, on the disk before it returns: a run that was stopped goes on after its last finished point."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        # An unfinished last line must not swallow this one.
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(record).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def round_numbers(value: Any, digits: int = 4) -> Any:
    """Floats to a few digits at any depth, numpy's numbers to Python's."""
    if isinstance(value, dict):
        return {key: round_numbers(each, digits) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [round_numbers(each, digits) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    # Learning rates are all small: significant digits would be lost with the others.
    return round(value, digits) if isinstance(value, float) and abs(value) >= 0.01 else value


def place_of(record: Record) -> str:
    """Its place on the curve."""
    place = record.get("x")
    return record.get("taste", "") if place is None or record.get("curve") == "methods" else str(place)


# As a text table

COLUMNS = (
    "name",
    "at",
    "won % (95 %)",
    "content",
    "realism",
    "variety",
    "held",
    "reward model %",
    "judged",
    "steps",
    "tune s",
)


def table(records: Sequence[Record]) -> str:
    """One line per record, in columns; a refused one with its reason."""
    rows = [COLUMNS, *(cells(record) for record in records)]
    widths = [max(len(row[k]) for row in rows if k < len(row)) for k in range(len(COLUMNS))]
    lines = [line(row, widths) for row in rows]
    return "\n".join(text + reason(record) for text, record in zip(lines, [{}, *records], strict=True))


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, rest = row[0].ljust(widths[0]), [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=False)]
    return "  ".join([first, *rest]).rstrip()


def reason(record: Record) -> str:
    """Why a run was refused; of a night, production was drawn all the same."""
    return f"  refused: {record['reason']}" if record.get("reason") else ""


def cells(record: Record) -> tuple[str, ...]:
    """Only the first two when there is nothing to compare."""
    about = (record["name"], place_of(record))
    accuracy = record.get("reward_model_accuracy")
    predicted = "" if accuracy is None else f"{100 * accuracy:.1f}"
    if record.get("win_rate") is None:
        return (*about, "", "", "", "", "", predicted, str(record.get("judgements", ""))) if predicted else about
    interval = f"{100 * record['win_low']:.0f}-{100 * record['win_high']:.0f}"
    return (
        *about,
        f"{100 * record['win_rate']:.1f} ({interval})",
        f"{record['content_change_mean']:+.1f}" + half_interval(record, "content_change_mean", 1),
        f"x{record['realism_ratio']:.2f}" + half_interval(record, "realism_ratio"),
        f"x{record['variety_ratio']:.2f}" + half_interval(record, "variety_ratio"),
        "yes" if record["held_quality"] else "no",
        predicted,
        str(record.get("judgements", "")),
        str(record.get("steps", "")),
        f"{record['seconds']['tune']:.0f}" if "seconds" in record else "",
    )


def half_interval(record: Record, name: str, digits: int = 2) -> str:
    """Half the width of a figure's interval."""
    if f"{name}_low" not in record:
        return ""
    return f" ±{(record[f'{name}_high'] - record[f'{name}_low']) / 2:.{digits}f}"


def group_means(records: Sequence[Record]) -> dict[str, Record]:
    """By recipe and group of tastes: how many tastes, their mean wins, and in how many quality was held.

    After a refused run production stays: half of the comparisons are won, and nothing was held while winning.
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        if record.get("group") and (record.get("win_rate") is not None or record.get("state") == REFUSED):
            groups.setdefault(f"{record['name']}, {record['group']}", []).append(record)
    return {
        group: {
            "tastes": len(some),
            "win_rate": float(np.mean([0.5 if each["win_rate"] is None else wins(each) for each in some])),
            "held": sum(each["held_quality"] for each in some),
            "refused": sum(each["win_rate"] is None for each in some),
        }
        for group, some in groups.items()
    }


def group_line(group: str, mean: Record) -> str:
    refused = f", refused {mean['refused']} (as 50 %)" if mean["refused"] else ""
    return f"{group}: mean of {mean['tastes']} won {100 * mean['win_rate']:.1f} %, held {mean['held']}{refused}"


def best_opponents(records: Sequence[Record]) -> dict[str, Record | None]:
    """Of the opponent's cells: the one that wins most, and the one that wins most of those that held quality.

    Over a curve, at its last place.
    """
    opponents = [record for record in records if record.get("method") == "plain" and record.get("win_rate") is not None]
    last = [record for record in opponents if place_of(record) == place_of(opponents[-1])] if opponents else []
    held = [record for record in last if record["held_quality"]]
    return {name: max(some, key=wins, default=None) for name, some in (("best_win", last), ("best_held", held))}


def wins(record: Record) -> float:
    return record["win_rate"]


# As rows of RESULTS, so that no figure there was typed

HEAD = (
    "| | Wins % (95 %) | Content (95 %) | Place / weather / subject / framing | Realism | Variety | Held | Strength |"
    " Measured gain | Commit |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)
CELLS = HEAD.splitlines()[0].count("|") - 2  # behind a row's name
PARTS = ("place", "weather", "subject", "framing")  # time of day is never lost


def row(record: Record) -> str:
    """A line of the table, named by recipe and place on the curve; whoever keeps it may name it better."""
    return f"| {record['name']}, {place_of(record)} | {figures(record)} |"


def figures(record: Record) -> str:
    """The cells behind a row's name; of a refused run the reason, without its number and the advice."""
    commit = record.get("commit", "")
    if record.get("win_rate") is None:
        short = re.sub(r"^run \d+ was refused\. ", "", record["reason"]).split(": ")[0]
        return " | ".join([f"refused: {short}", *[""] * (CELLS - 2), commit])
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
            gains(record),
            commit,
        )
    )


def gains(record: Record) -> str:
    """As the run measured it, and as the taste itself does, which older records do not hold."""
    measured, true = record.get("measured_gain"), record.get("gain")
    return optional(measured) if measured is None or true is None else f"{measured:.2f} (true {true:.2f})"


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
        for group, mean in group_means(list(read_records(Path(path)).values())).items():
            print(f"\n{group_line(group, mean)}")


if __name__ == "__main__":
    main(sys.argv[1:])
