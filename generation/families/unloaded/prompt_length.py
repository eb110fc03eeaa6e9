"""Prompts counted in a model's own tokens by its tokenizer alone, as `families.*.count_tokens` counts them in a worker.

Only folders with a `tokenizer.json` are read. Of models that read a prompt within a chat template, nothing is said here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import ftfy
from tokenizers import Tokenizer

from feedback.errors import Invalid
from generation.families.folder import parts_left_out, pipeline_class_in, read_json

KEPT = 4  # tokenizers that are held in memory
MOST = 10**9  # tokens; a tokenizer that names more has no limit


class Length(NamedTuple):
    tokens: int  # the tokenizer's own marks counted
    most: int  # that the text encoder reads


def as_it_is(prompt: str) -> str:
    return prompt


def clean_for_wan(prompt: str) -> str:
    """As `diffusers.pipelines.wan.pipeline_wan.prompt_clean` does."""
    plain = html.unescape(html.unescape(ftfy.fix_text(prompt)))
    return re.sub(r"\s+", " ", plain).strip()


def one(name: str) -> Callable[[Path], tuple[str, ...]]:
    return lambda folder: (name,)


def of_stable_diffusion_3(folder: Path) -> tuple[str, ...]:
    """CLIP reads the beginning of a long prompt, T5 all of it; without T5, CLIP is all there is."""
    return ("tokenizer", "tokenizer_2") if "text_encoder_3" in parts_left_out(folder) else ("tokenizer_3",)


def places_of_cogvideox(folder: Path) -> int:
    return int(read_json(folder / "transformer" / "config.json").get("max_text_seq_length", 226))


@dataclass(frozen=True)
class Reading:
    """How a pipeline reads a prompt."""

    tokenizers: Callable[[Path], tuple[str, ...]]  # that have to read all of it
    most: Callable[[Path], int] = lambda folder: MOST  # tokens; the pipeline's own ceiling
    clean: Callable[[str], str] = as_it_is


READINGS = {
    "WanPipeline": Reading(one("tokenizer"), lambda folder: 512, clean_for_wan),
    "StableDiffusionPipeline": Reading(one("tokenizer")),
    "StableDiffusionXLPipeline": Reading(lambda folder: ("tokenizer", "tokenizer_2")),
    "StableDiffusion3Pipeline": Reading(of_stable_diffusion_3, lambda folder: 256),
    "FluxPipeline": Reading(one("tokenizer_2"), lambda folder: 512),
    "LTXPipeline": Reading(one("tokenizer"), lambda folder: 128),
    "CogVideoXPipeline": Reading(one("tokenizer"), places_of_cogvideox),
}
"""By the name of the pipeline class."""


def count_tokens(folder: Path, prompt: str) -> Length | None:
    """The length of a prompt for the model in this folder; None where it cannot be known without loading it."""
    reading = READINGS.get(pipeline_class_in(folder))
    if reading is None:
        return None
    places = [folder / name for name in reading.tokenizers(folder)]
    if not all((place / "tokenizer.json").is_file() for place in places):
        return None
    try:
        text = reading.clean(prompt)
        counts = [len(open_tokenizer(place).encode(text).ids) for place in places]
        return Length(max(counts), min(reading.most(folder), *(longest_of(place) for place in places)))
    except Invalid:
        return None  # a worker says what is wrong with the folder


def open_tokenizer(place: Path) -> Tokenizer:
    path = place / "tokenizer.json"
    return read_tokenizer(path, path.stat().st_mtime_ns)


@lru_cache(KEPT)
def read_tokenizer(path: Path, written: int) -> Tokenizer:
    """It never cuts a text off, so that one which would be cut is seen."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more specific
        raise Invalid(f"model file {path} is broken: {' '.join(str(error).split())[:200]}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def longest_of(place: Path) -> int:
    most = read_json(place / "tokenizer_config.json").get("model_max_length", MOST)
    return int(most) if isinstance(most, int | float) and 0 < most < MOST else MOST
