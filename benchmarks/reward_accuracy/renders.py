"""Renders of captions in styles drawn at random, their latents, and what each taste says of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from benchmarks import synthetic
from benchmarks.array_cache import Arrays, cached_arrays
from benchmarks.boxes import box_around
from benchmarks.house_style.metrics import within_prompt_std
from benchmarks.house_style.points import BenchmarkSetup, digest, held_out_prompts, judged_prompts
from benchmarks.pair_selection import ENCODED_AT_ONCE, as_pixels
from benchmarks.synthetic import labels
from benchmarks.synthetic.composition_reader import MARKED
from benchmarks.synthetic.compositions import contrast_under
from benchmarks.synthetic.labels import WEATHERS, Content, Style, sample_subject_look
from benchmarks.synthetic.scenes import parse_caption, render, sample_style
from benchmarks.synthetic.tastes import LOOK, function_of
from benchmarks.synthetic.training.composition import subject_mask
from finetune.reward.features.colour_map import fit_colour_map
from generation.models.loading import load_base
from generation.starter import DEFAULT_SIZE, WEIGHTS


@dataclass(frozen=True)
class Truth:
    """What the renderer knows of a composition, higher is better."""

    score: Callable[[Style], float]
    weathers: tuple[str, ...] = WEATHERS  # in which it can be seen
    subjects: tuple[str, ...] = labels.SUBJECTS  # on which

    def is_seen(self, content: Content) -> bool:
        return content.weather in self.weathers and content.subject in self.subjects


SUNNY = ("clear", "snow")  # rain and fog hide the sun, and most places do not show where the light comes from then
COMPOSITIONS = {
    "low_horizon": Truth(lambda style: style.horizon),
    "subject_left": Truth(lambda style: -style.position),
    "off_centre": Truth(lambda style: abs(style.position - 0.5)),
    "light_from_left": Truth(lambda style: float(not style.mirrored), SUNNY),
    "subject_by_light": Truth(lambda style: (style.position - 0.5) * (1 if style.mirrored else -1), SUNNY),
}
BOLD = "bold_subject"  # of the pixels and the renderer's own mask
TASTES = (*LOOK, *COMPOSITIONS, BOLD)
SUBJECTS = {
    "red_coat": Truth(lambda style: float(style.subject.colour == "red")),
    "dark_subject": Truth(lambda style: float(style.subject.colour == "black")),
    "large_subject": Truth(lambda style: style.subject.size),
    "round_subject": Truth(lambda style: float(style.subject.rounded)),
    "facing_left": Truth(lambda style: float(style.subject.faces_left), subjects=("car", "boat")),
}
"""About the subject itself; seen in renders with looks alone."""
NOT_RENDERED = ("tree left of boat", "red coat", "round subject", "facing left", "lit from behind")
"""Of the ten tastes that reward models were first compared on, those that plain renders cannot vary within a caption."""


@dataclass(frozen=True)
class Scenes:
    """Renders of C captions, T of each, as rows; the first `judged` captions are those that are judged."""

    captions: list[str]  # of each row
    styles: list[Style]
    measured: dict[str, np.ndarray]  # scores [C x T] of tastes that are measured when a scene is rendered
    latents: torch.Tensor  # [C x T, z, 1, h, w]
    colour_map: torch.Tensor
    each: int  # T
    judged: int
    boxes: np.ndarray | None = (
        None  # around the subject, x, y, w and h in shares of the frame; nan where it is not seen: [C x T, 4]
    )
    varied: bool = False  # whether subjects have looks of their own

    def rows_of(self, caption: int) -> range:
        return range(caption * self.each, (caption + 1) * self.each)

    @property
    def brief(self) -> torch.Tensor:
        """The caption's number of each row."""
        return torch.arange(len(self.captions)) // self.each


