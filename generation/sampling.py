"""Drawing takes, so that a take depends on its brief, seed and version and on nothing else; the family draws.

A processor adds numbers up in another order when a batch has another size: measured on the starter's network, latents of
the same seed differ by 2e-6 between a batch of one and a batch of four, and up to 4 of the 49,152 values of a 128x128
still flip by one. So takes of one size are always drawn in groups of one fixed size, short groups being filled up with
copies. Within a group of fixed size an item's place and its neighbours change nothing, which a test holds true.

Another number of threads splits the sums differently too: pixels are promised for one machine and one thread count,
and a take's provenance records both the group and the threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from feedback.errors import Invalid
from generation.families.protocol import Drawn
from generation.models.checking import HasPipe, check_brief
from generation.prompt_cache import encoding_once
from generation.request import BriefRow, Request, request_of

OnProgress = Callable[[float], None]
BriefAndSeed = tuple[BriefRow | Request, int]

MOST_SIDE_BY_SIDE = 4
# Long sequences keep all cores busy alone: on two cores four items side by side cost 36 % less each than one by one
# at 64 tokens, and 5-15 % less at 256.
TOKENS_SIDE_BY_SIDE = 256


class Withheld(Invalid):
    """The model drew a picture and then would not show it."""


def group_size(loaded: HasPipe, brief: BriefRow | Request) -> int:
    """How many items of this brief are drawn side by side: by the size of the picture only, never by the queue."""
    tokens = loaded.family.tokens_per_item(loaded.pipe, *request_of(brief).size)
    return max(1, min(MOST_SIDE_BY_SIDE, TOKENS_SIDE_BY_SIDE // tokens))


def sample(
    loaded: HasPipe, brief: BriefRow | Request, seeds: Sequence[int], on_progress: OnProgress | None = None
) -> list[np.ndarray]:
    """One take per seed, each uint8 [F, H, W, 3]; otherwise as `sample_each`."""
    return sample_each(loaded, [(brief, seed) for seed in seeds], on_progress)


def sample_each(
    loaded: HasPipe, pairs: Sequence[BriefAndSeed], on_progress: OnProgress | None = None
) -> list[np.ndarray]:
    """One take of each brief and seed, uint8 [F, H, W, 3], in their order; otherwise as `draw_each`.

    Raises Withheld when any of them was withheld.
    """
    takes = []
    for take in draw_each(loaded, pairs, on_progress):
        if isinstance(take, Withheld):
            raise take
        takes.append(take)
    return takes


def draw_each(
    loaded: HasPipe, pairs: Sequence[BriefAndSeed], on_progress: OnProgress | None = None
) -> list[np.ndarray | Withheld]:
    """One take of each brief and seed, in their order, or why it was withheld; briefs drawn alongside change nothing.

    `on_progress` is given the share done, 0 to 1, after each denoising step; what it raises ends the drawing. Raises
    Invalid when the version cannot draw a brief (`check_brief`) or draws values that are not numbers.
    """
    requests = [(request_of(brief), seed) for brief, seed in pairs]
    for request in dict.fromkeys(request for request, _ in requests):
        check_brief(loaded, request)
    takes: dict[int, np.ndarray | Withheld] = {}
    groups = side_by_side(loaded, requests)
    for number, group in enumerate(groups):
        size = group_size(loaded, requests[group[0]][0])
        drawn = draw_group(
            loaded, [requests[index] for index in group], size, share_of(on_progress, number, len(groups))
        )
        takes |= zip(group, drawn, strict=True)
    return [takes[index] for index in range(len(pairs))]


def side_by_side(loaded: HasPipe, pairs: Sequence[BriefAndSeed]) -> list[list[int]]:
    """Places in `pairs` of what one call of the pipeline draws each."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for index, (brief, _) in enumerate(pairs):
        request = request_of(brief)
        settings = (request.fps, request.steps, request.guidance, request.guidance_2, request.start, request.strength)
        alike.setdefault((*request.size, *settings), []).append(index)
    groups = []
    for indices in alike.values():
        size = group_size(loaded, pairs[indices[0]][0])
        groups += [indices[start : start + size] for start in range(0, len(indices), size)]
    return groups


def share_of(on_progress: OnProgress | None, number: int, count: int) -> OnProgress:
    """Progress within group `number` as progress of the whole."""
    return (lambda part: on_progress((number + part) / count)) if on_progress else (lambda part: None)


def draw_group(
    loaded: HasPipe, pairs: Sequence[BriefAndSeed], size: int, on_progress: OnProgress
) -> list[np.ndarray | Withheld]:
    """Exactly `size` items of one size and settings in one call of the pipeline, the last one repeated to fill up."""
    filled = [*pairs, *[pairs[-1]] * (size - len(pairs))]
    requests = [request_of(brief) for brief, _ in filled]
    generators = [torch.Generator("cpu").manual_seed(seed) for _, seed in filled]
    with deterministic(), encoding_once(loaded.pipe):
        drawn = loaded.family.generate(loaded.pipe, requests, generators, on_progress)
    return [take_of(item) for item in drawn[: len(pairs)]]


def take_of(item: Drawn) -> np.ndarray | Withheld:
    return to_bytes(item.pixels) if item.withheld is None else Withheld(item.withheld)


def to_bytes(pixels: torch.Tensor) -> np.ndarray:
    """[F, 3, H, W] in [0, 1] -> uint8 [F, H, W, 3]."""
    if not bool(torch.isfinite(pixels).all()):
        raise Invalid("the model drew values that are not numbers: its weights or adapters are damaged")
    return (pixels.float() * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()


@contextmanager
def deterministic() -> Iterator[None]:
    """No operation may depend on chance or on timing; the caller's settings come back afterwards."""
    strict, warn = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    tries, tf32 = torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(strict, warn_only=warn)
        torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32 = tries, tf32
