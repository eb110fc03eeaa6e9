"""All versions that met are ranked by one fit; what is open, or does not count, moves nothing."""

from __future__ import annotations

import pytest

from feedback.models import versions
from feedback.store import Studio
from feedback.trials import promotion, ranking, trials
from feedback.trials.counting import Limits
from feedback.trials.ranking import Meeting, RankedVersion, groups_of, rank_versions
from tests.feedback.scene import Scene

ALONE = Limits(people=1, share=1.0)


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    for name in ("v0001", "v0002", "v0003"):
        versions.register_candidate(studio, name, "starter", [])
    return made


def play(scene: Scene, version: str, wins: int, losses: int, ties: int = 0, limits: Limits = ALONE) -> int:
    """An open trial of so many judged pairs."""
    trial = trials.open_trial(scene.studio, version, [scene.brief()], wins + losses + ties, limits=limits)
    scene.draw()
    verdicts = ["left"] * wins + ["right"] * losses + ["tie"] * ties
    rows = scene.studio.rows("SELECT * FROM trial_pairs WHERE trial = ? ORDER BY id", (trial,))
    for row, verdict in zip(rows, verdicts, strict=True):
        scene.judge("ben", row["candidate_take"], row["baseline_take"], verdict)
    return trial


def finish(scene: Scene, version: str, wins: int, losses: int, ties: int = 0, limits: Limits = ALONE) -> None:
    trials.close_trial(scene.studio, play(scene, version, wins, losses, ties, limits))


def by_name(studio: Studio) -> dict[str, RankedVersion]:
    return {each["version"]: each for each in rank_versions(studio)["versions"]}


def test_versions_that_never_met_are_compared_through_those_that_both_met(scene: Scene) -> None:
    finish(scene, "v0001", 14, 6)
    promotion.promote(scene.studio, "v0001", force=True, reason="a test")
    finish(scene, "v0002", 13, 5, ties=2)
    ranked = rank_versions(scene.studio)
    assert [each["version"] for each in ranked["versions"]] == ["v0002", "v0001", "starter"]
    assert [each["rank"] for each in ranked["versions"]] == [1, 2, 3]
    assert (ranked["production"], ranked["unmet"]) == ("v0001", ["v0003"])
    best, production, worst = ranked["versions"]
    assert (best["met"], production["met"], worst["met"]) == (["v0001"], ["starter", "v0002"], ["v0001"])
    assert (best["pairs"], production["pairs"], best["state"]) == (20, 40, "candidate")
    assert production["against_production"] is None
    assert all(each["low"] < each["rate"] < each["high"] for each in ranked["versions"])
    against = best["against_production"]
    assert against is not None
    assert 0.6 < against["rate"] < 14 / 20, "a little nearer to one half than it won"
    lost = worst["against_production"]
    assert lost is not None
    assert lost["high"] - lost["low"] < best["high"] - best["low"] + 0.3
    assert lost["rate"] < 0.4


def test_a_trial_that_is_open_moves_no_place_and_no_number(scene: Scene) -> None:
    finish(scene, "v0001", 6, 4)
    before = rank_versions(scene.studio)
    trial = play(scene, "v0002", 10, 0)
    play(scene, "v0001", 0, 10)
    assert rank_versions(scene.studio) == before
    trials.close_trial(scene.studio, trial)
    assert by_name(scene.studio)["v0002"]["rank"] == 1


def test_verdicts_that_count_nowhere_give_no_number(scene: Scene) -> None:
    finish(scene, "v0001", 9, 1, limits=Limits())
    assert rank_versions(scene.studio)["versions"] == [], "one person of three"
    assert rank_versions(scene.studio)["unmet"] == ["starter", "v0001", "v0002", "v0003"]


def test_groups_that_never_met_are_ranked_apart(scene: Scene) -> None:
    finish(scene, "v0001", 5, 3)
    promotion.promote(scene.studio, "v0002", force=True, reason="another base")
    finish(scene, "v0003", 2, 6)
    groups = {each["version"]: each["group"] for each in rank_versions(scene.studio)["versions"]}
    assert groups == {"v0002": 1, "v0003": 1, "v0001": 2, "starter": 2}, "production's first"
    assert by_name(scene.studio)["v0001"]["against_production"] is None
    assert groups_of([Meeting("b", "a", 1, 1), Meeting("d", "c", 1, 1), Meeting("c", "b", 1, 1)]) == [set("abcd")]


def test_the_fit_is_the_one_of_the_product(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from feedback.preferences import bradley_terry

    assert ranking.fit_bradley_terry is bradley_terry.fit_bradley_terry
    finish(scene, "v0001", 12, 4)
    rates = by_name(scene.studio)
    assert rates["v0001"]["rate"] + rates["starter"]["rate"] == pytest.approx(1)
