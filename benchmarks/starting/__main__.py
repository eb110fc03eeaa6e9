"""What the starter does where diffusers has no pipeline for a start: inside a mask, outside of it, after a first frame.

    OMP_NUM_THREADS=1 python -m benchmarks.starting --seeds 3 --json

Levels are of 255. The starter draws the sources itself, and inside the mask something else than they show.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from generation.media.decode import decode_frames
from generation.media.encode import encode_clip
from generation.models.limits import read_limits
from generation.models.loading import Loaded, load_base
from generation.request import Request, Source, request_of
from generation.sampling import sample
from generation.starter import WEIGHTS

PROMPT = "a house in a field at dusk, in clear weather, wide shot"
OTHER = "a ship with sails on the sea at dusk, in clear weather, wide shot"
SIDE, FRAMES = 256, 17
TOP, LEFT, BOTTOM, RIGHT = 96, 64, 224, 192  # of the mask, in pixels
SOFT = 16  # pixels at each edge of a soft mask


def request(kind: str = "still", prompt: str = PROMPT, **source: Any) -> Request:
    brief = {
        "prompt": prompt,
        "negative_prompt": "",
        "kind": kind,
        "width": SIDE,
        "height": SIDE,
        "frames": FRAMES if kind == "clip" else 1,
        "steps": 16,
        "guidance": 2.5,
    }
    return replace(request_of(brief), **source)


def starting_from(frames: np.ndarray, mask: np.ndarray | None, strength: float | None) -> dict[str, Any]:
    media = {"source_media": "a" * 64, "mask_media": None if mask is None else "b" * 64}
    return {**media, "strength": strength, "read_source": lambda: Source(frames, mask)}


def hard_mask() -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[TOP:BOTTOM, LEFT:RIGHT] = 1
    return mask


def soft_mask() -> np.ndarray:
    """From each edge inwards."""
    ys, xs = np.mgrid[:SIDE, :SIDE]
    inwards = np.minimum.reduce([xs - LEFT, RIGHT - 1 - xs, ys - TOP, BOTTOM - 1 - ys])
    return np.clip((inwards + 1) / SOFT, 0, 1).astype(np.float32)


def levels_apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(float) - other.astype(float))


def edge(frames: np.ndarray) -> float:
    """Levels between the columns on both sides of the mask's left edge."""
    return float(levels_apart(frames[:, TOP:BOTTOM, LEFT - 1], frames[:, TOP:BOTTOM, LEFT]).mean())


def beside(frames: np.ndarray) -> float:
    """The same two columns to the left, where nothing was drawn."""
    return float(levels_apart(frames[:, TOP:BOTTOM, LEFT - 3], frames[:, TOP:BOTTOM, LEFT - 2]).mean())


def measure(loaded: Loaded, seed: int) -> dict[str, float]:
    still, clip = (sample(loaded, request(kind), [seed])[0] for kind in ("still", "clip"))
    hard, soft = hard_mask(), soft_mask()
    by_mask = {
        name: sample(loaded, request("still", OTHER, **starting_from(still, mask, 1.0)), [seed + 10])[0]
        for name, mask in (("hard", hard), ("soft", soft))
    }
    in_clip = sample(loaded, request("clip", OTHER, **starting_from(clip, hard, 1.0)), [seed + 20])[0]
    coded = np.asarray(decode_frames(encode_clip(in_clip, Fraction(24)), True, "a clip", most=FRAMES))
    first = sample(loaded, request("clip", **starting_from(still, None, None)), [seed + 30])[0]
    steps = levels_apart(first[1:], first[:-1]).mean((1, 2, 3))
    kept = hard == 0
    return {
        "outside_still_max": float(levels_apart(by_mask["hard"], still)[:, kept].max()),
        "outside_clip_max": float(levels_apart(in_clip, clip)[:, kept].max()),
        "outside_clip_in_its_file": float(levels_apart(coded, clip)[:, kept].mean()),
        "inside_still": float(levels_apart(by_mask["hard"], still)[:, ~kept].mean()),
        "edge_hard": edge(by_mask["hard"]),
        "edge_soft": edge(by_mask["soft"]),
        "beside": beside(by_mask["hard"]),
        "first_frame": float(levels_apart(first[0], still[0]).mean()),
        "second_from_first": float(steps[0]),
        "others_apart": float(np.median(steps[1:])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pipe, family, sha256 = load_base(str(WEIGHTS), "cpu")
    loaded = Loaded(pipe, family, "starter", str(WEIGHTS), sha256, read_limits(Path(WEIGHTS)))
    rows = [measure(loaded, seed) for seed in range(1, options.seeds + 1)]
    medians = {name: round(median(row[name] for row in rows), 2) for name in rows[0]}
    print(json.dumps(medians) if options.json else "\n".join(f"{name:26} {value}" for name, value in medians.items()))


if __name__ == "__main__":
    main()
