"""The frozen judgements of one run: written once into its folder, hashed, split by brief, turned into examples."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from feedback import preferences
from feedback.errors import Invalid, NotFound

FILE = "snapshot.json"


@dataclass(frozen=True)
class Example:
    """What one step of learning looks at: two takes of one brief and what people said of them."""

    brief: int
    prompt: str
    left: str  # sha256 of the archived media
    right: str
    p_left: float  # share of raters for the left take, ties half
    pair_weight: float  # of the comparison; 0 when nobody compared
    both_bad: float  # share of raters who found both bad
    anchor_left: float  # how much the plain denoising error of each take is to fall
    anchor_right: float

    @property
    def decided(self) -> bool:
        return self.pair_weight > 0 and self.p_left != 0.5

    @property
    def key(self) -> str:
        """The same pair of pictures under the same prompt, whoever judged it and whatever they said."""
        return digest(self.prompt, self.left, self.right)


def digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def write_snapshot(folder: Path, frozen: dict[str, Any]) -> Path:
    """Writes the canonical text whose sha256 is the snapshot's hash."""
    path = folder / FILE
    beside = path.with_suffix(".partial")
    with beside.open("w", encoding="utf-8") as file:
        file.write(preferences.canonical(frozen))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path


def read_snapshot(folder: Path, sha256: str) -> dict[str, Any]:
    """The frozen judgements; NotFound or Invalid when the file is missing or not the one the run was started with."""
    path = folder / FILE
    if not path.is_file():
        raise NotFound(f"snapshot {path} is missing")
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise Invalid(f"snapshot {path} was changed since its run began: its sha256 is not {sha256[:12]}…")
    return json.loads(text)


def split_briefs(frozen: dict[str, Any], share: float) -> set[int]:
    """Ids of the briefs held out: up to `share` of those with a preference, at least one.

    A brief's place depends on its id and prompt only and the lowest are held out, so that one which was held out last
    night most likely is tonight, and a version built on last night's is tested on briefs it has not learned from.
    """
    decided = {example.brief for example in examples_of(frozen) if example.decided}
    ranked = sorted(decided, key=lambda brief: place(frozen, brief))
    under = [brief for brief in ranked if place(frozen, brief) < share]
    return set(under[: ceil(share * len(ranked))] or ranked[:1])


def place(frozen: dict[str, Any], brief: int) -> float:
    """A brief's fixed place in [0, 1)."""
    return int(digest(str(brief), frozen["prompts"][str(brief)])[:12], 16) / 16**12


def examples_of(frozen: dict[str, Any], star_weight: float = 1.0) -> list[Example]:
    """All examples of a snapshot: compared pairs, pairs known from stars, circled takes that are in neither."""
    circled = set(frozen["circled"])
    made = [from_ballots(frozen, pair, circled) for pair in frozen["pairs"]]
    if star_weight > 0:
        made += [from_stars(frozen, pair, circled, star_weight) for pair in frozen["star_pairs"]]
    paired = {take for pair in (*frozen["pairs"], *frozen["star_pairs"]) for take in (pair["left"], pair["right"])}
    return made + [from_circle(frozen, row) for row in frozen["circles"] if row["take"] not in paired]


def from_ballots(frozen: dict[str, Any], pair: dict[str, Any], circled: set[int]) -> Example:
    voters = pair["votes"] + pair["both_bad"]
    return make_example(
        frozen, pair, circled, weight=pair["votes"] / voters, both_bad=pair["both_bad"] / voters, p_left=pair["p_left"]
    )


def from_stars(frozen: dict[str, Any], pair: dict[str, Any], circled: set[int], weight: float) -> Example:
    return make_example(frozen, pair, circled, weight=weight, both_bad=0.0, p_left=pair["p_left"])


def make_example(
    frozen: dict[str, Any], pair: dict[str, Any], circled: set[int], *, weight: float, both_bad: float, p_left: float
) -> Example:
    clear = weight * (2 * p_left - 1)  # from -1, right won clearly, to 1
    return Example(
        brief=pair["brief"],
        prompt=frozen["prompts"][str(pair["brief"])],
        left=frozen["takes"][str(pair["left"])],
        right=frozen["takes"][str(pair["right"])],
        p_left=p_left,
        pair_weight=weight,
        both_bad=both_bad,
        anchor_left=1.0 if pair["left"] in circled else max(clear, 0.0),
        anchor_right=1.0 if pair["right"] in circled else max(-clear, 0.0),
    )


def from_circle(frozen: dict[str, Any], row: dict[str, Any]) -> Example:
    """A circled take that nobody compared: an anchor alone (both sides of the example are the same picture)."""
    media, prompt = frozen["takes"][str(row["take"])], frozen["prompts"][str(row["brief"])]
    return Example(row["brief"], prompt, media, media, 0.5, 0.0, 0.0, 1.0, 0.0)
