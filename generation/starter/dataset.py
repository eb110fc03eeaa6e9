"""Rendered scenes on disk, for training: pixels, labels and captions side by side in one folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from generation.starter.scenes import ATTRIBUTES, caption, label_indices, render, sample_content, sample_style

# Training seeds start here, so that tests and demos, which count from 0, never meet a training scene.
FIRST_SEED = 10_000_000
SIZE = 128


def draw_scene(index: int) -> tuple[np.ndarray, list[int], str]:
    """Training scene number `index`: pixels uint8[SIZE, SIZE, 3], its labels, and a caption of it."""
    rng = np.random.default_rng([FIRST_SEED, index])
    content, style = sample_content(rng), sample_style(rng)
    pixels = render(content, style, SIZE, 1, int(rng.integers(2**31)))[0]
    return pixels, label_indices(content), caption(content, rng)


def render_dataset(folder: Path, count: int) -> None:
    """Render `count` scenes into pixels.npy, labels.npy and captions.json; does nothing where they are whole."""
    if (folder / "captions.json").exists() and len(json.loads((folder / "captions.json").read_text())) >= count:
        return
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (count, SIZE, SIZE, 3))
    labels, captions = np.zeros((count, len(ATTRIBUTES)), np.uint8), []
    for index in tqdm(range(count), desc="scenes", file=sys.stderr):
        pixels[index], labels[index], words = draw_scene(index)
        captions.append(words)
    pixels.flush()
    np.save(folder / "labels.npy", labels)
    # Written last: its presence says that the folder is whole.
    (folder / "captions.json").write_text(json.dumps(captions))


def load_dataset(folder: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pixels uint8[N, SIZE, SIZE, 3] (memory-mapped), labels uint8[N, attributes] and N captions.

    Raises FileNotFoundError where `render_dataset` has not finished.
    """
    captions = json.loads((folder / "captions.json").read_text())
    return np.load(folder / "pixels.npy", mmap_mode="r"), np.load(folder / "labels.npy"), captions
