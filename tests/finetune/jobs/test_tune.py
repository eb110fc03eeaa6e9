"""A run from judgements to a candidate, and every way in which it must leave nothing half-written."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from feedback.errors import Refused
from feedback.judgements import ratings, statuses
from feedback.models import lineage, runs, versions
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data.examples import examples_of
from finetune.data.latent_cache import LatentCache
from finetune.jobs.tune import tune
from finetune.training.loop import take_step
from finetune.tunable_model import load_tunable_model
from generation.models.adapter_files import WEIGHTS
from generation.models.loading import load_version
from generation.sampling import sample
from tests.finetune.judged import add_brief, add_takes, cast, judge_briefs, prepared, quick


def test_first_step_has_loss_ln_2_and_gradients(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c")
    loss, parts = trainer.method.loss(trainer.method.train[:8], [0, 1, 2, 3, 0, 1, 2, 3])
    assert parts["loss"].tolist() == pytest.approx([math.log(2)] * 8, abs=1e-3)
    loss.sum().backward()
    moved = [name for name, weight in trainer.model.trainable.items() if weight.grad.abs().sum() > 0]
    assert moved
    assert all("lora_B" in name for name in moved)  # B starts at zero, so A has no gradient yet
    assert all(
        not weight.requires_grad
        for name, weight in trainer.model.networks["transformer"].named_parameters()
        if "lora_" not in name
    )


@pytest.mark.parametrize("method", ["guided", "dpo", "kto", "mapo", "sft"])
def test_every_method_lowers_its_loss(studio: Studio, tmp_path: Path, method: str) -> None:
    only = {"sft_weight": 0.0, "loser_guard": 0.0}  # nothing else pulls
    trainer = prepared(studio, tmp_path / "c", method=method, learning_rate=5e-4, **only)
    pairs, draws = list(range(8)), [0, 1, 2, 3] * 2
    name = "sft" if method == "sft" else "loss"
    trajectory = [take_step(trainer, pairs, draws)[name] for _ in range(12)]
    assert trajectory[-1] < trajectory[0]


def test_run_ends_as_a_candidate_that_draws_and_knows_what_it_learned_from(studio: Studio) -> None:
    result = tune(studio, quick(max_winner_error=2), progress=False)
    assert (result["version"], result["state"]) == ("v0001", "candidate")
    row = runs.get_run(studio, result["run"])
    assert (row["state"], row["version"], row["progress"]) == ("done", "v0001", 1.0)
    metrics = row["metrics"]
    assert metrics["heldout_accuracy_low"] <= metrics["heldout_accuracy"] <= metrics["heldout_accuracy_high"]
    assert {
        "steps",
        "chosen_step",
        "strength",
        "winner_error_ratio",
        "judgements",
        "pairs",
        "people",
        "seconds",
    } <= set(metrics)
    assert (metrics["judgements"], metrics["pairs"], metrics["people"]) == (36, 36, 1)
    learned = lineage.learned_from(studio, "v0001")
    assert (learned["judgements"], learned["people"][0]["name"]) == (36, "ada")
    assert learned["runs"][0]["heldout"] > 0
    brief = studio.row("SELECT * FROM briefs")
    before, after = (sample(load_version(studio, name), brief, [1])[0] for name in ("tiny", "v0001"))
    assert (before != after).any()


def test_version_on_top_of_a_tuned_production_carries_both_adapters(studio: Studio) -> None:
    tune(studio, quick(max_winner_error=2), progress=False)
    promotion.promote(studio, "v0001", force=True, reason="a test")
    model = load_tunable_model(studio, "v0001", quick())
    merged = load_version(studio, "v0001").pipe.transformer
    x, t = torch.randn(1, 4, 1, 4, 4), torch.tensor([0.5])
    text, reference = {"encoder_hidden_states": torch.randn(1, 64, 32)}, model.networks["transformer"]
    with torch.no_grad():  # the reference is production itself
        assert torch.equal(model.family.predict(reference, x, t, text), model.family.predict(merged, x, t, text))
    second = tune(studio, quick(seed=1, max_winner_error=2), progress=False)
    assert [part["folder"] for part in versions.get_version(studio, "v0002")["adapters"]] == [
        "models/v0001",
        "models/v0002",
    ]
    assert second["metrics"]["reference"] == "v0001"
    load_version(studio, "v0002")


def test_adapter_on_a_baked_reference_trains(studio: Studio, tmp_path: Path) -> None:
    tune(studio, quick(max_winner_error=2), progress=False)
    model = load_tunable_model(studio, "v0001", quick())
    predicted = model.family.predict(
        model.networks["transformer"],
        torch.randn(1, 4, 1, 4, 4),
        torch.tensor([0.5]),
        {"encoder_hidden_states": torch.randn(1, 64, 32)},
    )
    predicted.square().mean().backward()
    assert any(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in model.trainable.values())


def nothing_written(studio: Studio) -> bool:
    names = {path.name for path in studio.runs_folder.iterdir()}
    return not runs.list_runs(studio) and names <= {"tune.lock"} and not list(studio.models_folder.iterdir())


def test_refuses_before_anything_is_written(empty: Studio) -> None:
    def refusal() -> str:
        with pytest.raises(Refused) as caught:
            tune(empty, quick(), progress=False)
        assert nothing_written(empty)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "nothing was judged" in refusal()
    brief = add_brief(empty, "a red sun")
    a, b, *others = add_takes(empty, brief, [0.0, 1.0, 0.3, 0.6, 0.1, 0.9, 0.5, 0.7])
    cast(empty, a, b, "tie")
    assert "ties" in refusal()
    cast(empty, a, others[0], "left")
    assert "too few" in refusal()
    for number, take in enumerate(others):
        for other in others[number + 1 :]:
            cast(empty, take, other, "left")
        cast(empty, b, take, "left")
    assert "second brief" in refusal()


def test_model_that_does_not_hold_on_heldout_pairs_is_refused(studio: Studio) -> None:
    with pytest.raises(Refused, match="The held-out winners' error rose"):
        tune(studio, quick(max_winner_error=0.01), progress=False)
    row = runs.get_run(studio, 1)
    assert row["state"] == "refused"
    assert row["metrics"]["winner_error_ratio"] > 0.01
    assert not list(studio.models_folder.iterdir())
    assert [row["name"] for row in studio.rows("SELECT name FROM versions WHERE state = 'candidate'")] == []


def test_run_with_every_option_on_makes_a_version_and_says_all_it_learned_from(studio: Studio, tmp_path: Path) -> None:
    person, pair = accounts.get_person(studio, "ada")["id"], dataset.collect(studio).pairs[0]
    for side, stars in (("left", 2), ("right", 5)):
        ratings.rate_take(studio, person, f"stars-{side}", pair[side], stars)
    options = {"rater_reliability": True, "label_smoothing": None, "star_margin": 0.2, "off_policy_weight": 0.5}
    options |= {"loss_type": "linear", "loser_guard_scope": "batch", "reference_weight": 2.0, "weighting": "high"}
    options |= {"ema_decay": 0.9, "target_modules": ("to_q", "to_v")}
    metrics = tune(studio, quick(**options), progress=False)["metrics"]
    assert metrics["label_smoothing"] == pytest.approx(0.08)  # of one person whom nobody contradicts
    assert metrics["judgements"] == lineage.learned_from(studio, "v0001")["judgements"] == 38
    trainer = prepared(studio, tmp_path / "c", weighting="high")
    cached = trainer.cache.path("reference", trainer.cache.reference_key(trainer.method.train[0]))
    assert cached.stat().st_mtime < (studio.models_folder / "v0001" / WEIGHTS).stat().st_mtime


def test_dry_run_leaves_nothing_but_the_cache(studio: Studio) -> None:
    before = files_of(studio)
    result = tune(studio, quick(), dry_run=True)
    assert (result["state"], result["metrics"]["pairs"]) == ("dry run", 36)
    assert nothing_written(studio)
    assert {path.parts[0] for path in files_of(studio) - before} == {"cache"}


def files_of(studio: Studio) -> set[Path]:
    """But those of the database itself."""
    paths = {path.relative_to(studio.folder) for path in studio.folder.rglob("*") if path.is_file()}
    return {path for path in paths if not path.name.startswith("studio.db")}


def test_both_bad_circled_and_stars_become_examples(empty: Studio) -> None:
    judge_briefs(empty, count=2)
    brief = add_brief(empty, "another")
    a, b, c = add_takes(empty, brief, [0.0, 0.5, 1.0])
    cast(empty, a, b, "both_bad")
    cast(empty, a, b, "left", "ben")
    statuses.set_status(empty, accounts.get_person(empty, "ada"), "circle-c", c, "circled")
    frozen, _ = snapshot.freeze(dataset.collect(empty))
    pair, alone = (example for example in examples_of(frozen) if example.brief == brief)
    assert (pair.pair_weight, pair.both_bad, pair.anchor_left, pair.p_left) == (0.5, 0.5, 0.5, 1.0)
    assert (alone.left, alone.pair_weight, alone.anchor_left, alone.decided) == (alone.right, 0.0, 1.0, False)


def test_reference_errors_are_computed_once(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = prepared(studio, tmp_path / "c")
    trainer.cache.path("reference", trainer.cache.reference_key(trainer.method.train[0])).write_bytes(b"broken")
    measured = []
    monkeypatch.setattr(LatentCache, "measure_reference", lambda self, examples, step: measured.extend(examples))
    monkeypatch.setattr(LatentCache, "encode_takes", lambda self, takes, step: measured.extend(takes))
    trainer.cache.fill(trainer.method.train, lambda share: None, quiet=True)
    assert measured == [trainer.method.train[0]]
