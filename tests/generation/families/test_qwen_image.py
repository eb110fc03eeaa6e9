"""What Qwen-Image has alone: prompts of several lengths in one call, and a configuration that cannot be run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import QwenImagePipeline

from feedback.errors import Invalid
from generation.models.loading import check_base, load_base
from generation.request import request_of
from tests.tiny_pipelines.catalogue import BRIEF, UNEQUAL, called_with_true_guidance
from tests.tiny_pipelines.qwen_image import tiny_qwen_image

SIZE: dict[str, Any] = {"height": 32, "width": 48, "num_inference_steps": 3}


def test_items_drawn_one_by_one_are_those_of_one_call(tmp_path: Path) -> None:
    """But for rounding: the pipeline pads the shorter prompt and masks it."""
    pipe, family, _ = load_base(str(tiny_qwen_image(tmp_path)), "cpu")
    requests = [request_of({**BRIEF, "prompt": prompt, "guidance": 3.0}) for prompt in UNEQUAL]
    one, two = (torch.Generator().manual_seed(seed) for seed in (0, 1))
    together = pipe(**called_with_true_guidance(requests), **SIZE, generator=[one, two], output_type="pt").images
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    drawn = family.generate(pipe, requests, generators, lambda share: None)
    torch.testing.assert_close(torch.cat([each.pixels for each in drawn]), together, rtol=0, atol=1e-4)


def test_a_checkpoint_that_is_fed_its_guidance_is_refused(tmp_path: Path) -> None:
    """Before it is loaded and afterwards."""
    folder = tiny_qwen_image(tmp_path / "model", guidance=True)
    for check in (check_base, load_base):
        with pytest.raises(Invalid, match="fed the guidance scale, which diffusers cannot run") as refusal:
            check(str(folder))
        assert str(folder) in str(refusal.value)


def test_diffusers_cannot_run_a_checkpoint_that_is_fed_its_guidance(tmp_path: Path) -> None:
    """Once this fails, the refusal may go."""
    pipe = QwenImagePipeline.from_pretrained(tiny_qwen_image(tmp_path, guidance=True), local_files_only=True)
    with pytest.raises(TypeError, match="QwenTimestepProjEmbeddings"):
        pipe("the sea", **SIZE, guidance_scale=3.0)
