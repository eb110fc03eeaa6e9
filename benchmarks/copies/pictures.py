"""Distinct pictures: regions of photographs, rendered scenes, and takes that the starter model draws.

Regions of one photograph do not overlap. Pictures that no library would keep (black, white, of one colour) are left out, as
`circletake library add` leaves them out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from benchmarks.synthetic.scenes import captions, render, sample_content, sample_style
from generation.library.measures import blank
from generation.opencv import need_opencv

ENDINGS = {".jpg", ".jpeg", ".png", ".mp4"}
# Other sizes, colours and views of pictures that are there already, in the packages that docs name.
AGAIN = (
    *("screenshot", "_dark", "1080x1920", "720x1440", "Ubuntu-Mate-", "Stripes-Dark", "Elephants_", "logo", "_right"),
    *("cheetah1-copy", "avatar", "groot", "text.png", "page.png"),
)
SHORTEST, LONGEST = (
    320,
    512,
)  # pixels: of a region's shorter side in its photograph, and of the longer side that is kept
SMALLER = (256, 192, 160, 128)  # of rendered scenes, one after the other
MOST_REGIONS = 16  # of one photograph
FRAME_STEP = 90  # of films: frames that are so far apart show something else, or nearly the same, and `distinct` tells
STARTER_STEPS = 8


def photographs(folders: list[Path]) -> Iterator[tuple[str, np.ndarray]]:
    """(name of the photograph, a region of it) of all photographs below these folders."""
    Image.MAX_IMAGE_PIXELS = None
    for folder in folders:
        paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file()]
        for path in paths:
            if not path.is_symlink() and path.suffix != ".mp4" and not any(part in str(path) for part in AGAIN):
                yield from regions(path)


def regions(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """In rows and columns, without those that are blank."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    if min(width, height) < SHORTEST // 2:
        return
    columns, rows = (max(1, min(4, side // (SHORTEST + SHORTEST // 2))) for side in (width, height))
    for row in range(rows):
        for column in range(columns):
            box = (
                *(column * width // columns, row * height // rows),
                *((column + 1) * width // columns, (row + 1) * height // rows),
            )
            region = picture.crop(box)
            region.thumbnail((LONGEST, LONGEST), Image.Resampling.BICUBIC)
            pixels = np.asarray(region)
            if blank(pixels) is None:
                yield str(path), pixels


def scenes(count: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Rendered, each of another content, style and seed."""
    random = np.random.default_rng(seed)
    number = 0
    while count:
        content, style = sample_content(random), sample_style(random)
        pixels = render(content, style, SMALLER[number % len(SMALLER)], seed=number)[0]
        number += 1
        if blank(pixels) is None:
            count -= 1
            yield f"scene {number}", pixels


def starter_takes(count: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """256 pixels square, each of another caption and seed."""
    import torch

    from generation.models.limits import read_limits
    from generation.models.loading import Loaded, load_base
    from generation.request import Request
    from generation.sampling import sample_each
    from generation.starter import DEFAULT_GUIDANCE, WEIGHTS

    torch.set_num_threads(1)
    pipe, family, sha256 = load_base("starter")
    loaded = Loaded(pipe, family, "starter", "starter", sha256, read_limits(WEIGHTS), (), {})
    prompts = list(dict.fromkeys(captions(8 * count, seed)))[:count]
    for first in range(0, len(prompts), 4):
        group = [
            (Request(prompt, "", "still", 256, 256, 1, STARTER_STEPS, DEFAULT_GUIDANCE, Fraction(24)), 1000 * seed + n)
            for n, prompt in enumerate(prompts[first : first + 4], first)
        ]
        for (request, _), frames in zip(group, sample_each(loaded, group), strict=True):
            if blank(frames[0]) is None:
                yield f"take {request.prompt}", frames[0]


def make_pictures(
    folder: Path, photos: list[Path], abstract: list[Path], counts: dict[str, int], seed: int
) -> list[Path]:
    """PNGs in `folder`, made once; what is there already is not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {
        "photo": lambda count: islice(shuffled(photographs(photos), seed), count),
        "abstract": lambda count: islice(shuffled(photographs(abstract), seed), count),
        "scene": lambda count: scenes(count, seed),
        "take": lambda count: starter_takes(count, seed),
    }
    for kind, count in counts.items():
        if count and not any(folder.glob(f"{kind}-*.png")):
            for number, (_, pixels) in enumerate(tqdm(makers[kind](count), kind, count, False, file=sys.stderr)):
                need_opencv().imwrite(str(folder / f"{kind}-{number:04}.png"), pixels[..., ::-1])
    return sorted(folder.glob("*.png"))


def shuffled(pictures: Iterator[tuple[str, np.ndarray]], seed: int) -> Iterator[tuple[str, np.ndarray]]:
    listed = list(pictures)
    for place in np.random.default_rng(seed).permutation(len(listed)):
        yield listed[place]
