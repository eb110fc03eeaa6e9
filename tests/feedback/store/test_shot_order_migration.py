"""A studio of before shots had a place of their own, and briefs an origin."""

from __future__ import annotations

from pathlib import Path

from feedback.production import briefs, shots
from tests.feedback.store.older_studio import open_older
from tests.feedback.store.test_discarded_migration import ROWS


def test_shots_and_briefs_stay_as_they_were(tmp_path: Path) -> None:
    studio = open_older(tmp_path / "studio", "m024_brief_origins", ROWS)
    (shot,) = shots.list_shots(studio)
    assert (shot["code"], shot["own_sequence"], shot["position"], shot["archived"]) == ("S_010", None, None, None)
    (brief,) = briefs.list_briefs(studio)
    assert brief["based_on"] is None
    again = briefs.write_brief(studio, shot["id"], "b", author="ana", based_on=brief["id"])
    assert again["based_on"] == brief["id"]
    assert studio.value("PRAGMA integrity_check") == "ok"
    studio.close()
