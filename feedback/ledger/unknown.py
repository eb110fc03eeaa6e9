"""What this record cannot answer about a version, said as plainly as what it can."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from feedback.models.base_facts import BaseFacts
from feedback.models.lineage import Lineage
from feedback.models.versions import Version, foundation
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

FEW = 5


def not_known(
    studio: Studio, version: Version, base: BaseFacts, learned: Lineage, runs: Sequence[int], takes: Sequence[int]
) -> list[str]:
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


def _of_base(base: BaseFacts) -> Iterator[str]:
    if base["base"] == "starter":
        yield "The base is the starter model, which was trained on scenes that Circletake rendered; its card is generation/starter/README.md."
        return
    licence = (
        f"under {base['licence']}, as its folder says" if base["licence"] else "under no licence that its folder names"
    )
    yield f"What the base model {base['base']} was trained on is not in this record. It is used {licence}."
    if not base["here"]:
        yield "The base model's folder is not on this machine, so its weights were not hashed again."


def _of_adapters(studio: Studio, version: Version) -> Iterator[str]:
    brought = foundation(studio, version["name"])
    if brought:
        names = ", ".join(each["folder"] for each in brought[:FEW])
        yield f"No run of this studio made the adapters {names}: what they learned from is not in this record."


def _of_outside(learned: Lineage) -> Iterator[str]:
    if learned["outside"]:
        names = ", ".join(f"{count} by {name}" for name, count in list(learned["outside"].items())[:FEW])
        yield f"Some of the judged takes were made elsewhere ({names}): what those models learned from is not in this record."


def _of_encoders(learned: Lineage) -> Iterator[str]:
    encoders = {
        run["reward"]["image_encoder"]["name"]
        for run in learned["runs"]
        if run["reward"] and run["reward"]["image_encoder"]
    }
    if encoders:
        yield f"What the image encoder {', '.join(sorted(encoders))} was trained on is not in this record."


def _of_weights(studio: Studio, runs: Sequence[int]) -> Iterator[str]:
    sql = "SELECT DISTINCT run FROM run_judgements WHERE weight IS NULL AND run IN (SELECT value FROM json_each(?)) ORDER BY run"
    older = [str(row["run"]) for row in studio.rows(sql, (json.dumps(list(runs)),))]
    if older:
        yield f"Run {', '.join(older)} was made before weights were kept: its judgements are counted as the choices that they are."


def _of_trials(studio: Studio, takes: Sequence[int]) -> Iterator[str]:
    sql = f"SELECT count(*) FROM ({TAKES_OF_OPEN_TRIALS}) WHERE candidate_take IN (SELECT value FROM json_each(?))"
    hidden = studio.value(sql, (json.dumps(list(takes)),))
    if hidden:
        yield f"Of {hidden} takes the version and the file are left out, as a blind trial with them is open: a ledger made after it has them."


def _of_people() -> Iterator[str]:
    yield (
        "People in takes are those whom a brief names as they are recorded, or who are tagged in frames that a take starts from: "
        "somebody whom nobody named or tagged is not found."
    )
    yield "How much of the base model's own drawing, and not of what is listed here, is in a take cannot be told."
