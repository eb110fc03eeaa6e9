"""Tiny Stable Diffusion pipelines of each kind, loaded as a studio loads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diffusers import EulerDiscreteScheduler, PNDMScheduler

from generation.models.limits import read_limits
from generation.models.loading import Loaded, load_base
from generation.sampling import sample_each
from tests.tiny_pipelines.stable_diffusion import (
    SCALED_LINEAR,
    scheduler_of,
    tiny_stable_diffusion,
    tiny_stable_diffusion_xl,
)

BRIEF: dict[str, Any] = {
    "prompt": "a red sun over the sea",
    "negative_prompt": "",
    "kind": "still",
    "width": 48,
    "height": 32,
    "frames": 1,
    "steps": 3,
    "guidance": 1.0,
}
PROMPTS = ["a red sun over the sea", "a wide forest at night"]
STATISTICS = {"latents_mean": [0.1, -0.2, 0.3, 0.0], "latents_std": [1.5, 2.0, 0.5, 1.0]}  # the pipeline has four
TINY: dict[str, Any] = {
    "sd epsilon": (tiny_stable_diffusion, {}),
    "sd v": (tiny_stable_diffusion, {"scheduler": scheduler_of("v_prediction")}),
    "sd v, no signal at the end": (
        tiny_stable_diffusion,
        {"scheduler": scheduler_of("v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing")},
    ),
    "sd as released": (
        tiny_stable_diffusion,
        {
            "scheduler": PNDMScheduler(**SCALED_LINEAR, skip_prk_steps=True, steps_offset=1),
            "use_linear_projection": True,
        },
    ),
    "sd between the levels": (tiny_stable_diffusion, {"scheduler": EulerDiscreteScheduler(**SCALED_LINEAR)}),
    "sd of 50 levels": (tiny_stable_diffusion, {"scheduler": scheduler_of("epsilon", num_train_timesteps=50)}),
    "sdxl epsilon": (
        tiny_stable_diffusion_xl,
        {"scheduler": EulerDiscreteScheduler(**SCALED_LINEAR, timestep_spacing="leading", steps_offset=1)},
    ),
    "sdxl v": (tiny_stable_diffusion_xl, {"scheduler": scheduler_of("v_prediction")}),
    "sdxl with statistics": (tiny_stable_diffusion_xl, {"latents": 4, "vae": STATISTICS}),
}


def load(folder: Path) -> Loaded:
    pipe, family, sha256 = load_base(str(folder), "cpu")
    return Loaded(pipe, family, "tiny", str(folder), sha256, read_limits(folder))


@pytest.fixture(scope="module", params=TINY)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    make, options = TINY[request.param]
    return load(make(tmp_path_factory.mktemp("unet"), **options))


@pytest.fixture(scope="module")
def xl(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(tiny_stable_diffusion_xl(tmp_path_factory.mktemp("xl")))


def draw(loaded: Loaded, **changes: Any) -> list[np.ndarray]:
    """Both prompts side by side, through our own sampling."""
    return sample_each(loaded, [({**BRIEF, "prompt": prompt, **changes}, seed) for seed, prompt in enumerate(PROMPTS)])
