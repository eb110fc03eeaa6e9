"""Activations that are computed twice instead of being kept: the same gradients, in every family."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.memory.machine import limited_activations
from finetune.memory.plan import make_plan
from finetune.settings import LoraSettings, MemorySettings
from finetune.tunable_model import add_adapter
from generation.models.loading import Loaded, load_base
from generation.request import Request, request_of
from tests.tiny_pipelines.catalogue import BRIEF, PROMPTS, TINY
from tests.tiny_pipelines.wan import tiny_wan

CPU = torch.device("cpu")
KINDS: dict[str, Callable[[Path], Path]] = {
    **{name: lambda folder, tiny=tiny: tiny.make(folder, **tiny.options) for name, tiny in TINY.items()},
    "wan": tiny_wan,
}


@pytest.fixture(params=KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Loaded:
    folder = KINDS[request.param](tmp_path / "model")
    pipe, family, sha256 = load_base(str(folder), "cpu")
    return Loaded(pipe, family, "tiny", str(folder), sha256)


def requests_of(loaded: Loaded) -> list[Request]:
    width, height = (48, 32) if loaded.family.kinds == ("still",) else (32, 32)
    return [request_of({**BRIEF, "prompt": prompt, "width": width, "height": height}) for prompt in PROMPTS]


def loss_of(loaded: Loaded) -> torch.Tensor:
    """Of two takes, with the adapter on."""
    chance = torch.Generator().manual_seed(1)
    requests = requests_of(loaded)
    pixels = torch.rand(2, 3, 1, requests[0].height, requests[0].width, generator=chance) * 2 - 1
    x0 = loaded.family.encode_media(loaded.pipe, pixels).float()
    noise, t = torch.randn(x0.shape, generator=chance), torch.tensor([0.3, 0.7])
    x_t, target = loaded.family.objective.noise(x0, noise, t)
    condition = loaded.family.encode_prompt(loaded.pipe, requests)
    return (loaded.family.predict(loaded.denoiser, x_t, t, condition) - target).square().mean()


def with_adapter(loaded: Loaded) -> None:
    torch.manual_seed(0)
    add_adapter(loaded.denoiser, loaded.family, LoraSettings(r=4))
    chance = torch.Generator().manual_seed(2)
    for name, weight in loaded.denoiser.named_parameters():
        if "lora_B" in name:  # zero at first, and then A has no gradient
            weight.data = torch.randn(weight.shape, generator=chance) * 0.02


def gradients_of(loaded: Loaded) -> dict[str, torch.Tensor]:
    weights = {name: each for name, each in loaded.denoiser.named_parameters() if each.requires_grad}
    return dict(zip(weights, torch.autograd.grad(loss_of(loaded), list(weights.values())), strict=True))


def bytes_kept(loaded: Loaded) -> int:
    """The least number of bytes, to a fifth, within which the loss keeps its activations."""
    least, most = 25_000, 50_000
    while not fits(loaded, most):
        least, most = most, 2 * most
    while most > 1.2 * least:
        middle = int((least * most) ** 0.5)
        least, most = (least, middle) if fits(loaded, middle) else (middle, most)
    return most


def fits(loaded: Loaded, most: int) -> bool:
    try:
        with limited_activations(CPU, most, list(loaded.denoiser.parameters())):
            loss_of(loaded)
    except MemoryError:
        return False
    return True


def plan_of(loaded: Loaded, **settings: Any) -> None:
    make_plan(loaded, [loaded.denoiser], CPU, MemorySettings(**settings))


def test_gradients_are_those_of_kept_activations(loaded: Loaded) -> None:
    with_adapter(loaded)
    kept, bytes_before = gradients_of(loaded), bytes_kept(loaded)
    plan_of(loaded, gradient_checkpointing="on")
    again = gradients_of(loaded)
    # Stable Diffusion 3 throws its last block's answer about the text away.
    assert sum(bool(gradient.any()) for gradient in kept.values()) > 0.8 * len(kept) > 4
    torch.testing.assert_close(again, kept, rtol=1e-4, atol=1e-7)
    assert bytes_kept(loaded) < bytes_before


def test_gradient_by_the_input_is_the_same_too(loaded: Loaded) -> None:
    """guided differentiates the reference's answer by what it is shown."""

    def gradient() -> torch.Tensor:
        chance = torch.Generator().manual_seed(1)
        requests = requests_of(loaded)
        size = (2, 3, 1, requests[0].height, requests[0].width)
        x_t = loaded.family.encode_media(loaded.pipe, torch.rand(size, generator=chance)).float().requires_grad_()
        condition = loaded.family.encode_prompt(loaded.pipe, requests)
        answer = loaded.family.predict(loaded.denoiser, x_t, torch.tensor([0.3, 0.7]), condition)
        return torch.autograd.grad(answer.square().sum(), x_t)[0]

    kept = gradient()
    plan_of(loaded, gradient_checkpointing="on")
    torch.testing.assert_close(gradient(), kept, rtol=1e-4, atol=1e-6)
