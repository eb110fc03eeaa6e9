"""The proof of every family: what we compute is what a real sampling run of its pipeline computes, in 32 and in 16 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from generation.families.protocol import Denoiser
from generation.models import loading
from generation.models.limits import read_limits
from generation.models.loading import Loaded, load_base
from generation.request import Request, request_of
from generation.sampling import sample, sample_each
from tests.generation.families.spying import Spy
from tests.tiny_pipelines.catalogue import BRIEF, TINY, TinyPipeline

FORMATS = {"fp32": torch.float32, "bf16": {"default": torch.bfloat16, "vae": torch.float32}}
TOLERANCE = {torch.float32: {"rtol": 1e-4, "atol": 1e-5}, torch.bfloat16: {"rtol": 2e-2, "atol": 2e-2}}


@dataclass(frozen=True)
class Case:
    """A loaded pipeline with what is known of its kind."""

    loaded: Loaded
    tiny: TinyPipeline

    @property
    def pipe(self) -> Any:
        return self.loaded.pipe

    @property
    def tolerance(self) -> dict[str, float]:
        return TOLERANCE[self.loaded.dtype]

    def requests(self, **changes: Any) -> list[Request]:
        return [request_of({**BRIEF, **self.tiny.brief, **changes, "prompt": prompt}) for prompt in self.tiny.prompts]

    def call(self, more: Mapping[str, Any] | None = None, **changes: Any) -> torch.Tensor:
        """[2, F, 3, H, W] in [0, 1], by the pipeline as its documentation has it, but for the arguments in `more`."""
        requests, seeds = self.requests(**changes), (0, 1)
        if not self.tiny.one_by_one:
            return self.call_once(requests, seeds, more)
        return torch.cat([self.call_once([each], [seed], more) for each, seed in zip(requests, seeds, strict=True)])

    def call_once(
        self, requests: Sequence[Request], seeds: Sequence[int], more: Mapping[str, Any] | None
    ) -> torch.Tensor:
        size = {"height": requests[0].height, "width": requests[0].width, "num_inference_steps": requests[0].steps}
        frames = {"num_frames": requests[0].frames} if "clip" in self.loaded.family.kinds else {}
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        torch.manual_seed(0)  # the only way to have the same pictures twice of a pipeline that reads the global state
        called = self.pipe(
            **{**self.tiny.call(requests), **size, **frames, **self.tiny.more, **(more or {})},
            generator=generators,
            output_type="pt",
        )
        return called.images[:, None] if hasattr(called, "images") else called.frames

    def draw(self, **changes: Any) -> torch.Tensor:
        return self.draw_each(self.requests(**changes))

    def draw_each(self, requests: list[Request]) -> torch.Tensor:
        """[2, F, 3, H, W] in [0, 1], by the family."""
        generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
        drawn = self.loaded.family.generate(self.pipe, requests, generators, lambda share: None)
        return torch.stack([item.pixels for item in drawn])


@pytest.fixture(scope="module", params=[(name, format) for name in TINY for format in FORMATS], ids=" ".join)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    name, format = request.param
    tiny, folder = TINY[name], tmp_path_factory.mktemp("model")
    tiny.make(folder, **tiny.options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "number_types", lambda device: FORMATS[format])
        pipe, family, sha256 = load_base(str(folder), "cpu")
    return Case(Loaded(pipe, family, "tiny", str(folder), sha256, read_limits(Path(folder))), tiny)


def steps_of(case: Case, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[tuple[torch.Tensor, ...]]:
    """(answer, level [2], x_t) of each step of a real run, latents as [2, z, F, h, w]."""
    steps = Spy(monkeypatch, case.pipe.scheduler, "step")
    case.draw(**changes)
    scheduler, request, rows = case.pipe.scheduler, case.requests(**changes)[0], []
    for answer, t, x_t in side_by_side(steps, case.tiny):
        shown = scheduler.scale_model_input(x_t, t) if hasattr(scheduler, "scale_model_input") else x_t
        level = torch.full((2,), float(t) / scheduler.config.num_train_timesteps)
        latents = (case.tiny.as_latents(case.pipe, each, request) for each in (answer, shown))
        rows.append((next(latents), level, next(latents)))
    return rows


def side_by_side(steps: Spy, tiny: TinyPipeline) -> list[tuple[torch.Tensor, ...]]:
    """(answer, time, x_t) of each step, of both items."""
    calls = [tiny.step(arguments) for arguments, _ in steps.calls]
    if not tiny.one_by_one:
        return calls
    pairs = zip(calls[: len(calls) // 2], calls[len(calls) // 2 :], strict=True)
    return [(torch.cat([one[0], two[0]]), one[1], torch.cat([one[2], two[2]])) for one, two in pairs]


def predict(case: Case, x_t: torch.Tensor, level: torch.Tensor, requests: list[Request]) -> torch.Tensor:
    """As training does: latents in the denoiser's number format."""
    family, denoiser = case.loaded.family, denoiser_at(case, float(level[0])).module
    with torch.no_grad():
        return family.predict(denoiser, x_t.to(case.loaded.dtype), level, family.encode_prompt(case.pipe, requests))


