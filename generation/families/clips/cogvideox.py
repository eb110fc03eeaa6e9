"""CogVideoX and CogVideoX 1.5 text-to-video (`diffusers.CogVideoXPipeline`). Checked against diffusers 0.42."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from diffusers import CogVideoXPipeline, CogVideoXVideoToVideoPipeline
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid

from feedback.errors import Invalid
from generation.families.clips.clips_family import ClipsFamily, Grid
from generation.families.folder import read_json
from generation.families.hidden import middle, on_grid, run_to
from generation.families.protocol import Condition
from generation.families.siblings import Siblings
from generation.objectives import Epsilon, Velocity, discrete_objective
from generation.request import Request

SIDE_STEP = 8  # pixels; the pipeline itself insists on it
MOST_FRAMES, MOST_FRAMES_IN_PATCHES = 49, 161  # as the model cards of 1.0 and 1.5 have them


@dataclass(frozen=True)
class CogVideoX(ClipsFamily):
    """v by numbered levels, as the checkpoint's scheduler has them. The transformer's axes are B, f, z, h, w.

    The pipeline's `use_dynamic_cfg` stays off: it computes a guidance of its own from the timestep, not the brief's.
    """

    objective: Epsilon | Velocity

    pipeline_class: ClassVar[type] = CogVideoXPipeline
    siblings: ClassVar[Siblings] = Siblings(CogVideoXVideoToVideoPipeline, video_to_video=CogVideoXVideoToVideoPipeline)
    most_pixels: ClassVar[int] = 1360 * 768  # the largest that 1.5 was made for

    @classmethod
    def of(cls, pipe: Any) -> Self:
        return cls.configured(pipe.transformer.config, type(pipe.scheduler).__name__, pipe.scheduler.config)

    @classmethod
    def check_folder(cls, folder: Path) -> None:
        scheduler = read_json(folder / "scheduler" / "scheduler_config.json")
        cls.configured(read_json(folder / "transformer" / "config.json"), str(scheduler.get("_class_name")), scheduler)

    @classmethod
    def configured(cls, transformer: Mapping[str, Any], scheduler_class: str, scheduler: Mapping[str, Any]) -> Self:
        """Invalid for a checkpoint that predicts otherwise, or that starts from an image."""
        if transformer.get("ofs_embed_dim") or transformer.get("use_learned_positional_embeddings"):
            raise Invalid(
                "its transformer starts from an image, by channels of its own: use a text-to-video checkpoint"
            )
        return cls(discrete_objective(scheduler_class, scheduler))

    @torch.no_grad()
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """{"encoder_hidden_states": [B, longest_prompt, D]}."""
        prompts = [request.prompt for request in requests]
        embeds, _ = pipe.encode_prompt(
            prompts, do_classifier_free_guidance=False, max_sequence_length=self.longest_prompt(pipe)
        )
        return {"encoder_hidden_states": embeds}

    @torch.no_grad()
    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, F, H, W] -> x0 [B, z, f, h, w], f whole patches: the first frame again in front where it lacks.

        So does diffusers' training script; the pipeline draws something there, and decodes without it.
        """
        x0 = super().encode_media(pipe, pixels)
        return torch.cat([x0[:, :, :1]] * padding(pipe) + [x0], dim=2)

    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return super().decode(pipe, x0[:, :, padding(pipe) :])

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        return 1 / vae.config.scaling_factor * x0  # in this order, to the last bit as the pipeline

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """v, or epsilon."""
        return denoiser(
            hidden_states=x_t.transpose(1, 2),
            encoder_hidden_states=condition["encoder_hidden_states"],
            timestep=self.objective.index(t),
            image_rotary_emb=rotary_positions(denoiser.config, x_t),
            return_dict=False,
        )[0].transpose(1, 2)

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """Blocks answer the picture and the text."""
        config = denoiser.config
        picture, _ = run_to(
            middle(denoiser.transformer_blocks), denoiser, partial(self.predict, denoiser, x_t, t, condition)
        )
        return on_grid(picture, x_t, (config.patch_size_t or 1, config.patch_size, config.patch_size))

    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        return {
            "prompt": [request.prompt for request in requests],
            "negative_prompt": [request.negative_prompt for request in requests],
            "guidance_scale": requests[0].guidance,
            "max_sequence_length": self.longest_prompt(pipe),
        }

    def as_x0(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        return latents.transpose(1, 2)

    def longest_prompt(self, pipe: Any) -> int:
        """The transformer's own: its sequence begins with places for exactly so many."""
        return pipe.transformer.config.max_text_seq_length

    def sibling_for(self, pipe: Any, request: Request) -> type | None:
        """Not of 1.5: the pipeline does not fill up the frames that its patches lack."""
        return None if padding(pipe) else super().sibling_for(pipe, request)

    def as_given(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """In the denoiser's number format, which the pipeline does not see to."""
        return self.as_stepped(pipe, x0).to(pipe.transformer.dtype)

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0.transpose(1, 2)

    def grid(self, pipe: Any) -> Grid:
        """The VAE halves and doubles frames in pairs behind the first, so that latents have an odd number of frames."""
        config, space, time = pipe.transformer.config, pipe.vae_scale_factor_spatial, pipe.vae_scale_factor_temporal
        patch_frames = config.patch_size_t or 1
        step = math.lcm(SIDE_STEP, space * config.patch_size)
        return Grid(space, time, step, 2 * time * patch_frames, config.patch_size, patch_frames)

    def most_frames(self, pipe: Any) -> int:
        return MOST_FRAMES if pipe.transformer.config.patch_size_t is None else MOST_FRAMES_IN_PATCHES

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Also beyond the rotary positions of 1.5, which end."""
        config, space = pipe.transformer.config, pipe.vae_scale_factor_spatial
        wide, tall = config.sample_width * space, config.sample_height * space
        reason = super().refuse_size(pipe, width, height, frames)
        if reason is None and config.patch_size_t is not None and (width > wide or height > tall):
            return f"size {width}x{height} is too large: at most {wide}x{tall}"
        return reason


def padding(pipe: Any) -> int:
    """Frames that latents of 1 + a multiple of two patches lack to be whole patches."""
    return (pipe.transformer.config.patch_size_t or 1) - 1


def rotary_positions(config: Any, x_t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
    """(cosines, sines) of all tokens' places, [tokens, head] each, as the pipeline has them; None where the model adds its own.

    1.0 stretches any frame over the places it was trained on; 1.5 counts them from the top left.
    """
    if not config.use_rotary_positional_embeddings:
        return None
    frames, tall, wide = x_t.shape[2], x_t.shape[3] // config.patch_size, x_t.shape[4] // config.patch_size
    trained = config.sample_height // config.patch_size, config.sample_width // config.patch_size
    common = {"embed_dim": config.attention_head_dim, "grid_size": (tall, wide), "device": x_t.device}
    if config.patch_size_t is None:
        crop = get_resize_crop_region_for_grid((tall, wide), trained[1], trained[0])
        return get_3d_rotary_pos_embed(crops_coords=crop, temporal_size=frames, **common)
    beats = frames // config.patch_size_t
    return get_3d_rotary_pos_embed(
        crops_coords=None, temporal_size=beats, grid_type="slice", max_size=trained, **common
    )
