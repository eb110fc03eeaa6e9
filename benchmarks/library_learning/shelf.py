"""A library in a taste: the best of several renders of each caption, recorded as `circletake library add` records frames."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.array_cache import cached_arrays
from benchmarks.house_style.points import BenchmarkSetup, digest, held_out_prompts, taste_source
from benchmarks.house_style.run import render_group
from benchmarks.raters import load_taste
from benchmarks.synthetic.scenes import captions, parse_caption
from feedback.errors import Invalid
from feedback.library import files, items, titles
from feedback.library.files import Counts
from feedback.library.hashes import perceptual_hash
from feedback.library.items import NewItem
from feedback.rights import licences
from feedback.store import Studio
from generation.library.encoding import store_picture

BEST_OF = 8
STREAM = 5  # of renders; those that are measured against have others
CAPTIONS = 9_000_000  # seeds of captions
AT_ONCE = 20  # frames in one file of the cache
TITLE, LICENCE = "The catalogue", "The studio's own"


@cache
def library_captions(setup: BenchmarkSetup, count: int) -> list[str]:
    """Of contents that are not held out; more begin with fewer."""
    apart = {parse_caption(text) for text in held_out_prompts(setup)}
    drawn = captions(2 * count + 64, CAPTIONS + setup.seed)
    return [text for text in drawn if parse_caption(text) not in apart][:count]


def library_frames(folder: Path, setup: BenchmarkSetup, taste: str, count: int) -> np.ndarray:
    """The taste's best of BEST_OF renders of each caption: uint8 [count, H, W, 3]."""
    if setup.kind != "still":
        raise Invalid("the library of this benchmark has stills alone: measure --kind still")
    prompts = library_captions(setup, count)
    parts = [
        chosen(folder, setup, taste, prompts[first : first + AT_ONCE], first)
        for first in tqdm(range(0, count, AT_ONCE), desc="rendering the library", file=sys.stderr)
    ]
    return np.concatenate(parts)[:count]


def chosen(folder: Path, setup: BenchmarkSetup, taste: str, prompts: Sequence[str], first: int) -> np.ndarray:
    score = load_taste(taste)

    def best(number: int, prompt: str) -> np.ndarray:
        group = render_group(setup, prompt, [setup.seed, STREAM, number], BEST_OF)
        return group[int(score(group.astype(np.float32) / 255).argmax()), 0]

    name = digest("library", taste, taste_source(taste), list(prompts), setup.size, setup.seed, first, BEST_OF)
    made = cached_arrays(
        folder / f"{name}.npz",
        lambda: {"frames": np.stack([best(first + place, text) for place, text in enumerate(prompts)])},
    )
    return made[0]["frames"]


def fill_library(studio: Studio, frames: np.ndarray, prompts: Sequence[str]) -> None:
    """Frames uint8 [n, H, W, 3] with their captions, as stills of one film, each of a shot of its own."""
    licences.add_licence(studio, LICENCE, holder="the studio", uses=["training", "drawing"])
    title = titles.ensure_title(studio, TITLE, LICENCE)
    height, width = frames.shape[1:3]
    shape = {"width": width, "height": height, "fps_num": 24, "fps_den": 1}
    fields = {"bytes": 1, "kind": "film", "seconds": 10.0 * len(frames), "detail": {}, **shape}
    file = files.begin_file(studio, digest(TITLE, len(frames)), title["id"], "/films/catalogue.mov", fields)
    new = [
        NewItem(
            "still", store_picture(studio, frame), None, number, 240 * number, 240 * number, 10.0 * number, prompt,
            items.SIDECAR, 1.0, perceptual_hash(frame),
        )
        for number, (frame, prompt) in enumerate(zip(frames, prompts, strict=True))
    ]  # fmt: skip
    counts = Counts(stills=len(new), shots=len(new))
    items.add_items(studio, file["id"], new, counts, fields["seconds"])
    files.finish_file(studio, file["id"], counts, 240 * len(new), fields["seconds"])