def denoiser_at(case: Case, level: float) -> Denoiser:
    """The highest of those whose range begins at or below this noise level."""
    ranges = case.loaded.family.denoisers_of(case.pipe)
    return max((each for each in ranges if each.low <= level), key=lambda each: each.low)


def test_prediction_is_what_enters_the_scheduler(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a real run without classifier-free guidance, which visits every denoiser."""
    rows = steps_of(case, monkeypatch)
    assert len(rows) >= 3
    visited = {denoiser_at(case, float(level[0])).name for _, level, _ in rows}
    assert visited == {each.name for each in case.loaded.family.denoisers_of(case.pipe)}
    for answer, level, x_t in rows:
        ours = predict(case, x_t, level, case.requests())
        assert ours.shape == x_t.shape
        torch.testing.assert_close(ours.float(), answer.float(), **case.tolerance)


def test_encoding_undoes_what_enters_the_decoder(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run of the pipeline itself, in 32 bits: the last latents enter the decoder by numbers that `encode_media` takes back."""
    if case.loaded.dtype != torch.float32:
        pytest.skip("pipelines decode in the denoiser's number format, which the VAE does not have here")
    last, real = [], case.pipe.scheduler.step
    monkeypatch.setattr(case.pipe.scheduler, "step", lambda *a, **k: last.append(real(*a, **k)) or last[-1])
    decoded = Spy(monkeypatch, case.pipe.vae, "decode")
    case.call(case.tiny.noiseless)
    entered, request = decoded.calls[-1][0][0], case.requests()[0]
    posterior = type("Posterior", (), {"mode": staticmethod(lambda: entered)})
    monkeypatch.setattr(case.pipe.vae, "encode", lambda pixels: type("Encoded", (), {"latent_dist": posterior}))
    ours = case.loaded.family.encode_media(case.pipe, torch.zeros(2, 3, request.frames, request.height, request.width))
    drawn, kept = case.tiny.as_latents(case.pipe, last[-1][0], request), slice(case.tiny.undecoded, None)
    assert ours.shape == drawn.shape
    torch.testing.assert_close(ours[:, :, kept], drawn[:, :, kept], **case.tolerance)


def test_takes_are_the_pipelines(case: Case) -> None:
    """To the byte, although some families decode themselves."""
    if case.loaded.dtype != torch.float32:
        pytest.skip("pipelines decode in the denoiser's number format, which the VAE does not have here")
    pictures = case.call(guidance=2.5)
    drawn = case.draw(guidance=2.5)
    request = case.requests()[0]
    assert drawn.shape == (2, request.frames, 3, request.height, request.width)
    assert drawn.std() > 0.02
    assert torch.equal(drawn, pictures)


def test_decoding_undoes_encoding_where_it_can(case: Case) -> None:
    """Shapes and number formats: latents of real pixels, and pixels of those."""
    request = case.requests()[0]
    pixels = torch.rand(2, 3, request.frames, request.height, request.width) * 2 - 1
    x0 = case.loaded.family.encode_media(case.pipe, pixels)
    assert x0.dim() == 5
    assert torch.isfinite(x0).all()
    assert case.loaded.family.decode(case.pipe, x0).shape == pixels.shape


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_pixels_do_not_depend_on_the_batch(case: Case, guidance: float) -> None:
    brief = {**BRIEF, **case.tiny.brief, "width": 32, "guidance": guidance}
    alone = {seed: sample(case.loaded, brief, [seed])[0] for seed in range(3)}
    for seed, pixels in zip([2, 0, 1], sample(case.loaded, brief, [2, 0, 1]), strict=True):
        np.testing.assert_array_equal(pixels, alone[seed])
    assert (alone[0] != alone[1]).any()


def test_a_prompt_beside_a_longer_one_is_drawn_alike(case: Case) -> None:
    """Short prompts are padded, and may not see their neighbours."""
    briefs = [
        {**BRIEF, **case.tiny.brief, "prompt": text} for text in ("a sea", "a wide red forest at night by the sea")
    ]
    together = sample_each(case.loaded, [(brief, 5) for brief in briefs])
    for brief, pixels in zip(briefs, together, strict=True):
        np.testing.assert_array_equal(pixels, sample(case.loaded, brief, [5])[0])


def test_negative_prompts_are_read_or_refused(case: Case) -> None:
    """One that says the same as the prompt takes guidance back, whatever its scale."""
    guided = case.requests(guidance=3.0)
    same = [replace(each, negative_prompt=each.prompt) for each in guided]
    reason = case.loaded.family.refuse_settings(case.pipe, same[0])
    if reason:
        assert "negative prompt" in reason
        return
    far, near, unguided = (case.draw_each(each) for each in (guided, same, case.requests(guidance=1.0)))
    spread = (far - unguided).abs().max()
    assert spread > 0.01
    assert (near - unguided).abs().max() < spread / 4


def test_progress_is_a_share_that_rises_to_the_whole(case: Case) -> None:
    shares: list[float] = []
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    case.loaded.family.generate(case.pipe, case.requests(), generators, shares.append)
    assert shares == sorted(shares)
    assert len(shares) >= 3
    assert 0 < shares[0] < shares[-1] == 1


def test_conditions_stack_and_are_what_their_key_says(case: Case) -> None:
    """Equal keys have equal rows; whatever else a denoiser is fed is part of the key."""
    family, one = case.loaded.family, case.requests()[0]
    others = [
        replace(one, prompt="the sea"),
        replace(one, width=64),
        replace(one, guidance=one.guidance + 2),
        replace(one, fps=one.fps * 2),
        replace(one, steps=9),
    ]
    rows = family.encode_prompt(case.pipe, [one, *others])
    for number, other in enumerate(others, start=1):
        same = all(torch.equal(each[0], each[number]) for each in rows.values())
        if family.condition_key(other) == family.condition_key(one):
            assert same, other
    assert family.condition_key(others[0]) != family.condition_key(one)


def test_lora_targets_exist_and_prediction_is_differentiable(case: Case) -> None:
    family, denoiser, request = case.loaded.family, case.loaded.denoiser, case.requests()[0]
    names = [name for name, _ in denoiser.named_modules()]
    for target in family.lora_targets:
        assert any(f".{name}".endswith(f".{target}") for name in names), target
    pixels = torch.rand(1, 3, request.frames, request.height, request.width) * 2 - 1
    x_t = family.encode_media(case.pipe, pixels).to(case.loaded.dtype).requires_grad_(True)
    family.predict(denoiser, x_t, torch.tensor([0.5]), family.encode_prompt(case.pipe, [request])).sum().backward()
    assert x_t.grad is not None
    assert x_t.grad.abs().sum() > 0


def test_sizes_are_refused_with_the_nearest_that_can_be_drawn(case: Case) -> None:
    family, request = case.loaded.family, case.requests()[0]
    assert family.refuse_size(case.pipe, *request.size) is None
    reason = family.refuse_size(case.pipe, request.width + 1, request.height, request.frames)
    assert reason
    assert f"{request.width}x{request.height}" in reason
    assert family.refuse_size(case.pipe, 1 << 16, 1 << 16, request.frames)
    assert family.tokens_per_item(case.pipe, *request.size) > 0


def test_the_usual_size_can_be_drawn(case: Case) -> None:
    """What a brief that names none is for."""
    side = case.loaded.limits.usual_side
    if side and "still" in case.loaded.family.kinds:
        assert case.loaded.family.refuse_size(case.pipe, side, side, 1) is None


def test_prompts_are_counted_as_the_pipeline_cuts_them(case: Case) -> None:
    family = case.loaded.family
    most = family.longest_prompt(case.pipe)
    assert family.count_tokens(case.pipe, "a") < most < family.count_tokens(case.pipe, "a red sea " * most)
