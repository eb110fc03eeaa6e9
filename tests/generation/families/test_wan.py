"""The proof of a family (docs/architecture.md): what we compute is what a real sampling run computes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import WanPipeline

from feedback.errors import Invalid
from generation.families import family_named, family_of
from generation.families.clips.wan import time_compression
from generation.models.limits import Limits
from generation.request import Source, request_of
from generation.sampling import sample, side_by_side, to_bytes
from tests.generation.families.spying import Spy
from tests.tiny_pipelines.wan import tiny_wan

PROMPTS = ["a red sun over the sea", "a wide forest at night"]
BRIEF = {"negative_prompt": "", "kind": "still", "width": 48, "height": 32, "frames": 1, "steps": 3, "guidance": 1.0}
REQUESTS = [request_of({**BRIEF, "prompt": prompt}) for prompt in PROMPTS]


@pytest.fixture(scope="module", params=["wan 2.1", "wan 2.2", "untimed"])
def pipe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All kinds of latents: 1/8 of the pixels and patches of 2x2, or 1/16 (a patchifying VAE) and no patches.

    The latter keeps every second frame instead of every fourth, or (untimed) every single one while its config claims
    that it keeps every fourth, as the starter model's does.
    """
    folder = tiny_wan(tmp_path_factory.mktemp("wan"))
    pipe = WanPipeline.from_pretrained(folder, use_safetensors=True, local_files_only=True, dtype=torch.float32)
    if request.param != "wan 2.1":
        pipe = WanPipeline(**{**pipe.components, **patchifying_parts(pipe, VAES[request.param])})
    pipe.set_progress_bar_config(disable=True)
    return pipe


def folded(patch: int) -> dict[str, int]:
    channels = 3 * patch**2
    return {"patch_size": patch, "in_channels": channels, "out_channels": channels, "scale_factor_spatial": 16}


VAES: dict[str, dict[str, Any]] = {
    "wan 2.2": {**folded(2), "temperal_downsample": [False, False, True], "scale_factor_temporal": 2},
    "untimed": {**folded(16), "dim_mult": [1], "temperal_downsample": [], "scale_factor_temporal": 4},
}


def patchifying_parts(pipe: Any, changes: dict[str, Any]) -> dict[str, Any]:
    torch.manual_seed(0)
    vae = {**pipe.vae.config, **changes}
    transformer = {**pipe.transformer.config, "patch_size": (1, 1, 1)}
    return {
        "vae": type(pipe.vae).from_config(vae).eval(),
        "transformer": type(pipe.transformer).from_config(transformer).eval(),
    }


def draw(pipe: Any, frames: int = 1, guidance: float = 1.0) -> torch.Tensor:
    return pipe(
        prompt=PROMPTS,
        negative_prompt=["", ""],
        height=32,
        width=48,
        num_frames=family_of(pipe).frames_to_ask(pipe, frames),
        num_inference_steps=3,
        guidance_scale=guidance,
        generator=[torch.Generator().manual_seed(seed) for seed in (1, 2)],
        max_sequence_length=64,
        output_type="pt",
    ).frames


@pytest.mark.parametrize("frames", [1, 5])
def test_prediction_is_what_enters_the_scheduler(pipe: Any, monkeypatch: pytest.MonkeyPatch, frames: int) -> None:
    compare_predictions(pipe, monkeypatch, frames)


@pytest.mark.parametrize("pipe", ["wan 2.1"], indirect=True)
@pytest.mark.parametrize("frames", [1, 5])
def test_prediction_holds_with_one_time_per_token(pipe: Any, monkeypatch: pytest.MonkeyPatch, frames: int) -> None:
    """Wan 2.2 TI2V; diffusers counts its tokens for patches of 2x2 only."""
    pipe.register_to_config(expand_timesteps=True)
    try:
        compare_predictions(pipe, monkeypatch, frames)
    finally:
        pipe.register_to_config(expand_timesteps=False)


