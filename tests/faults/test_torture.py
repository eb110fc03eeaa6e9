"""The table of figures: every module is a row, an interrupted count goes on, and the table is written as Markdown."""

from __future__ import annotations

from pathlib import Path

from tests.torture.__main__ import modules
from tests.torture.table import Row, as_markdown, read_progress, read_rows, write_progress, write_row


def test_rows_have_counts_and_are_run_alike() -> None:
    for name, module in modules().items():
        assert module.COUNT > 0, name
        assert module.run.__code__.co_varnames[:3] == ("count", "folder", "seed"), name


def test_progress_and_rows_are_kept(tmp_path: Path) -> None:
    assert read_progress(tmp_path, "power_loss") == {}
    write_progress(tmp_path, "power_loss", {"done": 3})
    assert read_progress(tmp_path, "power_loss") == {"done": 3}
    write_row(tmp_path, "power_loss", Row("Power loss", "ballots lost", "0 of 500", "2 of 500", reached=False))
    (row,) = read_rows(tmp_path)
    assert as_markdown([row]).endswith("| Power loss | ballots lost | 0 of 500 | 2 of 500 | NO |")
