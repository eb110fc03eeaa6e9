"""Wan 2.x text-to-video (`diffusers.WanPipeline`): stills are clips of one frame. Checked against diffusers 0.42."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import torch
from diffusers import WanPipeline, WanVideoToVideoPipeline
from diffusers.pipelines.wan.pipeline_wan import prompt_clean

from generation.families.clips.clips_family import start_from
from generation.families.hidden import middle, on_grid, run_to
from generation.families.progress import share_after_step
from generation.families.protocol import Condition, Denoiser, Drawn, OnProgress
from generation.families.siblings import Siblings, paste, read_sources, refuse_start
from generation.objectives import Flow, Objective
from generation.request import Request, Source

TRAIN_STEPS = 1000  # Wan's transformer is fed 0-1000 whatever the scheduler's shift
MOST_PIXELS = 1280 * 720  # the largest frame that Wan 2.x was made for
MOST_FRAMES = 121
CHUNK = 4  # frames that AutoencoderKLWan encodes at a time, whatever its compression; an incomplete chunk is lost
MOST_TEXT = 512  # tokens; the pipeline's own ceiling


class Wan:
    """Flow matching; latents are normalised by the VAE's own mean and deviation per channel."""

    pipeline_class: ClassVar[type] = WanPipeline
    siblings: ClassVar[Siblings] = Siblings(WanVideoToVideoPipeline, video_to_video=WanVideoToVideoPipeline)
    load_options: ClassVar[Mapping[str, Any]] = {}
    denoisers: ClassVar[tuple[str, ...]] = ("transformer", "transformer_2")
    lora_targets: ClassVar[tuple[str, ...]] = ("to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2")
    kinds: ClassVar[tuple[str, ...]] = ("still", "clip")

    objective: Objective = Flow()

    @classmethod
    def of(cls, pipe: Any) -> Wan:
        """Every checkpoint has the same objective."""
        return cls()

    @classmethod
    def check_folder(cls, folder: Path) -> None:
        """Any will do."""

    def denoisers_of(self, pipe: Any) -> list[Denoiser]:
        """Wan 2.2 A14B has two: noise levels from `boundary_ratio` up are the first one's."""
        boundary = pipe.config.boundary_ratio
        if boundary is None or pipe.transformer_2 is None:
            return [Denoiser("transformer", pipe.transformer, 0.0, 1.0)]
        return [
            Denoiser("transformer", pipe.transformer, boundary, 1.0),
            Denoiser("transformer_2", pipe.transformer_2, 0.0, boundary),
        ]

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D]}, zeros after each prompt's last token, of the prompts alone."""
        prompts = [request.prompt for request in requests]
        embeds, _ = pipe.encode_prompt(
            prompts, do_classifier_free_guidance=False, max_sequence_length=self.longest_prompt(pipe)
        )
        return {"encoder_hidden_states": embeds}

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return (request.prompt,)

    @torch.no_grad()
    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, F, H, W] -> x0 [B, z, 1 + (F - 1) / 4, H / 8, W / 8] (ratios are the VAE's own).

        F must be one that `refuse_size` accepts: the VAE drops the frames of an incomplete chunk without a word.
        """
        mean, std = latent_statistics(pipe.vae)
        latents = pipe.vae.encode(pixels.to(pipe.vae.device, pipe.vae.dtype)).latent_dist.mode()
        return (latents - mean) / std

    @torch.no_grad()
    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels in [-1, 1], as the pipeline does after its last step."""
        mean, std = latent_statistics(pipe.vae)
        return pipe.vae.decode(x0.to(pipe.vae.device, pipe.vae.dtype) * std + mean, return_dict=False)[0]

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """eps - x0 as the transformer sees it.

        One time per item also serves Wan 2.2 TI2V (`expand_timesteps`): without a first frame to keep, the
        pipeline there feeds every token the same time.
        """
        return denoiser(
            hidden_states=x_t,
            timestep=t * TRAIN_STEPS,
            encoder_hidden_states=condition["encoder_hidden_states"],
            return_dict=False,
        )[0]

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """A token stands for a patch of the latents."""
        answer = run_to(middle(denoiser.blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition))
        return on_grid(answer, x_t, denoiser.config.patch_size)

    def generate(
        self,
        pipe: Any,
        requests: Sequence[Request],
        generators: Sequence[torch.Generator],
        on_progress: OnProgress,
    ) -> list[Drawn]:
        """Through the pipeline itself, which also decodes."""
        first = requests[0]
        arguments = {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
            "height": first.height,
            "width": first.width,
            "num_frames": self.frames_to_ask(pipe, first.frames),
            "num_inference_steps": first.steps,
            "guidance_scale": first.guidance,
            "guidance_scale_2": first.guidance_2,
            "generator": list(generators),
            "output_type": "pt",
            "max_sequence_length": self.longest_prompt(pipe),
            "callback_on_step_end": share_after_step(on_progress),
        }
        if not first.start:
            return [Drawn(item) for item in pipe(**arguments).frames]
        # The class guesses it from the VAE's number of layers, wrongly for Wan 2.2's, and shapes its noise by it.
        space, sources = {"vae_scale_factor_spatial": pipe.vae_scale_factor_spatial}, read_sources(requests)
        frames = start_from(self, pipe, requests, sources, generators, arguments, space).frames
        return [Drawn(item) for item in (paste_clips(frames, sources) if first.mask_media else frames)]

    def longest_prompt(self, pipe: Any) -> int:
        """The tokenizer's own limit where it has a sane one, the pipeline's 512 elsewhere."""
        return min(int(pipe.tokenizer.model_max_length), MOST_TEXT)

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Counted without truncation, so that a prompt which would be cut is seen."""
        return len(pipe.tokenizer(prompt_clean(prompt), truncation=False, verbose=False).input_ids)

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """Nothing is refused."""
        return None

    def refuse_source(self, pipe: Any, request: Request) -> str | None:
        """Nothing is refused."""
        return refuse_start(self.kinds, request)

    def sibling_for(self, pipe: Any, request: Request) -> type | None:
        """Not with two denoisers, of which the sibling knows the first alone."""
        assert request.start, "only what has a source comes here"
        return None if len(self.denoisers_of(pipe)) > 1 else self.siblings.of(request.start)

    def as_given(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Sides in multiples of 16 (or more), frames 1 plus a multiple of 4 (or more), all within limits."""
        step, beat = side_step(pipe), math.lcm(CHUNK, time_compression(pipe.vae))
        if width % step or height % step or min(width, height) < step:
            nearest = f"{nearest_step(width, step)}x{nearest_step(height, step)}"
            return f"size {width}x{height} cannot be drawn: sides are multiples of {step}, such as {nearest}"
        if frames % beat != 1 % beat:
            return (
                f"{frames} frames cannot be drawn: use 1 + a multiple of {beat}, such as {nearest_beat(frames, beat)}"
            )
        longest_side = step * pipe.transformer.config.rope_max_seq_len
        if width * height > MOST_PIXELS or max(width, height) > longest_side:
            return f"size {width}x{height} is too large: at most {MOST_PIXELS} pixels and {longest_side} a side"
        if frames > MOST_FRAMES:
            return f"{frames} frames are too many: at most {MOST_FRAMES}"
        return None

    def frames_to_ask(self, pipe: Any, frames: int) -> int:
        """Other than `frames` where the VAE's config claims a compression in time that its layers do not have."""
        return (self.count_beats(pipe, frames) - 1) * pipe.vae_scale_factor_temporal + 1

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """One token per patch of latents."""
        _, tall, wide = pipe.transformer.config.patch_size
        space = pipe.vae_scale_factor_spatial
        return self.count_beats(pipe, frames) * (height // space // tall) * (width // space // wide)

    def count_beats(self, pipe: Any, frames: int) -> int:
        """Frames of the latents."""
        return (frames - 1) // time_compression(pipe.vae) + 1


def paste_clips(frames: torch.Tensor, sources: Sequence[Source]) -> torch.Tensor:
    """[B, F, 3, H, W] in [0, 1], as the pipeline gives them, with the sources' own pixels outside of their masks."""
    return paste(frames.transpose(1, 2) * 2 - 1, sources).transpose(1, 2) / 2 + 0.5


def time_compression(vae: Any) -> int:
    """Frames per frame of latents, as the VAE's layers make them.

    `scale_factor_temporal` only says what the pipeline reckons with. They differ in a VAE that codes frame by frame:
    the pipeline makes two frames of one where that value is 1, so such a VAE has to claim another.
    """
    return 2 ** sum(bool(each) for each in vae.config.temperal_downsample)


def latent_statistics(vae: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean, deviation) of the VAE's latents per channel, both [1, z, 1, 1, 1]."""

    def per_channel(values: list[float]) -> torch.Tensor:
        return torch.tensor(values, device=vae.device, dtype=vae.dtype).view(1, -1, 1, 1, 1)

    return per_channel(vae.config.latents_mean), per_channel(vae.config.latents_std)


def side_step(pipe: Any) -> int:
    """Sides are multiples of this many pixels: whole patches, and 16 because the pipeline itself insists on it."""
    return math.lcm(16, pipe.vae_scale_factor_spatial * pipe.transformer.config.patch_size[1])


def nearest_step(side: int, step: int) -> int:
    return max(step, round(side / step) * step)


def nearest_beat(frames: int, beat: int) -> int:
    return max(0, round((frames - 1) / beat)) * beat + 1
