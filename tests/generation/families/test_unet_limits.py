"""What Stable Diffusion and SDXL can draw, in which size, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feedback.errors import Invalid
from generation.families import FAMILIES, family_named
from generation.families.protocol import Family
from generation.models.base_models import usual_shape
from generation.models.limits import Shape
from generation.models.loading import Loaded, check_base, load_base
from generation.sampling import Withheld, draw_each, sample
from tests.generation.families.conftest import BRIEF, PROMPTS, draw, load
from tests.tiny_pipelines.stable_diffusion import SPACE, scheduler_of, tiny_stable_diffusion, tiny_stable_diffusion_xl

BOTH = pytest.mark.parametrize("loaded", ["sd epsilon", "sdxl epsilon"], indirect=True)


@BOTH
@pytest.mark.parametrize(
    ("width", "height", "frames", "message"),
    [
        (32, 32, 1, None),
        (40, 64, 1, None),
        (36, 32, 1, "multiples of 8, such as 32x32"),
        (0, 32, 1, "such as 8x32"),
        (32, 32, 5, "5 frames cannot be drawn"),
        (4096, 2048, 1, "at most 4194304 pixels"),
    ],
)
def test_sizes_that_cannot_be_drawn(loaded: Loaded, width: int, height: int, frames: int, message: str | None) -> None:
    reason = loaded.family.refuse_size(loaded.pipe, width, height, frames)
    assert (reason is None) if message is None else (reason is not None and message in reason and "\n" not in reason)


@pytest.mark.parametrize(("width", "height"), [(8, 8), (40, 24), (56, 72)])
def test_a_size_that_is_not_refused_is_drawn(xl: Loaded, width: int, height: int) -> None:
    (take,) = sample(xl, {**BRIEF, "width": width, "height": height, "steps": 1, "guidance": 3.0}, [1])
    assert take.shape == (1, height, width, 3)


@BOTH
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "clip", "frames": 17}, "kind 'clip' cannot be drawn by this model: use still"),
        ({"prompt": "x" * 31}, "the prompt is too long: 33 tokens, and this model reads at most 32"),
        ({"width": 36}, "size 36x32 cannot be drawn"),
    ],
)
def test_briefs_that_cannot_be_drawn_get_one_line(loaded: Loaded, change: dict, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        sample(loaded, {**BRIEF, **change}, [1])


@BOTH
def test_without_a_file_of_limits_a_folder_says_what_it_draws(loaded: Loaded) -> None:
    """Stills only, as large as the UNet was trained on: 8 places of 4 pixels here, 64 and 128 of 8 in the released ones."""
    assert (loaded.limits.kinds, loaded.limits.usual_side, loaded.limits.shapes) == (("still",), 32, ())
    assert usual_shape(loaded.limits, "still") == Shape("still", 32, 32, 1)


@BOTH
def test_sequences_are_as_long_as_where_the_network_first_attends(loaded: Loaded, xl: Loaded) -> None:
    halved = 2 if type(loaded.family).__name__ == "StableDiffusionXL" else 1
    tokens = loaded.family.tokens_per_item(loaded.pipe, 64, 32, 1)
    assert tokens == (64 // SPACE // halved) * (32 // SPACE // halved)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_registered_of_a_family_is_what_its_class_says(name: str) -> None:
    family: type[Family] = family_named(name)
    assert family.pipeline_class.__name__ == name
    assert family.kinds == FAMILIES[name].kinds


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (tiny_stable_diffusion, {"scheduler": scheduler_of("sample")}, "DDIMScheduler predicts 'sample'"),
        (tiny_stable_diffusion_xl, {"scheduler": scheduler_of("sample")}, "DDIMScheduler predicts 'sample'"),
        (tiny_stable_diffusion, {"time_cond_proj_dim": 8}, "fed the guidance scale"),
    ],
)
def test_a_checkpoint_that_cannot_be_tuned_is_refused_when_it_is_brought_and_loaded(
    tmp_path: Path, make: Any, options: dict, message: str
) -> None:
    folder = make(tmp_path / "model", **options)
    for check in (check_base, load_base):
        with pytest.raises(Invalid) as refusal:
            check(str(folder))
        assert message in str(refusal.value)
        assert str(folder) in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_a_folder_of_half_precision_is_drawn_as_on_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """bf16 but for the VAE: the pipelines hand its decoder the denoiser's format."""
    from generation.models import loading

    formats = {"default": torch.bfloat16, "vae": torch.float32}
    monkeypatch.setattr(loading, "number_types", lambda device: formats)
    for make in (tiny_stable_diffusion, tiny_stable_diffusion_xl):
        loaded = load(make(tmp_path / make.__name__))
        assert loaded.dtype == torch.bfloat16
        (take,) = sample(loaded, {**BRIEF, "guidance": 3.0}, [1])
        assert take.std() > 1


def test_a_withheld_picture_is_named_and_its_neighbours_are_kept(tmp_path: Path) -> None:
    """The pipeline would hand out a black one."""
    loaded = load(tiny_stable_diffusion(tmp_path / "model", checker=False))
    first, second = draw(loaded)
    flag_one_of(loaded.pipe, first, second)
    kept, withheld = draw_each(loaded, [({**BRIEF, "prompt": p}, seed) for seed, p in enumerate(PROMPTS)])
    np.testing.assert_array_equal(kept, first)
    assert isinstance(withheld, Withheld)
    assert "safety checker withheld" in str(withheld)
    with pytest.raises(Withheld):
        draw(loaded)


def flag_one_of(pipe: Any, kept: np.ndarray, withheld: np.ndarray) -> None:
    """Sets one concept of the checker so that it lies nearer to the second picture than its threshold, not the first."""
    checker = pipe.safety_checker
    pictures = [pipe.image_processor.numpy_to_pil(take / 255)[0] for take in (kept, withheld)]
    with torch.no_grad():
        seen = checker.vision_model(pipe.feature_extractor(pictures, return_tensors="pt").pixel_values)[1]
        one, other = torch.nn.functional.normalize(checker.visual_projection(seen))
        checker.concept_embeds[0] = other - one
        checker.concept_embeds_weights[0] = 0.0
