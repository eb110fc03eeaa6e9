"""Qwen-Image (`diffusers.QwenImagePipeline`): a video's VAE of one frame, and Qwen2.5-VL. Checked against diffusers 0.42."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from diffusers import QwenImageImg2ImgPipeline, QwenImageInpaintPipeline, QwenImagePipeline

from feedback.errors import Invalid
from generation.families.folder import read_json
from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import LENGTH, Condition
from generation.families.siblings import Siblings
from generation.families.stills.packing import PATCH, pack, unpack
from generation.families.stills.stills_family import StillsFamily
from generation.objectives import Flow, Objective
from generation.request import Request

TRAIN_STEPS = 1000
MOST_TEXT = 512  # tokens of the prompt and what the template puts after it; the pipeline's own default
NO_NEGATIVE = " "  # in place of an empty negative prompt, as the model's card recommends


class QwenImage(StillsFamily):
    """Flow matching over packed latents, which the VAE's statistics normalise channel by channel."""

    pipeline_class: ClassVar[type] = QwenImagePipeline
    siblings: ClassVar[Siblings] = Siblings(QwenImageImg2ImgPipeline, QwenImageInpaintPipeline)
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    lora_targets: ClassVar[tuple[str, ...]] = ("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0")
    """Those of diffusers' own script."""
    one_by_one: ClassVar[bool] = True

    objective: Objective = Flow()

    @classmethod
    def of(cls, pipe: Any) -> Self:
        refuse_guidance_embeds(pipe.transformer.config)
        return cls()

    @classmethod
    def check_folder(cls, folder: Path) -> None:
        refuse_guidance_embeds(read_json(folder / "transformer" / "config.json"))

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D], zeros after each prompt's end, "length": [B], in tokens}.

        Each prompt by itself: beside a longer one its text encoder would round otherwise.
        """
        most = self.longest_prompt(pipe)
        rows = [pipe.encode_prompt([each.prompt], max_sequence_length=most)[0][0] for each in requests]
        embeds = [torch.cat([row, row.new_zeros(most - len(row), row.shape[1])]) for row in rows]
        return {"encoder_hidden_states": torch.stack(embeds), LENGTH: torch.tensor([len(row) for row in rows])}

    def condition_key(self, request: Request) -> tuple[str, ...]:
        """An older Circletake kept masks."""
        return *super().condition_key(request), LENGTH

    @torch.no_grad()
    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, 1, H, W] -> x0 [B, z, 1, H / 8, W / 8]; this VAE has an axis of frames."""
        images = pixels.to(pipe.vae.device, pipe.vae.dtype)
        return self.normalise(pipe.vae, pipe.vae.encode(images).latent_dist.mode())

    @torch.no_grad()
    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        latents = x0.to(pipe.vae.device, pipe.vae.dtype)
        return pipe.vae.decode(self.denormalise(pipe.vae, latents), return_dict=False)[0]

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        return (latents - per_channel(vae.config.latents_mean, latents)) / per_channel(vae.config.latents_std, latents)

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        """By the inverse of the spread, as the pipeline does: a product would be rounded otherwise."""
        return x0 / (1.0 / per_channel(vae.config.latents_std, x0)) + per_channel(vae.config.latents_mean, x0)

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0; times are rounded to the latents' number format, as the pipeline does."""
        tall, wide = x_t.shape[-2:]
        answer = denoiser(
            hidden_states=pack(x_t),
            timestep=(t * TRAIN_STEPS).to(x_t.dtype) / TRAIN_STEPS,
            img_shapes=[[(1, tall // PATCH, wide // PATCH)]] * len(x_t),
            **without_padding(condition),
            return_dict=False,
        )[0]
        return unpack(answer, tall, wide)

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Blocks answer the text and the picture."""
        _, picture = run_to(
            middle(denoiser.transformer_blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition)
        )
        return on_grid(picture, x_t, (1, PATCH, PATCH))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """Classifier-free guidance has a name of its own here, and is off where there is no negative prompt at all."""
        guided = requests[0].guidance > 1
        return {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt or NO_NEGATIVE for request in requests] if guided else None,
            "true_cfg_scale": requests[0].guidance,
            "max_sequence_length": self.longest_prompt(pipe),
        }

    def as_x0(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        return unpack(latents, request.height // pipe.vae_scale_factor, request.width // pipe.vae_scale_factor)

    def longest_prompt(self, pipe: Any) -> int:
        """Without the template's beginning, which is dropped once it is encoded."""
        return min(super().longest_prompt(pipe) - pipe.prompt_template_encode_start_idx, MOST_TEXT)

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        text = pipe.prompt_template_encode.format(prompt)
        return super().count_tokens(pipe, text) - pipe.prompt_template_encode_start_idx

    def side_step(self, pipe: Any) -> int:
        return pipe.vae_scale_factor * PATCH

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """With those of the longest prompt."""
        return super().tokens_per_item(pipe, width, height, frames) + self.longest_prompt(pipe)


def refuse_guidance_embeds(config: Mapping[str, Any]) -> None:
    """Invalid for a checkpoint that is fed its guidance: diffusers 0.42 states it in the configuration and cannot run it."""
    if config.get("guidance_embeds"):
        raise Invalid("its transformer is fed the guidance scale, which diffusers cannot run: use the one that is not")


def without_padding(condition: Condition) -> dict[str, torch.Tensor | None]:
    """As short as the longest prompt of the batch; without a mask where all are as long, which is faster."""
    lengths = condition[LENGTH].tolist()
    states = condition["encoder_hidden_states"][:, : max(lengths)]
    rows = [torch.arange(max(lengths), device=states.device) < length for length in lengths]
    mask = None if min(lengths) == max(lengths) else torch.stack(rows)
    return {"encoder_hidden_states": states, "encoder_hidden_states_mask": mask}


def per_channel(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    """[1, z, 1, 1, 1]."""
    return torch.tensor(values, device=like.device, dtype=like.dtype).view(1, -1, 1, 1, 1)
