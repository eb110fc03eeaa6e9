"""Rendered scenes on disk, for training: a folder per lot with pixels, labels and captions side by side.

Scenes are rendered in chunks by a pool of processes. A chunk is done when its words are written, so that an interrupted
run goes on with the chunks that are missing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from tqdm import tqdm

from generation.starter.lots import Lot
from generation.starter.scenes import caption, label_indices, render, sample_content, sample_style
from generation.starter.wording import name_move

CHUNK = 50  # scenes


def draw_scene(lot: Lot, index: int) -> tuple[np.ndarray, list[int], str]:
    """Training scene number `index`: pixels uint8[frames, side, side, 3], its labels, and a caption of it."""
    rng = np.random.default_rng([lot.first_seed, index])
    content, style = sample_content(rng), sample_style(rng)
    pixels = render(content, style, lot.side, lot.frames, int(rng.integers(2**31)))
    move = name_move(style.move, rng) if lot.frames > 1 else None
    return pixels, label_indices(content), caption(content, rng, move)


def render_lot(folder: Path, lot: Lot, processes: int | None = None) -> None:
    """Render a lot's scenes into folder/name, by all processors unless told otherwise; only those still missing."""
    home = folder / lot.name
    if not (home / "pixels.npy").exists():
        shutil.rmtree(home, ignore_errors=True)
    (home / "chunks").mkdir(parents=True, exist_ok=True)
    _open_pixels(home, lot)
    missing = [first for first in range(0, lot.scenes, CHUNK) if not _words_path(home, first).exists()]
    done = tqdm(total=lot.scenes, initial=max(0, lot.scenes - CHUNK * len(missing)), desc=lot.name, file=sys.stderr)
    # Not forked: torch's threads, where the caller has any, would not survive it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=context) as pool:
        for chunk in as_completed([pool.submit(render_chunk, home, lot, first) for first in missing]):
            done.update(chunk.result())
    done.close()


def render_chunk(home: Path, lot: Lot, first: int) -> int:
    """Render one chunk from scene `first` on; returns its length."""
    indices = range(first, min(first + CHUNK, lot.scenes))
    pixels, words = _open_pixels(home, lot), []
    for index in indices:
        pixels[index], labels, text = draw_scene(lot, index)
        words.append({"labels": labels, "caption": text})
    pixels.flush()
    path = _words_path(home, first)
    path.with_suffix(".partial").write_text(json.dumps(words))
    path.with_suffix(".partial").rename(path)
    return len(indices)


def load_lot(folder: Path, lot: Lot) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pixels uint8[N, frames, side, side, 3] (memory-mapped), labels uint8[N, attributes] and N captions.

    Raises FileNotFoundError where `render_lot` has not finished.
    """
    home = folder / lot.name
    words = [row for first in range(0, lot.scenes, CHUNK) for row in json.loads(_words_path(home, first).read_text())]
    pixels = np.load(home / "pixels.npy", mmap_mode="r")
    return pixels, np.array([row["labels"] for row in words], np.uint8), [row["caption"] for row in words]


def _words_path(home: Path, first: int) -> Path:
    return home / "chunks" / f"{first:06d}.json"


def _open_pixels(home: Path, lot: Lot) -> np.memmap:
    """The lot's pixels for writing; a new file where there is none."""
    path, shape = home / "pixels.npy", (lot.scenes, lot.frames, lot.side, lot.side, 3)
    if not path.exists():
        return np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    pixels = np.lib.format.open_memmap(path, "r+")
    if pixels.shape != shape:
        raise SystemExit(f"{path} holds {pixels.shape}, not {shape}: remove {home} to render it again")
    return pixels
