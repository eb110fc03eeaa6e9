"""Takes that start from a still or a clip are those of diffusers' own pipelines, of the very same networks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image

from feedback.errors import Invalid
from generation.families import family_named
from generation.models import loading
from generation.models.limits import read_limits
from generation.models.loading import Loaded, check_base, load_base
from generation.request import Request, Source, Start, request_of
from generation.sampling import sample, sample_each, to_bytes
from tests.generation.families.spying import Spy
from tests.generation.families.test_parity import FORMATS
from tests.tiny_pipelines.catalogue import BRIEF, TINY, TinyPipeline
from tests.tiny_pipelines.stable_diffusion import tiny_stable_diffusion

STILL: Start = "image_to_image"
MASKED: Start = "inpaint"


@dataclass(frozen=True)
class Kind:
    """A kind of tiny pipeline, and diffusers' classes for what it can start from."""

    tiny: str  # in the catalogue
    classes: Mapping[Start, str]
    options: Mapping[str, Any] = field(default_factory=dict)  # of the tiny pipeline, beside the catalogue's
    alone: bool = False  # diffusers itself takes one generator only


def both(name: str) -> dict[Start, str]:
    return {STILL: f"{name}Img2ImgPipeline", MASKED: f"{name}InpaintPipeline"}


FOUR, SIXTEEN = {"latents": 4}, {"latents": 16}  # channels, which the inpainting pipelines take for granted
KINDS: dict[str, Kind] = {
    "sd 1.5": Kind("sd 1.5", both("StableDiffusion"), FOUR),
    "sdxl": Kind("sdxl", both("StableDiffusionXL"), FOUR),
    "sd 3.5": Kind("sd 3.5", both("StableDiffusion3"), SIXTEEN),
    "flux.1 dev": Kind("flux.1 dev", both("Flux")),
    "flux.2 klein base": Kind("flux.2 klein base", {MASKED: "Flux2KleinInpaintPipeline"}),
    "qwen-image": Kind("qwen-image", both("QwenImage")),
    "z-image": Kind("z-image", both("ZImage")),
    "wan 2.1 still": Kind("wan 2.1 still", {STILL: "WanVideoToVideoPipeline"}),
    "wan 2.1 clip": Kind("wan 2.1 clip", {"video_to_video": "WanVideoToVideoPipeline"}),
    "wan 2.2 TI2V": Kind("wan 2.2 TI2V", {STILL: "WanVideoToVideoPipeline"}),
    "cogvideox 5b still": Kind("cogvideox 5b still", {STILL: "CogVideoXVideoToVideoPipeline"}),
    "cogvideox 5b clip": Kind("cogvideox 5b clip", {"video_to_video": "CogVideoXVideoToVideoPipeline"}),
    "ltx 0.9.0 clip": Kind("ltx 0.9.0 clip", {"first_frame": "LTXImageToVideoPipeline"}),
    "ltx 0.9.1 clip": Kind("ltx 0.9.1 clip", {"first_frame": "LTXImageToVideoPipeline"}, alone=True),
}


