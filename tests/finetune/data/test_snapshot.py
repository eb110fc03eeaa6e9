"""The split is by brief, and stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.errors import Refused
from feedback.preferences import dataset, snapshot
from feedback.preferences.snapshot import read_snapshot, write_snapshot
from feedback.store import Studio
from finetune.data.batches import draws_of_epoch, noise_levels, order_of_epoch
from finetune.data.examples import examples_of
from finetune.data.heldout import heldout_briefs, place
from tests.finetune.judged import judge_briefs


def frozen_of(studio: Studio) -> tuple[dict, str]:
    return snapshot.freeze(dataset.collect(studio))


def test_snapshot_file_is_what_was_hashed(studio: Studio, tmp_path: Path) -> None:
    frozen, sha256 = frozen_of(studio)
    path = write_snapshot(tmp_path, frozen)
    assert read_snapshot(tmp_path, sha256) == frozen
    path.write_text(path.read_text() + " ")
    with pytest.raises(Refused, match="was changed"):
        read_snapshot(tmp_path, sha256)


def test_heldout_briefs_stay_held_out_when_more_are_judged(studio: Studio) -> None:
    before = heldout_briefs(frozen_of(studio)[0], 0.3)
    judge_briefs(studio, count=10)
    frozen, _ = frozen_of(studio)
    after = heldout_briefs(frozen, 0.3)
    assert 1 <= len(before) <= 2
    assert 1 <= len(after) <= 5
    assert all(place(frozen, brief) < 0.3 for brief in after)
    assert before <= after


def test_never_everything_and_never_nothing_is_held_out(empty: Studio) -> None:
    judge_briefs(empty, count=2)
    for share in (0.01, 0.2, 0.5):
        assert len(heldout_briefs(frozen_of(empty)[0], share)) == 1


def test_examples_carry_the_media_and_the_side(studio: Studio) -> None:
    frozen, _ = frozen_of(studio)
    for pair, example in zip(frozen["pairs"], examples_of(frozen), strict=True):
        assert (example.left, example.right) == (
            frozen["takes"][str(pair["left"])],
            frozen["takes"][str(pair["right"])],
        )
        assert example.p_left == 0.0  # the redder take has the greater id
        assert (example.anchor_left, example.anchor_right, example.decided) == (0.0, 1.0, True)


def test_noise_levels_are_stratified_and_every_pair_meets_all_of_them() -> None:
    levels = noise_levels("a pair", 8, 0.2, 1.0)
    assert [int((level - 0.2) / 0.1) for level in levels] == list(range(8))
    assert noise_levels("a pair", 8, 0.2, 1.0) == levels != noise_levels("another", 8, 0.2, 1.0)
    met = {draws_of_epoch(3, 8, 0, epoch)[1] for epoch in range(8)}
    assert met == set(range(8))


def test_noise_levels_lie_as_the_weighting_says() -> None:
    levels = {name: noise_levels("a pair", 1000, 0.0, 1.0, name) for name in ("uniform", "logit_normal", "high")}
    below = {
        name: [sum(level < at for level in drawn) / 1000 for at in (0.25, 0.5, 0.75)] for name, drawn in levels.items()
    }
    assert below["uniform"] == pytest.approx([0.25, 0.5, 0.75], abs=2e-3)
    assert below["high"] == pytest.approx([1 / 16, 1 / 4, 9 / 16], abs=2e-3)
    assert below["logit_normal"] == pytest.approx([0.136, 0.5, 0.864], abs=2e-3)  # N(0, 1) below log 1/3: 0.136
    assert all(drawn == sorted(drawn) and drawn[0] >= 0 and drawn[-1] <= 1 for drawn in levels.values())
    narrow = noise_levels("a pair", 8, 0.2, 0.6, "high")
    assert 0.2 <= narrow[0] < narrow[-1] <= 0.6


def test_epoch_has_every_pair_once_in_batches_of_one_shape() -> None:
    shapes = ["a"] * 9 + ["b"] * 4
    batches = order_of_epoch(shapes, 4, seed=0, epoch=0)
    assert sorted(index for batch in batches for index in batch) == list(range(13))
    assert all(len({shapes[index] for index in batch}) == 1 for batch in batches)
    assert batches == order_of_epoch(shapes, 4, 0, 0) != order_of_epoch(shapes, 4, 0, 1)
