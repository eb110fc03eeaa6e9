"""Drawing takes with the real pipeline, so that a take depends on its brief, seed and version and on nothing else.

A processor adds numbers up in another order when a batch has another size: measured on a Wan transformer, latents of
the same seed differ by 2e-6 between a batch of one and a batch of four, and up to 4 of the 49,152 values of a 128x128
still flip by one. So takes of one size are always drawn in groups of one fixed size, short groups being filled up with
copies. Within a group of fixed size an item's place and its neighbours change nothing, which a test holds true.

Another number of threads splits the sums differently too: pixels are promised for one machine and one thread count,
and a take's recipe records both the group and the threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from feedback.errors import Invalid
from generation.models.checking import HasPipe, check_brief

Progress = Callable[[float], None]
Asked = tuple[dict[str, Any], int]  # a brief and a seed

SETTINGS = ("width", "height", "frames", "steps", "guidance")  # what all items of one call share

MOST_SIDE_BY_SIDE = 4
# Long sequences keep all cores busy alone: on two cores four items side by side cost 36 % less each than one by one
# at 64 tokens, and 5-15 % less at 256.
TOKENS_SIDE_BY_SIDE = 256


def group_size(loaded: HasPipe, brief: dict[str, Any]) -> int:
    """How many items of this brief are drawn side by side: by the size of the picture only, never by the queue."""
    tokens = loaded.family.tokens_per_item(loaded.pipe, brief["width"], brief["height"], brief["frames"])
    return max(1, min(MOST_SIDE_BY_SIDE, TOKENS_SIDE_BY_SIDE // tokens))


def sample(
    loaded: HasPipe, brief: dict[str, Any], seeds: Sequence[int], progress: Progress | None = None
) -> list[np.ndarray]:
    """One take per seed, each uint8 [F, H, W, 3]; otherwise as `sample_each`."""
    return sample_each(loaded, [(brief, seed) for seed in seeds], progress)


def sample_each(loaded: HasPipe, asked: Sequence[Asked], progress: Progress | None = None) -> list[np.ndarray]:
    """One take of each brief and seed, uint8 [F, H, W, 3], in their order; other briefs drawn alongside change nothing.

    `progress` hears the share done, 0 to 1, after each denoising step; what it raises ends the sampling. Raises Invalid
    when the version cannot draw a brief (`check_brief`) or draws values that are not numbers.
    """
    for brief in {id(brief): brief for brief, _ in asked}.values():
        check_brief(loaded, brief)
    takes: dict[int, np.ndarray] = {}
    groups = side_by_side(loaded, asked)
    for number, group in enumerate(groups):
        hear = share_of(progress, number, len(groups))
        size = group_size(loaded, asked[group[0]][0])
        takes |= zip(group, draw_group(loaded, [asked[index] for index in group], size, hear), strict=False)
    return [takes[index] for index in range(len(asked))]


def side_by_side(loaded: HasPipe, asked: Sequence[Asked]) -> list[list[int]]:
    """Places in `asked` of what one call of the pipeline draws each."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for index, (brief, _) in enumerate(asked):
        alike.setdefault(tuple(brief[name] for name in SETTINGS), []).append(index)
    groups = []
    for indices in alike.values():
        size = group_size(loaded, asked[indices[0]][0])
        groups += [indices[start : start + size] for start in range(0, len(indices), size)]
    return groups


def share_of(progress: Progress | None, number: int, count: int) -> Progress:
    """Progress within group `number` as progress of the whole."""
    return (lambda part: progress((number + part) / count)) if progress else (lambda part: None)


def draw_group(loaded: HasPipe, asked: Sequence[Asked], size: int, hear: Progress) -> list[np.ndarray]:
    """Exactly `size` items of one size and settings in one call of the pipeline, the last one repeated to fill up."""
    filled = [*asked, *[asked[-1]] * (size - len(asked))]
    brief = asked[0][0]
    steps = brief["steps"]

    def after_step(pipe: Any, step: int, t: torch.Tensor, tensors: dict[str, Any]) -> dict[str, Any]:
        hear((step + 1) / steps)
        return tensors

    with deterministic():
        pixels = loaded.pipe(
            prompt=[each["prompt"] for each, _ in filled],
            negative_prompt=[each["negative_prompt"] or "" for each, _ in filled],
            height=brief["height"],
            width=brief["width"],
            num_frames=loaded.family.frames_to_ask(loaded.pipe, brief["frames"]),
            num_inference_steps=steps,
            guidance_scale=brief["guidance"],
            generator=[torch.Generator("cpu").manual_seed(seed) for _, seed in filled],
            output_type="pt",
            max_sequence_length=loaded.family.longest_prompt(loaded.pipe),
            callback_on_step_end=after_step,
        ).frames
    return [to_bytes(item) for item in pixels]


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