@dataclass(frozen=True)
class Case:
    """A loaded pipeline and one way to start."""

    loaded: Loaded
    tiny: TinyPipeline
    start: Start
    sibling: type  # of diffusers
    alone: bool

    @property
    def shown(self) -> Any:
        """Where something is drawn, as an index of frames [H, W]."""
        return right_half(self.request()) if self.start == MASKED else ...

    @property
    def has_strength(self) -> bool:
        return self.start != "first_frame"

    def request(self, source: int = 0, prompt: str | None = None, **changes: Any) -> Request:
        """From one of several sources of random colours, its right half masked if there is a mask."""
        brief = request_of({**BRIEF, **self.tiny.brief, "prompt": prompt or self.tiny.prompts[0], **changes})
        pixels = picture(source, 1 if self.start == "first_frame" else brief.frames, brief.height, brief.width)
        mask = right_half(brief) if self.start == MASKED else None
        strength = changes.get("strength", 0.7) if self.has_strength else None
        return replace(
            brief,
            source_media=f"{source:064x}",
            mask_media=None if mask is None else "ff" * 32,
            strength=strength,
            read_source=lambda: Source(pixels, mask),
        )

    def draw(self, seed: int = 1, **changes: Any) -> np.ndarray:
        return sample(self.loaded, self.request(**changes), [seed])[0]

    def call(self, requests: Sequence[Request]) -> torch.Tensor:
        """[B, F, 3, H, W] in [0, 1] by diffusers, as its documentation has it: pictures and lists of pictures."""
        if self.tiny.one_by_one and len(requests) > 1:
            return torch.cat([self.call_once([each], [seed]) for seed, each in enumerate(requests)])
        return self.call_once(requests, range(len(requests)))

    def call_once(self, requests: Sequence[Request], seeds: Sequence[int]) -> torch.Tensor:
        first, sources = requests[0], [each.read_source() for each in requests if each.read_source]
        frames = [[Image.fromarray(frame) for frame in source.frames] for source in sources]
        media: dict[str, Any] = {"image": [each[0] for each in frames]}
        if "VideoToVideo" in self.sibling.__name__:
            media = {"video": frames}
        if self.start == MASKED:
            media["mask_image"] = [Image.fromarray(source.mask.astype(np.uint8) * 255) for source in sources]  # type: ignore[union-attr]
        if self.has_strength:
            media["strength"] = first.strength
        if self.start == "first_frame":
            media["num_frames"] = first.frames
        if "StableDiffusionImg2Img" not in self.sibling.__name__ and "XLImg2Img" not in self.sibling.__name__:
            media |= {"height": first.height, "width": first.width}
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        known = signature(self.sibling.__init__).parameters  # type: ignore[misc]
        parts = {name: part for name, part in self.loaded.pipe.components.items() if name in known}
        torch.manual_seed(0)  # LTX's decoder adds noise of the global state
        called = self.sibling(**parts)(
            **{**self.tiny.call(requests), **self.tiny.more, **media},
            num_inference_steps=first.steps,
            generator=generators[0] if self.alone else generators,
            output_type="pt",
        )
        return called.images[:, None] if hasattr(called, "images") else called.frames


def picture(number: int, *shape: int) -> np.ndarray:
    """uint8 [F, H, W, 3], soft enough for a VAE to know it again."""
    random, (frames, tall, wide) = np.random.default_rng(number), shape
    small = random.integers(0, 256, (frames, 4, 4, 3), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(each).resize((wide, tall))) for each in small])


