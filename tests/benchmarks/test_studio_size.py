"""The benchmark of large studios: what it fills is a studio that nothing is amiss with, and each wait is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.studio_size.__main__ import GOALS, measure, with_ratios
from benchmarks.studio_size.filling import fill_studio
from feedback.maintenance import doctor
from feedback.production import takes
from feedback.store import Studio


def test_every_goal_is_measured(tmp_path: Path) -> None:
    row = measure(100, tmp_path)
    assert row["doctor"] == "ok"
    assert all(row[name] > 0 for name in GOALS[1000])
    rows = [{"takes": takes, "cpu_seconds": {"dry_run_reading": takes / 9, "export": takes**2}} for takes in (100, 300)]
    assert with_ratios(rows)[1]["ratio"] == {"dry_run_reading": 1.0, "export": 3.0}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return fill_studio(tmp_path_factory.mktemp("size") / "studio", 200)


def test_a_filled_studio_is_healthy(studio: Studio) -> None:
    assert [each for each in doctor.check(studio) if not each["ok"] and each["name"] != "disk"] == []
    assert studio.value("SELECT count(*) FROM ballots") > 150
    assert studio.value("SELECT count(*) FROM ballots WHERE supersedes IS NOT NULL") > 0
    assert studio.value("SELECT count(*) FROM done_takes") == 200


@pytest.mark.parametrize(
    "filters", [{"brief": 1}, {"shot": "S_000001"}, {"project": "P1", "shot": "S_000001"}], ids=str
)
def test_a_board_reads_the_takes_that_it_shows(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, filters: dict[str, object]
) -> None:
    """A scan of all takes for each page was most of what a large studio waited for."""
    plans = []
    rows = Studio.rows

    def explained(self: Studio, sql: str, params: object = ()) -> list[dict[str, object]]:
        plans.extend(row["detail"] for row in rows(self, f"EXPLAIN QUERY PLAN {sql}", params))
        return rows(self, sql, params)

    monkeypatch.setattr(Studio, "rows", explained)
    assert takes.list_takes(studio, **filters)  # type: ignore[arg-type]
    assert any("takes_of_brief" in plan for plan in plans)
    assert "SCAN takes" not in plans
    assert not [plan for plan in plans if plan in ("SCAN b", "SCAN takes") or plan.startswith("SCAN t USING")]
