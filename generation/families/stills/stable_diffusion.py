"""Stable Diffusion 1.x and 2.x (`diffusers.StableDiffusionPipeline`): one CLIP text encoder, and a safety checker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline

from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.families.stills.unet import UNetFamily
from generation.request import Request

WITHHELD = "the model's safety checker withheld this picture: try another seed or change the prompt"


class StableDiffusion(UNetFamily):
    """Epsilon (1.x, 2-base) or v (2.x at 768 pixels), as the checkpoint's scheduler says."""

    pipeline_class: ClassVar[type] = StableDiffusionPipeline
    # They know no guidance_rescale, so that a checkpoint without signal at the end is drawn without it from a source.
    siblings: ClassVar[Siblings] = Siblings(StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline)

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D]}, of the prompts alone."""
        prompts = [request.prompt for request in requests]
        embeds, _ = pipe.encode_prompt(prompts, pipe.device, 1, do_classifier_free_guidance=False)
        return {"encoder_hidden_states": embeds}

    def network_inputs(self, condition: Condition) -> dict[str, Any]:
        return {"encoder_hidden_states": condition["encoder_hidden_states"]}

    def prompt_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        return {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
        }

    def reasons_withheld(self, pipe: Any, images: torch.Tensor) -> list[str | None]:
        """The checker paints what it withholds over, in a copy here."""
        if pipe.safety_checker is None:
            return super().reasons_withheld(pipe, images)
        _, withheld = pipe.run_safety_checker(images.clone(), pipe.device, pipe.safety_checker.dtype)
        return [WITHHELD if each else None for each in withheld]
