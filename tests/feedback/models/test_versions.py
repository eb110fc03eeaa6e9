"""Versions: their names, their adapters, and which one draws."""

from __future__ import annotations

import pytest

from feedback.errors import Conflict, Invalid, NotFound
from feedback.models import versions
from feedback.store import Studio
from feedback.trials import promotion

ADAPTER = {"folder": "models/v0001", "sha256": "a" * 64, "weight": 0.8}


@pytest.fixture
def started(studio: Studio) -> Studio:
    promotion.ensure_starter(studio)
    return studio


def candidate(studio: Studio, name: str = "v0001") -> str:
    versions.register_candidate(studio, name, "starter", [ADAPTER | {"folder": f"models/{name}"}])
    return name


def test_names_count_on_from_the_highest_number(started: Studio) -> None:
    assert versions.next_name(started) == "v0001"
    for name in ("v0009", "special", "v10000"):
        candidate(started, name)
    assert versions.next_name(started) == "v10001"


def test_registering_twice_is_safe_and_other_content_is_not(started: Studio) -> None:
    first = versions.register_candidate(started, "v0001", "starter", [ADAPTER])
    assert versions.register_candidate(started, "v0001", "starter", [ADAPTER]) == first
    assert first["state"] == "candidate"
    assert first["adapters"] == [ADAPTER]
    with pytest.raises(Conflict, match="take v0002"):
        versions.register_candidate(started, "v0001", "starter", [ADAPTER | {"weight": 1.0}])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folder": "../elsewhere"}, "inside the studio"),
        ({"folder": "/etc"}, "inside the studio"),
        ({"folder": ""}, "inside the studio"),
        ({"sha256": "beef"}, "64 hexadecimal"),
    ],
)
def test_impossible_adapters_are_refused(started: Studio, change: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        versions.register_candidate(started, "v0001", "starter", [ADAPTER | change])
    with pytest.raises(Invalid, match="version name"):
        versions.register_candidate(started, "../v0001", "starter", [])


def test_unknown_version_names_those_there_are(started: Studio) -> None:
    with pytest.raises(NotFound, match=r"'v0404' does not exist; this studio has starter"):
        versions.get_version(started, "v0404")


def test_studio_without_versions_says_so(studio: Studio) -> None:
    with pytest.raises(NotFound, match="circletake init"):
        versions.production_version(studio)
