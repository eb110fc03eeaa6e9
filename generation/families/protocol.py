"""What a model family is: all that drawing and tuning need to know about one diffusers pipeline class.

Conventions shared by every family:

- pixels are [B, C, F, H, W] in [-1, 1], a still being one frame;
- x0 are *normalised* latents (zero mean, unit spread as the denoiser sees them) [B, z, F, h, w], never packed into tokens
  and never without the axis of frames, whatever the denoiser itself takes;
- t is the noise level in [0, 1], 0 clean and 1 the most noise, one per item [B]. The family turns it into whatever its
  denoiser is fed (an index, 0-1000, reversed, …), so that nobody else has to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch

from generation.families.siblings import Siblings
from generation.objectives import Objective
from generation.request import Request

Condition = Mapping[str, torch.Tensor]  # one row per item
LENGTH = "length"  # of a condition, [B]: tokens of each prompt; in the processor's memory, which makes shapes of it
OnProgress = Callable[[float], None]  # is given the share done, 0 to 1; what it raises ends the drawing


@dataclass(frozen=True)
class Denoiser:
    """One trainable network of a pipeline and the noise levels it is used for."""

    name: str  # the pipeline's attribute that holds it
    module: torch.nn.Module
    low: float  # noise levels t with low <= t < high (t = 1 included) are this network's
    high: float


@dataclass(frozen=True)
class Drawn:
    """One drawn item."""

    pixels: torch.Tensor  # [F, 3, H, W] in [0, 1]
    withheld: str | None = None  # why nobody may see it, when the pipeline's own checker withheld it


class Family(Protocol):
    """One pipeline class as one checkpoint has it: how it is conditioned, what it was trained to answer, what it cannot draw."""

    pipeline_class: ClassVar[type]
    load_options: ClassVar[Mapping[str, Any]]  # more arguments of from_pretrained
    denoisers: ClassVar[tuple[str, ...]]  # attribute names of the pipeline, the first always present
    kinds: ClassVar[tuple[str, ...]]  # of "still", "clip"
    siblings: ClassVar[Siblings]  # pipeline classes that start from media, with the same networks

    @classmethod
    def of(cls, pipe: Any) -> Family:
        """The family of a loaded pipeline, with what this checkpoint's configuration states; Invalid if it cannot be tuned."""
        ...

    @classmethod
    def check_folder(cls, folder: Path) -> None:
        """Invalid, before anything is loaded, for a model folder whose configuration `of` would not take."""
        ...

    @property
    def lora_targets(self) -> tuple[str, ...]:
        """Endings of the names of modules that LoRA is put on, whole parts of a name."""
        ...

    @property
    def objective(self) -> Objective:
        """What the denoisers were trained to answer."""
        ...

    def denoisers_of(self, pipe: Any) -> list[Denoiser]:
        """The pipeline's networks with their ranges of t, which together cover [0, 1]."""
        ...

    def encode_prompt(self, pipe: Any, requests: Sequence[Request]) -> Condition:
        """The `condition` of `predict`: a row per request; the same as `generate` computes for the prompt itself.

        Rows of all requests have one shape, so that they may be stacked. Those that are numbers of places, masks or ids
        are of a whole type; floating ones may be given back to `predict` in the denoiser's number format.
        """
        ...

    def condition_key(self, request: Request) -> tuple[str, ...]:
        """All that a row of `encode_prompt` depends on, so that equal keys may share one cached row."""
        ...

    def encode_media(self, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels -> x0, the most likely latents (no sampling from the posterior), so that they may be cached."""
        ...

    def decode(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """x0 -> pixels."""
        ...

    def predict(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """The denoiser's answer, which the objective's `noise` calls the target; shaped like x_t. Differentiable."""
        ...

    def hidden_states(
        self, denoiser: torch.nn.Module, x_t: torch.Tensor, t: torch.Tensor, condition: Condition
    ) -> torch.Tensor:
        """The hidden states of the denoiser's middle block, [B, C, F', h', w']: tokens of the picture back in their places.

        Differentiable by x_t; the network is run no further than that block, so that a gradient costs half the network.
        One that is shared out among processes is run whole, by all of them together.
        """
        ...

    def generate(
        self,
        pipe: Any,
        requests: Sequence[Request],
        generators: Sequence[torch.Generator],
        on_progress: OnProgress,
    ) -> list[Drawn]:
        """Draws one item per request, all of one size, frame rate, steps and guidances, in one call of the pipeline.

        They are also of one `start` and strength; sources may differ. Outside of a mask a source's pixels are unchanged.
        Where diffusers has no class for a start, `noised_start` draws it.
        Each item depends on its own request and generator and on how many there are, not on the others.
        """
        ...

    def as_given(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """Latents like x0 as the pipeline's argument `latents` takes them."""
        ...

    def as_stepped(self, pipe: Any, x0: torch.Tensor) -> torch.Tensor:
        """Latents like x0 as the pipeline has them between its steps."""
        ...

    def longest_prompt(self, pipe: Any) -> int:
        """Most tokens of a prompt, the tokenizer's own marks counted."""
        ...

    def count_tokens(self, pipe: Any, prompt: str) -> int:
        """Tokens of a prompt after the pipeline's own cleaning, the tokenizer's own marks counted."""
        ...

    def refuse_settings(self, pipe: Any, request: Request) -> str | None:
        """Why a request asks for what this checkpoint cannot do, its size and source aside, or None.

        Such as a negative prompt of a model that is fed its guidance instead of being drawn twice.
        """
        ...

    def refuse_source(self, pipe: Any, request: Request) -> str | None:
        """Why this checkpoint cannot start from what a request starts from, with what it can, or None when it can."""
        ...

    def refuse_size(self, pipe: Any, width: int, height: int, frames: int) -> str | None:
        """Why this size cannot be drawn, with the nearest that can, or None when it can."""
        ...

    def tokens_per_item(self, pipe: Any, width: int, height: int, frames: int) -> int:
        """Length of the longest sequence that the denoiser works on for one item of this size."""
        ...
