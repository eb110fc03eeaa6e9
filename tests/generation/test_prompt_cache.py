"""A brief's prompt is encoded once for all its groups, and every pixel is what it was without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from generation import prompt_cache, sampling
from generation.families.protocol import Family
from generation.models.limits import Limits
from generation.models.loading import load_base
from generation.sampling import group_size, sample, sample_each
from tests.tiny_pipelines.catalogue import BRIEF, PROMPTS, TINY
from tests.tiny_pipelines.wan import tiny_wan

MAKERS: dict[str, tuple[Callable[..., Path], dict[str, Any]]] = {
    "wan": (tiny_wan, {"guidance": 3.0}),
    **{
        name: (tiny.make, {**tiny.brief})
        for name, tiny in TINY.items()
        if not tiny.options or name == "sd 3.5 without T5"
    },
}


@dataclass(frozen=True)
class Model:
    pipe: Any
    family: Family
    brief: dict[str, Any]
    limits: Limits = field(default_factory=Limits)


@pytest.fixture(scope="module", params=MAKERS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    make, changes = MAKERS[request.param]
    options = {**TINY[request.param].options} if request.param in TINY else {}
    pipe, family, _ = load_base(str(make(tmp_path_factory.mktemp("model"), **options)), "cpu")
    return Model(pipe, family, {**BRIEF, "steps": 2, **changes})


@pytest.fixture
def encodings(model: Model) -> Iterator[list[int]]:
    """A number for each time that the text encoder reads something, from an empty memory on."""
    prompt_cache._calls.clear()
    seen: list[int] = []
    handle = model.pipe.text_encoder.register_forward_pre_hook(lambda *_: seen.append(1))
    yield seen
    handle.remove()


def pixels_without_cache(model: Model, pairs: list[tuple[dict[str, Any], int]], monkeypatch: Any) -> list[np.ndarray]:
    with monkeypatch.context() as patch:
        patch.setattr(sampling, "encoding_once", lambda pipe: nullcontext())
        return sample_each(model, pairs)


def test_groups_share_one_encoding_and_no_pixel_changes(
    model: Model, encodings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three groups of one brief, then the same from memory, then another brief."""
    other = {**model.brief, "prompt": PROMPTS[1]}
    pairs = [(model.brief, seed) for seed in range(3 * group_size(model, model.brief))]
    expected = pixels_without_cache(model, pairs, monkeypatch)
    each_time = len(encodings)
    encodings.clear()
    for _ in range(2):
        for take, as_before in zip(sample_each(model, pairs), expected, strict=True):
            np.testing.assert_array_equal(take, as_before)
    assert len(encodings) * 3 == each_time > 0
    (take,), (as_before,) = sample(model, other, [1]), pixels_without_cache(model, [(other, 1)], monkeypatch)
    np.testing.assert_array_equal(take, as_before)


@pytest.mark.parametrize("model", ["wan"], indirect=True)
def test_the_pipeline_is_left_as_it_was_and_forgets_the_oldest(model: Model) -> None:
    for number in range(prompt_cache.KEPT + 2):
        sample(model, {**model.brief, "prompt": f"a house at {number}"}, [1])
    assert "encode_prompt" not in vars(model.pipe)
    assert len(prompt_cache._calls[model.pipe.text_encoder]) == prompt_cache.KEPT


def test_kept_tensors_are_nobodys_to_write_into() -> None:
    calls, given = prompt_cache.OrderedDict(), []

    def encode(prompt: list[str], embeds: torch.Tensor | None = None) -> tuple[torch.Tensor, None, list[torch.Tensor]]:
        given.append(prompt)
        return torch.ones(2), None, [torch.ones(1)]

    remembered = prompt_cache.remembering(encode, "here", calls)
    for _ in range(3):
        first, none, (second,) = remembered(["a"])
        assert (first.tolist(), none, second.tolist()) == ([1, 1], None, [1])
        first.zero_()
        second.zero_()
    assert len(given) == 1
    remembered(prompt=["a"])  # the same call
    assert len(given) == 1
    remembered(["a"], embeds=torch.ones(1))  # no plain value
    remembered(["b"])
    assert given == [["a"], ["a"], ["b"]]
