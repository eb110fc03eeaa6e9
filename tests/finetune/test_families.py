"""Every family is tuned alike: the first step of DPO stands at ln 2, and a night ends in a version or a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch

from feedback.store import Studio
from finetune.jobs.tune import tune
from generation.models.loading import forget_versions, load_version
from generation.sampling import sample
from tests.finetune.judged import judge_briefs, prepared, quick, tiny_studio
from tests.tiny_pipelines import catalogue
from tests.tiny_pipelines.stable_diffusion import scheduler_of, tiny_stable_diffusion, tiny_stable_diffusion_xl
from tests.tiny_pipelines.wan import tiny_wan

V = {"scheduler": scheduler_of("v_prediction", rescale_betas_zero_snr=True)}
TINY: dict[str, Any] = {
    "wan": (tiny_wan, {}),
    "wan 2.2 A14B": (tiny_wan, {"boundary": 0.5}),
    "wan 2.2 TI2V": (tiny_wan, {"expand_timesteps": True}),
    "sd v": (tiny_stable_diffusion, V),
    "sdxl v": (tiny_stable_diffusion_xl, V),
} | {name: (catalogue.TINY[name].make, catalogue.TINY[name].options) for name in catalogue.ONE_OF_EACH}
CLIPS = {
    "ltx 0.9.1 clip": 9,
    "cogvideox 5b clip": 9,
    "hunyuan video clip": 5,
}  # frames; the others are judged on stills
IDLE = {"sd 3.5": ("transformer_blocks.1.attn.add_q_proj",)}  # of the last block, whose texts nothing reads


@pytest.fixture(params=TINY)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def studio(name: str, tmp_path: Path) -> Iterator[Studio]:
    make, options = TINY[name]
    studio = tiny_studio(tmp_path / "studio", make(tmp_path / "model", **options))
    judge_briefs(studio, frames=CLIPS.get(name, 1))
    yield studio
    studio.close()
    forget_versions()


def test_first_dpo_loss_is_ln_2_and_its_gradients_reach_the_adapter(studio: Studio, name: str, tmp_path: Path) -> None:
    """An untrained network answers with something of its own: the reference's error is about the target's own size."""
    trainer = prepared(studio, tmp_path, sft_weight=0.0, label_smoothing=0.0)
    for example in trainer.method.train[:3]:
        errors = trainer.cache.reference(example)
        assert errors.shape == (4, 2)
        assert torch.isfinite(errors).all()
        assert (errors > 0.1).all()
    examples = [example for example in trainer.method.train if example.decided][:4]
    loss, parts = trainer.method.loss(examples, [0, 1, 2, 3])
    torch.testing.assert_close(parts["loss"], torch.full((4,), log(2)), rtol=0, atol=1e-3)
    loss.sum().backward()
    up = {layer: weight.grad for layer, weight in trainer.model.trainable.items() if "lora_B" in layer}
    assert len(up) > 4
    idle = {layer for layer, gradient in up.items() if gradient is None or gradient.abs().sum() == 0}
    assert idle == {f"{layer}.lora_B.tuned.weight" for layer in IDLE.get(name, ())}


def test_a_tuned_version_draws_otherwise(studio: Studio) -> None:
    """guided asks most of a family: it differentiates its reward through the network by x_t, and draws some takes."""
    result = tune(studio, quick(method="guided", target_gain_takes=4, max_winner_error=9.0), progress=False)
    assert result["state"] == "candidate"
    brief = studio.row("SELECT * FROM briefs")
    before, after = (sample(load_version(studio, name), brief, [1])[0] for name in ("tiny", result["version"]))
    assert (before != after).any()
