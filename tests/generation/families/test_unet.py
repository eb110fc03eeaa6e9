"""The proof of Stable Diffusion and SDXL: what we compute is what a real sampling run computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import PNDMScheduler

from generation.models.loading import Loaded
from generation.request import request_of
from generation.sampling import sample, sample_each
from tests.generation.families.conftest import BRIEF, PROMPTS, draw
from tests.generation.families.spying import ForwardSpy, Spy
from tests.tiny_pipelines.stable_diffusion import (
    SPACE,
)

REQUEST = request_of(BRIEF)
REQUESTS = [replace(REQUEST, prompt=prompt) for prompt in PROMPTS]


def predict(loaded: Loaded, x_t: torch.Tensor, t: Any, prompts: list[str] = PROMPTS) -> torch.Tensor:
    family, pipe = loaded.family, loaded.pipe
    level = torch.full((len(prompts),), float(t) / pipe.scheduler.config.num_train_timesteps)
    condition = family.encode_prompt(pipe, [replace(REQUEST, prompt=prompt) for prompt in prompts])
    with torch.no_grad():
        return family.predict(pipe.unet, x_t[:, :, None], level, condition)[:, :, 0]


def test_prediction_is_what_enters_the_scheduler(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a real run without guidance, whose network is shown x_t and whose sampler is given the answer."""
    steps = Spy(monkeypatch, loaded.pipe.scheduler, "step")
    with ForwardSpy(loaded.pipe.unet) as shown:
        draw(loaded)
    assert len(steps.calls) == len(shown.calls) >= 3
    for (answer, t, *_), (x_t, *_) in zip((call[0] for call in steps.calls), shown.calls, strict=True):
        torch.testing.assert_close(predict(loaded, x_t[:2], t), answer[:2], rtol=1e-4, atol=1e-5)


def test_prediction_is_the_conditional_half_under_guidance(loaded: Loaded) -> None:
    with ForwardSpy(loaded.pipe.unet) as shown:
        draw(loaded, guidance=4.0, negative_prompt="blue")
    for (x_t, t, *_), answer in zip(shown.calls, shown.answers, strict=True):
        halves = zip(x_t.chunk(2), answer[0].chunk(2), (["blue"] * 2, PROMPTS), strict=True)
        for half, answered, prompts in halves:
            torch.testing.assert_close(predict(loaded, half[:2], t, prompts), answered[:2], rtol=1e-4, atol=1e-5)


def test_what_the_network_is_shown_is_the_objectives_noise(loaded: Loaded) -> None:
    """Fed the true answers, the sampler's own steps pass x_t after x_t of one noise: this fixes signs and levels."""
    family, scheduler = loaded.family, loaded.pipe.scheduler
    if isinstance(scheduler, PNDMScheduler):
        pytest.skip("a multistep sampler is exact in the limit only")
    x0, eps = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    scheduler.set_timesteps(5)
    sample = None
    for t in scheduler.timesteps:
        level = torch.full((2,), float(t) / scheduler.config.num_train_timesteps)
        expected, target = family.objective.noise(x0, eps, level)
        if sample is None:  # the sampler's own scale of latents, of which the network is shown a scaled copy
            sample = expected / scheduler.scale_model_input(torch.ones_like(expected), t)
        shown = scheduler.scale_model_input(sample, t)
        torch.testing.assert_close(shown, expected, rtol=1e-3, atol=2e-3)
        torch.testing.assert_close(family.objective.clean(expected, target, level), x0, rtol=1e-3, atol=1e-3)
        sample = scheduler.step(target, t, sample, return_dict=False)[0]


