"""What families of stills share: latents of one image by an `AutoencoderKL`-like VAE, drawn by the pipeline and decoded here.

Checked against diffusers 0.42.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch

from generation.families.noised_start import call_from_noised
from generation.families.progress import share_after_step
from generation.families.protocol import Condition, Denoiser, Drawn, OnProgress
from generation.families.siblings import Siblings, call_sibling, masks, paste, read_sources, refuse_start, stills
from generation.objectives import Objective
from generation.request import Request, Source

MOST_PIXELS = 2048 * 2048  # beyond any checkpoint's training: pictures of repeated subjects


class StillsFamily(ABC):
    """A pipeline class that draws images, each one denoiser's work."""

    pipeline_class: ClassVar[type]
    load_options: ClassVar[Mapping[str, Any]] = {}
    denoisers: ClassVar[tuple[str, ...]]
    kinds: ClassVar[tuple[str, ...]] = ("still",)
    siblings: ClassVar[Siblings] = Siblings()
    inpainted_channels: ClassVar[int | None] = None
    """Of latents, where the inpainting pipeline takes this many for granted: others start from noised latents."""
    one_by_one: ClassVar[bool] = False
    """Each item is drawn in a call of its own: where a longer prompt beside it would change how its sums are rounded."""

    objective: Objective

    @classmethod
    def of(cls, pipe: Any) -> Self:
        """Every checkpoint is alike, unless a family says otherwise."""
        return cls()

    @classmethod  # noqa: B027 (most families need none)
    def check_folder(cls, folder: Path) -> None:
        """Any will do, unless a family says otherwise."""

    @property
    @abstractmethod
    def lora_targets(self) -> tuple[str, ...]: ...

    def denoisers_of(self, pipe: Any) -> list[Denoiser]:
        (name,) = self.denoisers
        return [Denoiser(name, getattr(pipe, name), 0.0, 1.0)]

    @abstractmethod
    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition: ...

    def condition_key(self, request: Request) -> tuple[str, ...]:
        return (request.prompt,)

    @torch.no_grad()
    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, 1, H, W] -> x0 [B, z, 1, h, w]: H / 8 and W / 8, or whatever the VAE's own ratio is."""
        images = pixels.squeeze(2).to(pipe.vae.device, pipe.vae.dtype)
        return self.normalise(pipe.vae, pipe.vae.encode(images).latent_dist.mode()).unsqueeze(2)

    @torch.no_grad()
    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels [B, 3, 1, H, W] in [-1, 1], in the VAE's own number format."""
        latents = x0.squeeze(2).to(pipe.vae.device, pipe.vae.dtype)
        return pipe.vae.decode(self.denormalise(pipe.vae, latents), return_dict=False)[0].unsqueeze(2)

    def normalise(self, vae: Any, latents: torch.Tensor) -> torch.Tensor:
        """Latents of the VAE [B, z, h, w] as the denoiser sees them; older VAEs state no shift."""
        return (latents - (vae.config.shift_factor or 0)) * vae.config.scaling_factor

    def denormalise(self, vae: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0 / vae.config.scaling_factor + (vae.config.shift_factor or 0)

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
        """In one call of the pipeline, or one of each item."""
        size = 1 if self.one_by_one else len(requests)
        drawn = []
        for start in range(0, len(requests), size):
            part = slice(start, start + size)

            def on_share(share: float, start: int = start) -> None:
                on_progress((start + share * size) / len(requests))

            drawn += self.draw(pipe, requests[part], generators[part], on_share)
        return drawn

    def draw(
        self,
        pipe: Any,
        requests: Sequence[Request],
        generators: Sequence[torch.Generator],
        on_progress: OnProgress,
    ) -> list[Drawn]:
        """Through the pipeline up to the latents: it would decode in the denoiser's number format, not in the VAE's."""
        first = requests[0]
        sources = read_sources(requests) if first.start else []
        arguments = {
            **self.call_arguments(pipe, requests),
            "height": first.height,
            "width": first.width,
            "num_inference_steps": first.steps,
            "generator": list(generators),
            "output_type": "latent",
            "callback_on_step_end": share_after_step(on_progress),
        }
        called = self.start_from(pipe, requests, sources, generators, arguments) if sources else pipe(**arguments)
        images = self.paint(pipe, called.images, first).squeeze(2)
        if first.mask_media:
            images = paste(images, sources)
        reasons = self.reasons_withheld(pipe, images)
        return [
            Drawn((image / 2 + 0.5).clamp(0, 1).unsqueeze(0), reason)
            for image, reason in zip(images, reasons, strict=True)
        ]

    def start_from(
        self,
        pipe: Any,
        requests: Sequence[Request],
        sources: Sequence[Source],
        generators: Sequence[torch.Generator],
        arguments: Mapping[str, Any],
    ) -> Any:
        """What the sibling pipeline answers to requests that start alike, or its own from noised latents."""
        first = requests[0]
        sibling = self.sibling_for(pipe, first)
        if sibling is None:
            return call_from_noised(self, pipe, requests, sources, generators, arguments)
        media = {"image": stills(sources), "strength": first.strength}
        if first.mask_media:
            media["mask_image"] = masks(sources)
        return call_sibling(pipe, sibling, self.load_options, {**arguments, **media})

    def sibling_for(self, pipe: Any, request: Request) -> type | None:
        """Not where latents are of another depth than the inpainting pipeline takes for granted."""
        assert request.start, "only what has a source comes here"
        channels, usual = getattr(pipe, self.denoisers[0]).config.in_channels, self.inpainted_channels
        is_odd = request.start == "inpaint" and usual not in (None, channels)
        return None if is_odd else self.siblings.of(request.start)

    def as_given(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """In the denoiser's number format, which not every pipeline sees to."""
        return x0.squeeze(2).to(getattr(pipe, self.denoisers[0]).dtype)

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        return x0.squeeze(2)

    def paint(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        """What the pipeline gives for output_type "latent", as pixels [B, 3, 1, H, W] in [-1, 1]."""
        return self.decode(pipe, self.as_x0(pipe, latents, request))

    @abstractmethod
    def call_arguments(self, pipe: Any, requests: Sequence[Request]) -> dict[str, Any]:
        """What the pipeline is called with for these requests' texts and guidance."""

    def as_x0(self, pipe: Any, latents: torch.Tensor, request: Request) -> torch.Tensor:
        """What the pipeline gives for output_type "latent", as x0."""
        return latents.unsqueeze(2)

    def reasons_withheld(self, pipe: Any, images: torch.Tensor) -> list[str | None]:
        """Per image [B, 3, H, W] in [-1, 1], why the pipeline's own checker withholds it; nothing where there is none."""
        return [None] * len(images)

    def tokenizers(self, pipe: Any) -> list[Any]:
        """Those that have to read the whole prompt."""
        return [pipe.tokenizer]

    def longest_prompt(self, pipe: Any) -> int:
        return min(int(tokenizer.model_max_length) for tokenizer in self.tokenizers(pipe))

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Counted without truncation, so that a prompt which would be cut is seen."""
        return max(
            len(tokenizer(prompt, truncation=False, verbose=False).input_ids) for tokenizer in self.tokenizers(pipe)
        )

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """Nothing is refused, unless this checkpoint reads no negative prompt."""
        if request.negative_prompt and not self.reads_negatives(pipe):
            return "this model reads no negative prompt: remove it and say in the prompt what the take should show"
        return None

    def reads_negatives(self, pipe: Any) -> bool:
        """Whether guidance draws twice, with a negative prompt: not where it is an input of the denoiser."""
        return True

    def refuse_source(self, pipe: Any, request: Request) -> str | None:
        """What is of a clip."""
        return refuse_start(self.kinds, request)

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Sides in multiples of 8 (or more), one frame, within limits."""
        step = self.side_step(pipe)
        if width % step or height % step or min(width, height) < step:
            nearest = "x".join(str(max(step, round(side / step) * step)) for side in (width, height))
            return f"size {width}x{height} cannot be drawn: sides are multiples of {step}, such as {nearest}"
        if frames != 1:
            return f"{frames} frames cannot be drawn: this model draws stills, of 1 frame"
        longest = self.longest_side(pipe)
        if longest is not None and max(width, height) > longest:
            return f"size {width}x{height} is too large: at most {longest} pixels a side"
        if width * height > MOST_PIXELS:
            return f"size {width}x{height} is too large: at most {MOST_PIXELS} pixels"
        return None

    @abstractmethod
    def side_step(self, pipe: Any) -> int:
        """Sides are multiples of this many pixels."""

    def longest_side(self, pipe: Any) -> int | None:
        """Most pixels a side that the denoiser's positions reach, or None where they have no end."""
        return None

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """One per patch of latents."""
        step = self.side_step(pipe)
        return (height // step) * (width // step)
