"""Tuning works whatever number formats a pipeline's parts have, as on a GPU: diffusers keeps some layers in 32 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import WanPipeline

from feedback.production.briefs import get_brief
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data.batches import predict
from finetune.jobs.tune import tune
from finetune.tunable_model import load_tunable_model
from generation.models import loading
from generation.models.base_models import base_folder
from generation.models.loading import load_version
from generation.sampling import sample
from tests.finetune.judged import judge_briefs, prepared, quick, tiny_studio

BF16, FP16, FP32 = torch.bfloat16, torch.float16, torch.float32
GPU = {"default": BF16, "vae": FP32}  # what is loaded on one
FORMATS: dict[str, Any] = {
    "bf16": BF16,
    "bf16, VAE fp32": GPU,
    "fp32, VAE fp16": {"default": FP32, "vae": FP16},
    "fp32, text bf16": {"default": FP32, "text_encoder": BF16},
}


def in_bf16(base: Path, folder: Path) -> Path:
    """The same pipeline, saved in 16 bits."""
    WanPipeline.from_pretrained(str(base), dtype=BF16).save_pretrained(folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def bf16_base(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return in_bf16(tiny_base, tmp_path_factory.mktemp("bf16"))


def judged_studio(folder: Path, base: Path, formats: Any, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setattr(loading, "number_types", lambda device: formats)
    studio = tiny_studio(folder, base)
    judge_briefs(studio, count=4)
    return studio


@pytest.mark.parametrize(
    ("formats", "method"),
    [("bf16", "guided"), ("bf16, VAE fp32", "dpo"), ("fp32, VAE fp16", "guided"), ("fp32, text bf16", "kto")],
)
def test_run_on_these_formats_makes_a_version_that_draws(
    tmp_path: Path, bf16_base: Path, monkeypatch: pytest.MonkeyPatch, formats: str, method: str
) -> None:
    studio = judged_studio(tmp_path / "studio", bf16_base, FORMATS[formats], monkeypatch)
    version = tune(studio, quick(method=method), progress=False)["version"]
    take = sample(load_version(studio, version), get_brief(studio, 1), [1])[0]
    assert take.shape == (1, 32, 32, 3)


def test_run_on_top_of_a_version_bakes_its_adapter_into_16_bits(
    tmp_path: Path, bf16_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = judged_studio(tmp_path / "studio", bf16_base, GPU, monkeypatch)
    promotion.promote(studio, tune(studio, quick(), progress=False)["version"], force=True, reason="a test")
    assert load_tunable_model(studio, "v0001", quick()).dtype == BF16
    assert tune(studio, quick(seed=1), progress=False)["version"] == "v0002"


@pytest.mark.parametrize("formats", FORMATS)
def test_format_is_that_of_the_layers_and_not_of_those_kept_in_32_bits(
    tmp_path: Path, bf16_base: Path, monkeypatch: pytest.MonkeyPatch, formats: str
) -> None:
    trainer = prepared(judged_studio(tmp_path / "studio", bf16_base, FORMATS[formats], monkeypatch), tmp_path / "c")
    layer = trainer.model.networks["transformer"].get_submodule("patch_embedding")
    assert trainer.model.dtype == layer.weight.dtype
    assert all(weight.dtype == FP32 for weight in trainer.model.trainable.values())
    batch = trainer.cache.batch(trainer.method.train[:2], [0, 1])
    assert predict(trainer.model, batch).dtype == batch.x_t.dtype == FP32


def test_starter_saved_in_bf16_is_tuned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = in_bf16(base_folder("starter"), tmp_path / "base")
    studio = judged_studio(tmp_path / "studio", base, GPU, monkeypatch)
    recipe = quick(method="guided", max_steps=1, eval_steps=1, noise_attenuation=False, gradient_normalisation=0.0)
    assert tune(studio, recipe, progress=False)["version"] == "v0001"
