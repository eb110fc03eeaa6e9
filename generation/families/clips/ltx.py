"""LTX-Video text-to-video (`diffusers.LTXPipeline`): positions are in seconds. Checked against diffusers 0.42."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, Self

import torch
from diffusers import LTXImageToVideoPipeline, LTXPipeline
from diffusers.utils.torch_utils import randn_tensor

from generation.families.clips.clips_family import ClipsFamily, Grid
from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.objectives import Flow, Objective
from generation.request import Request

TRAIN_STEPS = 1000  # the transformer is fed 0-1000 whatever the scheduler's shift
MOST_TEXT = 128  # tokens; the pipeline's own ceiling
SIDE_STEP = 32  # pixels; the pipeline itself insists on it
DECODE_TIMESTEP, DECODE_NOISE_SCALE = 0.05, 0.025
"""Of VAEs that do the last denoising step (0.9.1 and later), as their documentation recommends."""
DECODER_SEED = 0


class LTX(ClipsFamily):
    """Flow matching over latents as a row of tokens, each placed by its second, row and column of pixels."""

    pipeline_class: ClassVar[type] = LTXPipeline
    siblings: ClassVar[Siblings] = Siblings(first_frame=LTXImageToVideoPipeline)
    most_pixels: ClassVar[int] = 1280 * 720  # the documentation's, with fewer than 258 frames

    objective: Objective = Flow()

    def __init__(self, space: int, time: int) -> None:
        self.space = space  # pixels a side that a place of the latents stands for
        self.time = time  # frames that a frame of the latents stands for

    @classmethod
    def of(cls, pipe: Any) -> Self:
        return cls(pipe.vae_spatial_compression_ratio, pipe.vae_temporal_compression_ratio)

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D], "encoder_attention_mask": [B, longest_prompt] (truths),
        "frame_rate": [B, 2] (numerator and denominator, so that no number format rounds them)}."""
        prompts = [request.prompt for request in requests]
        embeds, mask, _, _ = pipe.encode_prompt(
            prompts, do_classifier_free_guidance=False, max_sequence_length=self.longest_prompt(pipe)
        )
        rates = [[request.fps.numerator, request.fps.denominator] for request in requests]
        return {
            "encoder_hidden_states": embeds,
            "encoder_attention_mask": mask,
            "frame_rate": torch.tensor(rates, device=embeds.device),
        }

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return request.prompt, f"{request.fps} frames per second"

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        mean, std = latent_statistics(vae, latents)
        return (latents - mean) * vae.config.scaling_factor / std

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        mean, std = latent_statistics(vae, x0)
        return x0 * std / vae.config.scaling_factor + mean

    @torch.no_grad()
    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels [B, 3, F, H, W] in [-1, 1], without the noise that `decode_drawn` adds."""
        return decode_latents(pipe.vae, self.denormalise(pipe.vae, x0.to(pipe.vae.device, pipe.vae.dtype)))

    @torch.no_grad()
    def decode_drawn(self, pipe: Any, x0: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """As the pipeline does: a VAE that denoises is given a little noise, each item's by its own generator."""
        latents = self.denormalise(pipe.vae, x0.to(pipe.vae.device, pipe.vae.dtype))
        if pipe.vae.config.timestep_conditioning:
            noise = randn_tensor(latents.shape, list(generators), latents.device, latents.dtype)
            share = torch.tensor(DECODE_NOISE_SCALE, dtype=latents.dtype, device=latents.device)
            latents = (1 - share) * latents + share * noise
        return decode_latents(pipe.vae, latents)

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0; patches are single places, since the pipeline has no other."""
        answer = denoiser(
            hidden_states=x_t.flatten(2).transpose(1, 2),
            encoder_hidden_states=condition["encoder_hidden_states"],
            timestep=t * TRAIN_STEPS,
            encoder_attention_mask=condition["encoder_attention_mask"],
            video_coords=self.coordinates(x_t.shape[2:], condition["frame_rate"]),
            return_dict=False,
        )[0]
        return answer.transpose(1, 2).unflatten(2, x_t.shape[2:])

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """A token stands for one place of the latents."""
        answer = run_to(
            middle(denoiser.transformer_blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition)
        )
        return on_grid(answer, x_t, (1, 1, 1))

    def coordinates(self, shape: Sequence[int], rate: torch.Tensor) -> torch.Tensor:
        """[B, 3, f h w]: seconds, pixels from the top, pixels from the left, of latents [f, h, w] at rates [B, 2].

        Always in 32 bits, as the transformer's own positions are.
        """
        axes = [torch.arange(length, dtype=torch.float32, device=rate.device) for length in shape]
        places = torch.stack([axis.flatten() for axis in torch.meshgrid(*axes, indexing="ij")])
        seconds = self.time * rate[:, 1].double() / rate[:, 0].double()
        scale = torch.stack([seconds.float(), *[torch.full_like(seconds, self.space).float()] * 2], dim=1)
        return places * scale[:, :, None]

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        return {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
            "guidance_scale": requests[0].guidance,
            "frame_rate": float(requests[0].fps),
            "max_sequence_length": self.longest_prompt(pipe),
        }

    def as_x0(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        shape = (-1, request.height // self.space, request.width // self.space)
        return latents.transpose(1, 2).unflatten(2, shape)

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0.flatten(2).transpose(1, 2)

    def longest_prompt(self, pipe: Any) -> int:
        return min(int(pipe.tokenizer.model_max_length), MOST_TEXT)

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """A single step, which a scheduler that stretches its levels to a last one cannot place: it divides by zero."""
        if request.steps == 1 and pipe.scheduler.config.get("shift_terminal"):
            return "1 step cannot be drawn by this model: use 2 or more"
        return None

    def grid(self, pipe: Any) -> Grid:
        return Grid(self.space, self.time, math.lcm(SIDE_STEP, self.space), self.time)

    def most_frames(self, pipe: Any) -> int:
        return 257


def latent_statistics(vae: Any, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean, deviation) of the VAE's latents per channel, both [1, z, 1, 1, 1]; the VAE's weights hold them."""
    mean, std = (values.view(1, -1, 1, 1, 1).to(like) for values in (vae.latents_mean, vae.latents_std))
    return mean, std


def decode_latents(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Pixels; a VAE that denoises is told from which level."""
    times = None
    if vae.config.timestep_conditioning:
        times = torch.full((len(latents),), DECODE_TIMESTEP, dtype=latents.dtype, device=latents.device)
    with seeded(latents.device):
        return vae.decode(latents, times, return_dict=False)[0]


@contextmanager
def seeded(device: torch.device) -> Iterator[None]:
    """Some decoders add noise of torch's global state to their features: the same every time, which all items share."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(DECODER_SEED)
        yield
