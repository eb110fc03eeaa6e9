"""Rewrites of a brief that is being written: what the writer would add, and how both wordings do, judged blind.

The language model is asked in a process of its own (`finetune.prompts.process`): torch is never loaded here.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request

from feedback.errors import NotFound
from feedback.fields import LARGEST_INTEGER, check_text
from feedback.people.project_members import check_visible
from feedback.production.briefs import LONGEST_PROMPT
from feedback.store import Studio
from feedback.wordings import rewrites, writers
from feedback.wordings.writers import UNTUNED, results_of
from finetune.prompts.process import WriterProcess
from ui.api.schemas.rewrites import Comparison, Proposal, ProposeBody, Proposed, RefusedTuning, Writing
from ui.context import OpenStudio, context_of
from ui.security.access import CurrentPerson, Person

MOST = 4  # proposals of one answer


def show_writing(request: Request, studio: OpenStudio, person: CurrentPerson) -> Writing:
    """Whether a writer offers rewrites, how its wordings did so far, and which of your comparisons are under way."""
    shown = rewrites.open_comparisons(studio, None if person.at_least("supervisor") else person.id)
    comparisons = [Comparison.model_validate(row, from_attributes=False) for row in visible(studio, person, shown)]
    if context_of(request).writer is None:
        return Writing(
            writer=None,
            learned=False,
            judged=0,
            wins=0,
            low=0,
            high=1,
            stopped=None,
            refused=None,
            comparisons=comparisons,
        )
    row = writers.writer_in_use(studio)
    last = row or next(iter(reversed(writers.list_writers(studio))))
    results, refused = results_of(studio, last["name"]), writers.refused_tuning(studio)
    return Writing(
        writer=row and row["name"],
        learned=last["name"] != UNTUNED,
        **{name: results[name] for name in ("judged", "wins", "low", "high")},  # type: ignore[literal-required, arg-type]
        stopped=None if row else last["name"],
        refused=None if refused is None else RefusedTuning(**refused),
        comparisons=comparisons,
    )


def visible(studio: Studio, person: Person, rows: list[rewrites.Comparison]) -> list[rewrites.Comparison]:
    """Those of projects that the person sees."""
    kept = []
    for row in rows:
        try:
            check_visible(studio, person.id, "brief", row["brief"])
        except NotFound:
            continue
        kept.append(row)
    return kept


def post_propose(request: Request, body: ProposeBody, studio: OpenStudio, person: CurrentPerson) -> Proposed:
    """What the writer would add to a prompt, the best first; nothing where it would leave it as it is. Nothing is kept."""
    prompt = check_text("prompt", body.prompt, LONGEST_PROMPT, required=True)
    answered = writer_of(request).ask(prompt, body.seed, MOST)
    return Proposed(proposals=[Proposal(**{name: each[name] for name in Proposal.model_fields}) for each in answered])


def post_end(
    studio: OpenStudio, person: CurrentPerson, rewrite: Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
) -> None:
    """Ends a comparison that you asked for: its takes are shown, and pairs that nobody judged are not dealt any more."""
    check_visible(studio, person.id, "brief", rewrites.get_rewrite(studio, rewrite)["brief"])
    rewrites.end_rewrite(studio, rewrite, person.id)


def writer_of(request: Request) -> WriterProcess:
    """NotFound where the server has no worker, and so starts no other process either."""
    writer = context_of(request).writer
    if writer is None:
        raise NotFound("this server has no worker, so it has no prompt writer: see `circletake prompts rewrite`")
    return writer