def compare_predictions(pipe: Any, monkeypatch: pytest.MonkeyPatch, frames: int) -> None:
    family = family_of(pipe)
    spy = Spy(monkeypatch, pipe.scheduler, "step")
    draw(pipe, frames)
    condition = family.encode_prompt(pipe, REQUESTS)
    assert len(spy.calls) == 3
    for (velocity, t, x_t), _ in spy.calls:
        level = (t / pipe.scheduler.config.num_train_timesteps).expand(len(x_t))
        with torch.no_grad():
            ours = family.predict(pipe.transformer, x_t, level, condition)
        assert ours.shape == x_t.shape
        torch.testing.assert_close(ours, velocity, rtol=1e-4, atol=1e-5)


def test_objective_points_where_the_scheduler_walks(pipe: Any) -> None:
    """Fed the true target, the sampler's own steps must end at x0: this fixes the sign and the time's direction."""
    family = family_of(pipe)
    x0, eps = torch.randn(2, 4, 1, 4, 4), torch.randn(2, 4, 1, 4, 4)
    pipe.scheduler.set_timesteps(5)
    x_t = eps
    for t in pipe.scheduler.timesteps:
        expected, target = family.objective.noise(x0, eps, torch.full((2,), float(t) / 1000))
        torch.testing.assert_close(x_t, expected, rtol=1e-4, atol=1e-4)
        x_t = pipe.scheduler.step(target, t, x_t, return_dict=False)[0]
    torch.testing.assert_close(x_t, x0, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("frames", [1, 5])
def test_encoding_has_the_normalisation_that_enters_the_decoder(
    pipe: Any, monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    """The denoiser's last latents -> decoder's input is undone by `encode_media`'s own normalisation."""
    family = family_of(pipe)
    decoded, stepped = Spy(monkeypatch, pipe.vae, "decode"), []
    real = pipe.scheduler.step
    monkeypatch.setattr(pipe.scheduler, "step", lambda *a, **k: stepped.append(real(*a, **k)) or stepped[-1])
    draw(pipe, frames)
    last, entered = stepped[-1][0], decoded.calls[-1][0][0]

    class Encoded:
        """Stands in for the VAE's posterior: its mode is exactly what the pipeline gave to the decoder."""

        latent_dist = type("Posterior", (), {"mode": staticmethod(lambda: entered)})

    monkeypatch.setattr(pipe.vae, "encode", lambda pixels: Encoded)
    ours = family.encode_media(pipe, torch.zeros(2, 3, frames, 32, 48))
    torch.testing.assert_close(ours, last, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("frames", [1, 5])
def test_decode_paints_the_pipelines_pixels(pipe: Any, monkeypatch: pytest.MonkeyPatch, frames: int) -> None:
    family, stepped = family_of(pipe), []
    real = pipe.scheduler.step
    monkeypatch.setattr(pipe.scheduler, "step", lambda *a, **k: stepped.append(real(*a, **k)) or stepped[-1])
    pixels = draw(pipe, frames)
    ours = family.decode(pipe, stepped[-1][0])
    assert ours.shape == (2, 3, frames, 32, 48)
    torch.testing.assert_close(((ours + 1) / 2).transpose(1, 2), pixels, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("frames", [1, 9])
def test_encoded_media_have_the_denoisers_shape(pipe: Any, frames: int) -> None:
    family = family_of(pipe)
    x0 = family.encode_media(pipe, torch.rand(2, 3, frames, 32, 48) * 2 - 1)
    space, (_, tall, wide) = pipe.vae_scale_factor_spatial, pipe.transformer.config.patch_size
    assert x0.shape == (2, 4, (frames - 1) // time_compression(pipe.vae) + 1, 32 // space, 48 // space)
    assert family.tokens_per_item(pipe, 48, 32, frames) == x0[0, 0].numel() // (tall * wide)


@pytest.mark.parametrize("frames", [1, 5, 17])
def test_the_pipeline_draws_the_frames_that_were_asked_for(pipe: Any, frames: int) -> None:
    assert draw(pipe, frames).shape == (2, frames, 3, 32, 48)
    requested = family_of(pipe).frames_to_ask(pipe, frames)
    claims_more = pipe.vae_scale_factor_temporal > time_compression(pipe.vae)
    assert requested == ((frames - 1) * 4 + 1 if claims_more else frames)


@pytest.mark.parametrize("frames", [1, 9])
def test_a_take_has_the_frames_of_its_brief(pipe: Any, frames: int) -> None:
    loaded = SimpleNamespace(pipe=pipe, family=family_of(pipe), limits=Limits())
    fields = {"prompt": "the sea", "negative_prompt": "", "kind": "still" if frames == 1 else "clip", "frames": frames}
    (take,) = sample(loaded, {**fields, "width": 48, "height": 32, "steps": 1, "guidance": 1.0}, [1])
    assert take.shape == (frames, 32, 48, 3)


@pytest.mark.parametrize("frames", [1, 9])
def test_a_take_starts_from_as_many_frames(pipe: Any, frames: int) -> None:
    """Also with a VAE that claims another compression in time than its layers have."""
    loaded = SimpleNamespace(pipe=pipe, family=family_of(pipe), limits=Limits())
    fields = {"prompt": "the sea", "negative_prompt": "", "kind": "still" if frames == 1 else "clip", "frames": frames}
    pixels = np.random.default_rng(0).integers(0, 256, (frames, 32, 48, 3), dtype=np.uint8)
    start = {"source_media": "ab" * 32, "strength": 1.0, "read_source": lambda: Source(pixels)}
    brief = {**fields, "width": 48, "height": 32, "steps": 1, "guidance": 1.0}
    (take,) = sample(loaded, {**brief, **start}, [1])
    assert take.shape == (frames, 32, 48, 3)


@pytest.mark.parametrize("pipe", ["untimed"], indirect=True)
def test_an_untimed_clip_is_coded_frame_by_frame(pipe: Any) -> None:
    """As many latent frames as frames, and the first does not depend on the later ones."""
    family, pixels = family_of(pipe), torch.rand(1, 3, 5, 32, 48) * 2 - 1
    x0 = family.encode_media(pipe, pixels)
    assert x0.shape[2] == 5
    torch.testing.assert_close(x0[:, :, :1], family.encode_media(pipe, pixels[:, :, :1]), rtol=1e-4, atol=1e-5)
    assert family.decode(pipe, x0).shape == pixels.shape


def test_prompt_embeddings_are_the_pipelines(pipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    hook = pipe.transformer.register_forward_pre_hook(
        lambda module, arguments, named: seen.append(named["encoder_hidden_states"]), with_kwargs=True
    )
    draw(pipe)
    hook.remove()
    condition = family_of(pipe).encode_prompt(pipe, REQUESTS)
    torch.testing.assert_close(condition["encoder_hidden_states"], seen[0], rtol=0, atol=0)


def test_lora_targets_exist_and_prediction_is_differentiable(pipe: Any) -> None:
    family = family_of(pipe)
    names = [name for name, _ in pipe.transformer.named_modules()]
    for target in family.lora_targets:
        assert any(name.endswith(target) for name in names), target
    x_t = torch.randn(1, 4, 1, 4, 4, requires_grad=True)
    condition = family.encode_prompt(pipe, REQUESTS[:1])
    family.predict(pipe.transformer, x_t, torch.tensor([0.5]), condition).sum().backward()
    assert x_t.grad is not None
    assert x_t.grad.abs().sum() > 0


def test_denoisers_cover_all_noise_levels(pipe: Any) -> None:
    (only,) = family_of(pipe).denoisers_of(pipe)
    assert (only.name, only.low, only.high, only.module) == ("transformer", 0.0, 1.0, pipe.transformer)
    two = WanPipeline(**{**pipe.components, "transformer_2": pipe.transformer}, boundary_ratio=0.875)
    ranges = [(part.name, part.low, part.high) for part in family_of(two).denoisers_of(two)]
    assert ranges == [("transformer", 0.875, 1.0), ("transformer_2", 0.0, 0.875)]


@pytest.mark.parametrize(
    ("width", "height", "frames", "message"),
    [
        (32, 32, 1, None),
        (48, 32, 9, None),
        (40, 32, 1, "multiples of 16, such as 32x32"),
        (0, 32, 1, "such as 16x32"),
        (32, 32, 4, "such as 5"),
        (32, 32, 3, "1 + a multiple of 4"),
        (32, 32, 1001, "too many"),
        (2048, 16, 1, "1024 a side"),
        (1024, 1024, 1, "at most 921600 pixels"),
    ],
)
def test_sizes_that_cannot_be_drawn(pipe: Any, width: int, height: int, frames: int, message: str | None) -> None:
    reason = family_of(pipe).refuse_size(pipe, width, height, frames)
    assert (reason is None) if message is None else (reason is not None and message in reason and "\n" not in reason)


@pytest.fixture(scope="module")
def two_experts(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Wan 2.2 A14B."""
    pipe = WanPipeline.from_pretrained(tiny_wan(tmp_path_factory.mktemp("a14b"), boundary=0.5))
    pipe.set_progress_bar_config(disable=True)
    return SimpleNamespace(pipe=pipe, family=family_of(pipe), limits=Limits())


def take_of(loaded: Any, **changes: Any) -> np.ndarray:
    return sample(loaded, {**BRIEF, "prompt": PROMPTS[0], "guidance": 4.0, **changes}, [1])[0]


def test_second_guidance_is_the_second_denoisers(two_experts: Any) -> None:
    """Without one both have the first; scale 1 of one of them leaves the other's."""
    same, other = take_of(two_experts, guidance_2=4.0), take_of(two_experts, guidance_2=1.0)
    np.testing.assert_array_equal(take_of(two_experts), same)
    assert (other != same).any()
    assert (other != take_of(two_experts, guidance=1.0)).any()
    drawn = two_experts.pipe(
        prompt=PROMPTS[:1] * 4,
        height=32,
        width=48,
        num_frames=1,
        num_inference_steps=3,
        guidance_scale=4.0,
        guidance_scale_2=1.0,
        generator=[torch.Generator().manual_seed(1) for _ in range(4)],
        max_sequence_length=64,
        output_type="pt",
    ).frames
    np.testing.assert_array_equal(other, to_bytes(drawn[0]))


def test_takes_of_another_second_guidance_are_drawn_apart(two_experts: Any) -> None:
    briefs = [{**BRIEF, "prompt": PROMPTS[0], "guidance_2": scale} for scale in (None, 1.0, None, 2.0, 1.0)]
    assert side_by_side(two_experts, [(brief, 1) for brief in briefs]) == [[0, 2], [1, 4], [3]]


@pytest.mark.parametrize("pipe", ["wan 2.1"], indirect=True)
def test_second_guidance_is_refused_where_there_is_one_denoiser(pipe: Any) -> None:
    loaded = SimpleNamespace(pipe=pipe, family=family_of(pipe), limits=Limits())
    with pytest.raises(Invalid, match="this model has one denoiser, and so no second guidance: leave guidance_2 out"):
        take_of(loaded, guidance_2=2.0)


def test_unknown_pipeline_is_refused_with_what_is_known() -> None:
    with pytest.raises(Invalid, match=r"'PixelPipeline'.*WanPipeline"):
        family_named("PixelPipeline")


def test_tiny_model_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two, other = (tiny_wan(tmp_path / name, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    weights = "transformer/diffusion_pytorch_model.safetensors"
    assert (one / weights).read_bytes() == (two / weights).read_bytes() != (other / weights).read_bytes()
