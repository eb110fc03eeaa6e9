"""The current tables of RESULTS say what was measured: their records lie beside them, and each names its commit."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.house_style import records
from benchmarks.house_style.records import append_record, figures, measured_commit, read_records, row

KEPT = Path("benchmarks/records")
CURVES = ("pairs", "nights", "label_noise", "tastes", "twelve_tastes", "hundred_judgements", "clips")


def versions_of(name: str) -> list[dict[str, Any]]:
    """Records of versions; the ceiling is described in words."""
    return [each for each in read_records(KEPT / f"{name}.jsonl").values() if not each["name"].startswith("best of")]


def current_rows() -> list[str]:
    """The rows of RESULTS that a record's row fits into, without their heads."""
    lines = Path("benchmarks/RESULTS.md").read_text().split("\n")
    columns = records.HEAD.splitlines()[0].count("|")
    rows = [line for line in lines if line.startswith("|") and line.count("|") == columns]
    return [line for line in rows if "---" not in line and "Wins %" not in line]


def test_no_row_is_without_a_record() -> None:
    assert len(current_rows()) == sum(len(versions_of(name)) for name in CURVES)


@pytest.mark.parametrize("name", CURVES)
def test_every_record_is_a_row_of_the_results(name: str) -> None:
    assert versions_of(name)
    for record in versions_of(name):
        assert any(line.endswith(f"| {figures(record)} |") for line in current_rows()), row(record)


@pytest.mark.parametrize("name", CURVES)
def test_every_record_names_its_commit(name: str) -> None:
    """`≤` where it was written before records held their commit."""
    for record in read_records(KEPT / f"{name}.jsonl").values():
        assert re.fullmatch(r"(≤ )?[0-9a-f]{7,}", record["commit"]), record["name"]


def test_a_refused_run_is_a_row_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = figures(
        {"win_rate": None, "reason": "run 1 was refused. Errors rose to 1.4: lower it.", "commit": "abc1234"}
    )
    assert refused.split(" | ") == ["refused: Errors rose to 1.4", *[""] * 7, "abc1234"]
    assert figures({"win_rate": None, "reason": "nothing was judged yet"}).startswith(
        "refused: nothing was judged yet |"
    )
    records.main([str(KEPT / "label_noise.jsonl")])
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == records.HEAD.splitlines()
    assert printed[2].startswith(
        "| default, 0 | 88.7 (86-91) | -1.0 (-2.2 to +0.2) | -6.5 / -0.5 / 0.0 / +2.1 | x1.01 |"
    )


def test_line_breaks_of_other_scripts_in_a_record_are_not_line_ends(tmp_path: Path) -> None:
    """str.splitlines() splits at these, and JSON need not escape them."""
    out = tmp_path / "out.jsonl"
    out.write_text('{"key": "a", "name": "one\u2028two\u0085three"}\n')
    append_record(out, {"key": "b", "name": "x"})
    assert {key: record["name"] for key, record in read_records(out).items()} == {
        "a": "one\u2028two\u0085three",
        "b": "x",
    }


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_commit_is_the_checked_out_one_and_dirty_when_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "__file__", str(tmp_path / "records.py"))
    assert measured_commit() == "unknown"
    git(tmp_path, "init", "-q")
    (tmp_path / "records.py").write_text("one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "tag", "v1")
    head = git(tmp_path, "rev-parse", "--short", "HEAD").strip()
    assert measured_commit() == head
    (tmp_path / "records.py").write_text("two")
    assert measured_commit() == f"{head}-dirty"
