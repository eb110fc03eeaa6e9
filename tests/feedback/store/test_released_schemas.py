"""A studio of every schema that was released opens today, with every row as it was.

Steps 1, 2, 8 and 14 to 16 were never the newest of a release.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.judgements import ballots
from feedback.people import accounts
from feedback.preferences import dataset
from feedback.store import Studio, audit_log
from tests.feedback.store.released import dumps


@pytest.mark.parametrize("name", dumps.DUMPS)
def test_a_released_studio_is_whole_after_its_migration(tmp_path: Path, name: str) -> None:
    before = dumps.old_rows(dumps.DUMPS[name])
    assert len(before["ballots"]) >= 10 and len(before["takes"]) >= 10 and before["notes"] and before["trials"]  # noqa: PT018
    studio = Studio.open(dumps.load(dumps.DUMPS[name], tmp_path / "old"))
    assert dumps.differences(studio, before) == []
    assert audit_log.verify(studio) == len(before["events"])
    assert dumps.findings(studio) == []
    assert studio.rows(dumps.SCHEMA) == Studio.create(tmp_path / "new").rows(dumps.SCHEMA)


@pytest.mark.parametrize("name", dumps.DUMPS)
def test_it_is_judged_in_as_before(tmp_path: Path, name: str) -> None:
    studio = Studio.open(dumps.load(dumps.DUMPS[name], tmp_path / "old"))
    pairs = len(dataset.collect(studio).pairs)
    assert pairs >= 4
    ben = accounts.get_person(studio, "ben")["id"]
    _, is_new = ballots.cast_ballot(studio, ben, "today", 1, 3, "left", 500)
    assert is_new
    assert len(dataset.collect(studio).pairs) == pairs + 1


def test_a_row_that_changed_is_seen(tmp_path: Path) -> None:
    dump = dumps.DUMPS["schema_003"]
    studio = Studio.open(dumps.load(dump, tmp_path / "old"))
    with studio.writing() as db:
        db.execute("UPDATE notes SET text = 'x' WHERE id = 1")
    (difference,) = dumps.differences(studio, dumps.old_rows(dump))
    assert difference.startswith("notes: ")