def right_half(request: Request) -> np.ndarray:
    mask = np.zeros((request.height, request.width), dtype=bool)
    mask[:, request.width // 2 :] = True
    return mask


def cases() -> list[tuple[str, Start, str]]:
    return [(name, start, format) for name, kind in KINDS.items() for start in kind.classes for format in FORMATS]


one_format = pytest.mark.parametrize("case", [each for each in cases() if "fp32" in each], indirect=True, ids=" ".join)
"""For tests of refusals, requests and calls, in which nothing is computed: 16 bits would give the same."""


@pytest.fixture(scope="module")
def models() -> dict[tuple[str, str], Loaded]:
    """Those that were loaded already."""
    return {}


@pytest.fixture(scope="module", params=cases(), ids=" ".join)
def case(
    request: pytest.FixtureRequest,
    models: dict[tuple[str, str], Loaded],
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    name, start, format = request.param
    kind = KINDS[name]
    if (name, format) not in models:
        models[name, format] = load(kind, format, tmp_path_factory.mktemp("model"))
    return Case(models[name, format], TINY[kind.tiny], start, getattr(diffusers, kind.classes[start]), kind.alone)


def load(kind: Kind, format: str, folder: Path) -> Loaded:
    tiny = TINY[kind.tiny]
    tiny.make(folder, **tiny.options, **kind.options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "number_types", lambda device: FORMATS[format])
        pipe, family, sha256 = load_base(str(folder), "cpu")
    return Loaded(pipe, family, "tiny", str(folder), sha256, read_limits(folder))


def difference(one: np.ndarray, other: np.ndarray, shown: Any = ...) -> float:
    return float(np.abs(one.astype(float) - other.astype(float))[:, shown].mean())


def test_takes_are_the_pipelines(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the byte, inside of the mask, of two prompts from two sources in one call."""
    if case.loaded.dtype != torch.float32:
        pytest.skip("pipelines encode and decode in the denoiser's number format, which the VAE does not have here")
    if case.sibling is diffusers.StableDiffusion3InpaintPipeline:  # it forgets the shift of latents that it decodes
        vae, decode = case.loaded.pipe.vae, case.loaded.pipe.vae.decode
        shift = vae.config.shift_factor
        monkeypatch.setattr(vae, "decode", lambda z, generator=None, **named: decode(z + shift, **named))
    prompts = case.tiny.prompts[: 1 if case.alone else None]
    requests = [case.request(source=number, prompt=text, guidance=2.5) for number, text in enumerate(prompts)]
    expected = case.call(requests)
    monkeypatch.undo()
    generators = [torch.Generator().manual_seed(seed) for seed in range(len(requests))]
    drawn = case.loaded.family.generate(case.loaded.pipe, requests, generators, lambda share: None)
    for take, plain in zip(drawn, expected, strict=True):
        assert plain.std() > 0.02
        np.testing.assert_array_equal(take.pixels.numpy()[:, :, case.shown], plain.numpy()[:, :, case.shown])


def test_strength_says_how_much_of_the_source_is_left(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a VAE that is as sure of what it sees as trained ones are, which random weights are not."""
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, generator=None: self.mode())
    if not case.has_strength:
        pytest.skip("a first frame is kept as it is")
    faithful = [case.draw(source=number, steps=100, strength=0.01) for number in (0, 1)]
    free = [case.draw(source=number, steps=4, strength=1.0) for number in (0, 1)]
    shown, round_trip = case.shown, vae_round_trip(case)
    assert difference(faithful[0], round_trip, shown) < difference(free[0], round_trip, shown) / 2
    if case.start != MASKED:  # what surrounds a mask goes on inside
        assert difference(*free) < difference(*faithful) / 4


def vae_round_trip(case: Case) -> np.ndarray:
    """What small strength cannot be nearer to than this."""
    request, family = case.request(), case.loaded.family
    assert request.read_source
    pixels = torch.from_numpy(request.read_source().frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    x0 = family.encode_media(case.loaded.pipe, pixels)
    return to_bytes(family.decode(case.loaded.pipe, x0)[0].transpose(0, 1) / 2 + 0.5)


def test_outside_of_the_mask_nothing_changes(case: Case) -> None:
    if case.start != MASKED:
        pytest.skip("no mask")
    request = case.request()
    assert request.read_source
    source, drawn, inside = request.read_source().frames, case.draw(), right_half(request)
    np.testing.assert_array_equal(drawn[:, ~inside], source[:, ~inside])
    assert difference(drawn[:, inside], source[:, inside]) > 2
    assert difference(drawn[:, inside], case.draw(seed=2)[:, inside]) > 0.5


def test_a_first_frame_is_the_source(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """In latents, but for a little noise that some VAEs are given; later frames are drawn."""
    if case.has_strength:
        pytest.skip("no first frame")
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", lambda self, generator=None: self.mode())
    decoded = Spy(monkeypatch, case.loaded.pipe.vae, "decode")
    for seed, source in ((1, 0), (2, 0), (1, 1)):
        case.draw(seed=seed, source=source)
    one, other, elsewhere = (arguments[0] for arguments, _ in decoded.calls)
    kept = (one[:, :, 0] - other[:, :, 0]).abs().mean()
    assert kept < (one[:, :, 1:] - other[:, :, 1:]).abs().mean() / 8
    assert kept < (one[:, :, 0] - elsewhere[:, :, 0]).abs().mean() / 8


def test_takes_do_not_depend_on_what_is_drawn_beside_them(case: Case) -> None:
    assert_neighbours_change_nothing(case)


def assert_neighbours_change_nothing(case: Any) -> None:
    """Of takes from two sources that are drawn together."""
    size = {} if case.tiny.brief.get("width") else {"width": 32}
    requests = [(case.request(source=number % 2, guidance=2.0, **size), seed) for number, seed in enumerate((2, 0, 1))]
    alone = [sample_each(case.loaded, [pair])[0] for pair in requests]
    for take, expected in zip(sample_each(case.loaded, requests), alone, strict=True):
        np.testing.assert_array_equal(take, expected)
    assert (alone[0] != alone[1]).any()


def test_prompts_alone_are_drawn_as_before(case: Case) -> None:
    """The sibling shares the scheduler and the VAE, and leaves both as they were."""
    plain = replace(case.request(), source_media=None, mask_media=None, strength=None, read_source=None)
    before = sample(case.loaded, plain, [1])[0]
    case.draw()
    np.testing.assert_array_equal(sample(case.loaded, plain, [1])[0], before)
    assert not {"encode", "to"} & set(vars(case.loaded.pipe.vae))


@one_format
def test_a_briefs_prompt_is_encoded_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = Spy(monkeypatch, case.loaded.pipe.text_encoder, "forward")
    request = case.request(prompt=f"a sea, {case.start}")
    for seed in range(3):
        sample(case.loaded, request, [seed])
        if seed == 0:
            calls = len(encoded.calls)
    assert len(encoded.calls) == calls > 0


@one_format
def test_progress_rises_to_the_whole_and_may_end_the_drawing(case: Case) -> None:
    class Enough(Exception):
        pass

    shares: list[float] = []
    sample(case.loaded, case.request(), [1], shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop(share: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        sample(case.loaded, case.request(), [1], stop)
    assert not {"encode", "to"} & set(vars(case.loaded.pipe.vae))


@one_format
def test_a_source_that_is_not_at_hand_is_refused(case: Case) -> None:
    with pytest.raises(Invalid, match="not at hand"):
        sample(case.loaded, replace(case.request(), read_source=None), [1])


def test_a_strength_that_leaves_no_step_is_refused(tmp_path: Path) -> None:
    loaded = load(Kind("sd 1.5", {}), "fp32", tmp_path)
    request = request_of({**BRIEF, **TINY["sd 1.5"].brief, "source_media": "ab" * 32, "strength": 0.3})
    with pytest.raises(Invalid, match=r"strength 0.3 leaves none of 3 steps"):
        sample(loaded, request, [1])


def test_an_inpainting_unet_is_refused_when_it_is_brought_and_loaded(tmp_path: Path) -> None:
    """Its five more channels are a mask and a picture, which neither drawing from text nor tuning gives it."""
    folder = tiny_stable_diffusion(tmp_path / "model", latents=4)
    config = folder / "unet" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "in_channels": 9}))
    with pytest.raises(Invalid, match="takes 9 channels and answers 4, as one for inpainting does"):
        check_base(str(folder))
    shutil.rmtree(folder)
    tiny_stable_diffusion(folder, latents=4, unet_channels=9)
    with pytest.raises(Invalid, match="takes 9 channels and answers 4, as one for inpainting does"):
        load_base(str(folder), "cpu")


@pytest.mark.parametrize(
    "name", ["StableDiffusionInpaintPipeline", "WanImageToVideoPipeline", "CogVideoXImageToVideoPipeline"]
)
def test_other_pipelines_checkpoints_are_refused(name: str) -> None:
    """They are other networks, of more channels."""
    with pytest.raises(Invalid, match=f"pipeline class '{name}' is not one this studio can draw with"):
        family_named(name)
