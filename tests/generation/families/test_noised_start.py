"""Starting from media where diffusers has no class for it, in every family, on tiny pipelines of the real classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import UniPCMultistepScheduler
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.utils.torch_utils import randn_tensor

from generation.families.siblings import Siblings
from generation.models.loading import Loaded
from generation.request import Request, Source, Start, request_of
from generation.sampling import sample, to_bytes
from tests.generation.families.spying import Spy
from tests.generation.families.test_parity import FORMATS
from tests.generation.families.test_sources import (
    FOUR,
    SIXTEEN,
    Kind,
    assert_neighbours_change_nothing,
    difference,
    load,
    picture,
    right_half,
)
from tests.tiny_pipelines.catalogue import BRIEF, TINY, TinyPipeline

STILL, MASKED, CLIP, MASKED_CLIP, FIRST = "image_to_image", "inpaint", "video_to_video", "inpaint_clip", "first_frame"
GENERIC: dict[str, tuple[Start, ...]] = {
    "sd 1.5": (MASKED,),  # of 3 channels, where the inpainting pipeline has 4
    "flux.2 klein": (STILL,),
    "flux.2 klein base": (STILL,),
    "wan 2.1 still": (MASKED,),
    "wan 2.1 clip": (MASKED_CLIP, FIRST),
    "wan 2.2 A14B": (STILL, MASKED),
    "wan 2.2 TI2V": (MASKED,),
    "ltx 0.9.1 clip": (CLIP, MASKED_CLIP),
    "ltx 0.9.5 still": (STILL, MASKED),
    "cogvideox 5b still": (MASKED,),
    "cogvideox 5b clip": (MASKED_CLIP, FIRST),
    "cogvideox 1.5 clip": (CLIP, MASKED_CLIP, FIRST),
    "hunyuan video still": (STILL, MASKED),
    "hunyuan video clip": (CLIP, MASKED_CLIP, FIRST),
}
SAME: dict[str, tuple[tuple[Start, ...], dict[str, Any]]] = {
    "sd 1.5": ((STILL, MASKED), FOUR),
    "sdxl": ((STILL, MASKED), FOUR),
    "sd 3.5": ((STILL, MASKED), SIXTEEN),
    "wan 2.1 still": ((STILL,), {}),
    "wan 2.1 clip": ((CLIP,), {}),
    "cogvideox 5b still": ((STILL,), {}),
}
"""Where diffusers has a class, with what it takes for granted."""


@dataclass(frozen=True)
class Case:
    loaded: Loaded
    tiny: TinyPipeline
    start: Start

    @property
    def is_masked(self) -> bool:
        return self.start in (MASKED, MASKED_CLIP)

    def request(self, source: int = 0, prompt: str | None = None, **changes: Any) -> Request:
        brief = request_of({**BRIEF, **self.tiny.brief, "prompt": prompt or self.tiny.prompts[0], **changes})
        pixels = picture(source, 1 if self.start == FIRST else brief.frames, brief.height, brief.width)
        mask = right_half(brief) if self.is_masked else None
        made = replace(
            brief,
            source_media=f"{source:064x}",
            mask_media=None if mask is None else "ff" * 32,
            strength=None if self.start == FIRST else changes.get("strength", 0.7),
            read_source=lambda: Source(pixels, mask),
        )
        assert made.start == self.start
        return made

    def draw(self, seed: int = 1, **changes: Any) -> np.ndarray:
        return sample(self.loaded, self.request(**changes), [seed])[0]


def cases() -> list[tuple[str, Start]]:
    return [(name, start) for name, starts in GENERIC.items() for start in starts]


@pytest.fixture(scope="module")
def models() -> dict[str, Loaded]:
    return {}


@pytest.fixture(scope="module", params=cases(), ids=" ".join)
def case(request: pytest.FixtureRequest, models: dict[str, Loaded], tmp_path_factory: pytest.TempPathFactory) -> Case:
    name, start = request.param
    if name not in models:
        models[name] = load(Kind(name, {}), "fp32", tmp_path_factory.mktemp("model"))
    return Case(models[name], TINY[name], start)


def test_outside_of_the_mask_nothing_changes(case: Case) -> None:
    if not case.is_masked:
        pytest.skip("no mask")
    request = case.request()
    assert request.read_source
    source, drawn, inside = request.read_source().frames, case.draw(), right_half(request)
    np.testing.assert_array_equal(drawn[:, ~inside], source[:, ~inside])
    assert difference(drawn[:, inside], source[:, inside]) > 1
    assert difference(drawn[:, inside], case.draw(seed=2)[:, inside]) > 0.3


def test_what_is_kept_is_kept_in_latents_until_the_end(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is drawn goes on from it. Beside a mask, or behind a first frame, it is drawn."""
    if not (case.is_masked or case.start == FIRST):
        pytest.skip("nothing is kept")
    decoded = Spy(monkeypatch, case.loaded.pipe.vae, "decode")
    for seed in (1, 2):
        case.draw(seed=seed)
    one, other = ((arguments[0] - 0).float() for arguments, _ in decoded.calls)
    one, other = (each[None].transpose(1, 2) if each.dim() == 4 else each for each in (one, other))
    where = np.s_[:, :, :1] if case.start == FIRST else np.s_[..., : one.shape[-1] // 2]
    rest = np.s_[:, :, 2:] if case.start == FIRST else np.s_[..., one.shape[-1] // 2 :]
    noise = 0.1 if "ltx" in str(type(case.loaded.family)).lower() else 1e-5  # which its decoder is given
    assert (one[where] - other[where]).abs().mean() <= noise
    assert (one[rest] - other[rest]).abs().mean() > 0.01


def test_strength_says_how_much_of_the_source_is_left(case: Case) -> None:
    if case.start == FIRST:
        pytest.skip("a first frame is kept as it is")
    shown = right_half(case.request()) if case.is_masked else ...
    request, family = case.request(), case.loaded.family
    assert request.read_source
    pixels = torch.from_numpy(request.read_source().frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    coded = to_bytes(
        family.decode(case.loaded.pipe, family.encode_media(case.loaded.pipe, pixels))[0].transpose(0, 1) / 2 + 0.5
    )
    faithful = case.draw(steps=1000, strength=0.001)
    free = case.draw(steps=4, strength=1.0)
    assert difference(faithful, coded, shown) < difference(free, coded, shown) / 2


def test_takes_do_not_depend_on_what_is_drawn_beside_them(case: Case) -> None:
    assert_neighbours_change_nothing(case)


def test_prompts_alone_are_drawn_as_before(case: Case) -> None:
    plain = replace(case.request(), source_media=None, mask_media=None, strength=None, read_source=None)
    before, scheduler = sample(case.loaded, plain, [1])[0], case.loaded.pipe.scheduler
    case.draw()
    assert case.loaded.pipe.scheduler is scheduler
    assert "set_timesteps" not in vars(scheduler)
    np.testing.assert_array_equal(sample(case.loaded, plain, [1])[0], before)


def test_progress_rises_to_the_whole(case: Case) -> None:
    shares: list[float] = []
    sample(case.loaded, case.request(), [1], shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_prompt_is_encoded_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the pipeline is called twice: once to learn its times."""
    encoded = Spy(monkeypatch, case.loaded.pipe.text_encoder, "forward")
    plain = replace(case.request(), source_media=None, mask_media=None, strength=None, read_source=None)
    sample(case.loaded, replace(plain, prompt=f"a sea, {case.start}"), [1])
    calls = len(encoded.calls)
    sample(case.loaded, case.request(prompt=f"a lake, {case.start}"), [1])
    assert len(encoded.calls) == 2 * calls > 0


@pytest.mark.parametrize(
    ("name", "start"), [(name, start) for name, (starts, _) in SAME.items() for start in starts], ids=str
)
def test_it_is_what_diffusers_own_class_draws(
    name: str, start: Start, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is one: sampling, times and noise are the same, and a mask of whole places is blended as it does."""
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, generator=None: self.mode())
    loaded = load(Kind(name, {}, SAME[name][1]), "fp32", tmp_path)
    case = Case(loaded, TINY[name], start)
    requests = [case.request(source=number, steps=5, strength=0.6, guidance=2.5) for number in (0, 1)]
    by_class = generate(loaded, requests)
    monkeypatch.setattr(type(loaded.family), "siblings", Siblings())
    for own, theirs in zip(generate(loaded, requests), by_class, strict=True):
        assert theirs.std() > 0.02
        np.testing.assert_allclose(own.numpy(), theirs.numpy(), atol=2e-4)


def generate(loaded: Loaded, requests: Sequence[Request]) -> list[torch.Tensor]:
    generators = [torch.Generator().manual_seed(seed) for seed in range(len(requests))]
    return [each.pixels for each in loaded.family.generate(loaded.pipe, requests, generators, lambda share: None)]


@pytest.mark.parametrize("name", ["wan 2.2 A14B", "cogvideox 1.5 clip", "flux.2 klein", "hunyuan video still"])
def test_16_bits_are_drawn_too(name: str, tmp_path: Any) -> None:
    """The denoiser's number format, where pipelines do not turn the latents that they are given into it."""
    format = next(each for each in FORMATS if each != "fp32")
    case = Case(load(Kind(name, {}), format, tmp_path), TINY[name], GENERIC[name][0])
    assert case.draw().std() > 1


def test_each_step_is_shown_the_source_with_its_own_noise(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By UniPC, which Wan is released with, and which keeps samples of steps before."""
    loaded = load(Kind("wan 2.1 still", {}), "fp32", tmp_path)
    flow = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 3.0}
    loaded.pipe.scheduler = UniPCMultistepScheduler(**flow)
    fed = Spy(monkeypatch, loaded.pipe.transformer, "forward")
    case = Case(loaded, TINY["wan 2.1 still"], MASKED)
    request = case.request(steps=6, strength=0.7)
    sample(loaded, request, [1])
    shown = [named["hidden_states"][:1].float() for _, named in fed.calls]
    loaded.pipe.scheduler.set_timesteps(6)
    sigmas = loaded.pipe.scheduler.sigmas[2:6]
    assert len(shown) == len(sigmas) == 4
    assert request.read_source
    pixels = torch.from_numpy(request.read_source().frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    x0 = loaded.family.encode_media(loaded.pipe, pixels)
    noise = randn_tensor(x0.shape, [torch.Generator().manual_seed(1)])
    half = x0.shape[-1] // 2
    for latents, sigma in zip(shown, sigmas, strict=True):
        expected = (1 - sigma) * x0 + sigma * noise
        torch.testing.assert_close(latents[..., :half], expected[..., :half], atol=1e-4, rtol=1e-4)
    assert (shown[-1] - expected)[..., half:].abs().mean() > 0.05


def test_soft_edges_are_mixed_and_nothing_outside(tmp_path: Any) -> None:
    loaded = load(Kind("wan 2.1 still", {}), "fp32", tmp_path)
    case = Case(loaded, TINY["wan 2.1 still"], MASKED)
    request = case.request()
    assert request.read_source
    source, share = request.read_source().frames, np.zeros((request.height, request.width), np.float32)
    share[:, 24:] = np.linspace(0, 1, request.width - 24)
    soft = sample(loaded, replace(request, read_source=lambda: Source(source, share)), [1])[0].astype(float)
    hard = sample(loaded, replace(request, read_source=lambda: Source(source, share > 0)), [1])[0].astype(float)
    np.testing.assert_array_equal(soft[:, share == 0], source[:, share == 0])
    mixed = share[None, ..., None] * hard + (1 - share[None, ..., None]) * source
    assert np.abs(soft - mixed).max() <= 1
