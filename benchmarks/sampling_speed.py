"""Takes a second of the starter model: in batches, as the worker draws them, against one by one and against batches
that each encode the prompt anew.

python -m benchmarks.sampling_speed --json
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import torch

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


def takes_a_second(loaded: Loaded, batch: int, takes: int) -> float:
    """Decoding included; `batch` items in one call of the pipeline."""
    began = time.perf_counter()
    for first in range(0, takes, batch):
        items = [(BRIEF, seed) for seed in range(first, first + batch)]
        sampling.draw_group(loaded, items, batch, lambda share: None)
    return takes / (time.perf_counter() - began)


def takes_a_second_encoding_each(loaded: Loaded, batch: int, takes: int) -> float:
    """Likewise, without the memory of prompts."""
    with patch.object(sampling, "encoding_once", lambda pipe: nullcontext()):
        return takes_a_second(loaded, batch, takes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=8, help="takes per timing")
    parser.add_argument("--rounds", type=int, default=5, help="of one timing each; medians are printed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    loaded = load_starter()
    size = sampling.group_size(loaded, BRIEF)
    takes_a_second(loaded, size, size)  # warms up
    rounds = [
        (
            takes_a_second(loaded, size, options.takes),
            takes_a_second_encoding_each(loaded, size, options.takes),
            takes_a_second(loaded, 1, options.takes),
        )
        for _ in range(options.rounds)
    ]
    result = {
        "benchmark": "sampling_speed",
        "batch": size,
        "takes_a_second": round(statistics.median(grouped for grouped, _, _ in rounds), 2),
        "takes_a_second_one_by_one": round(statistics.median(single for _, _, single in rounds), 2),
        "ratio": round(statistics.median(grouped / single for grouped, _, single in rounds), 3),
        "ratio_to_encoding_each": round(statistics.median(grouped / anew for grouped, anew, _ in rounds), 3),
        "threads": torch.get_num_threads(),
    }
    print(json.dumps(result) if options.json else f"{result['takes_a_second']} takes a second, x{result['ratio']}")


if __name__ == "__main__":
    main()
