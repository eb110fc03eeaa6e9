"""What all points of a run share: the fixture studio, production's takes of held-out briefs, and real scenes of a taste.

Real scenes of a taste are the renderer's: of k renders of a caption, the one that the taste scores highest. That is what
a perfect model of the taste would draw, and so the ceiling of the benchmark: the best of k wins against a plain
render k / (k + 1) of the time, since it is the best of k + 1 that often.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.array_cache import Arrays, cached_arrays
from benchmarks.house_style.fixture_studio import first_seed, open_studio
from benchmarks.house_style.judging import make_panel
from benchmarks.house_style.metrics import Evaluator, FeatureSpace, Measurements, make_evaluator, make_space
from benchmarks.house_style.plot import save_comparison
from benchmarks.house_style.points import BenchmarkSetup, Raters, digest, held_out_prompts, taste_source
from benchmarks.raters import Rater, load_taste
from benchmarks.synthetic.scenes import Content, parse_caption, render, sample_style
from feedback.models import versions
from feedback.store import Studio
from generation.media.decode import read_frames
from generation.media.encode import encode_clip
from generation.models.loading import forget_versions, load_version
from generation.sampling import sample

FRAME_RATE = Fraction(24)
# Uses of seeds: no two share one. Nights after the first count up from NIGHTS.
JUDGED, PRODUCTION, CANDIDATE, NIGHTS = 1, 2, 3, 10
# Streams of randomness: the scenes that realism is measured against must not be among those that are measured.
REFERENCE, CHOSEN, PLAIN, SPACE = 1, 2, 3, 4
BEST_OF = (2, 4, 8, 16)
REFERENCE_BEST_OF = 8


class BenchmarkRun:
    """Made once per run; everything on it is computed when it is first needed, and kept in its folder."""

    def __init__(self, work: Path, setup: BenchmarkSetup, pictures: Path | None = None) -> None:
        self.setup, self.pictures = setup, pictures
        self.folder = work.resolve() / digest(asdict(setup))
        self.prompts = held_out_prompts(setup)
        self._evaluators: dict[str, Evaluator] = {}
        self._bases: dict[str, Measurements] = {}

    @cached_property
    def fixture_studio(self) -> Studio:
        """The studio whose takes are judged; points work on copies."""
        return open_studio(self.folder / "fixture_studio", self.setup)

    @cached_property
    def production(self) -> tuple[np.ndarray, float]:
        """Production's takes of the held-out briefs, uint8 [P, T, F, H, W, 3], and the seconds they took."""
        return self.draw(self.fixture_studio, versions.production_version(self.fixture_studio), PRODUCTION)

    def draw(self, studio: Studio, version: str, use: int = CANDIDATE) -> tuple[np.ndarray, float]:
        return draw_held_out(self.folder / "draws", self.setup, studio, version, self.prompts, use)

    @cached_property
    def space(self) -> FeatureSpace:
        """In which realism is measured, whatever the taste."""
        return make_space(space_scenes(self.folder / "renders", self.setup, self.prompts))

    def evaluator(self, taste: str) -> Evaluator:
        if taste not in self._evaluators:
            real = reference_scenes(self.folder / "renders", self.setup, taste, self.prompts)
            self._evaluators[taste] = make_evaluator(self.prompts, load_taste(taste), real, self.space)
        return self._evaluators[taste]

    def base(self, taste: str) -> Measurements:
        """Production, measured for a taste."""
        if taste not in self._bases:
            self._bases[taste] = self.evaluator(taste).measure(self.production[0])
        return self._bases[taste]

    def panel(self, raters: Raters) -> list[Rater]:
        """Calibrated on production's held-out takes, so that every point and every night has the same people."""
        return make_panel(raters, self.production[0], self.setup.seed)

    def keep_picture(self, name: str, takes: np.ndarray) -> None:
        """Production above, these takes below, to be looked at; first frames, the first briefs."""
        if self.pictures is None:
            return
        above, below = (side[:8, :, 0].astype(np.float32) / 255 for side in (self.production[0], takes))
        save_comparison(self.pictures / f"{name}.png", above, below)


# Takes of held-out briefs by any version, drawn by the product's own sampler