def make_scenes(options: argparse.Namespace, varied: bool = False) -> Scenes:
    """Cached by what they are: captions, numbers, seed and the encoder's weights. `varied`: subjects have looks of their own."""
    setup = BenchmarkSetup(held_out=options.unseen, seed=options.seed)
    texts = [*judged_prompts(setup, options.captions), *held_out_prompts(setup)]
    drawn = [
        draw_style([options.seed, caption, take], varied)
        for caption in range(len(texts))
        for take in range(options.renders)
    ]
    rows = [text for text in texts for _ in range(options.renders)]
    pipe, family, sha256 = load_base(str(WEIGHTS))
    path = Path(options.work) / f"{digest('reward accuracy', rows, options.seed, varied, sha256, drawing_source())}.npz"
    arrays, _ = cached_arrays(path, lambda: encode_renders(rows, drawn, pipe, family))
    latents, colour_map = (torch.from_numpy(arrays.pop(name)) for name in ("latents", "colour_map"))
    styles, boxes = [style for style, _ in drawn], arrays.pop("boxes")
    return Scenes(rows, styles, arrays, latents, colour_map, options.renders, options.captions, boxes, varied)


def draw_style(seed: Sequence[int], varied: bool = False) -> tuple[Style, int]:
    """A style, and the seed of the render."""
    rng = np.random.default_rng(seed)
    style, number = sample_style(rng), int(rng.integers(2**31))
    return (replace(style, subject=sample_subject_look(rng)) if varied else style), number


@torch.no_grad()
def encode_renders(captions: Sequence[str], drawn: Sequence[tuple[Style, int]], pipe: Any, family: Any) -> Arrays:
    """Latents, the colour map, and scores of the tastes that need the pixels, by name."""
    latents, some, scores = list[torch.Tensor](), list[torch.Tensor](), list[dict[str, float]]()
    boxes = list[np.ndarray]()
    places = range(0, len(captions), ENCODED_AT_ONCE)
    for first in tqdm(places, desc="rendering and encoding", file=sys.stderr, disable=None):
        rows = range(first, min(first + ENCODED_AT_ONCE, len(captions)))
        pictures = [render_row(captions[row], *drawn[row]) for row in rows]
        masks = [subject_mask(content_of(captions[row]), drawn[row][0], MARKED, drawn[row][1]) for row in rows]
        scores += [measure_row(*each) for each in zip(pictures, masks, strict=True)]
        boxes += [box_around(mask) for mask in masks]
        pixels = torch.stack([as_pixels(picture) for picture in pictures])
        latents.append(family.encode_media(pipe, pixels).float())
        some.append(pixels[0])
    joined = torch.cat(latents)
    colour_map = fit_colour_map(joined[::ENCODED_AT_ONCE][::4], some[::4], max(joined.shape[3:]))
    measured = {name: np.array([each[name] for each in scores]) for name in (*LOOK, BOLD)}
    return {"latents": joined.numpy(), "colour_map": colour_map.numpy(), "boxes": np.stack(boxes), **measured}


def render_row(caption: str, style: Style, seed: int) -> np.ndarray:
    """uint8 [H, W, 3]."""
    return render(content_of(caption), style, int(DEFAULT_SIZE[0]), 1, seed)[0]


def content_of(caption: str) -> Content:
    content = parse_caption(caption)
    assert content is not None, caption
    return content


def measure_row(picture: np.ndarray, subject: np.ndarray) -> dict[str, float]:
    """Scores of one render, of which the mask of the subject is known."""
    pixels = picture[None, None].astype(np.float32) / 255
    bold = contrast_under(torch.from_numpy(subject).float()[None], torch.from_numpy(pixels[0]))
    return {**{name: float(function_of(name)(pixels)[0]) for name in LOOK}, BOLD: float(bold)}


def drawing_source() -> list[str]:
    """The code that draws and measures scenes."""
    folder = Path(str(synthetic.__file__)).parent
    return [file.read_text() for file in sorted([*folder.glob("*.py"), *folder.glob("rendering/*.py")])]


def scores_of(scenes: Scenes, taste: str) -> np.ndarray:
    """The taste's score of every render, in within-prompt standard deviations; nan where the caption hides it: [C x T]."""
    truths = COMPOSITIONS | SUBJECTS
    if taste in truths:
        truth = truths[taste]
        seen = [truth.is_seen(content_of(caption)) for caption in scenes.captions]
        scores = np.where(seen, [truth.score(style) for style in scenes.styles], np.nan)
    else:
        scores = scenes.measured[taste]
    by_caption = scores.reshape(-1, scenes.each)
    return scores / within_prompt_std(by_caption[~np.isnan(by_caption).any(axis=1)])
