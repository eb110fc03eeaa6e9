"""Method ranked: takes of the record and drawn ones, ranked by the reward model, and learned from in three ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from feedback.clock import now
from feedback.errors import Interrupted, Invalid, Refused
from feedback.models import runs
from feedback.store import Studio, media
from feedback.wordings import writers
from finetune.errors import NotAccepted
from finetune.jobs.tune import tune
from finetune.methods import drawing as drawing_module
from finetune.methods.drawing import TakesToRank
from finetune.methods.ranked import takes as takes_module
from finetune.methods.ranked.method import Ranked
from finetune.methods.ranked.pairs import RankedTake, by_brief, extremes, pairs_to_learn
from finetune.methods.ranked.takes import find_takes
from finetune.recipe import recipe_from
from finetune.settings import RankedSettings
from tests.finetune.jobs.test_for_whom import judged_by_four
from tests.finetune.judged import add_takes, prepared, quick

DRAWN = 12  # of six briefs with four takes each: two more
RANKED = {"method": "ranked", "takes_per_brief": 6}


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of takes that were drawn, as they come."""
    names: list[str] = []
    draw = drawing_module.draw_group

    def noted(cache: Any, group: Any, on_progress: Any) -> None:
        draw(cache, group, on_progress)
        names.extend(each.name for each in group)

    monkeypatch.setattr(drawing_module, "draw_group", noted)
    return names


def ranked_takes_of(method: Ranked) -> TakesToRank:
    return find_takes(method.run.cache, method.run.dataset.examples, method.settings.takes_per_brief)


def test_draws_what_is_missing_and_nothing_twice(studio: Studio, tmp_path: Path, drawing: list[str]) -> None:
    trainer = prepared(studio, tmp_path / "c", **RANKED)
    assert len(drawing) == len(set(drawing)) == DRAWN
    metrics = trainer.method.run.metrics["ranked_takes"]
    assert (metrics["recorded"], metrics["drawn"]) == (24, DRAWN)
    assert metrics["best_of_brief"] > 0
    drawing.clear()
    again = prepared(studio, tmp_path / "d", **RANKED)
    assert drawing == []
    assert again.method.train == trainer.method.train
    assert again.method.learner.advantages == trainer.method.learner.advantages


def test_takes_of_a_farm_that_idled_are_not_drawn_again(studio: Studio, tmp_path: Path, drawing: list[str]) -> None:
    snapshot_briefs = [row["id"] for row in studio.rows("SELECT id FROM briefs ORDER BY id")]
    studio_takes = add_takes(studio, snapshot_briefs[0], [0.1, 0.2, 0.9], seed=7)
    trainer = prepared(studio, tmp_path / "c", **RANKED)
    assert len(studio_takes) == 3
    assert len(drawing) == DRAWN - 2
    names = {name for name, example in ranked_takes_of(trainer.method).all if example.brief == snapshot_briefs[0]}
    assert len(names) == 7


def test_takes_of_other_versions_are_not_ranked(studio: Studio, tmp_path: Path, drawing: list[str]) -> None:
    with studio.writing() as db:
        db.execute("UPDATE takes SET version = NULL WHERE id = 1")
    prepared(studio, tmp_path / "c", **RANKED)
    assert len(drawing) == DRAWN + 1


def test_takes_of_rewrites_and_lost_files_are_not_ranked(studio: Studio, tmp_path: Path, drawing: list[str]) -> None:
    brief = studio.value("SELECT min(id) FROM briefs")
    rewritten, lost = add_takes(studio, brief, [0.3, 0.6], seed=7)
    writers.ensure_untuned(studio)
    row = {"writer": writers.UNTUNED, "brief": brief, "prompt": "a red sun over the sea, 0, at dusk", "created": now()}
    with studio.writing() as db:
        number = db.table("rewrites").insert(row).last_pk
        db.execute("UPDATE takes SET rewrite = ? WHERE id = ?", [number, rewritten])
    sha256 = studio.value("SELECT media FROM takes WHERE id = ?", [lost])
    media.path_of(studio, sha256).unlink()
    prepared(studio, tmp_path / "c", **RANKED)
    assert len(drawing) == DRAWN


