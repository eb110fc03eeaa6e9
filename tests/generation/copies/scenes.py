"""Studios whose library holds rendered scenes, and whose takes are copies of them or nothing of the kind."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.synthetic.scenes import render, sample_content, sample_style
from feedback.production import render_queue
from feedback.rights.licences import add_licence
from feedback.store import Studio
from feedback.store.media import store_bytes
from generation.library.adding import Adding, Outcome, Request
from generation.media.encode import encode_clip, encode_still
from tests.factories import add_brief, add_person, new_studio


@lru_cache(256)
def picture(seed: int, side: int = 192) -> np.ndarray:
    """A rendered scene, uint8 [side, side, 3], unlike that of any other seed."""
    random = np.random.default_rng(seed)
    return render(sample_content(random), sample_style(random), side, seed=seed)[0]


def write_pictures(folder: Path, seeds: Sequence[int]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        Image.fromarray(picture(seed)).save(folder / f"{seed:03}.png")
    return folder


def read_in(studio: Studio, folder: Path, title: str = "Harbour") -> Outcome:
    if not studio.value("SELECT 1 FROM licences"):
        add_licence(studio, "catalogue", holder="the studio", uses=["training", "drawing"])
    return Adding(studio, Request(folder, title, "catalogue")).run()


def studio_with_library(folder: Path, seeds: Sequence[int] = range(6)) -> Studio:
    studio = new_studio(folder / "studio")
    add_person(studio, "ana", "creative")
    outcome = read_in(studio, write_pictures(folder / "pictures", seeds))
    assert outcome.stills == len(seeds)
    return studio


def add_take(studio: Studio, pixels: np.ndarray, shot: str = "T_010", **of_brief: Any) -> int:
    """A done take of a new brief with these pixels: uint8 [H, W, 3], or [F, H, W, 3] for a clip."""
    brief = of_brief.get("brief") or add_brief(studio, "ana", f"{shot} of nothing", shot)
    (take,) = render_queue.queue_takes(studio, brief["id"], [7])
    while leased := render_queue.lease_takes(studio, "test", 8):
        for each in leased:
            finish_with(studio, each["id"], pixels)
    return int(take)


def finish_with(studio: Studio, take: int, pixels: np.ndarray) -> None:
    is_clip = pixels.ndim == 4
    height, width, _ = pixels.shape[-3:]
    data = encode_clip(pixels, Fraction(24), None) if is_clip else encode_still(pixels[None], None)
    ext, mime = ("mp4", "video/mp4") if is_clip else ("png", "image/png")
    stored = store_bytes(studio, data, ext, mime, width, height, len(pixels) if is_clip else 1)
    files = {"media": stored, "poster": None, "rendition": stored, "rendition_poster": None}
    render_queue.finish_take(studio, take, "test", **files, provenance={"version": "starter", "seed": 7})
