"""The tables say what was measured: the records they were written from lie beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.house_style import markdown
from benchmarks.house_style.markdown import figures, row
from benchmarks.house_style.results import read_records

KEPT = Path("benchmarks/records")
CURVES = ("pairs", "nights", "flips", "tastes", "clips")
ABLATION = "## One factor at a time"


def tuned(name: str) -> list[dict[str, Any]]:
    """What was measured of versions; the ceiling is told in words."""
    records = read_records(KEPT / f"{name}.jsonl").values()
    return [record for record in records if not record["name"].startswith("best of")]


def rows_of(section: str) -> list[str]:
    """Of its tables that a record's row fits into, without their heads."""
    lines = [line for line in section.splitlines() if line.startswith("|") and "---" not in line]
    return [
        line for line in lines if line.count("|") == markdown.HEAD.splitlines()[0].count("|") and " % (" not in line
    ]


def todays_rows() -> list[str]:
    return rows_of(Path("benchmarks/RESULTS.md").read_text().split("\n## ")[1])


def ablation_rows() -> list[str]:
    """The default's own rows, which are those of the results, left out."""
    section = Path("docs/recipe.md").read_text().split(f"\n{ABLATION}")[1].split("\n## ")[0]
    return [line for line in rows_of(section) if not line.startswith("| **")]


def test_no_row_is_without_a_record() -> None:
    assert len(todays_rows()) == sum(len(tuned(name)) for name in CURVES)
    assert len(ablation_rows()) == len(tuned("ablation"))


@pytest.mark.parametrize("name", CURVES)
def test_every_record_is_a_row_of_the_results(name: str) -> None:
    assert tuned(name)
    for record in tuned(name):
        assert any(line.endswith(f"| {figures(record)} |") for line in todays_rows()), row(record)


def test_every_record_of_the_ablation_is_a_row_of_the_recipe() -> None:
    for record in tuned("ablation"):
        assert any(line.endswith(f"| {figures(record)} |") for line in ablation_rows()), row(record)


def test_every_record_of_chosen_pairs_is_a_row_of_the_results() -> None:
    rows = rows_of(Path("benchmarks/RESULTS.md").read_text())
    for record in tuned("pairing"):
        assert any(line.endswith(f"| {figures(record)} |") for line in rows), row(record)


def test_a_refused_run_is_a_row_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = figures({"win_rate": None, "reason": "run 1: errors rose to 1.4: lower tilt"})
    assert refused.split(" | ") == ["refused: errors rose to 1.4", *[""] * 7]
    assert figures({"win_rate": None, "reason": "nothing was judged yet"}).startswith(
        "refused: nothing was judged yet |"
    )
    markdown.main([str(KEPT / "flips.jsonl")])
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == markdown.HEAD.splitlines()
    assert printed[2].startswith(
        "| default, 0 | 88.7 (86-91) | -1.0 (-2.2 to +0.2) | -6.5 / -0.5 / 0.0 / +2.1 | x1.01 |"
    )