def test_what_one_person_prefers_is_ranked_first(studio: Studio, tmp_path: Path) -> None:
    judged_by_four(studio)
    method = prepared(studio, tmp_path / "c", **RANKED, person="cas", learn_by="dpo").method
    assert method.run.metrics["people_rewards"]["own_rewards"]
    assert "signals" in method.run.metrics
    recorded = set(ranked_takes_of(method).recorded)
    pairs = [each for each in method.train if {each.left, each.right} <= recorded]
    assert sum(redness(studio, each.left) < redness(studio, each.right) for each in pairs) > len(pairs) / 2


def redness(studio: Studio, sha256: str) -> float:
    pixels = np.asarray(Image.open(media.path_of(studio, sha256)).convert("RGB")).astype(float)
    return float(pixels[..., 0].mean() - pixels[..., 2].mean())


def test_interrupted_while_it_draws_it_goes_on_from_there(studio: Studio, drawing: list[str]) -> None:
    calls = []

    def stopping(cache: Any, group: Any, on_progress: Any, draw: Any = drawing_module.draw_group) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Interrupted("asked to stop")
        draw(cache, group, on_progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing_module, "draw_group", stopping)
        with pytest.raises(Interrupted):
            tune(studio, quick(**RANKED), progress=False)
    before = len(drawing)
    assert 0 < before < DRAWN
    assert runs.get_run(studio, 1)["state"] == "running"
    assert tune(studio, quick(**RANKED), progress=False)["run"] == 1
    assert len(drawing) == len(set(drawing)) == DRAWN


def test_what_is_missing_of_a_group_is_drawn_with_all_of_it(studio: Studio, tmp_path: Path, drawing: list[str]) -> None:
    cache = prepared(studio, tmp_path / "c", **RANKED).method.run.cache
    name = drawing[0]
    before, path = cache.latent(name), cache.path("latents", cache.latent_key(name))
    path.unlink()
    drawing.clear()
    again = prepared(studio, tmp_path / "d", **RANKED).method.run.cache
    assert name in drawing
    assert 1 < len(drawing) < DRAWN  # side by side again, or last bits would differ
    assert torch.equal(again.latent(name), before)


def test_progress_may_stop_it_between_two_steps(studio: Studio, tmp_path: Path, drawing: list[str]) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided")
    method, shares = Ranked(quick(**RANKED)), list[float]()

    def stop(share: float) -> None:
        shares.append(share)
        if len(drawing) > 0:
            raise Interrupted("asked to stop")

    with pytest.raises(Interrupted):
        method.prepare(trainer.method.run, stop)
    assert 0 < len(drawing) < DRAWN
    assert shares == sorted(shares)


@pytest.mark.parametrize("learn_by", ["advantage", "dpo", "sft"])
def test_a_whole_run_by_each_way_of_learning(studio: Studio, learn_by: str) -> None:
    changes = {**RANKED, "learn_by": learn_by, "max_winner_error": 9.0}
    result = tune(studio, quick(**changes), progress=False)
    assert result["state"] == "candidate"
    assert result["metrics"]["ranked_takes"]["drawn"] == DRAWN
    assert (result["metrics"]["beta"] is None) == (learn_by == "advantage")
    assert result["metrics"]["heldout_pairs"] > 1  # verdicts of people
    assert studio.value("SELECT count(*) FROM take_rewards") >= 24
    named = studio.rows("SELECT name, weight, share FROM house_style_directions ORDER BY place")
    assert named[0]["name"] in ("warmth", "colourfulness"), "the rater likes the redder take"
    assert named[0]["weight"] > 0
    assert studio.value("SELECT count(*) FROM house_style_takes WHERE place = 1") == 3
    assert studio.value("SELECT takes FROM house_styles") >= 24


