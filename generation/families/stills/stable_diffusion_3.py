"""Stable Diffusion 3 and 3.5 (`diffusers.StableDiffusion3Pipeline`): two CLIP text encoders and T5. Checked against 0.42."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from diffusers import StableDiffusion3Img2ImgPipeline, StableDiffusion3InpaintPipeline, StableDiffusion3Pipeline

from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.families.stills.stills_family import StillsFamily
from generation.objectives import Flow, Objective
from generation.request import Request

TRAIN_STEPS = 1000  # the transformer is fed 0-1000 whatever the scheduler's shift
MOST_TEXT = 256  # tokens of T5; the pipeline's own default, which the models were trained with


class StableDiffusion3(StillsFamily):
    """Flow matching; latents are scaled and shifted."""

    pipeline_class: ClassVar[type] = StableDiffusion3Pipeline
    # The inpainting pipeline forgets the shift when it decodes, which is done here.
    siblings: ClassVar[Siblings] = Siblings(StableDiffusion3Img2ImgPipeline, StableDiffusion3InpaintPipeline)
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    inpainted_channels: ClassVar[int | None] = 16
    lora_targets: ClassVar[tuple[str, ...]] = (
        "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0",
        "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out",
    )  # fmt: skip
    """Those of diffusers' own script."""

    objective: Objective = Flow()

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, CLIP's + T5's tokens, D], "pooled_projections": [B, P]}."""
        prompts = [request.prompt for request in requests]
        embeds, _, pooled, _ = pipe.encode_prompt(
            prompts, None, None, do_classifier_free_guidance=False, max_sequence_length=self.longest_text(pipe)
        )
        return {"encoder_hidden_states": embeds, "pooled_projections": pooled}

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0 of one image, which knows no axis of frames."""
        return denoiser(x_t.squeeze(2), timestep=t * TRAIN_STEPS, **condition, return_dict=False)[0].unsqueeze(2)

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Blocks answer the text and the picture."""
        patch = denoiser.config.patch_size
        _, picture = run_to(
            middle(denoiser.transformer_blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition)
        )
        return on_grid(picture, x_t, (1, patch, patch))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        return {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
            "guidance_scale": requests[0].guidance,
            "max_sequence_length": self.longest_text(pipe),
        }

    def longest_text(self, pipe: Any) -> int:
        """Tokens that T5 reads; a checkpoint without T5 has zeros in their places."""
        return min(int(pipe.tokenizer_3.model_max_length), MOST_TEXT) if pipe.tokenizer_3 else MOST_TEXT

    def longest_prompt(self, pipe: Any) -> int:
        return min(super().longest_prompt(pipe), MOST_TEXT)

    def tokenizers(self, pipe: Any) -> list[Any]:
        """CLIP reads the beginning of a long prompt, T5 all of it; without T5, CLIP is all there is."""
        return [pipe.tokenizer_3] if pipe.text_encoder_3 is not None else [pipe.tokenizer, pipe.tokenizer_2]

    def side_step(self, pipe: Any) -> int:
        return pipe.vae_scale_factor * pipe.transformer.config.patch_size

    def longest_side(self, pipe: Any) -> int | None:
        return self.side_step(pipe) * pipe.transformer.config.pos_embed_max_size
