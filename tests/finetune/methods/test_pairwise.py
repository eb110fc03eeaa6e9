"""Each option inside a step: that it changes what is learned, in the direction it promises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from feedback.store import Studio
from finetune.data.batches import side_errors
from finetune.data.examples import Example
from finetune.data.pointing import Place
from finetune.methods.loser_guard import loser_scale
from finetune.training.loop import Trainer, take_step
from tests.finetune.judged import prepared, with_fields

PAIRS, DRAWS = list(range(8)), [0, 1, 2, 3] * 2
ALONE = {"sft_weight": 0.0, "loser_guard": 0.0}  # nothing but the comparison pulls


@pytest.fixture
def trainer(studio: Studio, tmp_path: Path) -> Trainer:
    return prepared(studio, tmp_path / "c", **ALONE)


def pulls(trainer: Trainer, examples: list[Example] | None = None, **changes: object) -> torch.Tensor:
    """The gradient of the first eight pairs' loss, or of these, under a recipe with changes, as one vector."""
    loss, _ = with_fields(trainer, **changes).method.loss(examples or trainer.method.train[:8], DRAWS)
    gradients = torch.autograd.grad(loss.sum(), list(trainer.model.trainable.values()))
    return torch.cat([gradient.flatten() for gradient in gradients])


def moved(trainer: Trainer) -> Trainer:
    """After a few steps: at the very start many options agree."""
    for _ in range(3):
        take_step(trainer, PAIRS, DRAWS)
    return trainer


def test_star_margin_pulls_harder_the_clearer_the_stars(trainer: Trainer) -> None:
    clear = [
        replace(example, star_margin=-3.0) for example in trainer.method.train[:8]
    ]  # p_left is 0: right, by three stars
    against = [replace(example, star_margin=3.0) for example in trainer.method.train[:8]]
    plain = pulls(trainer)
    assert torch.equal(pulls(trainer, clear), plain)
    assert pulls(trainer, clear, star_margin=0.5).norm() > 1.3 * plain.norm()
    assert pulls(trainer, against, star_margin=0.5).norm() < 0.7 * plain.norm()


def test_tie_with_stars_guards_the_side_with_more_of_them(trainer: Trainer) -> None:
    """With the guard shut only the winner's error has a gradient, and a tie of 3 stars pulls it down."""
    tied = [replace(example, p_left=0.5, star_margin=3.0) for example in trainer.method.train[:8]]
    anchored = [replace(example, pair_weight=0.0, anchor_left=1.0, anchor_right=0.0) for example in tied]
    towards = pulls(trainer, anchored, sft_weight=1.0)
    guarded = pulls(trainer, tied, star_margin=0.5, loser_guard=1.0)
    assert torch.cosine_similarity(towards, guarded, dim=0) > 0.999


def test_more_label_noise_pulls_less(trainer: Trainer) -> None:
    unsure = [replace(example, label_noise=0.4) for example in trainer.method.train[:8]]
    assert pulls(trainer, unsure).norm() < 0.5 * pulls(trainer).norm()


@pytest.mark.parametrize(("loss_type", "times"), [("ipo", 2.0), ("linear", 1.0)])
def test_loss_types_start_alike_and_part(trainer: Trainer, loss_type: str, times: float) -> None:
    torch.testing.assert_close(pulls(trainer, loss_type=loss_type), times * pulls(trainer), rtol=1e-3, atol=1e-6)
    moved(trainer)
    assert (pulls(trainer, loss_type=loss_type) - times * pulls(trainer)).norm() > 1e-3 * pulls(trainer).norm()


@pytest.mark.parametrize("loss_type", ["ipo", "linear"])
def test_every_loss_type_lowers_its_loss(studio: Studio, tmp_path: Path, loss_type: str) -> None:
    trainer = prepared(studio, tmp_path / "c", loss_type=loss_type, learning_rate=5e-4, **ALONE)
    trajectory = [take_step(trainer, PAIRS, DRAWS)["loss"] for _ in range(10)]
    assert trajectory[-1] < trajectory[0]


def test_batch_scope_lets_more_of_the_push_through(trainer: Trainer) -> None:
    sample, batch, free = (
        pulls(trainer, **options)
        for options in (
            {"loser_guard": 0.5},
            {"loser_guard": 0.5, "loser_guard_scope": "batch"},
            {"loser_guard": 0.0},
        )
    )
    assert not torch.allclose(sample, batch)
    assert not torch.allclose(batch, free)


def test_weightless_pairs_do_not_count_in_the_batch_scope(trainer: Trainer) -> None:
    first = trainer.method.train[:4]
    filled = [*first, *(replace(each, pair_weight=0.0, anchor_left=1.0) for each in trainer.method.train[4:8])]
    batch = {"loser_guard": 0.5, "loser_guard_scope": "batch"}
    alone, _ = with_fields(trainer, **batch).method.loss(first, DRAWS[:4])
    gradients = torch.autograd.grad(alone.sum(), list(trainer.model.trainable.values()))
    expected = torch.cat([gradient.flatten() for gradient in gradients])
    torch.testing.assert_close(pulls(trainer, filled, **batch), expected, rtol=1e-3, atol=1e-6)