def draw_held_out(
    folder: Path, setup: BenchmarkSetup, studio: Studio, version: str, prompts: Sequence[str], use: int
) -> tuple[np.ndarray, float]:
    """(takes uint8 [P, T, F, H, W, 3], seconds that drawing them took); `use` keeps the two sides' seeds apart.

    Cached by what they are drawn with, base and adapters, and not by the version's name: points share production's.
    """
    row = versions.get_version(studio, version)
    parts = [[part["sha256"], part["weight"]] for part in row["adapters"]]
    prompted = [setup.brief(prompt) for prompt in prompts]
    name = digest(setup.base_sha256, parts, prompted, setup.compare, setup.seed, use)
    arrays, seconds = cached_arrays(
        folder / f"{name}.npz", lambda: {"takes": draw_all(setup, studio, version, prompts, use)}
    )
    return arrays["takes"], seconds


def draw_all(setup: BenchmarkSetup, studio: Studio, version: str, prompts: Sequence[str], use: int) -> np.ndarray:
    loaded, first = load_version(studio, version), first_seed(setup, use)
    drawn = []
    for index, prompt in enumerate(tqdm(prompts, desc=f"drawing with {version}", file=sys.stderr)):
        seeds = range(first + index * setup.compare, first + (index + 1) * setup.compare)
        drawn.append(as_shown(np.stack(sample(loaded, setup.brief(prompt), list(seeds)))))
    # Every point has a studio of its own, so that what the loader keeps in memory would never be used again.
    forget_versions()
    return np.stack(drawn)


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


# Real scenes


def reference_scenes(folder: Path, setup: BenchmarkSetup, taste: str, prompts: Sequence[str]) -> np.ndarray:
    """The taste's best of 8 renders, `setup.compare` of each caption: uint8 [P, T, F, H, W, 3]."""
    return rendered(folder, setup, taste, prompts, (REFERENCE_BEST_OF,), REFERENCE)[str(REFERENCE_BEST_OF)]


def plain_scenes(folder: Path, setup: BenchmarkSetup, taste: str, prompts: Sequence[str]) -> np.ndarray:
    """Renders that no taste has chosen."""
    return rendered(folder, setup, taste, prompts, (1,), PLAIN)["1"]


def space_scenes(folder: Path, setup: BenchmarkSetup, prompts: Sequence[str]) -> np.ndarray:
    """More of them, that nothing else is measured on: the directions of `FeatureSpace` are fitted to these."""
    # The taste does not matter here: the best of one is that one.
    return rendered(folder, setup, "warm", prompts, (1,), SPACE)["1"]


def chosen_scenes(folder: Path, setup: BenchmarkSetup, taste: str, prompts: Sequence[str]) -> dict[int, np.ndarray]:
    """By k, the taste's best of k renders; the best of 4 is chosen from the first 4 of 16."""
    arrays = rendered(folder, setup, taste, prompts, BEST_OF, CHOSEN)
    return {best_of: arrays[str(best_of)] for best_of in BEST_OF}


def rendered(
    folder: Path, setup: BenchmarkSetup, taste: str, prompts: Sequence[str], best_of: tuple[int, ...], stream: int
) -> Arrays:
    size = [setup.size, setup.frames, setup.compare, setup.seed]
    name = digest(taste, taste_source(taste), list(prompts), size, best_of, stream)
    return cached_arrays(folder / f"{name}.npz", lambda: choose_all(setup, taste, prompts, best_of, stream))[0]


def choose_all(
    setup: BenchmarkSetup, taste: str, prompts: Sequence[str], best_of: tuple[int, ...], stream: int
) -> Arrays:
    score = load_taste(taste)
    chosen: dict[str, list[np.ndarray]] = {str(k): [] for k in best_of}
    for index, prompt in enumerate(tqdm(prompts, desc=f"rendering, best of {max(best_of)}", file=sys.stderr)):
        groups = [
            render_group(setup, prompt, [setup.seed, stream, index, k], max(best_of)) for k in range(setup.compare)
        ]
        scores = [score(group.astype(np.float32) / 255) for group in groups]
        for k in best_of:
            picks = [group[each[:k].argmax()] for group, each in zip(groups, scores, strict=True)]
            chosen[str(k)].append(np.stack(picks))
    return {k: np.stack(rows) for k, rows in chosen.items()}


def render_group(setup: BenchmarkSetup, prompt: str, seed: list[int], count: int) -> np.ndarray:
    """`count` renders of one caption in styles drawn at random: uint8 [count, F, H, W, 3]."""
    content, rng = parse_caption(prompt), np.random.default_rng(seed)
    assert isinstance(content, Content), prompt
    scenes = [
        render(content, sample_style(rng), setup.size, setup.frames, int(rng.integers(2**31))) for _ in range(count)
    ]
    return as_shown(np.stack(scenes))
