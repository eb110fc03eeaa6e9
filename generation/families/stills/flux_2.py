"""FLUX.2 (`diffusers.Flux2KleinPipeline`), Klein and Klein base, both fed by Qwen3. Checked against diffusers 0.42."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Self

import torch
from diffusers import Flux2KleinInpaintPipeline, Flux2KleinPipeline
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.families.stills.chat import count_chat_tokens
from generation.families.stills.packing import PATCH
from generation.families.stills.stills_family import StillsFamily
from generation.objectives import Flow, Objective
from generation.request import Request

TRAIN_STEPS = 1000
MOST_SOURCE_PIXELS = 1024 * 1024
MOST_TEXT = 512  # tokens of the chat template with the prompt in it; the pipeline's own ceiling


@dataclass(frozen=True)
class Flux2Klein(StillsFamily):
    """Flow matching over latents whose 2x2 places are channels, normalised by the running statistics of the VAE.

    The distilled checkpoints are not guided. Their teachers (Klein base) are, without being fed the scale.
    """

    single_blocks: int
    objective: Objective = field(default_factory=Flow)

    pipeline_class: ClassVar[type] = Flux2KleinPipeline
    siblings: ClassVar[Siblings] = Siblings(inpaint=Flux2KleinInpaintPipeline)
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)

    @classmethod
    def of(cls, pipe: Any) -> Self:
        return cls(pipe.transformer.config.num_single_layers)

    @property
    def lora_targets(self) -> tuple[str, ...]:
        """Those of diffusers' own script: in double blocks `to_out` is a list, so that single ones go by number."""
        single = (f"single_transformer_blocks.{number}.attn.to_out" for number in range(self.single_blocks))
        return "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "attn.to_qkv_mlp_proj", *single

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, 3 D]}: three layers of the text encoder, side by side."""
        return {"encoder_hidden_states": self.encode_texts(pipe, [request.prompt for request in requests])}

    @torch.no_grad()
    def encode_texts(self, pipe: Any, texts: list[str]) -> torch.Tensor:
        embeds, _ = pipe.encode_prompt(texts, max_sequence_length=self.longest_prompt(pipe))
        return embeds

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        """[B, z, h, w] -> [B, 4 z, h / 2, w / 2]."""
        mean, std = statistics(vae, latents)
        return (pixel_unshuffle(latents, PATCH) - mean) / std

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        mean, std = statistics(vae, x0)
        return pixel_shuffle(x0 * std + mean, PATCH)

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0; times are rounded to the latents' number format, as the pipeline does."""
        tall, wide = x_t.shape[-2:]
        text = condition["encoder_hidden_states"]
        answer = denoiser(
            hidden_states=x_t.flatten(2).transpose(1, 2),
            timestep=(t * TRAIN_STEPS).to(x_t.dtype) / TRAIN_STEPS,
            img_ids=places(1, tall, wide, 1).to(x_t.device),
            txt_ids=places(1, 1, 1, text.shape[1]).to(x_t.device),
            guidance=None,
            encoder_hidden_states=text,
            return_dict=False,
        )[0]
        return answer.transpose(1, 2).reshape_as(x_t)

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Double blocks answer the text and the picture, single ones both in a row."""
        blocks = [*denoiser.transformer_blocks, *denoiser.single_transformer_blocks]
        answer = run_to(middle(blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition))
        text = condition["encoder_hidden_states"].shape[1]
        return on_grid(answer[1] if isinstance(answer, tuple) else answer[:, text:], x_t, (1, 1, 1))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "prompt": [request.prompt for request in requests],
            "guidance_scale": requests[0].guidance if self.reads_negatives(pipe) else 1.0,
            "max_sequence_length": self.longest_prompt(pipe),
        }
        if arguments["guidance_scale"] > 1:
            arguments["negative_prompt_embeds"] = self.encode_texts(pipe, [each.negative_prompt for each in requests])
        return arguments

    @torch.no_grad()
    def paint(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        """This pipeline's latents are those that its VAE decodes, not the denoiser's."""
        latents = latents.to(pipe.vae.device, pipe.vae.dtype)
        return pipe.vae.decode(latents, return_dict=False)[0].unsqueeze(2)

    def reads_negatives(self, pipe: Any) -> bool:
        return not pipe.config.is_distilled

    def sibling_for(self, pipe: Any, request: Request) -> type | None:
        """Not where the inpainting pipeline would make the picture smaller."""
        is_large = request.width * request.height > MOST_SOURCE_PIXELS
        return None if is_large else super().sibling_for(pipe, request)

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """It is given what it packs itself."""
        return x0.flatten(2).transpose(1, 2)

    def longest_prompt(self, pipe: Any) -> int:
        return min(super().longest_prompt(pipe), MOST_TEXT)

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        return count_chat_tokens(pipe.tokenizer, prompt, enable_thinking=False)

    def side_step(self, pipe: Any) -> int:
        return pipe.vae_scale_factor * PATCH

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """With those of the longest prompt."""
        return super().tokens_per_item(pipe, width, height, frames) + self.longest_prompt(pipe)


def statistics(vae: Any, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and deviation [1, 4 z, 1, 1] of each channel of 2x2 places."""
    mean = vae.bn.running_mean.view(1, -1, 1, 1)
    std = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps)
    return mean.to(like), std.to(like)


def places(*spans: int) -> torch.Tensor:
    """[product, 4]: time, row, column and place in the text of each token; whole, since 16 bits end at 256."""
    return torch.cartesian_prod(*(torch.arange(span) for span in spans))
