"""What families of clips share: latents of a video VAE, drawn by the pipeline and decoded here; stills are clips of one frame.

Checked against diffusers 0.42.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import torch

from generation.families.noised_start import call_from_noised
from generation.families.progress import share_after_step
from generation.families.protocol import Condition, Denoiser, Drawn, Family, OnProgress
from generation.families.siblings import Siblings, call_sibling, clips, paste, read_sources, refuse_start, stills
from generation.objectives import Objective
from generation.request import Request, Source


@dataclass(frozen=True)
class Grid:
    """How a checkpoint cuts clips into latents and tokens."""

    space: int  # pixels a side that a place of the latents stands for
    time: int  # frames that each frame of the latents stands for, but for the first, which stands for one
    side_step: int  # sides are multiples of this many pixels
    beat: int  # frames are 1 + a multiple of this many
    patch: int = 1  # places a side of one token
    patch_frames: int = 1  # frames of the latents of one token


class ClipsFamily(ABC):
    """A pipeline class that draws clips, each one denoiser's work."""

    pipeline_class: ClassVar[type]
    load_options: ClassVar[Mapping[str, Any]] = {}
    denoisers: ClassVar[tuple[str, ...]] = ("transformer",)
    lora_targets: ClassVar[tuple[str, ...]] = ("to_q", "to_k", "to_v", "to_out.0")
    kinds: ClassVar[tuple[str, ...]] = ("still", "clip")
    siblings: ClassVar[Siblings] = Siblings()
    most_pixels: ClassVar[int]  # of a frame

    objective: Objective

    @classmethod
    def of(cls, pipe: Any) -> Self:
        """Every checkpoint is alike, unless a family says otherwise."""
        return cls()

    @classmethod  # noqa: B027 (most families need none)
    def check_folder(cls, folder: Path) -> None:
        """Any will do, unless a family says otherwise."""

    def denoisers_of(self, pipe: Any) -> list[Denoiser]:
        (name,) = self.denoisers
        return [Denoiser(name, getattr(pipe, name), 0.0, 1.0)]

    @abstractmethod
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition: ...

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return (request.prompt,)

    @torch.no_grad()
    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, F, H, W] -> x0 [B, z, f, h, w]; F must be one that `refuse_size` accepts."""
        clips = pixels.to(pipe.vae.device, pipe.vae.dtype)
        return self.normalise(pipe.vae, pipe.vae.encode(clips).latent_dist.mode())

    @torch.no_grad()
    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels [B, 3, F, H, W] in [-1, 1], in the VAE's own number format."""
        latents = self.denormalise(pipe.vae, x0.to(pipe.vae.device, pipe.vae.dtype))
        return pipe.vae.decode(latents, return_dict=False)[0]

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        return latents * vae.config.scaling_factor

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0 / vae.config.scaling_factor

    @abstractmethod
    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor: ...

    @abstractmethod
    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor: ...

    def generate(
        self,
        pipe: Any,
        requests: Sequence[Request],
        generators: Sequence[torch.Generator],
        on_progress: OnProgress,
    ) -> list[Drawn]:
        """Through the pipeline up to the latents: it would decode in the denoiser's number format, not in the VAE's."""
        first = requests[0]
        arguments = {
            **self.call_arguments(pipe, requests),
            "height": first.height,
            "width": first.width,
            "num_frames": first.frames,
            "num_inference_steps": first.steps,
            "generator": list(generators),
            "output_type": "latent",
            "callback_on_step_end": share_after_step(on_progress),
        }
        sources = read_sources(requests) if first.start else []
        called = start_from(self, pipe, requests, sources, generators, arguments) if sources else pipe(**arguments)
        decoded = self.decode_drawn(pipe, self.as_x0(pipe, called.frames, first), generators)
        if first.mask_media:
            decoded = paste(decoded, sources)
        return [Drawn((clip / 2 + 0.5).clamp(0, 1).transpose(0, 1)) for clip in decoded]

    @abstractmethod
    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """What the pipeline is called with for these requests' texts, guidance and frame rate."""

    def as_x0(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        """What the pipeline gives for output_type "latent", as x0."""
        return latents

    def as_given(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return self.as_stepped(pipe, x0)

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0

    def decode_drawn(self, pipe: Any, x0: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """As `decode`, where a pipeline adds no noise of its own before it decodes."""
        return self.decode(pipe, x0)

    @abstractmethod
    def longest_prompt(self, pipe: Any) -> int: ...

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Counted without truncation, so that a prompt which would be cut is seen."""
        return len(pipe.tokenizer(prompt, truncation=False, verbose=False).input_ids)

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """Nothing is refused."""
        return None

    def refuse_source(self, pipe: Any, request: Request) -> str | None:
        """Nothing is refused, unless a family says otherwise."""
        return refuse_start(self.kinds, request)

    def sibling_for(self, pipe: Any, request: Request) -> type | None:
        assert request.start, "only what has a source comes here"
        return self.siblings.of(request.start)

    @abstractmethod
    def grid(self, pipe: Any) -> Grid: ...

    @abstractmethod
    def most_frames(self, pipe: Any) -> int:
        """1 + a multiple of the grid's beat."""

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Sides and frames in steps of the checkpoint's grid, within limits."""
        grid, most = self.grid(pipe), self.most_frames(pipe)
        step, beat = grid.side_step, grid.beat
        if width % step or height % step or min(width, height) < step:
            nearest = f"{nearest_step(width, step)}x{nearest_step(height, step)}"
            return f"size {width}x{height} cannot be drawn: sides are multiples of {step}, such as {nearest}"
        if frames % beat != 1 % beat:
            nearest = str(min(nearest_beat(frames, beat), most))
            return f"{frames} frames cannot be drawn: use 1 + a multiple of {beat}, such as {nearest}"
        if width * height > self.most_pixels:
            return f"size {width}x{height} is too large: at most {self.most_pixels} pixels"
        if frames > most:
            return f"{frames} frames are too many: at most {most}"
        return None

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """One per patch of latents."""
        grid = self.grid(pipe)
        beats = math.ceil(((frames - 1) // grid.time + 1) / grid.patch_frames)
        return beats * (height // grid.space // grid.patch) * (width // grid.space // grid.patch)


class ClipsStart(Family, Protocol):
    """A family that says by which class it starts."""

    def sibling_for(self, pipe: Any, request: Request) -> type | None:
        """diffusers' class for what the request starts from, or None where there is none that does."""
        ...


def start_from(
    family: ClipsStart,
    pipe: Any,
    requests: Sequence[Request],
    sources: Sequence[Source],
    generators: Sequence[torch.Generator],
    arguments: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    """What the sibling pipeline, with these attributes, answers to requests that start alike.

    Where there is none, what the family's own answers, from noised latents.
    """
    first = requests[0]
    sibling = family.sibling_for(pipe, first)
    if sibling is None:
        return call_from_noised(family, pipe, requests, sources, generators, arguments)
    media: dict[str, Any]
    if first.start == "first_frame":
        media = {"image": stills(sources)}
    else:
        media = {"video": clips(sources), "strength": first.strength}
    return call_sibling(pipe, sibling, family.load_options, {**arguments, **media}, attributes)


def nearest_step(side: int, step: int) -> int:
    return max(step, round(side / step) * step)


def nearest_beat(frames: int, beat: int) -> int:
    return max(0, round((frames - 1) / beat)) * beat + 1
