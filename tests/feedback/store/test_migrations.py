"""A studio that Circletake 0.1 made opens, and everything is there under today's names."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.judgements.selects import list_selects
from feedback.models import runs, versions
from feedback.pair_selection.descriptors import DIMENSIONS, read_descriptors
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.production import takes
from feedback.store import Studio, audit_log
from feedback.store.migrations import STEPS
from tests.feedback.store.released.dumps import ADDED_BY_STEPS

OLD = (Path(__file__).parent / "studio_0_1.sql").read_text()  # `sqlite3 studio.db .dump` of a studio of Circletake 0.1
RENAMED_TABLES = {"looks": "descriptors"}


@pytest.fixture
def old(tmp_path: Path) -> Studio:
    folder = tmp_path / "old"
    folder.mkdir()
    connection = sqlite3.connect(folder / "studio.db")
    connection.executescript(OLD)
    connection.close()
    return Studio.open(folder)


def test_no_row_is_lost(old: Studio) -> None:
    tables = re.findall(r'^INSERT INTO "(\w+)"', OLD, re.MULTILINE)
    assert len(set(tables)) > 20
    for table in set(tables) - {"_sqlite_migrations"}:
        count = old.value(f"SELECT COUNT(*) FROM {RENAMED_TABLES.get(table, table)} {ADDED_BY_STEPS.get(table, '')}")
        assert count == tables.count(table), table
    assert audit_log.verify(old) == tables.count("events")


def test_it_has_the_tables_of_a_new_studio(old: Studio, tmp_path: Path) -> None:
    new = Studio.create(tmp_path / "new")
    listing = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    assert old.rows(listing) == new.rows(listing)
    for row in new.rows(listing):
        columns = f"SELECT name, type, pk FROM pragma_table_info('{row['name']}') ORDER BY name"
        assert old.rows(columns) == new.rows(columns), row["name"]


def test_every_step_is_taken_once(old: Studio) -> None:
    taken = "SELECT name FROM _sqlite_migrations ORDER BY id"
    names = [step.__name__ for step in STEPS]
    assert [row["name"] for row in old.rows(taken)] == names
    again = Studio.open(old.folder)
    assert [row["name"] for row in again.rows(taken)] == names


def test_takes_keep_provenance_requested_version_and_descriptors(old: Studio) -> None:
    first, failed = takes.get_take(old, 1), takes.get_take(old, 3)
    assert json.loads(first["provenance"])["seed"] == 11
    assert (first["requested_version"], failed["requested_version"]) == (None, "starter")
    assert failed["error"] == "out of memory"
    ((sha256, descriptors),) = read_descriptors(old)[0].items()
    assert sha256 == first["rendition"]
    assert descriptors.shape == (DIMENSIONS,)


def test_recipes_and_metrics_of_runs_have_todays_names(old: Studio) -> None:
    refused, done = runs.list_runs(old)
    assert done["recipe"]["guided"]["target_gain"] == 1.4
    assert done["recipe"]["data"]["min_pairs"] == 1
    assert refused["recipe"]["dpo"]["beta"] == 2000.0
    assert done["metrics"]["measured_gain"] == 1.2
    reward_model = done["metrics"]["reward_model"]
    assert (reward_model["within_prompt_std"], reward_model["reliability"]) == (0.9, 0.44)
    assert reward_model["rbf_features"] is True
    assert done["metrics"]["noise_attenuation"] == {"0.5": {"colour": 0.9, "rbf_features": 0.4}}
    assert done["metrics"]["heldout_accuracy"] == 0.7


def test_judgements_give_the_snapshot_that_the_old_run_learned_from(old: Studio) -> None:
    """But for the places of notes, which runs read from then on."""
    collected = dataset.collect(old)
    assert len(collected.places) <= 1
    _, sha256 = snapshot.freeze(replace(collected, places=[]))
    assert sha256 == runs.get_run(old, 1)["snapshot_sha256"]


def test_people_selects_and_versions_are_as_they_were(old: Studio) -> None:
    assert [(row["name"], row["role"]) for row in accounts.list_people(old)] == [
        ("ana", "supervisor"),
        ("ben", "creative"),
        ("old.cas", "creative"),
    ]
    (select,) = list_selects(old, "AGM")
    assert (select["take"], select["status"], select["stars"]) == (1, "circled", 4.0)
    assert select["notes"][0]["region"] == {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    assert versions.production_version(old) == "starter"
    assert versions.get_version(old, "v0001")["adapters"][0]["weight"] == 0.75
