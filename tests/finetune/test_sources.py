"""A night on takes that started from a source: it learns from them as from others, and draws its own from the source too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from feedback.production.briefs import get_brief
from feedback.production.sources import fewest_steps
from feedback.store import Studio, media
from finetune.jobs.tune import tune
from finetune.methods.guided import strength
from finetune.methods.guided.strength import takes_to_draw
from generation.media.sources import with_source
from generation.models.loading import forget_versions, load_version
from generation.sampling import sample, sample_each
from tests.finetune.judged import judge_briefs, picture, prepared, quick, tiny_studio
from tests.tiny_pipelines.stable_diffusion import tiny_stable_diffusion

STRENGTH = 0.15  # of 16 steps two are left, and of the 8 of a sketch one


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = tiny_studio(tmp_path / "studio", tiny_stable_diffusion(tmp_path / "model", latents=4))
    files = [picture(redness, np.random.default_rng(5)) for redness in (0.0, 1.0)]
    source, mask = (media.store_bytes(studio, file, "png", "image/png", 32, 32, 1) for file in files)
    judge_briefs(studio, steps=16, source_media=source, mask_media=mask, strength=STRENGTH)
    yield studio
    studio.close()
    forget_versions()


@pytest.mark.parametrize("method", ["dpo", "guided"])
def test_a_tuned_version_draws_otherwise_from_the_source(
    studio: Studio, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """guided draws takes, from the source and inside the mask, to measure a gain that six steps do not have."""
    gains = iter((0.0, 1.0, 1.0))
    monkeypatch.setattr(
        strength,
        "rewards_of",
        lambda model, raters, takes, x0, drawn: torch.full((len(raters.judge.reward_models), len(takes)), next(gains)),
    )
    result = tune(
        studio, quick(method=method, target_gain_takes=4, target_gain=2.0, max_winner_error=9.0), progress=False
    )
    assert result["state"] == "candidate"
    brief = with_source(studio, get_brief(studio, 1))
    before, after = (sample(load_version(studio, name), brief, [1])[0] for name in ("tiny", result["version"]))
    kept = brief["read_source"]().mask == 0
    assert (before != after).any()
    np.testing.assert_array_equal(before[:, kept], after[:, kept])


def test_takes_that_measure_the_gain_start_from_the_source(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "run", method="guided")
    drawn = takes_to_draw(studio, trainer.model, trainer.method.run.dataset.heldout, 2)
    assert all(brief["steps"] == max(8, fewest_steps(STRENGTH)) for brief, _ in drawn)
    source = drawn[0][0]["read_source"]()
    with trainer.model.parts.drawing():
        takes = sample_each(trainer.model, drawn)
    for take in takes:
        np.testing.assert_array_equal(take[:, source.mask == 0], source.frames[:, source.mask == 0])
    media.path_of(studio, get_brief(studio, 1)["source_media"]).unlink()
    assert takes_to_draw(studio, trainer.model, trainer.method.run.dataset.heldout, 2) == []


def test_conditions_are_those_of_the_prompt_alone(studio: Studio, tmp_path: Path) -> None:
    """The source is no input of the denoiser, so takes with and without one share a cached row."""
    trainer = prepared(studio, tmp_path / "run")
    request = trainer.cache.request_of(trainer.method.train[0])
    assert request.source_media
    assert trainer.model.family.condition_key(request) == (request.prompt,)
