"""Nobody decides a trial alone: parts of a batch, the share of what counts, and each person left out in turn."""

from __future__ import annotations

import random

import pytest

from feedback.errors import Invalid, Refused
from feedback.models import versions
from feedback.pair_selection import next_pairs
from feedback.statistics import confidence_sequence
from feedback.store import Studio
from feedback.trials import promotion, results, trials
from feedback.trials.counting import Limits, Outcome, check_limits, counted, give_to_people, interval, largest_part
from tests.factories import add_person
from tests.feedback.scene import Scene


def outcomes(*votes: tuple[int, float]) -> list[Outcome]:
    """(person, outcome) of pairs 0, 1, 2 and so on."""
    return [{"pair": pair, "person": person, "outcome": outcome} for pair, (person, outcome) in enumerate(votes)]


def test_the_largest_part_leaves_nobody_more_than_the_share_and_one_more_would() -> None:
    rng = random.Random(0)
    for _ in range(500):
        numbers = [rng.randrange(0, 40) for _ in range(rng.randrange(1, 9))]
        share = rng.choice([1 / 3, 0.5, 0.25, 0.9, 1.0])

        def fits(part: int, numbers: list[int] = numbers, share: float = share) -> bool:
            return part <= share * sum(min(number, part) for number in numbers) + 1e-6

        part = largest_part(numbers, share)
        assert fits(part)
        assert part == max(numbers) or not fits(part + 1)


def test_what_counted_once_always_counts() -> None:
    """Or the interval would not hold at every look: what is in it would depend on when it is looked at."""
    rng = random.Random(1)
    votes, before = outcomes(), set[int]()
    for pair in range(120):
        votes.append({"pair": pair, "person": min(rng.randrange(5), rng.randrange(5)), "outcome": 1.0})
        now = {each["pair"] for each in counted(votes, Limits())}
        assert before <= now
        before = now
    assert 60 < len(before) < 120


def test_which_pairs_count_does_not_depend_on_who_won() -> None:
    rng = random.Random(2)
    people = [min(rng.randrange(4), rng.randrange(4)) for _ in range(60)]
    for winner in (0.0, 1.0):
        votes = outcomes(*((person, winner) for person in people))
        chosen = [each["pair"] for each in counted(votes, Limits())]
        mixed = outcomes(*((person, float(rng.random() < 0.5)) for person in people))
        assert [each["pair"] for each in counted(mixed, Limits())] == chosen


def test_a_person_decides_their_part_of_a_batch_and_leaves_the_rest_to_others() -> None:
    batch = {pair: (1, 1 + pair // 6) for pair in range(12)}
    eager = [(pair, 7) for pair in range(12)]
    others = [(pair, 8) for pair in range(12)]
    given = give_to_people([*eager, *others], batch, {(1, 1): 2, (1, 2): 2})
    assert given == {0: 7, 1: 7, 6: 7, 7: 7, 2: 8, 3: 8, 8: 8, 9: 8}


def test_the_interval_is_the_widest_with_one_person_left_out() -> None:
    votes = outcomes(*((person, float(person != 2)) for person in (0, 1, 2) for _ in range(20)))
    low, high = interval(votes, Limits())
    assert low == confidence_sequence(20, 40)[0] < 0.5
    assert high == confidence_sequence(40, 40)[1]
    assert interval(votes, Limits(1, 1.0)) == confidence_sequence(40, 60)


def test_fewer_people_than_needed_prove_nothing() -> None:
    votes = outcomes(*((person, 1.0) for person in (0, 1) for _ in range(500)))
    assert counted(votes, Limits()) == []
    assert interval([], Limits()) == (0.0, 1.0)
    assert len(counted(votes, check_limits(people=2))) == 1000


def test_limits_have_bounds_and_fewer_people_have_larger_shares() -> None:
    assert check_limits() == Limits(3, 1 / 3)
    assert check_limits(people=1) == Limits(1, 1.0)
    assert check_limits(people=8) == Limits(8, 1 / 3)
    assert Limits(3, 0.2).needed == 5
    assert Limits(3, 1 / 3).part(48) == 16
    for people, share in ((0, None), (101, None), (3, 0.01), (3, 1.5), (3, float("nan")), (True, None)):
        with pytest.raises(Invalid):
            check_limits(people, share)


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    versions.register_candidate(studio, "v0001", "starter", [])
    made.people["dee"] = add_person(studio, "dee", "creative")["id"]
    return made


def judge_dealt(scene: Scene, person: str, count: int, winner: str) -> int:
    """A person judges whatever they are dealt; how many pairs that were."""
    judged = 0
    while judged < count:
        pairs = next_pairs.next_pairs(scene.studio, scene.people[person], min(8, count - judged))
        if not pairs:
            break
        for pair in pairs:
            versions_drawn = [pair[side]["version"] for side in ("left", "right")]
            verdict = ("left", "right")[versions_drawn.index(winner)]
            scene.judge(person, pair["left"]["id"], pair["right"]["id"], verdict)
            judged += 1
    return judged


def test_one_person_proves_nothing_and_three_do(scene: Scene) -> None:
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()], 60)
    scene.draw()
    assert judge_dealt(scene, "ben", 60, "v0001") == 20
    with pytest.raises(Refused, match="1 of the 3 people needed have judged its pairs; judge the 40"):
        promotion.promote(scene.studio, "v0001")
    assert judge_dealt(scene, "cas", 60, "v0001") == 20
    with pytest.raises(Refused, match="2 of the 3 people needed"):
        promotion.promote(scene.studio, "v0001")
    assert judge_dealt(scene, "dee", 60, "v0001") == 20
    assert results.trial_results(scene.studio, trial)["counted"] == 60
    assert promotion.promote(scene.studio, "v0001")["state"] == "production"


def test_whoever_judges_pairs_that_were_not_dealt_to_them_decides_no_more(scene: Scene) -> None:
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()], 30)
    scene.draw()
    rows = scene.studio.rows("SELECT * FROM trial_pairs")
    for row in rows:
        scene.judge("ben", row["candidate_take"], row["baseline_take"], "left")
    record = results.trial_results(scene.studio, trial)
    assert (record["pairs_judged"], record["counted"], record["left"]) == (10, 0, 20)
    for row in rows:
        scene.judge("cas", row["candidate_take"], row["baseline_take"], "right")
    record = results.trial_results(scene.studio, trial)
    assert (record["wins"], record["losses"], record["left"]) == (10, 10, 10)


def test_somebody_who_can_tell_the_versions_apart_does_not_prove_an_equal_one(scene: Scene) -> None:
    """A third of all votes for the candidate: enough for any test that does not leave them out in turn."""
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()], 120)
    with scene.studio.writing():
        scene.draw()
    rows = scene.studio.rows("SELECT * FROM trial_pairs")
    with scene.studio.writing():  # one transaction is quicker
        for number, row in enumerate(rows):
            person = ("ben", "cas", "dee")[number % 3]
            verdict = "left" if person == "ben" or number % 2 else "right"
            scene.judge(person, row["candidate_take"], row["baseline_take"], verdict)
    record = results.trial_results(scene.studio, trial)
    assert confidence_sequence(record["wins"], record["pairs_judged"])[0] > 0.5 > record["low"]
    with pytest.raises(Refused, match="not proven"):
        promotion.promote(scene.studio, "v0001")
