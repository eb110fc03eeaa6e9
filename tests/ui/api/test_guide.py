"""The demo's guide: from the first verdict to a version in production, one step after the other."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from feedback.judgements import ballots
from feedback.models import before_after, runs, versions
from feedback.people import accounts
from feedback.production import briefs, render_queue
from feedback.store import Studio
from feedback.trials import promotion, trials
from feedback.trials.counting import Limits
from tests.factories import add_brief, add_takes, finish, new_studio
from tests.ui.conftest import ADDRESS
from ui.api.models.guide import ENOUGH
from ui.app import create_app
from ui.demo import ensure_demo_person
from ui.security.access import DEMO_PERSON

ALONE = Limits(people=1, share=1.0)


def judge(studio: Studio, pairs: list[tuple[int, int]], verdict: str = "left") -> None:
    person = accounts.get_person(studio, DEMO_PERSON)["id"]
    for left, right in pairs:
        ballots.cast_ballot(studio, person, f"{left}-{right}-{verdict}", left, right, verdict, 900)


def test_the_demo_goes_from_the_first_verdict_to_production(tmp_path: Path) -> None:
    studio = new_studio(tmp_path / "studio")
    author = ensure_demo_person(studio)["name"]
    takes = [
        add_takes(studio, add_brief(studio, author, f"a house by day, number {k}"), 6, 1 + 100 * k) for k in range(3)
    ]
    client = TestClient(create_app(studio, True, pages=False), base_url=ADDRESS)

    def guide() -> dict[str, Any]:
        answer: dict[str, Any] = client.get("/api/guide").json()
        return answer

    pairs = [pair for group in takes for pair in combinations(group, 2)]
    judge(studio, pairs[: ENOUGH - 1])
    judge(studio, pairs[ENOUGH : ENOUGH + 5], "tie")
    assert (guide()["step"], guide()["decided"]) == ("judge", ENOUGH - 1)
    judge(studio, [pairs[ENOUGH - 1][::-1]], "right")  # the sides are not the pair
    judge(studio, [pairs[ENOUGH - 1]])
    assert (guide()["step"], guide()["decided"], guide()["night"]) == ("tune", ENOUGH, None)
    tune(studio)
    assert (guide()["step"], guide()["version"]) == ("compare", "v0001")
    client.get("/api/versions/v0001/before-after")
    assert guide()["step"] == "tune", "its trial is not open yet"
    numbers = [brief["id"] for brief in briefs.list_briefs(studio)]
    trials.open_trial(studio, "v0001", numbers, 8, limits=ALONE)
    draw(studio)
    assert (guide()["step"], guide()["trial_left"], guide()["trial_won"], guide()["proven"]) == ("trial", 24, 0, False)
    judge_trial(studio, 23)
    assert (guide()["step"], guide()["trial_left"], guide()["trial_judged"]) == ("trial", 1, 0), (
        "nobody hears how it stands"
    )
    judge_trial(studio, 24)
    assert (guide()["step"], guide()["proven"]) == ("promote", True)
    assert (guide()["trial_won"], guide()["trial_judged"], guide()["baseline"]) == (24, 24, "starter")
    promotion.promote(studio, "v0001", accounts.get_person(studio, DEMO_PERSON)["id"])
    assert guide()["step"] == "done"
    promotion.rollback(studio, reason="the tour is over")
    assert guide()["step"] == "tune"
    studio.close()


def tune(studio: Studio) -> None:
    """What a night leaves behind, without its work."""
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", [])
    studio.runs_folder.joinpath("0001").mkdir(parents=True)
    versions.register_candidate(studio, "v0001", "starter", [], run)
    runs.finish_run(studio, run, "v0001", {})
    folder = before_after.folder_of(studio, "v0001")
    assert folder is not None
    before_after.write_before_after(folder, {"version": "v0001", "reference": "starter", "comparisons": []}, {})


def draw(studio: Studio) -> None:
    while leased := render_queue.lease_takes(studio, "test", 64):
        for take in leased:
            finish(studio, take["id"])


def judge_trial(studio: Studio, count: int) -> None:
    rows = studio.rows("SELECT candidate_take, baseline_take FROM trial_pairs ORDER BY id LIMIT ?", (count,))
    judge(studio, [(row["candidate_take"], row["baseline_take"]) for row in rows])


def test_only_the_demo_has_a_guide(sue: TestClient) -> None:
    answer = sue.get("/api/guide")
    assert answer.status_code == 404
    assert "circletake serve --demo" in answer.json()["error"]
