"""Takes a second of the starter model, as the worker draws them: against a plain loop over the diffusers pipeline, one
by one and batched alike, and against batches that each encode the prompt anew.

python -m benchmarks.sampling_speed --json
python -m benchmarks.sampling_speed --side 128 --json
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from tqdm import tqdm

from generation import sampling
from generation.models.loading import Loaded, load_base
from generation.starter import DEFAULT_GUIDANCE, DEFAULT_SIZE, DEFAULT_STEPS, WEIGHTS

BRIEF: dict[str, Any] = {
    "prompt": "wide shot of a house in a field at dusk, in clear weather",
    "negative_prompt": "",
    "kind": "still",
    "width": DEFAULT_SIZE[1],
    "height": DEFAULT_SIZE[0],
    "frames": 1,
    "steps": DEFAULT_STEPS,
    "guidance": DEFAULT_GUIDANCE,
}


def load_starter() -> Loaded:
    pipe, family, sha256 = load_base(str(WEIGHTS))
    return Loaded(pipe, family, "starter", "starter", sha256)


class Timing(NamedTuple):
    processor: float  # seconds
    clock: float


def ours(loaded: Loaded, brief: dict[str, Any], batch: int, takes: int) -> None:
    """`batch` items in one call of the pipeline, down to bytes."""
    for first in range(0, takes, batch):
        items = [(brief, seed) for seed in range(first, first + batch)]
        sampling.draw_group(loaded, items, batch, lambda share: None)


def ours_encoding_each(loaded: Loaded, brief: dict[str, Any], batch: int, takes: int) -> None:
    """Likewise, without the memory of prompts."""
    with patch.object(sampling, "encoding_once", lambda pipe: nullcontext()):
        ours(loaded, brief, batch, takes)


def plain(loaded: Loaded, brief: dict[str, Any], batch: int, takes: int) -> None:
    """The pipeline called as its documentation has it, for the same pictures: prompts as long as the model was trained."""
    size = {name: brief[name] for name in ("width", "height")}
    for first in range(0, takes, batch):
        loaded.pipe(
            prompt=[brief["prompt"]] * batch,
            num_frames=brief["frames"],
            num_inference_steps=brief["steps"],
            guidance_scale=brief["guidance"],
            max_sequence_length=loaded.family.longest_prompt(loaded.pipe),
            generator=[torch.Generator().manual_seed(seed) for seed in range(first, first + batch)],
            **size,
        )


def seconds(draw: Callable[..., None], loaded: Loaded, brief: dict[str, Any], batch: int, takes: int) -> Timing:
    """Of the processor's cores together, which other work on the machine hardly changes, and by the clock."""
    busy, began = time.process_time(), time.perf_counter()
    draw(loaded, brief, batch, takes)
    return Timing(time.process_time() - busy, time.perf_counter() - began)


def measure(loaded: Loaded, brief: dict[str, Any], takes: int, rounds: int) -> dict[str, Any]:
    """Medians over rounds, in each of which all ways are timed in a random order; ratios of the processor's seconds."""
    size, chance = sampling.group_size(loaded, brief), random.Random(0)
    ways = {
        "ours": (ours, size),
        "ours_encoding_each": (ours_encoding_each, size),
        "plain_one_by_one": (plain, 1),
        "plain_batched": (plain, size),
    }
    for draw, batch in ways.values():
        draw(loaded, brief, batch, batch)  # warms up
    timings: dict[str, list[Timing]] = {name: [] for name in ways}
    for _ in tqdm(range(rounds), desc="rounds", file=sys.stderr):
        for name in chance.sample(list(ways), len(ways)):
            draw, batch = ways[name]
            timings[name].append(seconds(draw, loaded, brief, batch, takes))
    own = timings.pop("ours")
    ratios = {
        f"ratio_to_{name}": statistics.median(
            theirs.processor / ours.processor for ours, theirs in zip(own, each, strict=True)
        )
        for name, each in timings.items()
    }
    speed = statistics.median(takes / each.clock for each in own)
    return {
        "batch": size,
        "takes_a_second": round(speed, 2),
        **{name: round(ratio, 3) for name, ratio in ratios.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=8, help="takes per timing")
    parser.add_argument("--rounds", type=int, default=5, help="of one timing each; medians are printed")
    parser.add_argument("--side", type=int, default=DEFAULT_SIZE[0], help="pixels of width and height")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    brief = {**BRIEF, "width": options.side, "height": options.side}
    measured = measure(load_starter(), brief, options.takes, options.rounds)
    result = {"benchmark": "sampling_speed", "side": options.side, "threads": torch.get_num_threads(), **measured}
    print(json.dumps(result) if options.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
