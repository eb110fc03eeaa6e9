"""Rendered scenes on disk, for training: a folder per split with pixels, labels, captions and subjects side by side.

Scenes are rendered in chunks by a pool of processes. A chunk is done when its words are written, so that an interrupted
run goes on with the chunks that are missing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.synthetic.scenes import caption, label_indices, render_with_subject, sample_content, sample_style
from benchmarks.synthetic.training.architecture import TOKEN_SIDE
from benchmarks.synthetic.training.splits import DatasetSplit
from benchmarks.synthetic.wording import name_move
from feedback.durable_files import write_text

CHUNK = 50  # scenes


class Scene(NamedTuple):
    """One training scene."""

    pixels: np.ndarray  # uint8[frames, side, side, 3]
    labels: list[int]
    caption: str
    subject: np.ndarray  # uint8[frames, side / TOKEN_SIDE, same]: how much of a token's pixels it covers, 255 for all


def draw_scene(split: DatasetSplit, index: int) -> Scene:
    """Training scene number `index`."""
    rng = np.random.default_rng([split.first_seed, index])
    content, style = sample_content(rng), sample_style(rng)
    pixels, subject = render_with_subject(content, style, split.side, split.frames, int(rng.integers(2**31)))
    move = name_move(style.move, rng) if split.frames > 1 else None
    return Scene(pixels, label_indices(content), caption(content, rng, move, style.amount), cover(subject))


def cover(subject: np.ndarray) -> np.ndarray:
    """bool[frames, height, width] to the share of every token's pixels, uint8[frames, rows, columns]."""
    frames, height, width = subject.shape
    squares = subject.reshape(frames, height // TOKEN_SIDE, TOKEN_SIDE, width // TOKEN_SIDE, TOKEN_SIDE)
    return np.ceil(squares.mean(axis=(2, 4)) * 255).astype(np.uint8)


def render_split(folder: Path, split: DatasetSplit, processes: int | None = None) -> None:
    """Render a split's scenes into folder/name, by one process per processor by default; only those still missing."""
    home = folder / split.name
    if not all((home / name).exists() for name in ("pixels.npy", "subject.npy")):
        shutil.rmtree(home / "chunks", ignore_errors=True)
    (home / "chunks").mkdir(parents=True, exist_ok=True)
    _open_arrays(home, split)
    missing = [first for first in range(0, split.scenes, CHUNK) if not _words_path(home, first).exists()]
    done = tqdm(
        total=split.scenes, initial=max(0, split.scenes - CHUNK * len(missing)), desc=split.name, file=sys.stderr
    )
    for chunk in render_chunks(home, split, missing, processes or os.cpu_count() or 1):
        done.update(chunk)
    done.close()


def render_chunks(home: Path, split: DatasetSplit, firsts: list[int], processes: int) -> Iterator[int]:
    """Render these chunks, one process's here; their lengths, as they are done."""
    if processes == 1:
        yield from (render_chunk(home, split, first) for first in firsts)
        return
    # Not forked: torch's threads, where the caller has any, would not survive it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for chunk in as_completed([pool.submit(render_chunk, home, split, first) for first in firsts]):
            yield chunk.result()


def render_chunk(home: Path, split: DatasetSplit, first: int) -> int:
    """Render one chunk from scene `first` on; returns its length."""
    indices = range(first, min(first + CHUNK, split.scenes))
    (pixels, subject), words = _open_arrays(home, split), []
    for index in indices:
        scene = draw_scene(split, index)
        pixels[index], subject[index] = scene.pixels, scene.subject
        words.append({"labels": scene.labels, "caption": scene.caption})
    pixels.flush()
    subject.flush()
    path = _words_path(home, first)
    write_text(path, json.dumps(words))
    return len(indices)


def load_split(folder: Path, split: DatasetSplit) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pixels uint8[N, frames, side, side, 3] (memory-mapped), labels uint8[N, attributes] and N captions.

    Raises FileNotFoundError where `render_split` has not finished.
    """
    home = folder / split.name
    words = [row for first in range(0, split.scenes, CHUNK) for row in json.loads(_words_path(home, first).read_text())]
    pixels = np.load(home / "pixels.npy", mmap_mode="r")
    return pixels, np.array([row["labels"] for row in words], np.uint8), [row["caption"] for row in words]


def load_subjects(folder: Path, split: DatasetSplit) -> torch.Tensor:
    """Share of every token that the subject covers, float32[N, frames, rows, columns] in [0, 1]."""
    return torch.from_numpy(np.load(folder / split.name / "subject.npy")).float() / 255


def _words_path(home: Path, first: int) -> Path:
    return home / "chunks" / f"{first:06d}.json"


def _open_arrays(home: Path, split: DatasetSplit) -> tuple[np.memmap, np.memmap]:
    """The split's pixels and where its subjects are, for writing; new files where there are none."""
    shape, tokens = (split.scenes, split.frames, split.side, split.side, 3), split.side // TOKEN_SIDE
    return (
        _open_array(home / "pixels.npy", shape),
        _open_array(home / "subject.npy", (split.scenes, split.frames, tokens, tokens)),
    )


def _open_array(path: Path, shape: tuple[int, ...]) -> np.memmap:
    if not path.exists():
        return np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    array = np.lib.format.open_memmap(path, "r+")
    if array.shape != shape:
        raise SystemExit(f"{path} holds {array.shape}, not {shape}: remove {path.parent} to render it again")
    return array
