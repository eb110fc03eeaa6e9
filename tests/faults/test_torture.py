"""The table of figures: every module is a row, an interrupted count goes on, and the table is written as Markdown."""

from __future__ import annotations

from pathlib import Path

from tests.torture.__main__ import RESULTS, modules
from tests.torture.table import (
    BEGIN,
    END,
    HEAD,
    Row,
    as_markdown,
    put_into,
    read_progress,
    read_rows,
    stamp,
    write_progress,
    write_row,
)


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
    assert as_markdown([row]).endswith("| Power loss | ballots lost | 0 of 500 | 2 of 500 | NO |  |")


def test_rows_go_into_the_page_in_place_of_their_last_count(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("# Results\n\n<!-- torture -->\n\n| A |\n|---|\n\n<!-- end of torture -->\n\nThe end.\n")
    loss, lost = (Row("Power loss", "ballots", "0", counted, reached=counted == "0") for counted in ("0", "2"))
    other = stamp(Row("Backup", "rows", "equal", "equal", reached=True))
    for rows in ([loss, other], [lost], [lost]):
        put_into(page, rows)
    text = page.read_text()
    assert text.startswith("# Results\n\n<!-- torture -->\n\n| Area |")
    assert text.endswith("|\n\n<!-- end of torture -->\n\nThe end.\n")
    rows = [line for line in text.split("\n") if line.startswith("| ")][1:]
    assert rows[0] == "| Power loss | ballots | 0 | 2 | NO |  |"
    assert rows[1].startswith("| Backup | rows | equal | equal | yes | 20")
    assert len(rows) == 2


def test_a_cell_is_one_line() -> None:
    row = Row("Routes", "answers", "as listed", "2 of 9: GET /x\n  | a", reached=False)
    assert as_markdown([row]).split("\n")[-1] == "| Routes | answers | as listed | 2 of 9: GET /x / a | NO |  |"


def test_the_page_of_results_has_the_table() -> None:
    text = RESULTS.read_text()
    assert text.index(BEGIN) < text.index(HEAD[0]) < text.index(END)