def test_reference_weight_holds_the_model_back(studio: Studio, tmp_path: Path) -> None:
    free = moved(prepared(studio, tmp_path / "free", **ALONE))
    held = moved(prepared(studio, tmp_path / "held", reference_weight=300.0, **ALONE))

    def distance(trainer: Trainer) -> float:
        _, parts = with_fields(trainer, reference_weight=1.0).method.loss(trainer.method.train[:8], DRAWS)
        return float(parts["reference"].mean().detach())

    assert 0 < distance(held) < distance(free)


@pytest.mark.parametrize("method", ["dpo", "sft"])
def test_distance_to_the_reference_starts_at_nothing(trainer: Trainer, method: str) -> None:
    changed = with_fields(trainer, method=method, reference_weight=5.0)
    loss, parts = changed.method.loss(trainer.method.train[:8], DRAWS)
    assert parts["reference"].tolist() == [0.0] * 8
    plain, without = with_fields(trainer, method=method).method.loss(trainer.method.train[:8], DRAWS)
    torch.testing.assert_close(loss, plain)
    assert "reference" not in without


def test_off_policy_pairs_pull_by_their_weight(trainer: Trainer) -> None:
    lighter = [replace(example, pair_weight=0.25) for example in trainer.method.train[:8]]
    torch.testing.assert_close(pulls(trainer, lighter), 0.25 * pulls(trainer))


def test_weighting_of_levels_reaches_the_cache(studio: Studio, tmp_path: Path) -> None:
    flat, high = (prepared(studio, tmp_path / name, weighting=name).cache for name in ("uniform", "high"))
    pair = prepared(studio, tmp_path / "c").method.train[0]
    assert sum(high.levels(pair)) > sum(flat.levels(pair)) + 0.1 * len(flat.levels(pair))
    assert high.reference_key(pair) != flat.reference_key(pair)
    assert not torch.equal(high.reference(pair), flat.reference(pair))
    assert high.batch([pair], [0]).t[0] == pytest.approx(high.levels(pair)[0])


CORNER = Place(0.0, 0.0, 0.5, 0.5, 0.0, 1.0)


def pointing(trainer: Trainer, share: float) -> Trainer:
    """The same trainer whose people pointed at a corner of each winner; `share` is the recipe's region_weight."""
    trainer.method.train = [replace(each, pointed_right=((CORNER,),)) for each in trainer.method.train]
    trainer.method.run.cache.region_weight = share
    trainer.method.run.cache.fill(trainer.method.train, lambda done: None, quiet=True)
    return trainer


def corner_and_rest(error: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean squares [B] of the upper left quarter, and of all else."""
    squares = (error * error).mean((1, 2))
    high, wide = squares.shape[1] // 2, squares.shape[2] // 2
    corner = squares[:, :high, :wide].sum((1, 2))
    return corner / (high * wide), (squares.sum((1, 2)) - corner) / (3 * high * wide)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_errors_where_people_pointed_count_more(trainer: Trainer, share: float) -> None:
    cache, examples = pointing(trainer, share).method.run.cache, trainer.method.train[:4]
    errors = side_errors(trainer.model, cache.batch(examples, DRAWS[:4]))
    corner, rest = corner_and_rest(errors.right)
    torch.testing.assert_close(errors.local[1], share * corner + (1 - share) * (corner + 3 * rest) / 4)
    torch.testing.assert_close(errors.local[0], errors.errors[0])
    for side, error in enumerate(errors.local):  # before any step, the model is the reference
        torch.testing.assert_close(error, cache.references(examples, DRAWS[:4])[:, side], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["dpo", "kto", "mapo", "sft"])
def test_where_people_pointed_pulls_its_own_way(trainer: Trainer, method: str) -> None:
    """A corner of the winner pulls another way than the whole of it, with every method."""
    trainer = with_fields(pointing(trainer, 1.0), method=method)
    corner = pulls(trainer)
    trainer.method.run.cache.region_weight = 0.0
    whole = pulls(trainer)
    assert torch.cosine_similarity(corner, whole, dim=0) < 0.99


def test_a_region_weight_of_0_is_as_if_nobody_pointed(trainer: Trainer) -> None:
    plain = pulls(trainer)
    assert torch.equal(pulls(pointing(trainer, 0.0)), plain)
    assert trainer.method.run.cache.batch(trainer.method.train[:2], [0, 1]).weight is None


def test_the_winner_is_guarded_where_people_pointed(trainer: Trainer) -> None:
    """To first order, a step may not raise the local error of any winner, which is what the guard is about."""
    trainer = pointing(trainer, 1.0)
    example = trainer.method.train[:1]
    for _ in range(3):
        take_step(trainer, PAIRS, DRAWS)
    errors = side_errors(trainer.model, trainer.method.run.cache.batch(example, [1]))
    winner, loser = errors.pulls[1], errors.pulls[0]
    scale = loser_scale(winner, loser, 0.5)
    assert float((winner * winner).sum() - scale * (winner * loser).sum()) >= 0
