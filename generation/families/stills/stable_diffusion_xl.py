"""Stable Diffusion XL (`diffusers.StableDiffusionXLPipeline`): two text encoders, and a UNet conditioned on the size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline

from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.families.stills.unet import UNetFamily
from generation.request import Request

NO_CROP = (0, 0)


class StableDiffusionXL(UNetFamily):
    """Epsilon, or v in checkpoints tuned to it."""

    pipeline_class: ClassVar[type] = StableDiffusionXLPipeline
    siblings: ClassVar[Siblings] = Siblings(StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline)
    # Else pixels would depend on whether the machine happens to have a watermarking library. Takes carry provenance.
    load_options: ClassVar[Mapping[str, Any]] = {"add_watermarker": False}

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D], "text_embeds": [B, P] (pooled), "time_ids": [B, 6]}.

        time_ids: height and width that a picture was scaled from, where it was cropped, and those it has: here all its own.
        """
        prompts = [request.prompt for request in requests]
        embeds, _, pooled, _ = pipe.encode_prompt(prompts, do_classifier_free_guidance=False)
        rows = [[each.height, each.width, *NO_CROP, each.height, each.width] for each in requests]
        time_ids = torch.tensor(rows, dtype=embeds.dtype, device=embeds.device)
        return {"encoder_hidden_states": embeds, "text_embeds": pooled, "time_ids": time_ids}

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return request.prompt, f"{request.width}x{request.height}"

    def network_inputs(self, condition: Condition) -> dict[str, Any]:
        added = {name: condition[name] for name in ("text_embeds", "time_ids")}
        return {"encoder_hidden_states": condition["encoder_hidden_states"], "added_cond_kwargs": added}

    @torch.no_grad()
    def prompt_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """Encoded here: the pipeline leaves an empty negative prompt out (zeros) for a whole call or not at all."""
        negatives = [request.negative_prompt for request in requests]
        embeds, negative, pooled, negative_pooled = pipe.encode_prompt(
            [request.prompt for request in requests], negative_prompt=negatives
        )
        if pipe.config.force_zeros_for_empty_prompt:
            empty = [row for row, text in enumerate(negatives) if not text]
            negative[empty], negative_pooled[empty] = 0, 0
        return {
            "prompt_embeds": embeds,
            "negative_prompt_embeds": negative,
            "pooled_prompt_embeds": pooled,
            "negative_pooled_prompt_embeds": negative_pooled,
        }

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        if vae.config.latents_mean is None or vae.config.latents_std is None:
            return super().normalise(vae, latents)
        mean, std = per_channel(vae.config.latents_mean, latents), per_channel(vae.config.latents_std, latents)
        return (latents - mean) * vae.config.scaling_factor / std

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        if vae.config.latents_mean is None or vae.config.latents_std is None:
            return super().denormalise(vae, x0)
        mean, std = per_channel(vae.config.latents_mean, x0), per_channel(vae.config.latents_std, x0)
        return x0 * std / vae.config.scaling_factor + mean

    def tokenizers(self, pipe: Any) -> list[Any]:
        return [pipe.tokenizer, pipe.tokenizer_2]


def per_channel(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    """[1, z, 1, 1]."""
    return torch.tensor(values, device=like.device, dtype=like.dtype).view(1, -1, 1, 1)
