"""Pipelines that start from media, made of a loaded pipeline's own parts: one set of weights, adapters on it included.

diffusers has a class of its own for each way to start. Checked against diffusers 0.42.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import torch

from feedback.errors import Invalid
from generation.prompt_cache import encoding_once
from generation.request import STARTS, Request, Source, Start, refuse_among


@dataclass(frozen=True)
class Siblings:
    """Pipeline classes with the same networks that start from media; None for what diffusers does not have.

    There the family's own pipeline starts from noised latents (`noised_start`).
    """

    image_to_image: type | None = None  # a still from a still
    inpaint: type | None = None  # the part of a still that a mask shows
    video_to_video: type | None = None  # a clip from a clip
    inpaint_clip: type | None = None  # the part of a clip that a mask shows
    first_frame: type | None = None  # a clip from the still that it begins with

    def of(self, start: Start) -> type | None:
        return getattr(self, start)


STILLS: tuple[Start, ...] = ("image_to_image", "inpaint")
"""What every pipeline of stills can start from, by a sibling or by its own latents."""


def refuse_start(kinds: Sequence[str], request: Request) -> str | None:
    """Why a request's source is none that a model of these kinds can start from, with what it can, or None."""
    if request.start is None:
        return None
    return refuse_among(request.start, tuple(STARTS) if "clip" in kinds else STILLS)


def call_sibling(
    pipe: Any,
    sibling: type,
    options: Mapping[str, Any],
    arguments: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
) -> Any:
    """What the pipeline class answers, made of the parts of `pipe`.

    `options`: more of what its constructor takes. `arguments`: of the call; it gets those that it knows, since some
    classes have the size from the picture that they are given. `attributes`: to be set before.
    """
    drawing = sibling_of(pipe, sibling, options)
    vars(drawing).update(attributes or {})
    known = signature(sibling.__call__).parameters  # type: ignore[operator]
    with encoding_in_own_format(pipe.vae), encoding_once(drawing):
        return drawing(**{name: value for name, value in arguments.items() if name in known})


def sibling_of(pipe: Any, sibling: type, options: Mapping[str, Any]) -> Any:
    """The class's `from_pipe` would turn all networks into 32 bits."""
    known = signature(sibling.__init__).parameters  # type: ignore[misc]
    parts = {**pipe.config, **pipe.components, **options}
    drawing = sibling(**{name: part for name, part in parts.items() if name in known})
    drawing.set_progress_bar_config(disable=True)
    return drawing


class CastPosterior:
    """What a VAE says of media, its latents in the number format of the media that it was given."""

    def __init__(self, posterior: Any, format: torch.dtype) -> None:
        self.posterior, self.format = posterior, format

    def sample(self, generator: Any = None) -> torch.Tensor:
        return self.posterior.sample(generator).to(self.format)

    def mode(self) -> torch.Tensor:
        return self.posterior.mode().to(self.format)


@dataclass(frozen=True)
class Encoded:
    latent_dist: CastPosterior


@contextmanager
def encoding_in_own_format(vae: Any) -> Iterator[None]:
    """The pipelines encode in the denoiser's number format, or move the VAE to it: within the block it keeps its own."""
    before, encode, format = dict(vars(vae)), vae.encode, vae.dtype

    def encode_in_own_format(pixels: torch.Tensor, *more: Any, **named: Any) -> Encoded:
        return Encoded(CastPosterior(encode(pixels.to(format), *more, **named).latent_dist, pixels.dtype))

    vae.encode, vae.to = encode_in_own_format, lambda *to, **named: vae
    try:
        yield
    finally:
        for name in ("encode", "to"):
            vars(vae).pop(name)
            if name in before:
                vars(vae)[name] = before[name]


def read_sources(requests: Sequence[Request]) -> list[Source]:
    """The sources of requests that all have one, each read once."""
    opened: dict[tuple[str | None, str | None], Source] = {}
    for request in requests:
        key = request.source_media, request.mask_media
        if key not in opened:
            if request.read_source is None:
                raise Invalid("the pixels of the brief's source are not at hand: draw it where the studio's media are")
            opened[key] = request.read_source()
    return [opened[request.source_media, request.mask_media] for request in requests]


def stills(sources: Sequence[Source]) -> torch.Tensor:
    """Their first frames [B, 3, H, W] in [0, 1]."""
    return clips(sources)[:, 0]


def clips(sources: Sequence[Source]) -> torch.Tensor:
    """[B, F, 3, H, W] in [0, 1]."""
    pixels = torch.from_numpy(np.stack([source.frames for source in sources]))
    return pixels.permute(0, 1, 4, 2, 3).float() / 255


def masks(sources: Sequence[Source]) -> torch.Tensor:
    """[B, 1, H, W], 1 where is drawn and 0 where is kept."""
    return (shares(sources) > 0).float()


def shares(sources: Sequence[Source]) -> torch.Tensor:
    """[B, 1, H, W] in [0, 1], of what is drawn in what is seen."""
    return torch.from_numpy(np.stack([np.asarray(source.mask) for source in sources])).float()[:, None]


def paste(drawn: torch.Tensor, sources: Sequence[Source]) -> torch.Tensor:
    """Images [B, 3, H, W], or clips [B, 3, F, H, W], in [-1, 1] with the sources' own pixels outside of their masks.

    There too the pipelines give what the VAE makes of them, which is not what they were. At soft edges of a mask the two
    are mixed. In 32 bits: 16 would not hold all of the sources' 256 levels.
    """
    kept, share = clips(sources).transpose(1, 2) * 2 - 1, shares(sources)[:, :, None]
    if drawn.dim() == 4:
        kept, share = kept[:, :, 0], share[:, :, 0]
    kept, share = kept.to(drawn.device), share.to(drawn.device)
    return torch.where(share > 0, torch.lerp(kept, drawn.float(), share), kept)