def test_the_strength_is_set_by_takes_that_are_drawn(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finetune.methods.guided.reward_method.choose_strength", lambda *given: {"strength": 0.75})
    result = tune(studio, quick(**RANKED, target_gain=2.0, max_winner_error=9.0), progress=False)
    assert result["metrics"]["strength"] == 0.75


def test_refuses_where_nothing_can_be_compared(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takes_module, "is_drawable", lambda *given: False)
    monkeypatch.setattr(takes_module, "recorded_takes", lambda *given: [])
    with pytest.raises(
        NotAccepted, match=r"^None of the held-out briefs has two takes .* Judge briefs that it can draw\.$"
    ):
        prepared(studio, tmp_path / "c", **RANKED)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"takes_per_brief": 1}, "ranked.takes_per_brief: 1 is not 2 or more"),
        ({"learn_by": "kto"}, "ranked.learn_by: 'kto' is not one of advantage, dpo, sft"),
        ({"advantage_scale": 0}, "ranked.advantage_scale"),
        ({"most_content_lost": 0}, "ranked.most_content_lost"),
        ({"learned_share": 0}, "ranked.learned_share: 0.0 is not above 0, up to 1"),
    ],
)
def test_impossible_settings_are_refused_by_name(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(Invalid, match=line):
        recipe_from({"method": "ranked", "ranked": changes})


def test_a_dry_run_says_what_drawing_takes_and_draws_one_group(studio: Studio, drawing: list[str]) -> None:
    estimate = tune(studio, quick(**RANKED), dry_run=True)["estimate"]
    assert (estimate["takes_to_rank"], estimate["takes_to_draw"]) == (DRAWN, 0)
    assert estimate["preparing_seconds"] > 0
    assert 0 < len(drawing) < DRAWN
    assert tune(studio, quick(**RANKED), dry_run=True)["estimate"]["takes_to_rank"] == DRAWN - len(drawing) // 2


def test_held_out_briefs_are_not_learned_from(studio: Studio, tmp_path: Path) -> None:
    for learn_by in ("advantage", "dpo", "sft"):
        method = prepared(studio, tmp_path / learn_by, **RANKED, learn_by=learn_by).method
        apart = method.run.dataset.heldout_briefs
        assert {each.brief for each in method.train}.isdisjoint(apart)
        assert {each.brief for each in method.learner.run.dataset.heldout} == apart


def test_rewards_order_the_redder_take_first(studio: Studio, tmp_path: Path) -> None:
    method = prepared(studio, tmp_path / "c", **RANKED, learn_by="dpo").method
    cache = method.run.cache

    def redness(take: str) -> float:
        return float(method.reward_model.score(cache.latent(take)[None]))

    if not method.reward_model.reads_hidden_states:
        assert all(redness(each.left) > redness(each.right) for each in method.train)
    assert all(0.5 < each.p_left <= 1 and each.anchor_left > 0 == each.anchor_right for each in method.train)


TAKES = [RankedTake(name, reward) for name, reward in zip("abcde", (2.0, 1.0, 0.0, -1.0, -3.0), strict=True)]


def test_pairs_of_each_way_of_learning() -> None:
    def sides(learn_by: str, share: float) -> list[tuple[str, str]]:
        settings = RankedSettings(learn_by=learn_by, learned_share=share)
        return [(each.left, each.right) for each in pairs_to_learn(settings, {3: TAKES}, {3: "a sun"}, 1.0)]

    assert sides("advantage", 1.0) == [("a", "e"), ("b", "d")]
    assert sides("advantage", 0.5) == sides("dpo", 0.5) == [("a", "e")]
    assert sides("dpo", 0.1) == [("a", "e")]
    assert sides("sft", 1.0) == [("a", "a"), ("b", "b")]


def test_labels_are_as_sure_as_the_reward_model() -> None:
    unsure, sure = (extremes(3, "a sun", TAKES, log_odds) for log_odds in (0.1, 2.0))
    assert unsure.p_left == pytest.approx(float(torch.sigmoid(torch.tensor(0.5))))
    assert unsure.p_left < sure.p_left < 1
    assert sure.anchor_left == pytest.approx(2 * sure.p_left - 1)


def test_a_brief_with_one_take_is_left_out() -> None:
    takes = [(name, extremes(brief, "", TAKES, 1.0)) for name, brief in (("a", 1), ("b", 2), ("c", 2))]
    ranked = by_brief(takes, [0.0, 1.0, 2.0])
    assert {brief: [each.name for each in best_first] for brief, best_first in ranked.items()} == {2: ["c", "b"]}


def test_a_studio_that_is_not_judged_is_refused(empty: Studio) -> None:
    with pytest.raises(Refused):
        tune(empty, quick(**RANKED), progress=False)
    assert runs.list_runs(empty) == []
