"""What the families of clips have of their own: frames, rates, padding, templates, noise of decoders."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feedback.errors import Invalid
from generation.models.loading import Loaded, check_base, load_base
from generation.request import Request, request_of
from generation.sampling import sample, sample_each
from tests.generation.families.conftest import BRIEF, PROMPTS, load
from tests.generation.families.spying import ForwardSpy
from tests.tiny_pipelines.cogvideox import tiny_cogvideox
from tests.tiny_pipelines.hunyuan_video import tiny_hunyuan_video
from tests.tiny_pipelines.ltx import tiny_ltx

MAKERS: dict[str, tuple[Any, dict[str, str]]] = {
    "ltx": (tiny_ltx, {}),
    "ltx 0.9.1": (tiny_ltx, {"release": "0.9.1"}),
    "cogvideox": (tiny_cogvideox, {}),
    "cogvideox 1.5": (tiny_cogvideox, {"model": "1.5"}),
    "hunyuan video": (tiny_hunyuan_video, {}),
}
SQUARE = {**BRIEF, "kind": "clip", "width": 32, "height": 32}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loaded]:
    return {name: load(make(tmp_path_factory.mktemp("clips"), **more)) for name, (make, more) in MAKERS.items()}


@pytest.mark.parametrize(
    ("name", "width", "height", "frames", "message"),
    [
        ("ltx", 704, 512, 161, None),
        ("ltx", 96, 32, 1, None),
        ("ltx", 720, 480, 9, "multiples of 32, such as 704x480"),
        ("ltx", 96, 64, 12, "1 + a multiple of 8, such as 9"),
        ("ltx", 96, 64, 300, "such as 257"),
        ("ltx", 96, 64, 265, "265 frames are too many: at most 257"),
        ("ltx", 1280, 736, 9, "at most 921600 pixels"),
        ("cogvideox", 720, 480, 49, None),
        ("cogvideox", 48, 32, 1, None),
        ("cogvideox", 720, 488, 49, "multiples of 16, such as 720x480"),
        ("cogvideox", 48, 32, 5, "1 + a multiple of 8, such as 1"),
        ("cogvideox", 48, 32, 13, "such as 17"),
        ("cogvideox", 48, 32, 57, "57 frames are too many: at most 49"),
        ("cogvideox 1.5", 96, 96, 81, None),
        ("cogvideox 1.5", 96, 96, 9, "1 + a multiple of 16, such as 1"),
        ("cogvideox 1.5", 96, 96, 177, "177 frames are too many: at most 161"),
        ("cogvideox 1.5", 96, 112, 17, "size 96x112 is too large: at most 128x96"),
        ("hunyuan video", 1280, 720, 129, None),
        ("hunyuan video", 48, 32, 1, None),
        ("hunyuan video", 8, 32, 5, "multiples of 16, such as 16x32"),
        ("hunyuan video", 48, 32, 4, "1 + a multiple of 4, such as 5"),
        ("hunyuan video", 48, 32, 133, "133 frames are too many: at most 129"),
    ],
)
def test_sizes_that_cannot_be_drawn(
    models: dict[str, Loaded], name: str, width: int, height: int, frames: int, message: str | None
) -> None:
    reason = models[name].family.refuse_size(models[name].pipe, width, height, frames)
    assert (reason is None) if message is None else (reason is not None and message in reason and "\n" not in reason)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("frames", [1, 17])
def test_clips_of_all_lengths_are_coded_whole(models: dict[str, Loaded], name: str, frames: int) -> None:
    """17 frames are more than some VAEs code at once."""
    family, pipe = models[name].family, models[name].pipe
    pixels = torch.rand(1, 3, frames, 32, 64) * 2 - 1
    x0 = family.encode_media(pipe, pixels)
    assert family.decode(pipe, x0).shape == pixels.shape
    grid = family.grid(pipe)
    per_frame = (32 // grid.space // grid.patch) * (64 // grid.space // grid.patch)
    assert family.tokens_per_item(pipe, 64, 32, frames) == x0.shape[2] // grid.patch_frames * per_frame
    kind = "clip" if frames > 1 else "still"
    (take,) = sample(models[name], {**SQUARE, "kind": kind, "frames": frames, "steps": 2}, [1])
    assert take.shape == (frames, 32, 32, 3)


@pytest.mark.parametrize("name", ["ltx", "cogvideox", "hunyuan video"])
def test_objective_points_where_the_scheduler_walks(models: dict[str, Loaded], name: str) -> None:
    """Fed the true target, the sampler's own steps end at x0: this fixes the sign, the levels and the time's direction."""
    objective, scheduler = models[name].family.objective, models[name].pipe.scheduler
    x0, eps = torch.randn(2, 4, 1, 4, 4), torch.randn(2, 4, 1, 4, 4)
    scheduler.set_timesteps(5, **({"mu": 1.0} if name == "ltx" else {}))
    x_t = eps
    for t in scheduler.timesteps:
        expected, target = objective.noise(x0, eps, torch.full((2,), float(t) / 1000))
        torch.testing.assert_close(x_t, expected, rtol=1e-4, atol=1e-4)
        x_t = scheduler.step(target, t, x_t, return_dict=False)[0].float()
    torch.testing.assert_close(x_t, x0, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("letters", [2, 400])
def test_tokens_are_those_that_the_text_encoder_reads(models: dict[str, Loaded], name: str, letters: int) -> None:
    """As many as were counted, or as many as fit; of HunyuanVideo's template only what follows the pipeline's cut."""
    family, pipe, prompt = models[name].family, models[name].pipe, "z" * letters
    with ForwardSpy(pipe.text_encoder) as spy:
        family.encode_prompt(pipe, [request_of({**BRIEF, "prompt": prompt})])
    ids = spy.named[0]["input_ids"] if spy.named[0] else spy.calls[0][0]
    cropped = 95 if name == "hunyuan video" else 0
    read = int((ids != pipe.tokenizer.pad_token_id).sum()) - cropped
    counted, most = family.count_tokens(pipe, prompt), family.longest_prompt(pipe)
    assert read == min(counted, most)
    assert (counted > most) == (letters == 400)


def requests_at(*rates: int | Fraction) -> list[Request]:
    return [request_of({**SQUARE, "frames": 9, "fps_num": Fraction(each).numerator}) for each in rates]


def test_ltx_predicts_items_of_several_frame_rates_together(models: dict[str, Loaded]) -> None:
    family, pipe = models["ltx"].family, models["ltx"].pipe
    x_t, t = torch.randn(2, 8, 3, 2, 3), torch.tensor([0.3, 0.8])
    with torch.no_grad():
        together = family.predict(pipe.transformer, x_t, t, family.encode_prompt(pipe, requests_at(8, 24)))
        for row, rate in enumerate((8, 24)):
            condition = family.encode_prompt(pipe, requests_at(rate))
            alone = family.predict(pipe.transformer, x_t[[row]], t[[row]], condition)
            torch.testing.assert_close(together[[row]], alone, rtol=1e-4, atol=1e-5)
        swapped = family.predict(pipe.transformer, x_t, t, family.encode_prompt(pipe, requests_at(24, 8)))
    assert (together - swapped).abs().max() > 1e-3


def test_ltx_draws_each_brief_at_its_own_frame_rate(models: dict[str, Loaded]) -> None:
    slow, fast = ({**SQUARE, "frames": 9, "fps_num": rate} for rate in (8, 24))
    takes = sample_each(models["ltx"], [(slow, 1), (fast, 1)])
    assert (takes[0] != takes[1]).any()
    for brief, take in zip((slow, fast), takes, strict=True):
        np.testing.assert_array_equal(take, sample(models["ltx"], brief, [1])[0])


def test_ltx_decoders_noise_is_the_same_whatever_was_drawn_before(models: dict[str, Loaded]) -> None:
    brief = {**SQUARE, "frames": 9}
    torch.manual_seed(1)
    (first,) = sample(models["ltx 0.9.1"], brief, [1])
    torch.manual_seed(2)
    before = torch.get_rng_state()
    (second,) = sample(models["ltx 0.9.1"], brief, [1])
    np.testing.assert_array_equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_ltx_refuses_a_single_step_of_which_its_scheduler_makes_no_numbers(models: dict[str, Loaded]) -> None:
    with pytest.raises(Invalid, match="1 step cannot be drawn by this model: use 2 or more"):
        sample(models["ltx"], {**SQUARE, "frames": 9, "steps": 1}, [1])


def test_ltx_mask_and_frame_rate_keep_their_types_in_any_number_format(models: dict[str, Loaded]) -> None:
    rows = models["ltx"].family.encode_prompt(models["ltx"].pipe, requests_at(24))
    assert not rows["encoder_attention_mask"].is_floating_point()
    assert not rows["frame_rate"].is_floating_point()
    hunyuan = models["hunyuan video"]
    assert not hunyuan.family.encode_prompt(hunyuan.pipe, requests_at(24))["encoder_attention_mask"].is_floating_point()


def test_cogvideox_pads_clips_to_whole_patches_with_their_first_frame(models: dict[str, Loaded]) -> None:
    family, pipe = models["cogvideox 1.5"].family, models["cogvideox 1.5"].pipe
    x0 = family.encode_media(pipe, torch.rand(1, 3, 17, 32, 48) * 2 - 1)
    assert x0.shape == (1, 4, 6, 4, 6)
    assert torch.equal(x0[:, :, 0], x0[:, :, 1])
    other = torch.cat([torch.randn(1, 4, 1, 4, 6), x0[:, :, 1:]], dim=2)
    assert torch.equal(family.decode(pipe, other), family.decode(pipe, x0))


def test_cogvideox_that_starts_from_an_image_is_refused_when_it_is_brought_and_loaded(tmp_path: Path) -> None:
    folder = tiny_cogvideox(tmp_path / "model", ofs_embed_dim=8)
    for check in (check_base, load_base):
        with pytest.raises(Invalid, match="starts from an image") as refusal:
            check(str(folder))
        assert str(folder) in str(refusal.value)


def test_hunyuan_video_is_fed_its_guidance_and_reads_no_negative_prompt(models: dict[str, Loaded]) -> None:
    loaded = models["hunyuan video"]
    brief = {**SQUARE, "frames": 5, "prompt": PROMPTS[0]}
    with pytest.raises(Invalid, match="reads no negative prompt"):
        sample(loaded, {**brief, "negative_prompt": "blue"}, [1])
    with ForwardSpy(loaded.pipe.transformer) as spy:
        sample(loaded, {**brief, "guidance": 6.5}, [1])
    assert len(spy.calls) == brief["steps"]
    assert set(spy.named[0]["guidance"].tolist()) == {6500.0}
