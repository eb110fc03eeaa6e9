"""RESULTS says what was measured: the records it was written from lie beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RESULTS = Path("benchmarks/RESULTS.md")
RECORDS = sorted(Path("benchmarks/records").glob("*.jsonl"))


def read(path: Path) -> list[dict[str, Any]]:
    """What was measured of versions; the ceiling is told in words."""
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [record for record in records if not record["name"].startswith("best of")]


def rows() -> list[str]:
    """Of the section about today's recipe, without the heads of its tables."""
    section = RESULTS.read_text().split("\n## ")[1]
    return [line for line in section.splitlines() if line.startswith("|") and " % (" not in line and "---" not in line]


def test_there_are_records() -> None:
    assert {path.stem for path in RECORDS} >= {"pairs", "nights", "flips", "tastes", "clips"}


def test_no_row_is_without_a_record() -> None:
    assert len(rows()) == sum(len(read(path)) for path in RECORDS)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_record_is_a_row_of_the_results(path: Path) -> None:
    for record in read(path):
        low, high = round(100 * record["win_low"]), round(100 * record["win_high"])
        wins = f"{100 * record['win_rate']:.1f} ({low}-{high})"
        content = f"{record['content_change_mean']:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0")
        held = "yes" if record["held_quality"] else "**no**"
        said = [wins, f" {content} (", f" x{record['realism_ratio']:.2f} ", f" x{record['variety_ratio']:.2f} ", held]
        assert any(all(word in row for word in said) for row in rows()), f"{path.stem}: no row has all of {said}"
