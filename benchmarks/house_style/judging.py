"""Simulated judging: a calibrated panel, pairs dealt brief by brief or as the product deals them, ballots cast."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import torch

from benchmarks.boxes import CARELESS, box_around, drawn_box
from benchmarks.house_style.fixture_studio import add_people
from benchmarks.house_style.metrics import score_takes, within_prompt_std
from benchmarks.house_style.points import PAIRINGS, Raters
from benchmarks.raters import Rater, Taste, load_taste
from benchmarks.synthetic.composition_reader import composition_reader
from benchmarks.synthetic.oracles import BUILT_IN
from feedback.errors import Invalid
from feedback.judgements import ballots, notes
from feedback.pair_selection.next_pairs import RANDOM_SHARES, next_pairs
from feedback.production import takes
from feedback.production.briefs import get_brief
from feedback.production.shots import get_shot
from feedback.store import Studio, media
from finetune.data.pixels import read_pixels

COIN = 0.5  # label noise of a person who does not look
ELAPSED = 1200  # ms
DEALT_AT_ONCE = 8  # as the review page does
SURE = 0.5  # of a cell, from which it is of the subject


@dataclass(frozen=True)
class TastePart:
    """A taste inside an opinion, brought to mean 0 and within-prompt standard deviation 1 over production's takes."""

    taste: Taste
    mean: float
    std: float
    weight: float


@dataclass(frozen=True)
class Opinion:
    """A person's own taste, itself a taste: one unit is one within-prompt standard deviation over production's takes."""

    parts: tuple[TastePart, ...]
    std: float = 1.0

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Float pixels [B, F, H, W, 3] in [0, 1] -> [B]."""
        parts = [part.weight * (np.asarray(part.taste(pixels)) - part.mean) / part.std for part in self.parts]
        return np.sum(parts, axis=0) / self.std


def make_panel(raters: Raters, production: np.ndarray, seed: int) -> list[Rater]:
    """`raters.panel` people, calibrated on takes of production, uint8 [P, T, F, H, W, 3].

    Each one's own taste, beside the shared one, is one of the first ten drawn at random. With more than one person the label
    noise differs too, from half to one and a half times `raters.label_noise`; the `raters.careless` last ones judge at
    random.
    """
    rng = np.random.default_rng([seed, raters.panel])
    others = [name for name in BUILT_IN if name != raters.taste]
    own = rng.permutation(others)
    noise = raters.label_noise * (rng.uniform(0.5, 1.5, raters.panel) if raters.panel > 1 else np.ones(1))
    noise[raters.panel - raters.careless :] = COIN
    return [
        make_rater(raters, str(own[k % len(own)]), min(COIN, float(noise[k])), production) for k in range(raters.panel)
    ]


def make_rater(raters: Raters, own: str, label_noise: float, production: np.ndarray) -> Rater:
    parts = [calibrate(load_taste(raters.taste), 1 - raters.disagree, production)]
    if raters.disagree:
        parts.append(calibrate(load_taste(own), raters.disagree, production))
    mixed = score_takes(Opinion(tuple(parts)), production)
    opinion = Opinion(tuple(parts), within_prompt_std(mixed))
    bad = float(np.quantile(mixed, raters.both_bad)) / opinion.std if raters.both_bad else -np.inf
    return Rater(opinion, label_noise, raters.tie_band, raters.noise, bad)


def calibrate(taste: Taste, weight: float, production: np.ndarray) -> TastePart:
    scores = score_takes(taste, production)
    return TastePart(taste, float(scores.mean()), within_prompt_std(scores), weight)


@dataclass(frozen=True)
class JudgingSession:
    """Who judges in which studio."""

    studio: Studio
    panel: list[Rater]
    ids: list[int]  # of the panel's people
    votes: int  # people who judge each pair
    seed: int
    pointed: float = 0.0  # share of preferences with a box around the subject of either take

    def voters(self, number: int) -> list[int]:
        """Places in the panel of those who judge pair `number`."""
        return [(number + vote) % len(self.panel) for vote in range(self.votes)]


def briefs_needed(raters: Raters, takes: int, pairs: int) -> int:
    """How many briefs of `takes` takes `pairs` pairs come from; Invalid when a brief has not that many pairs."""
    if raters.pairing != PAIRINGS[0]:
        return raters.pool
    most = takes * (takes - 1) // 2
    if not 1 <= raters.pairs_per_brief <= most:
        raise Invalid(f"{raters.pairs_per_brief} pairs per brief: {takes} takes make 1 to {most}")
    return -(-pairs // raters.pairs_per_brief)


def judge(studio: Studio, raters: Raters, panel: list[Rater], briefs: list[int], pairs: int, seed: int) -> Counter[str]:
    """Judges `pairs` pairs of these briefs, each by `raters.votes` of the panel in turn; counts of the verdicts.

    Fewer pairs are the first ones of more, and the random part of a ballot depends on its takes and its rater only:
    points of a curve differ in nothing but what the curve is about.
    """
    ids = add_people(studio, [f"rater_{k + 1}" for k in range(len(panel))])
    session = JudgingSession(studio, panel, ids, raters.votes, seed, raters.pointed)
    verdicts: Counter[str] = Counter()
    with studio.writing():  # one transaction: nobody waits for a receipt
        if raters.pairing != PAIRINGS[0]:
            return judge_dealt(session, briefs, pairs, RANDOM_SHARES[raters.pairing])
        for number, brief in enumerate(briefs):
            first = number * raters.pairs_per_brief
            verdicts += judge_brief(session, brief, first, min(raters.pairs_per_brief, pairs - first))
    return verdicts


def judge_brief(session: JudgingSession, brief: int, first: int, count: int) -> Counter[str]:
    """Pairs number `first` to `first + count`, all of one brief."""
    takes = done_takes(session.studio, brief)
    pixels = read_takes(session.studio, takes)[None]
    pairs = list(enumerate(deal(takes, count, session.seed), first))
    voters = {voter for number, _ in pairs for voter in session.voters(number)}
    scores = {
        voter: dict(zip(takes, score_takes(session.panel[voter].taste, pixels)[0], strict=True)) for voter in voters
    }
    return Counter(
        vote(session, voter, pair, scores[voter]) for number, pair in pairs for voter in session.voters(number)
    )


def judge_dealt(session: JudgingSession, briefs: list[int], pairs: int, chance: float) -> Counter[str]:
    """`pairs` pairs of the shot that these briefs are of, as the product deals them to one person after the other."""
    shot = get_shot(session.studio, get_brief(session.studio, briefs[0])["shot"])["code"]
    rng, scores = random.Random(session.seed), dict[tuple[int, int], dict[int, float]]()
    verdicts, judged = Counter[str](), 0
    while judged < pairs:
        voters = session.voters(judged // DEALT_AT_ONCE)
        count = min(DEALT_AT_ONCE, pairs - judged)
        dealt = next_pairs(session.studio, session.ids[voters[0]], count, shot=shot, random_share=chance, rng=rng)
        for pair, voter in product(dealt, voters):
            place = (voter, pair["brief"]["id"])
            if place not in scores:
                scores[place] = scores_of_brief(session, *place)
            left, right = sorted((pair["left"]["id"], pair["right"]["id"]))
            verdicts[vote(session, voter, (left, right), scores[place])] += 1
        judged += len(dealt)
        if not dealt:
            break
    return verdicts


def scores_of_brief(session: JudgingSession, voter: int, brief: int) -> dict[int, float]:
    """The voter's score of each of the brief's takes."""
    takes = done_takes(session.studio, brief)
    scores = score_takes(session.panel[voter].taste, read_takes(session.studio, takes)[None])[0]
    return dict(zip(takes, scores, strict=True))


def vote(session: JudgingSession, voter: int, pair: tuple[int, int], scores: dict[int, float]) -> str:
    """One ballot; `scores`: the voter's of each take."""
    left, right = pair
    rng = np.random.default_rng([session.seed, left, right, voter])
    verdict = session.panel[voter].compare(scores[left], scores[right], rng)
    ballots.cast_ballot(session.studio, session.ids[voter], f"{left}-{right}-{voter}", left, right, verdict, ELAPSED)
    if verdict in ("left", "right") and session.pointed:
        point(session, voter, pair)
    return verdict


