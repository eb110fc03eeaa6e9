"""The measurement of copies through its command, with a few rendered scenes: machinery, and that copies are told apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.copies.__main__ import main
from benchmarks.copies.changes import GOAL, MORE


def test_copies_are_made_looked_for_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [
        "--pictures",
        str(tmp_path),
        "--counts",
        "scene=16",
        "--copies",
        "3",
        "--more",
        "1",
        "--sizes",
        "8",
        "--json",
    ]
    monkeypatch.setattr(sys, "argv", ["copies", *small])
    main()
    results = json.loads(capsys.readouterr().out)
    assert (results["library"], results["distinct"]["count"]) == (8, 8)
    assert {name: row["count"] for name, row in results["copies"].items()} == {
        **dict.fromkeys(GOAL, 3),
        **dict.fromkeys(MORE, 1),
    }
    assert results["copies"]["exact"]["right"] == 3
    assert max(results["distinct"]["highest"]) < min(results["copies"]["exact"]["lowest"])
    assert [row["frames"] for row in results["times"]] == [8]
