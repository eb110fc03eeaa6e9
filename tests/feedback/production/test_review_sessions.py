"""Review sessions: what is chosen for one, who sees it, and what it refuses."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.judgements import statuses
from feedback.models import versions
from feedback.people import accounts, project_members
from feedback.production import projects, shots
from feedback.production.review_sessions import (
    TakeFilter,
    close_session,
    filter_takes,
    find_session,
    list_sessions,
    make_session,
    people_of_session,
)
from feedback.store import Studio, audit_log
from feedback.trials import trials
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def test_takes_are_chosen_by_all_that_is_given(scene: Scene) -> None:
    studio = scene.studio
    first = scene.takes(scene.brief("Ein Haus am Ärmelkanal", "S_010"), 2)
    second = scene.takes(scene.brief("a boat", "S_020"), 2)
    ana = accounts.get_person(studio, "ana")
    statuses.set_status(studio, ana, uid(), second[0], "approved")

    def chosen(**given: object) -> list[int]:
        return filter_takes(studio, "SHOW", TakeFilter(**given))  # type: ignore[arg-type]

    assert chosen() == [*first, *second]
    assert chosen(shots=["S_020"]) == second
    assert chosen(text="ärmelkanal") == first == chosen(text="ÄRMELKANAL")
    assert chosen(text="100%") == []
    assert chosen(statuses=["approved"]) == second[:1]
    assert chosen(statuses=["approved", "wip"]) == [*first, *second]
    assert chosen(statuses=["approved"], shots=["S_010"]) == []
    assert chosen(takes=[first[1], second[1], 999]) == [first[1], second[1]]
    assert chosen(kind="clip") == []
    assert chosen(version="starter") == [*first, *second]
    assert chosen(version="v0001") == []
    assert chosen(since="2020-01-01", until="2999-01-01") == [*first, *second]
    assert chosen(until="2020-01-01") == []
    with pytest.raises(Invalid, match="since 'noon' is not a date"):
        chosen(since="noon")
    with pytest.raises(NotFound, match="no shot 'S_030'"):
        chosen(shots=["S_030"])


def test_what_a_trial_hides_is_chosen_when_it_is_over(scene: Scene) -> None:
    brief = scene.brief()
    before = scene.takes(brief)
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = trials.open_trial(scene.studio, "v0001", [brief])
    scene.draw()
    assert filter_takes(scene.studio, "SHOW", TakeFilter()) == before
    assert filter_takes(scene.studio, "SHOW", TakeFilter(version="v0001")) == []
    trials.close_trial(scene.studio, trial, "a test")
    assert len(filter_takes(scene.studio, "SHOW", TakeFilter())) == len(before) + 2


def test_a_session_is_made_listed_and_closed(scene: Scene) -> None:
    studio, ana = scene.studio, scene.people["ana"]
    ids = scene.takes(scene.brief(), 3)
    made = make_session(studio, ana, "SHOW", "  Dailies   Thursday ", ids, ["cas", "ben", "cas"])
    assert (made["name"], made["takes"], made["made_by"], made["project"]) == ("Dailies Thursday", 3, "ana", "SHOW")
    assert list(people_of_session(studio, made["id"]).values()) == ["ben", "cas"]
    assert find_session(studio, ana, "Dailies Thursday") == made
    second = make_session(studio, ana, "SHOW", "Дейли", ids[:2])
    assert [row["name"] for row in list_sessions(studio, ana)] == ["Дейли", "Dailies Thursday"]
    closed = close_session(studio, ana, second)
    assert closed["closed"] is not None
    assert close_session(studio, ana, closed) == closed
    assert [row["name"] for row in list_sessions(studio, ana)] == ["Dailies Thursday", "Дейли"]
    kinds = [row["action"] for row in studio.rows("SELECT action FROM events WHERE action LIKE 'review_session%'")]
    assert kinds == ["review_session.make"] * 2 + ["review_session.close"]
    assert audit_log.verify(studio)


def test_what_is_refused(scene: Scene) -> None:
    studio, ana = scene.studio, scene.people["ana"]
    ids = scene.takes(scene.brief())
    make_session(studio, ana, "SHOW", "one", ids)
    with pytest.raises(Refused, match="there is a review session 'one' in SHOW already"):
        make_session(studio, ana, "SHOW", "one", ids)
    with pytest.raises(Invalid, match="no take meets"):
        make_session(studio, ana, "SHOW", "two", [])
    with pytest.raises(Invalid, match="the name of the review session is empty"):
        make_session(studio, ana, "SHOW", " \n", ids)
    with pytest.raises(Invalid, match="10001 takes are too many"):
        make_session(studio, ana, "SHOW", "two", range(1, 10_002))
    accounts.add_person(studio, "dee", "creative")
    with pytest.raises(NotFound, match="dee does not see SHOW"):
        make_session(studio, ana, "SHOW", "two", ids, ["dee"])
    assert len(list_sessions(studio, ana)) == 1


def test_to_whoever_is_no_member_there_is_none(scene: Scene) -> None:
    studio, ana = scene.studio, scene.people["ana"]
    make_session(studio, ana, "SHOW", "one", scene.takes(scene.brief()))
    dee = accounts.add_person(studio, "dee", "supervisor")["id"]
    assert list_sessions(studio, dee) == []
    for project, words in ((None, "no review session 'one'"), ("SHOW", "no project 'SHOW'")):
        with pytest.raises(NotFound, match=words):
            find_session(studio, dee, "one", project)
    # A name may be used in another project, which tells nobody of this one; whoever sees both names it.
    projects.add_project(studio, "OTHER", "Another")
    for name in ("dee", "ana"):
        project_members.add_member(studio, "OTHER", name)
    shot = shots.add_shot(studio, "OTHER", "O_010")["id"]
    scene.shots["O_010"] = shot
    make_session(studio, dee, "OTHER", "one", scene.takes(scene.brief(shot="O_010")))
    assert find_session(studio, dee, "one")["project"] == "OTHER"
    with pytest.raises(Invalid, match="'one' is a session of SHOW, OTHER; name the project too"):
        find_session(studio, ana, "one")
    assert find_session(studio, ana, "one", "SHOW")["project"] == "SHOW"
