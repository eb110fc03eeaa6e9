"""Which place a shot has in the cut, and what is changed of shots and projects."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.production import projects, shots
from feedback.store import Studio


@pytest.fixture
def film(studio: Studio) -> Studio:
    projects.add_project(studio, "FILM", fps="24000/1001")
    return studio


def codes(studio: Studio) -> list[str]:
    return [shot["code"] for shot in shots.list_shots(studio, "FILM")]


def test_shots_come_by_sequence_position_and_then_the_numbers_in_their_codes(film: Studio) -> None:
    for code in ("SH_10", "SH_2", "SH_1", "AGM_10_010", "AGM_9_010", "ANY"):
        shots.add_shot(film, "FILM", code)
    assert codes(film) == ["ANY", "AGM_9_010", "AGM_10_010", "SH_1", "SH_2", "SH_10"]
    by_code = {shot["code"]: shot["id"] for shot in shots.list_shots(film, "FILM")}
    shots.set_shot(film, by_code["SH_10"], position=1)
    shots.set_shot(film, by_code["SH_2"], position="2")
    assert codes(film)[-3:] == ["SH_10", "SH_2", "SH_1"]
    shots.set_shot(film, by_code["ANY"], sequence="SH", position=3)
    assert codes(film) == ["AGM_9_010", "AGM_10_010", "SH_10", "SH_2", "ANY", "SH_1"]
    moved = shots.set_shot(film, by_code["SH_10"], position="", sequence="")
    assert (moved["position"], moved["own_sequence"], moved["sequence"]) == (None, None, "SH")


@pytest.mark.parametrize("digits", ["９", "١٢", "2²", "9" * 60])
def test_numbers_of_every_script_sort(digits: str) -> None:
    assert shots.natural(f"SH_{digits}") == shots.natural(f"SH_{digits}")
    assert sorted([f"SH_{digits}", "SH_1"], key=shots.natural)


@pytest.mark.parametrize(
    "fields",
    [
        {"position": 0},
        {"position": 10**9},
        {"position": "first"},
        {"position": float("nan")},
        {"sequence": "a sequence"},
        {"sequence": "x" * 65},
        {"fps": "0"},
        {"fps": "24000/0"},
        {"title": "x" * 201},
    ],
)
def test_what_cannot_be_right_changes_nothing(film: Studio, fields: dict[str, Any]) -> None:
    before = shots.add_shot(film, "FILM", "SH_1", "of before")
    with pytest.raises(Invalid):
        shots.set_shot(film, before["id"], **{"title": "of after", **fields})
    with pytest.raises(Invalid):
        shots.add_shot(film, "FILM", "SH_2", **fields)
    assert shots.list_shots(film, "FILM") == [before]


def test_a_project_takes_shots_of_its_own_rate_along(film: Studio) -> None:
    shots.add_shot(film, "FILM", "SH_1")
    shots.add_shot(film, "FILM", "SH_2", fps="48")
    changed = projects.set_project(film, "FILM", title="The keeper", fps="25")
    assert (changed["title"], changed["fps_num"], changed["fps_den"]) == ("The keeper", 25, 1)
    assert [shot["fps_num"] for shot in shots.list_shots(film, "FILM")] == [25, 48]
    assert projects.set_project(film, "FILM", title=" ")["title"] == "FILM"
    with pytest.raises(Invalid):
        projects.set_project(film, "FILM", title="x", fps="a lot")
    assert projects.get_project(film, "FILM")["title"] == "FILM"
    with pytest.raises(NotFound):
        projects.set_project(film, "NONE", title="x")


def test_a_code_is_taken_once(film: Studio) -> None:
    shots.add_shot(film, "FILM", "SH_1")
    with pytest.raises(Refused, match="has a shot 'SH_1' already"):
        shots.add_shot(film, "FILM", "SH_1")
