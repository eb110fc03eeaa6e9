"""One run's bench: its house, its folder, and what all points share (takes to judge, production's draws, yardsticks)."""

from __future__ import annotations

from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.end_to_end import save_comparison
from benchmarks.house_style.drawing import draw_held_out
from benchmarks.house_style.figures import Measured, Yardstick, make_space, make_yardstick
from benchmarks.house_style.frechet import Space
from benchmarks.house_style.panel import make_panel
from benchmarks.house_style.prompts import held_out_prompts
from benchmarks.house_style.renders import reference_scenes, space_scenes
from benchmarks.house_style.setting import House, People, digest
from benchmarks.house_style.stock import open_studio
from benchmarks.raters import Rater, load_taste
from feedback import versions
from feedback.studio import Studio

# Uses of seeds: no two share one. Nights after the first count up from NIGHTS.
JUDGED, PRODUCTION, CANDIDATE, NIGHTS = 1, 2, 3, 10


class Bench:
    """Made once per run; everything on it is computed when it is first asked for."""

    def __init__(self, work: Path, house: House, pictures: Path | None = None) -> None:
        self.house, self.pictures = house, pictures
        self.folder = work.resolve() / digest(asdict(house))
        self.prompts = held_out_prompts(house)
        self._yardsticks: dict[str, Yardstick] = {}
        self._bases: dict[str, Measured] = {}

    @cached_property
    def stock(self) -> Studio:
        """The studio whose takes everybody judges; points work on copies."""
        return open_studio(self.folder / "stock", self.house)

    @cached_property
    def production(self) -> tuple[np.ndarray, float]:
        """Production's takes of the held-out briefs, uint8 [P, T, F, H, W, 3], and the seconds they took."""
        return self.draw(self.stock, versions.production_version(self.stock), PRODUCTION)

    def draw(self, studio: Studio, version: str, use: int = CANDIDATE) -> tuple[np.ndarray, float]:
        return draw_held_out(self.folder / "draws", self.house, studio, version, self.prompts, use)

    @cached_property
    def space(self) -> Space:
        """In which realism is measured, whatever the taste."""
        return make_space(space_scenes(self.folder / "renders", self.house, self.prompts))

    def yardstick(self, taste: str) -> Yardstick:
        if taste not in self._yardsticks:
            real = reference_scenes(self.folder / "renders", self.house, taste, self.prompts)
            self._yardsticks[taste] = make_yardstick(self.prompts, load_taste(taste), real, self.space)
        return self._yardsticks[taste]

    def base(self, taste: str) -> Measured:
        """Production, measured for a taste."""
        if taste not in self._bases:
            self._bases[taste] = self.yardstick(taste).measure(self.production[0])
        return self._bases[taste]

    def panel(self, people: People) -> list[Rater]:
        """Calibrated on production's held-out takes, so that every point and every night has the same people."""
        return make_panel(people, self.production[0], self.house.seed)

    def keep_picture(self, name: str, takes: np.ndarray) -> None:
        """Production above, these takes below, to be looked at; first frames, the first briefs."""
        if self.pictures is None:
            return
        above, below = (side[:8, :, 0].astype(np.float32) / 255 for side in (self.production[0], takes))
        save_comparison(self.pictures / f"{name}.png", above, below)
