"""The simulated render queue: small, but through the same calls as the large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import render_queue


def test_nothing_is_lost_or_done_twice_however_workers_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_queue, "DEATHS", 0.05)
    monkeypatch.setattr(render_queue, "SLEEPS", 0.05)
    result = render_queue.simulate(tmp_path / "studio", takes=1000, queued=200, workers=15, seed=2)
    assert (result["lost"], result["done_twice"]) == (0, 0)
    assert min(result["workers_died"], result["finished_too_late"]) > 0
    assert result["chosen_otherwise"] == 0  # than by the query that knows no index
    assert result["lease_by_one_query_ms_p50"] > 0
