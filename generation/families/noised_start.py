"""Starting from media where diffusers has no class for it: through the family's own pipeline, from noised latents.

The pipeline is given the latents of the source with as much noise as its sampler has at the step that it begins with
(SDEdit, arXiv 2108.01073). What is to be kept, outside of a mask or as a clip's first frame, gets the latents of the source
again after every step, with that step's noise (RePaint, arXiv 2201.09865, without its resampling). Noise is one
tensor per item, by the item's own generator, whatever is drawn beside it.

What a pipeline is given and what it steps through may lie otherwise in memory than x0: `as_given` and `as_stepped` of a family
say how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import torch
from diffusers.utils.torch_utils import randn_tensor
from torch.nn.functional import adaptive_max_pool2d

from generation.families.siblings import call_sibling, clips, masks, stills
from generation.request import Request, Source

if TYPE_CHECKING:  # the protocol names Siblings, which this module calls
    from generation.families.protocol import Family


FIRST_FRAME_STRENGTH = 0.8
"""Of the noise in the frames after a first one. They begin with the still too: from noise alone, the starter's second frame
is 18.5 grey levels away from the first where its others are 5.6 apart, at 0.8 8.1 and 4.5, at 0.6 6.0 and 4.1."""


class _TimesKnown(Exception):
    """The pipeline has set its sampler's times. Raised to leave it there, and caught before anybody else sees it."""


@dataclass(frozen=True)
class Start:
    """What a pipeline begins with, and what it keeps."""

    x0: torch.Tensor  # [B, z, f, h, w]
    noise: torch.Tensor  # the same
    drawn: torch.Tensor | None  # the same, 1 where is drawn and 0 where the source is kept; None where all is drawn


def call_from_noised(
    family: Family,
    pipe: Any,
    requests: Sequence[Request],
    sources: Sequence[Source],
    generators: Sequence[torch.Generator],
    arguments: Mapping[str, Any],
) -> Any:
    """What the pipeline answers to requests that start alike, called with these arguments besides."""
    start = begin(family, pipe, requests[0], sources, generators)
    sampler = sampler_from(pipe.scheduler, steps_skipped(requests[0]))

    def call(**more: Any) -> Any:
        options = {**family.load_options, "scheduler": sampler}
        return call_sibling(pipe, type(pipe), options, {**arguments, **more})

    learn_times(sampler, call)
    noised = add_noise(sampler, start.x0, start.noise, sampler.times_left[:1])
    given = family.as_given(pipe, noised / getattr(sampler, "init_noise_sigma", 1.0))
    return call(latents=given, callback_on_step_end=keeping(family, pipe, start, arguments["callback_on_step_end"]))


def steps_skipped(request: Request) -> int:
    """Of the sampler's steps, as diffusers' image-to-image pipelines count them; one is always left."""
    strength = FIRST_FRAME_STRENGTH if request.strength is None else request.strength
    return request.steps - min(max(int(request.steps * strength), 1), request.steps)


def begin(
    family: Family, pipe: Any, request: Request, sources: Sequence[Source], generators: Sequence[torch.Generator]
) -> Start:
    """Latents of the sources, and which of them are drawn."""
    pixels = clips(sources)
    if request.start == "first_frame":  # all frames show it, so that a VAE that reads whole chunks of time has them
        pixels = pixels[:, :1].expand(-1, request.frames, -1, -1, -1)
    x0 = family.encode_media(pipe, as_pixels(pixels)).float()
    noise = randn_tensor(x0.shape, list(generators), x0.device, x0.dtype)
    drawn = None
    if request.start == "first_frame":
        first = family.encode_media(pipe, as_pixels(stills(sources)[:, None])).shape[2]
        drawn = torch.ones_like(x0)
        drawn[:, :, :first] = 0
    elif request.mask_media is not None:
        drawn = in_latents(masks(sources), x0)
    return Start(x0, noise, drawn)


def as_pixels(frames: torch.Tensor) -> torch.Tensor:
    """[B, F, 3, H, W] in [0, 1] -> [B, 3, F, H, W] in [-1, 1]."""
    return frames.transpose(1, 2) * 2 - 1


def in_latents(drawn: torch.Tensor, x0: torch.Tensor) -> torch.Tensor:
    """Pixels [B, 1, H, W] -> [B, z, f, h, w]: a place is drawn as soon as one pixel of it is."""
    places = adaptive_max_pool2d(drawn.to(x0), x0.shape[-2:])
    return places[:, :, None].expand_as(x0)


def sampler_from(scheduler: Any, skipped: int) -> Any:
    """A copy of the scheduler that leaves out its first steps, whoever sets its times.

    Its `times_left` are those that the pipeline goes through. It has them as its `timesteps` while the pipeline reads them, and
    all again from the first step on: some samplers count by them how many steps are left.
    """
    sampler = deepcopy(scheduler)
    set_times, take_step = sampler.set_timesteps, sampler.step
    set_begin = getattr(sampler, "set_begin_index", lambda index: None)
    left_out = skipped * getattr(sampler, "order", 1)

    @wraps(set_times)  # pipelines read from its signature what it takes
    def set_later_times(*given: Any, **named: Any) -> None:
        set_times(*given, **named)
        sampler.all_times, sampler.times_left = sampler.timesteps, sampler.timesteps[left_out:]
        sampler.timesteps = sampler.times_left
        set_begin(left_out)

    @wraps(take_step)  # here too
    def step(*given: Any, **named: Any) -> Any:
        sampler.timesteps = sampler.all_times
        return take_step(*given, **named)

    sampler.set_timesteps, sampler.step = set_later_times, step
    if hasattr(sampler, "set_begin_index"):  # some pipelines say that they begin with the first
        sampler.set_begin_index = lambda index=0: set_begin(left_out + index)
    return sampler


def learn_times(sampler: Any, call: Callable[..., Any]) -> None:
    """The pipeline works out its times from the size and the steps: it is run until it has set them, and no further."""
    set_times = sampler.set_timesteps

    @wraps(set_times)
    def set_and_leave(*given: Any, **named: Any) -> None:
        set_times(*given, **named)
        raise _TimesKnown

    sampler.set_timesteps = set_and_leave
    try:
        call()
    except _TimesKnown:
        pass
    finally:
        sampler.set_timesteps = set_times


def add_noise(sampler: Any, x0: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """x0 as the sampler has it at this time [1]."""
    noised = sampler.scale_noise if hasattr(sampler, "scale_noise") else None
    times = time.expand(len(x0))
    return noised(x0, times, noise) if noised else sampler.add_noise(x0, noise, times)


def keeping(family: Family, pipe: Any, start: Start, then: Callable[..., Any]) -> Callable[..., Any]:
    """A `callback_on_step_end` that puts back what is kept, before it calls `then`."""
    if start.drawn is None:
        return then
    drawn = family.as_stepped(pipe, start.drawn) > 0

    def after_step(drawing: Any, step: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        sampler, latents = drawing.scheduler, tensors["latents"]
        following = sampler.times_left[step + 1 : step + 2]
        kept = add_noise(sampler, start.x0, start.noise, following) if len(following) else start.x0
        kept = family.as_stepped(pipe, kept).to(latents)
        return then(drawing, step, time, {**tensors, "latents": torch.where(drawn.to(latents.device), latents, kept)})

    return after_step
