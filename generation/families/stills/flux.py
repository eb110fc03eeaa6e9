"""FLUX.1 (`diffusers.FluxPipeline`), dev and schnell: CLIP's pooled embedding and T5. Checked against diffusers 0.42."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from diffusers import FluxImg2ImgPipeline, FluxInpaintPipeline, FluxPipeline

from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.families.stills.packing import PATCH, pack, unpack
from generation.families.stills.stills_family import StillsFamily
from generation.objectives import Flow, Objective
from generation.request import Request

TRAIN_STEPS = 1000
MOST_TEXT = 512  # tokens of T5; the pipeline's own ceiling


class Flux(StillsFamily):
    """Flow matching over packed latents. dev is fed the guidance scale; schnell needs none."""

    pipeline_class: ClassVar[type] = FluxPipeline
    siblings: ClassVar[Siblings] = Siblings(FluxImg2ImgPipeline, FluxInpaintPipeline)
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    lora_targets: ClassVar[tuple[str, ...]] = (
        "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0",
        "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out",
        "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2",
    )  # fmt: skip
    """Those of diffusers' own scripts; `attn` is in the single blocks too."""

    objective: Objective = Flow()

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D], "pooled_projections": [B, P], "guidance": [B] (dev alone)}."""
        prompts = [request.prompt for request in requests]
        embeds, pooled, _ = pipe.encode_prompt(prompts, None, max_sequence_length=self.longest_prompt(pipe))
        rows = {"encoder_hidden_states": embeds, "pooled_projections": pooled}
        if pipe.transformer.config.guidance_embeds:
            rows["guidance"] = torch.tensor([request.guidance for request in requests], device=embeds.device)
        return rows

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return request.prompt, f"guidance {request.guidance:g}"

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0; times and guidance are rounded to the latents' number format, as the pipeline does."""
        tall, wide = x_t.shape[-2:]
        text = condition["encoder_hidden_states"]
        answer = denoiser(
            hidden_states=pack(x_t),
            timestep=(t * TRAIN_STEPS).to(x_t.dtype) / TRAIN_STEPS,
            img_ids=image_ids(tall // PATCH, wide // PATCH, like=x_t),
            txt_ids=text.new_zeros(text.shape[1], 3),
            guidance=condition.get("guidance"),
            encoder_hidden_states=text,
            pooled_projections=condition["pooled_projections"],
            return_dict=False,
        )[0]
        return unpack(answer, tall, wide)

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Blocks of both kinds answer the text and the picture."""
        blocks = [*denoiser.transformer_blocks, *denoiser.single_transformer_blocks]
        _, picture = run_to(middle(blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition))
        return on_grid(picture, x_t, (1, PATCH, PATCH))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        return {
            "prompt": [request.prompt for request in requests],
            "guidance_scale": requests[0].guidance,
            "max_sequence_length": self.longest_prompt(pipe),
        }

    def as_x0(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        return unpack(latents, request.height // pipe.vae_scale_factor, request.width // pipe.vae_scale_factor)

    def reads_negatives(self, pipe: Any) -> bool:
        return False

    def longest_prompt(self, pipe: Any) -> int:
        return min(super().longest_prompt(pipe), MOST_TEXT)

    def tokenizers(self, pipe: Any) -> list[Any]:
        """CLIP gives a summary of a long prompt's beginning; T5 reads all of it."""
        return [pipe.tokenizer_2]

    def side_step(self, pipe: Any) -> int:
        return pipe.vae_scale_factor * PATCH


def image_ids(tall: int, wide: int, like: torch.Tensor) -> torch.Tensor:
    """[tall * wide, 3]: zero, row, column of each token."""
    sides = (torch.arange(side, device=like.device) for side in (tall, wide))
    rows, columns = torch.meshgrid(*sides, indexing="ij")
    return torch.stack([torch.zeros_like(rows), rows, columns], dim=-1).reshape(-1, 3).to(like)
