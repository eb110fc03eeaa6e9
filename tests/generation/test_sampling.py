"""A take's pixels depend on brief, seed and version; not on the queue, its neighbours or the sampler's past."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feedback.errors import Invalid
from generation.families.protocol import Family
from generation.models.limits import Limits
from generation.models.loading import load_base
from generation.sampling import group_size, sample, sample_each
from tests.tiny_pipelines.wan import tiny_wan

BRIEF = {
    "id": 1,
    "prompt": "a red sun over the sea",
    "negative_prompt": "",
    "kind": "still",
    "width": 32,
    "height": 32,
    "frames": 1,
    "fps_num": 24,
    "fps_den": 1,
    "steps": 3,
    "guidance": 3.0,
}


@dataclass(frozen=True)
class Model:
    pipe: Any
    family: Family
    limits: Limits = field(default_factory=Limits)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    pipe, family, _ = load_base(str(tiny_wan(tmp_path_factory.mktemp("wan"))), "cpu")
    return Model(pipe, family)


def test_takes_are_frames_of_bytes_and_differ_by_seed(model: Model) -> None:
    one, two = sample(model, BRIEF, [1, 2])
    assert one.shape == (1, 32, 32, 3)
    assert one.dtype == np.uint8
    assert np.abs(one.astype(int) - two).mean() > 1
    (clip,) = sample(model, {**BRIEF, "kind": "clip", "frames": 5}, [1])
    assert clip.shape == (5, 32, 32, 3)


def test_what_is_asked_changes_the_picture(model: Model) -> None:
    (plain,) = sample(model, BRIEF, [1])
    for change in ({"prompt": "a forest"}, {"negative_prompt": "blue"}, {"guidance": 1.0}, {"steps": 5}):
        (other,) = sample(model, {**BRIEF, **change}, [1])
        assert (plain != other).any(), change


@pytest.mark.parametrize(
    ("size", "threads"),
    [((32, 32, 1), 1), ((64, 96, 1), 1), ((32, 48, 5), 1), ((128, 128, 1), 1), ((64, 96, 1), 2)],
)
def test_pixels_do_not_depend_on_the_batch(model: Model, size: tuple[int, int, int], threads: int) -> None:
    """Every seed alone, in every place of a group, and in a long queue: the same bytes, however many threads."""
    width, height, frames = size
    kind = "still" if frames == 1 else "clip"
    brief = {**BRIEF, "width": width, "height": height, "frames": frames, "kind": kind, "steps": 2}
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        alone = {seed: sample(model, brief, [seed])[0] for seed in range(5)}
        for seeds in ([0, 1, 2, 3, 4], [4, 3, 2, 1], [2, 0], [3, 2, 0, 1]):
            for seed, pixels in zip(seeds, sample(model, brief, seeds), strict=True):
                np.testing.assert_array_equal(pixels, alone[seed])
    finally:
        torch.set_num_threads(before)


def test_briefs_drawn_alongside_change_nothing_and_come_back_in_order(model: Model) -> None:
    """Other prompts, sizes and settings mixed: each take is the one that its brief and seed give alone."""
    sea, forest = BRIEF, {**BRIEF, "prompt": "a forest, tall and dark, in the first light", "negative_prompt": "blue"}
    wide, quick = {**BRIEF, "width": 48}, {**forest, "steps": 2}
    pairs = [(sea, 1), (wide, 1), (forest, 1), (quick, 2), (sea, 2), (wide, 3), (forest, 4), (sea, 5), (sea, 6)]
    for (brief, seed), pixels in zip(pairs, sample_each(model, pairs), strict=True):
        np.testing.assert_array_equal(pixels, sample(model, brief, [seed])[0])


def test_every_brief_of_a_mixed_lot_is_checked(model: Model) -> None:
    with pytest.raises(Invalid, match="40x32"):
        sample_each(model, [(BRIEF, 1), ({**BRIEF, "width": 40}, 1)])


def test_group_depends_on_the_picture_only(model: Model) -> None:
    sizes = [(32, 32), (128, 128), (192, 160), (512, 512)]
    assert [group_size(model, {**BRIEF, "width": w, "height": h}) for w, h in sizes] == [4, 4, 2, 1]


def test_global_random_state_and_settings_are_left_alone(model: Model) -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    (first,) = sample(model, BRIEF, [1])
    assert torch.equal(torch.rand(3), expected)
    assert not torch.are_deterministic_algorithms_enabled()
    (again,) = sample(model, BRIEF, [1])
    np.testing.assert_array_equal(first, again)


def test_progress_rises_to_one_and_may_end_the_sampling(model: Model) -> None:
    shares: list[float] = []
    sample(model, BRIEF, list(range(5)), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) == 2 * 3

    def enough(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(model, BRIEF, [1], enough)
    (after,) = sample(model, BRIEF, [1])
    np.testing.assert_array_equal(after, sample(model, BRIEF, [1, 2])[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": "  "}, "the prompt is empty"),
        ({"prompt": "sea " * 64}, "the prompt is too long: 65 tokens, and this model reads at most 64"),
        ({"negative_prompt": "sea " * 64}, "the negative prompt is too long"),
        ({"width": 40}, "size 40x32 cannot be drawn"),
        ({"frames": 4, "kind": "clip"}, "4 frames cannot be drawn"),
        ({"frames": 5}, "a still of 5 frames"),
        ({"kind": "clip"}, "a clip of 1 frames"),
        ({"kind": "hologram"}, "kind 'hologram' cannot be drawn by this model: use still or clip"),
        ({"steps": 0}, "0 steps"),
        ({"source_media": "ab" * 32, "strength": 0.3}, "strength 0.3 leaves none of"),
        ({"source_media": "ab" * 32, "strength": 1.0}, "not at hand"),
    ],
)
def test_briefs_that_cannot_be_drawn_get_one_line(model: Model, change: dict, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        sample(model, {**BRIEF, **change}, [1])
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_longest_prompt_is_drawn(model: Model) -> None:
    (drawn,) = sample(model, {**BRIEF, "prompt": "sea " * 63}, [1])
    assert drawn.shape == (1, 32, 32, 3)


def test_damaged_weights_are_not_stored_as_a_picture(tmp_path: Path) -> None:
    pipe, family, _ = load_base(str(tiny_wan(tmp_path)), "cpu")
    torch.nn.init.constant_(pipe.transformer.proj_out.bias, float("nan"))
    with pytest.raises(Invalid, match="not numbers"):
        sample(Model(pipe, family), BRIEF, [1])
