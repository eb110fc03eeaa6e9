"""Real scenes of a taste: of k renders of a caption, the one that the taste likes best.

This is what a perfect model of that taste would draw, and so the ceiling of the benchmark: the best of k wins against a
plain render k / (k + 1) of the time, since it is the best of k + 1 that often.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.array_cache import Arrays, keep_arrays
from benchmarks.house_style.drawing import as_shown
from benchmarks.house_style.setting import House, digest, taste_source
from benchmarks.raters import load_taste
from benchmarks.synthetic.scenes import Content, parse_caption, render, sample_style

# Streams of randomness: the scenes that realism is measured against must not be among those that are measured.
REFERENCE, CHOSEN, PLAIN, SPACE = 1, 2, 3, 4
BEST_OF = (2, 4, 8, 16)
REFERENCE_BEST_OF = 8


def reference_scenes(folder: Path, house: House, taste: str, prompts: Sequence[str]) -> np.ndarray:
    """The taste's best of 8 renders, `house.compare` of each caption: uint8 [P, T, F, H, W, 3]."""
    return rendered(folder, house, taste, prompts, (REFERENCE_BEST_OF,), REFERENCE)[str(REFERENCE_BEST_OF)]


def plain_scenes(folder: Path, house: House, taste: str, prompts: Sequence[str]) -> np.ndarray:
    """Renders as they come."""
    return rendered(folder, house, taste, prompts, (1,), PLAIN)["1"]


def space_scenes(folder: Path, house: House, prompts: Sequence[str]) -> np.ndarray:
    """More of them, of no taste, that nothing else is measured on: what realism's directions are found from."""
    # Which taste is asked does not matter: the best of one is that one.
    return rendered(folder, house, "warm", prompts, (1,), SPACE)["1"]


def chosen_scenes(folder: Path, house: House, taste: str, prompts: Sequence[str]) -> dict[int, np.ndarray]:
    """By k, the taste's best of k renders; the best of 4 is chosen from the first 4 of 16."""
    arrays = rendered(folder, house, taste, prompts, BEST_OF, CHOSEN)
    return {best_of: arrays[str(best_of)] for best_of in BEST_OF}


def rendered(
    folder: Path, house: House, taste: str, prompts: Sequence[str], best_of: tuple[int, ...], stream: int
) -> Arrays:
    size = [house.size, house.frames, house.compare, house.seed]
    name = digest(taste, taste_source(taste), list(prompts), size, best_of, stream)
    return keep_arrays(folder / f"{name}.npz", lambda: choose_all(house, taste, prompts, best_of, stream))[0]


def choose_all(house: House, taste: str, prompts: Sequence[str], best_of: tuple[int, ...], stream: int) -> Arrays:
    judge = load_taste(taste)
    chosen: dict[str, list[np.ndarray]] = {str(k): [] for k in best_of}
    for index, prompt in enumerate(tqdm(prompts, desc=f"rendering, best of {max(best_of)}", file=sys.stderr)):
        groups = [
            render_group(house, prompt, [house.seed, stream, index, k], max(best_of)) for k in range(house.compare)
        ]
        scores = [judge(group.astype(np.float32) / 255) for group in groups]
        for k in best_of:
            picks = [group[score[:k].argmax()] for group, score in zip(groups, scores, strict=True)]
            chosen[str(k)].append(np.stack(picks))
    return {k: np.stack(rows) for k, rows in chosen.items()}


def render_group(house: House, prompt: str, seed: list[int], count: int) -> np.ndarray:
    """`count` renders of one caption in styles drawn at random: uint8 [count, F, H, W, 3]."""
    content, chance = parse_caption(prompt), np.random.default_rng(seed)
    assert isinstance(content, Content), prompt
    scenes = [
        render(content, sample_style(chance), house.size, house.frames, int(chance.integers(2**31)))
        for _ in range(count)
    ]
    return as_shown(np.stack(scenes))
