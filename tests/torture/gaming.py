"""People who want an equal version promoted, and vote as they like while they see all that they may see.

Three people judge, the fewest that prove anything. Whoever does not cheat gives an equal version every second pair. A
promotion is asked for after every few votes, by somebody who stops at the first success.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback.errors import Refused
from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts
from feedback.production import render_queue
from feedback.store import Studio, media
from feedback.trials import blinding, promotion, trials
from tests.factories import add_brief, add_person, new_studio, png
from tests.torture.table import Row, read_progress, write_progress

COUNT = 200
PAIRS = 48
BATCHES = 4  # as often as a night extends an undecided trial
TRIES_EVERY = 6  # votes


@dataclass(frozen=True)
class Scheme:
    """How the cheats play."""

    cheats: int  # of the three people
    knows: bool  # whether they can tell by the pictures which take is whose
    unblinded: bool = False  # whether they ask how the trial stands, as a supervisor may


SCHEMES = {
    "one who sees all that a supervisor may see": Scheme(1, knows=False, unblinded=True),
    "one who also tells the versions apart by the pictures": Scheme(1, knows=True),
    "two of three who agree and tell them apart": Scheme(2, knows=True),
}
COLLUDING = "two of three who agree and tell them apart"


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` trials of each scheme; what two people reach is reported, and no goal."""
    progress = read_progress(folder, "gaming")
    for name, scheme in SCHEMES.items():
        outcomes = progress.setdefault(name, [])
        while len(outcomes) < count:
            outcomes.append(play(folder, scheme, random.Random(f"{seed} {name} {len(outcomes)}")))
            write_progress(folder, "gaming", progress)
    shares = {name: sum(outcomes) / len(outcomes) for name, outcomes in progress.items()}
    counted = "; ".join(f"{name}: {100 * share:.1f} %" for name, share in shares.items())
    goal = "at most 5 % for one person"
    reached = all(share <= 0.05 for name, share in shares.items() if name != COLLUDING)
    return Row(
        "Gaming",
        f"an equal version is promoted, {count} trials of {PAIRS} to {PAIRS * BATCHES} pairs",
        goal,
        counted,
        reached,
    )


def play(folder: Path, scheme: Scheme, rng: random.Random) -> bool:
    """Whether the equal candidate was promoted without force."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        studio = new_studio(Path(place) / "studio")
        with studio.writing():  # one transaction: a game is no record that must survive
            people = [add_person(studio, name, "supervisor")["id"] for name in ("ana", "ben", "cas")]
            versions.register_candidate(studio, "v0001", "starter", [])
            brief = add_brief(studio, "ana")["id"]
            picture = media.store_bytes(studio, png(1), "png", "image/png", 32, 32, 1)
            trial = trials.open_trial(studio, "v0001", [brief], PAIRS)
            for batch in range(BATCHES):
                if batch:
                    trials.add_pairs(studio, trial, [brief], PAIRS)
                finish_all(studio, picture)
                if play_batch(studio, trial, batch + 1, people, scheme, rng):
                    return True
        return False


def finish_all(studio: Studio, picture: str) -> None:
    files: dict[str, Any] = {"media": picture, "poster": None, "rendition": picture, "rendition_poster": None}
    while leased := render_queue.lease_takes(studio, "worker", 64):
        for take in leased:
            render_queue.finish_take(studio, take["id"], "worker", provenance={}, **files)


def play_batch(studio: Studio, trial: int, batch: int, people: list[int], scheme: Scheme, rng: random.Random) -> bool:
    """The cheats judge whatever they can, those that they were not dealt too, and change their minds; then the others."""
    rows = studio.rows("SELECT * FROM trial_pairs WHERE trial = ? AND batch = ?", (trial, batch))
    cheats, honest = people[: scheme.cheats], people[scheme.cheats :]
    votes = [(person, row) for row in rows for person in cheats]
    votes += [(honest[number % len(honest)], row) for number, row in enumerate(rows)]
    rng.shuffle(votes)
    for number, (person, row) in enumerate(votes):
        vote(studio, person, row, wants=person in cheats and scheme.knows, rng=rng)
        if number % TRIES_EVERY == 0:
            if person in cheats and not scheme.knows:
                vote(studio, person, row, wants=False, rng=rng)
            if scheme.unblinded and batch > 1:
                blinding.unblind_person(studio, "v0001", cheats[0])
            if is_promoted(studio, people[0]):
                return True
    return False


def vote(studio: Studio, person: int, row: dict[str, Any], *, wants: bool, rng: random.Random) -> None:
    """`wants`: the candidate, wherever it is shown; otherwise a side."""
    sides = [row["candidate_take"], row["baseline_take"]]
    rng.shuffle(sides)
    chosen = row["candidate_take"] if wants else rng.choice(sides)
    verdict = "left" if chosen == sides[0] else "right"
    ballots.cast_ballot(studio, person, f"{rng.getrandbits(64)}", sides[0], sides[1], verdict, 900)


def is_promoted(studio: Studio, person: int) -> bool:
    assert accounts.find_person(studio, person)
    try:
        promotion.promote(studio, "v0001", person)
    except Refused:
        return False
    return True