def test_encoding_undoes_what_enters_the_decoder(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run of the pipeline itself: its last latents are decoded by numbers that `encode_media` takes back."""
    pipe = loaded.pipe
    decoded, last = Spy(monkeypatch, pipe.vae, "decode"), []
    real = pipe.scheduler.step
    monkeypatch.setattr(pipe.scheduler, "step", lambda *a, **k: last.append(real(*a, **k)) or last[-1])
    run_pipeline(loaded)
    entered = decoded.calls[-1][0][0]

    class Encoded:
        """Stands in for the VAE's posterior: its mode is exactly what the pipeline gave to the decoder."""

        latent_dist = type("Posterior", (), {"mode": staticmethod(lambda: entered)})

    monkeypatch.setattr(pipe.vae, "encode", lambda pixels: Encoded)
    ours = loaded.family.encode_media(pipe, torch.zeros(2, 3, 1, 32, 48))
    assert ours.shape == (2, pipe.unet.config.in_channels, 1, 32 // SPACE, 48 // SPACE)
    torch.testing.assert_close(ours[:, :, 0], last[-1][0], rtol=1e-4, atol=1e-5)


def run_pipeline(loaded: Loaded) -> torch.Tensor:
    """As its documentation has it: [2, 3, 32, 48] in [0, 1]."""
    return loaded.pipe(
        PROMPTS,
        negative_prompt=["blue"] * 2,
        height=32,
        width=48,
        num_inference_steps=3,
        guidance_scale=4.0,
        guidance_rescale=0.7 if loaded.pipe.scheduler.config.get("rescale_betas_zero_snr") else 0.0,
        generator=[torch.Generator().manual_seed(seed) for seed in (0, 1)],
        output_type="pt",
    ).images


def test_takes_are_the_pipelines_pictures(loaded: Loaded) -> None:
    """To the byte, although we decode ourselves."""
    requests = [request_of({**BRIEF, "prompt": p, "negative_prompt": "blue", "guidance": 4.0}) for p in PROMPTS]
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    drawn = loaded.family.generate(loaded.pipe, requests, generators, lambda share: None)
    pixels = torch.stack([item.pixels for item in drawn])
    assert pixels.shape == (2, 1, 3, 32, 48)
    assert pixels.std() > 0.05
    assert torch.equal(pixels[:, 0], run_pipeline(loaded))


def test_prompt_embeddings_are_the_pipelines(loaded: Loaded) -> None:
    with ForwardSpy(loaded.pipe.unet) as shown:
        draw(loaded)
    condition = loaded.family.encode_prompt(loaded.pipe, REQUESTS)
    real = {"encoder_hidden_states": shown.named[0]["encoder_hidden_states"]}
    real |= shown.named[0].get("added_cond_kwargs") or {}
    assert condition.keys() == real.keys()
    for name, rows in condition.items():
        torch.testing.assert_close(rows, real[name][:2], rtol=1e-5, atol=1e-6)


def test_a_prompts_condition_depends_on_the_size_where_its_key_does(loaded: Loaded) -> None:
    family, one, other = loaded.family, REQUEST, replace(REQUEST, width=64)
    rows = family.encode_prompt(loaded.pipe, [one, other])
    differ = any(not torch.equal(row[0], row[1]) for row in rows.values())
    assert differ == (family.condition_key(one) != family.condition_key(other))
    assert differ == (type(family).__name__ == "StableDiffusionXL")
    assert family.condition_key(one) != family.condition_key(replace(one, prompt="the forest"))


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_pixels_do_not_depend_on_the_batch(loaded: Loaded, guidance: float) -> None:
    brief = {**BRIEF, "width": 32, "guidance": guidance}
    alone = {seed: sample(loaded, brief, [seed])[0] for seed in range(5)}
    for seeds in ([0, 1, 2, 3, 4], [4, 2, 0]):
        for seed, pixels in zip(seeds, sample(loaded, brief, seeds), strict=True):
            np.testing.assert_array_equal(pixels, alone[seed])
    assert np.abs(alone[0].astype(int) - alone[1]).mean() > 1


def test_an_empty_negative_prompt_beside_another_stays_empty(loaded: Loaded) -> None:
    """SDXL leaves an empty one out (zeros), and may not do so for a whole group or not at all."""
    briefs = [{**BRIEF, "guidance": 4.0, "negative_prompt": text} for text in ("", "blue", "")]
    for brief, pixels in zip(briefs, sample_each(loaded, [(brief, 7) for brief in briefs]), strict=True):
        np.testing.assert_array_equal(pixels, sample(loaded, brief, [7])[0])


def test_an_empty_negative_prompt_of_sdxl_is_left_out_as_its_configuration_says(xl: Loaded) -> None:
    """The pipeline's own zeros, unless the checkpoint says that they are not its habit."""
    arguments = xl.family.prompt_arguments(xl.pipe, [REQUEST])  # type: ignore[attr-defined]
    _, zeros, _, pooled = xl.pipe.encode_prompt([REQUEST.prompt], negative_prompt=None)
    assert torch.equal(arguments["negative_prompt_embeds"], zeros)
    assert torch.equal(arguments["negative_pooled_prompt_embeds"], pooled)
    assert not zeros.any()
    xl.pipe.register_to_config(force_zeros_for_empty_prompt=False)
    try:
        assert xl.family.prompt_arguments(xl.pipe, [REQUEST])["negative_prompt_embeds"].any()  # type: ignore[attr-defined]
    finally:
        xl.pipe.register_to_config(force_zeros_for_empty_prompt=True)


def test_progress_rises_to_one_however_many_steps_the_sampler_takes(loaded: Loaded) -> None:
    shares: list[float] = []
    sample(loaded, BRIEF, [1], shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) >= 3


def test_lora_targets_exist_and_prediction_is_differentiable(loaded: Loaded) -> None:
    family, unet = loaded.family, loaded.pipe.unet
    names = [name for name, _ in unet.named_modules()]
    for target in family.lora_targets:
        assert any(name.endswith(f".{target}") for name in names), target
    x_t = torch.randn(1, unet.config.in_channels, 1, 4, 4, requires_grad=True)
    condition = family.encode_prompt(loaded.pipe, [REQUEST])
    family.predict(unet, x_t, torch.tensor([0.5]), condition).sum().backward()
    assert x_t.grad is not None
    assert x_t.grad.abs().sum() > 0


def test_one_denoiser_covers_all_noise_levels(loaded: Loaded) -> None:
    (only,) = loaded.family.denoisers_of(loaded.pipe)
    assert (only.name, only.low, only.high, only.module) == ("unet", 0.0, 1.0, loaded.pipe.unet)
