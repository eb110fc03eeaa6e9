"""Takes of held-out briefs by any version, drawn by the product's own sampler and kept."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.style.keeping import keep_arrays
from benchmarks.style.setting import House, digest
from benchmarks.style.stock import first_seed
from feedback import versions
from feedback.studio import Studio
from generation.encoding import encode_clip
from generation.loading import forget_versions, load_version
from generation.media.decode import read_frames
from generation.sampling import sample

FRAME_RATE = Fraction(24)


def draw_held_out(
    folder: Path, house: House, studio: Studio, version: str, prompts: Sequence[str], use: int
) -> tuple[np.ndarray, float]:
    """(takes uint8 [P, T, F, H, W, 3], seconds that drawing them took); `use` keeps the two sides' seeds apart.

    Kept by what they are drawn with, base and adapters, and not by the version's name: points share production's.
    """
    row = versions.get_version(studio, version)
    parts = [[part["sha256"], part["weight"]] for part in row["adapters"]]
    name = digest(house.base_sha256, parts, [house.brief(prompt) for prompt in prompts], house.compare, house.seed, use)
    arrays, seconds = keep_arrays(
        folder / f"{name}.npz", lambda: {"takes": draw_all(house, studio, version, prompts, use)}
    )
    return arrays["takes"], seconds


def as_shown(takes: np.ndarray) -> np.ndarray:
    """Clips as raters see them, after the codec, which takes some grain away; stills are kept without loss.

    uint8 [T, F, H, W, 3].
    """
    if takes.shape[1] == 1:
        return takes
    with tempfile.TemporaryDirectory(prefix="circletake-clips-") as folder:
        file = Path(folder) / "clip.mp4"
        shown = []
        for take in takes:
            file.write_bytes(encode_clip(take, FRAME_RATE))
            shown.append(read_frames(file))
    return np.stack(shown)


def draw_all(house: House, studio: Studio, version: str, prompts: Sequence[str], use: int) -> np.ndarray:
    loaded, first = load_version(studio, version), first_seed(house, use)
    drawn = []
    for index, prompt in enumerate(tqdm(prompts, desc=f"drawing with {version}", file=sys.stderr)):
        seeds = range(first + index * house.compare, first + (index + 1) * house.compare)
        drawn.append(as_shown(np.stack(sample(loaded, house.brief(prompt), list(seeds)))))
    # Every point has a studio of its own: what the loader keeps in memory would never be asked for again.
    forget_versions()
    return np.stack(drawn)
