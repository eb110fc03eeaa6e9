"""What this record cannot answer about a version, said as plainly as what it can."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from feedback.ledger.rows import blind_takes
from feedback.ledger.wording import N_, Sentence, sentence
from feedback.models.base_facts import BaseFacts
from feedback.models.lineage import Lineage
from feedback.models.versions import Version, foundation
from feedback.store import Studio

FEW = 5


def not_known(
    studio: Studio, version: Version, base: BaseFacts, learned: Lineage, runs: Sequence[int], takes: Sequence[int]
) -> list[Sentence]:
    """Sentences, each about one thing. `takes`: ids of those behind it."""
    about = (
        _of_base(base),
        _of_adapters(studio, version),
        _of_outside(learned),
        _of_encoders(learned),
        _of_weights(studio, runs),
        _of_trials(studio, takes),
        _of_people(),
    )
    return [line for lines in about for line in lines]


def _of_base(base: BaseFacts) -> Iterator[Sentence]:
    if base["base"] == "starter":
        yield sentence(
            N_(
                "The base is the starter model, which was trained on scenes that Circletake rendered; its card is {card}."
            ),
            card="generation/starter/README.md",
        )
        return
    yield sentence(N_("What the base model {base} was trained on is not in this record."), base=base["base"])
    if base["licence"] is None:
        yield sentence(N_("The base model's folder names no licence."))
    if not base["here"]:
        yield sentence(N_("The base model's folder is not on this machine, so its weights were not hashed again."))


def _of_adapters(studio: Studio, version: Version) -> Iterator[Sentence]:
    brought = foundation(studio, version["name"])
    if brought:
        yield sentence(
            N_("No run of this studio made the adapters {names}: what they learned from is not in this record."),
            names=", ".join(each["folder"] for each in brought[:FEW]),
        )


def _of_outside(learned: Lineage) -> Iterator[Sentence]:
    if learned["outside"]:
        yield sentence(
            N_(
                "Some judged takes were made elsewhere ({names}): what those models learned from is not in this record."
            ),
            names=", ".join(f"{name}: {count}" for name, count in list(learned["outside"].items())[:FEW]),
        )


def _of_encoders(learned: Lineage) -> Iterator[Sentence]:
    rewards = [run["reward"] for run in learned["runs"] if run["reward"]]
    encoders = {reward["image_encoder"]["name"] for reward in rewards if reward["image_encoder"]}
    if encoders:
        yield sentence(
            N_("What the image encoder {names} was trained on is not in this record."),
            names=", ".join(sorted(encoders)),
        )


def _of_weights(studio: Studio, runs: Sequence[int]) -> Iterator[Sentence]:
    sql = "SELECT DISTINCT run FROM run_judgements WHERE weight IS NULL AND split = 'train' AND run IN (SELECT value FROM json_each(?)) ORDER BY run"
    older = [str(row["run"]) for row in studio.rows(sql, (json.dumps(list(runs)),))]
    if older:
        yield sentence(
            N_(
                "Runs made before weights were kept ({runs}): their judgements are counted as the choices that they are."
            ),
            runs=", ".join(older),
        )


def _of_trials(studio: Studio, takes: Sequence[int]) -> Iterator[Sentence]:
    hidden = len(blind_takes(studio) & set(takes))
    if hidden:
        yield sentence(
            N_(
                "Takes in a blind trial that is open: {count}. Their numbers, versions and files are left out; a ledger that is made "
                "after it has them."
            ),
            count=hidden,
        )


def _of_people() -> Iterator[Sentence]:
    yield sentence(
        N_(
            "People in takes are those whom a brief names as they are recorded, or who are tagged in frames that a take starts "
            "from: somebody whom nobody named or tagged is not found."
        )
    )
    yield sentence(
        N_("How much of a take comes from the base model, and not from what is listed here, cannot be told.")
    )
