"""What the reward model of a run is without one person's judgements, one title's takes or one project's, as it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from feedback.store import Studio

Kind = Literal["person", "title", "project"]
KINDS: tuple[Kind, ...] = ("person", "title", "project")


@dataclass(frozen=True)
class NewInfluence:
    """Of one person, title or project that was left out."""

    kind: Kind
    subject: int  # id
    verdicts: float  # verdicts that were left out, in choices of people
    loss: float | None = None  # mean held-out cross-entropy without, less that with; above 0: predictions need it
    loss_error: float | None = None  # standard error over the folds
    loss_others: float | None = None  # the same, of the held-out verdicts that are not of the group itself
    loss_others_error: float | None = None
    tau: float | None = None  # Kendall's, between rewards of held-out takes with and without; 1: the same order
    tau_error: float | None = None


@dataclass(frozen=True)
class NewInfluences:
    """All of one run."""

    rows: Sequence[NewInfluence]
    folds: int
    heldout: int  # verdicts on pairs that were predicted, each by a fit without its brief
    takes: int  # whose order is compared, within their briefs
    loss: float  # mean cross-entropy with everything; ln 2 = 0.693 is chance


class Influence(TypedDict):
    """As the ledger shows it; fields are those of `NewInfluence`, None where it was not measured."""

    kind: Kind
    name: str
    verdicts: float
    loss: float | None
    loss_error: float | None
    loss_others: float | None
    loss_others_error: float | None
    tau: float | None
    tau_error: float | None


class Influences(TypedDict):
    """Fields are those of `NewInfluences`."""

    run: int
    folds: int
    heldout: int
    takes: int
    loss: float
    rows: list[Influence]


def keep_influences(studio: Studio, run: int, made: NewInfluences) -> None:
    """Of a run (id); what was kept of it before is replaced."""
    folds = {"run": run, "folds": made.folds, "heldout": made.heldout, "takes": made.takes, "loss": made.loss}
    with studio.writing() as db:
        db.execute("DELETE FROM run_influences WHERE run = ?", (run,))
        db.table("run_influence_folds").upsert(folds, pk="run")
        db.table("run_influences").insert_all({"run": run, **vars(row)} for row in made.rows)


def influences_of(studio: Studio, run: int) -> Influences | None:
    """None where nothing was measured: by other methods, by an older Circletake, or since there was one of each only."""
    head = studio.row("SELECT * FROM run_influence_folds WHERE run = ?", (run,))
    if head is None:
        return None
    rows = studio.rows(
        "SELECT i.kind, coalesce(p.name, t.name, j.code, '') AS name, i.verdicts, i.loss, i.loss_error,"
        " i.loss_others, i.loss_others_error, i.tau, i.tau_error"
        " FROM run_influences i LEFT JOIN people p ON i.kind = 'person' AND p.id = i.subject"
        " LEFT JOIN titles t ON i.kind = 'title' AND t.id = i.subject"
        " LEFT JOIN projects j ON i.kind = 'project' AND j.id = i.subject"
        " WHERE i.run = ? ORDER BY i.kind, i.verdicts DESC, i.subject",
        (run,),
    )
    return {**head, "rows": rows}  # type: ignore[return-value,typeddict-item]