def point(session: JudgingSession, voter: int, pair: tuple[int, int]) -> None:
    """A note with a careless box around the subject of one of the two takes, on as many pairs as the session has it."""
    rng = np.random.default_rng([session.seed, *pair, voter, 1])
    take, points = int(rng.choice(pair)), rng.random() < session.pointed
    box = box_around(seen_subject(session.studio, take)) if points else np.full(4, np.nan)
    if not np.isnan(box).any():
        place = drawn_box(box, rng.normal(0, CARELESS, 4))
        region = {side: getattr(place, side) for side in ("x", "y", "w", "h")}
        uid = f"note-{pair[0]}-{pair[1]}-{voter}"
        notes.write_note(session.studio, session.ids[voter], uid, take, "the subject", region=region)


def seen_subject(studio: Studio, take: int) -> np.ndarray:
    """Where the composition reader sees the subject of a take, of a clip in its middle frame, bool [n, n]."""
    pixels = read_takes(studio, [take])[0]
    frame = torch.from_numpy(pixels[len(pixels) // 2 : len(pixels) // 2 + 1]).float() / 255
    return (composition_reader().read(frame).subject[0] > SURE).numpy()


def deal(takes: list[int], count: int, seed: int) -> list[tuple[int, int]]:
    """`count` pairs of these takes in random order, on random sides; fewer are the first of more."""
    rng = np.random.default_rng([seed, *takes])
    pairs = list(combinations(takes, 2))
    order, sides = rng.permutation(len(pairs)), rng.random(len(pairs)) < 0.5
    dealt = [pairs[index] if sides[index] else pairs[index][::-1] for index in order]
    return dealt[: max(0, count)]


def done_takes(studio: Studio, brief: int) -> list[int]:
    """Ids of the brief's drawn takes, oldest first."""
    return [row["id"] for row in takes.list_takes(studio, brief=brief) if row["state"] == "done"]


def read_takes(studio: Studio, ids: list[int]) -> np.ndarray:
    """What a rater is shown: uint8 [T, F, H, W, 3]."""
    files = [media.path_of(studio, takes.get_take(studio, take)["rendition"]) for take in ids]
    return np.stack([to_uint8(read_pixels(file).permute(1, 2, 3, 0).numpy()) for file in files])


def to_uint8(pixels: np.ndarray) -> np.ndarray:
    """Back from [-1, 1] to what the file holds."""
    return ((pixels + 1) * 127.5).round().astype(np.uint8)
