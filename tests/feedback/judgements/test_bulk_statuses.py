"""One status for many takes: each by itself, and again."""

from __future__ import annotations

import pytest

from feedback.errors import Conflict, Forbidden, NotFound, Refused
from feedback.judgements import bulk_statuses, selects
from feedback.judgements.bulk_statuses import set_statuses
from feedback.judgements.statuses import status_of
from feedback.people import accounts
from feedback.store import Studio
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    scene = Scene(studio)
    scene.takes(scene.brief(), 5)
    return scene


def statuses(scene: Scene) -> list[str]:
    return [status_of(scene.studio, take) for take in range(1, 6)]


def test_each_take_gets_it_or_is_refused_by_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_statuses, "AT_ONCE", 2)
    ana, ben = (accounts.get_person(scene.studio, name) for name in ("ana", "ben"))
    set_statuses(scene.studio, ana, "circled", [("a", 2), ("b", 4)])
    sent = [("1", 1), ("2", 2), ("3", 3), ("4", 99), ("5", 5)]
    outcomes = set_statuses(scene.studio, ben, "approved", sent)
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False, True, False, True, False]
    assert isinstance(outcomes[1], Forbidden)
    assert isinstance(outcomes[3], NotFound)
    assert statuses(scene) == ["approved", "circled", "approved", "circled", "approved"]
    assert [select["take"] for select in selects.list_selects(scene.studio, "SHOW")] == [2, 4]


def test_sending_it_again_stores_nothing_twice(scene: Scene) -> None:
    ana = accounts.get_person(scene.studio, "ana")
    first = set_statuses(scene.studio, ana, "circled", [("1", 1), ("2", 2)])
    again = set_statuses(scene.studio, ana, "circled", [("1", 1), ("2", 2), ("3", 3)])
    assert [(row["id"], is_new) for row, is_new in again] == [(1, False), (2, False), (3, True)]  # type: ignore[misc]
    assert [is_new for _, is_new in first] == [True, True]  # type: ignore[misc]
    assert scene.studio.value("SELECT count(*) FROM selects") == 3
    (conflict,) = set_statuses(scene.studio, ana, "wip", [("1", 1)])
    assert isinstance(conflict, Conflict)


def test_what_fails_halfway_leaves_nothing_behind(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A take whose place in the selects is refused keeps its status; the others get theirs."""
    place = selects.place_circled

    def refuse_the_second(studio: Studio, person: int, take: dict) -> None:
        if take["id"] == 2:
            raise Refused("take 2 has no file")
        place(studio, person, take)  # type: ignore[arg-type]

    monkeypatch.setattr(selects, "place_circled", refuse_the_second)
    ana = accounts.get_person(scene.studio, "ana")
    outcomes = set_statuses(scene.studio, ana, "circled", [("1", 1), ("2", 2), ("3", 3)])
    assert str(outcomes[1]) == "take 2 has no file"
    assert statuses(scene)[:3] == ["circled", "wip", "circled"]
    assert scene.studio.value("SELECT count(*) FROM statuses WHERE uid = '2'") == 0
    assert scene.studio.value("SELECT count(*) FROM events WHERE action = 'take.status'") == 2


def test_a_discarded_take_comes_back(scene: Scene) -> None:
    ana = accounts.get_person(scene.studio, "ana")
    for number, status in enumerate(("circled", "discarded", "wip")):
        set_statuses(scene.studio, ana, status, [(f"{number}", 1)])
        assert status_of(scene.studio, 1) == status
    assert selects.list_selects(scene.studio, "SHOW") == []
