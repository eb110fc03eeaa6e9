"""The benchmark of exports fills a studio that every format can be exported from, and measures in processes of its own."""

from __future__ import annotations

from pathlib import Path

from benchmarks.exports.__main__ import measure_once, with_ratios
from benchmarks.exports.filling import PROJECT, fill_studio
from feedback.judgements.selects import list_selects


def test_a_studio_of_selects_is_exported_and_measured(tmp_path: Path) -> None:
    studio = fill_studio(tmp_path / "studio", 4)
    kinds = [select["kind"] for select in list_selects(studio, PROJECT)]
    assert kinds == ["still", "clip", "clip", "still"]
    assert len({select["media"] for select in list_selects(studio, PROJECT)}) == 4
    studio.close()
    measured = measure_once(tmp_path / "studio", "contact-sheet")
    assert measured["count"] == 4
    assert measured["seconds"] > 0
    assert measured["memory_mb"] > 0


def test_ratios_and_missed_goals() -> None:
    measured = {name: {"seconds": seconds, "memory_mb": 200} for name, seconds in (("csv", 2), ("contact-sheet", 11.0))}
    result = with_ratios(measured, {"csv": {"seconds": 4}})
    assert (result["contact-sheet"]["to_csv"], result["csv"]["to_before"]) == (5.5, 0.5)
    assert (result["contact-sheet"]["missed"], result["csv"]["missed"]) == (["seconds"], [])
