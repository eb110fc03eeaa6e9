"""A rewrite of a brief on blind trial: both wordings drawn with the same seeds, dealt as pairs, until each is judged."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Forbidden, Invalid, NotFound
from feedback.fields import check_text
from feedback.people.accounts import at_least, find_person
from feedback.production import render_queue
from feedback.production.briefs import LONGEST_PROMPT, get_brief, newest_briefs
from feedback.production.queue_limits import QueueLimits
from feedback.rights.checks import against_drawing
from feedback.rights.contributors import link_brief
from feedback.store import Studio, audit_log
from feedback.wordings.writers import get_writer

SEEDS = 2**31
LOOKED_AT = 1000  # newest briefs, among which some to compare are chosen


class Rewrite(TypedDict):
    """A row of `rewrites`."""

    id: int
    writer: str
    brief: int
    prompt: str
    person: int | None  # who asked for it; None: the command line
    created: str
    ended: str | None  # when its comparison was ended; None: pairs that are not judged yet go on waiting


class Comparison(Rewrite):
    """A rewrite with how far its pairs are."""

    written: str  # the brief's own prompt
    pairs: int
    judged: int
    to_draw: int  # pairs of which a take is not drawn yet


def try_rewrite(
    studio: Studio,
    brief: int,
    writer: str,
    prompt: str,
    seeds: Sequence[int],
    *,
    person: int | None = None,
    limits: QueueLimits | None = None,
    priority: int | None = None,
) -> Rewrite:
    """Queues both wordings of a brief, with the same seeds, as blind pairs.

    Invalid when the rewrite is not the written prompt with something added. LimitReached as in `queue_takes`.
    """
    row, prompt = get_brief(studio, brief), check_text("prompt", prompt, LONGEST_PROMPT, required=True)
    if not is_addition(row["prompt"], prompt):
        raise Invalid(
            "a rewrite keeps the prompt as it was written and adds to it: write another brief for other words"
        )
    with studio.writing() as db:
        get_writer(studio, writer)
        made = {"writer": writer, "brief": brief, "prompt": prompt, "person": person, "created": now()}
        number = int(db.table("rewrites").insert(made).last_pk or 0)
        link_brief(studio, brief, [prompt])
        options = {"person": person, "limits": limits, "priority": priority}
        queued = queue_both(studio, brief, number, seeds, **options)  # type: ignore[arg-type]
        pairs = [{"rewrite": number, "written": a, "rewritten": b} for a, b in queued]
        secrets.SystemRandom().shuffle(pairs)
        db.table("wording_pairs").insert_all(pairs)
    return get_rewrite(studio, number)


def queue_both(
    studio: Studio,
    brief: int,
    rewrite: int,
    seeds: Sequence[int],
    *,
    person: int | None,
    limits: QueueLimits | None,
    priority: int | None,
) -> list[tuple[int, int]]:
    """(take of the written, take of the rewritten wording) by seed; queued in random order, so that ids tell nothing."""
    order = [(seed, wording) for seed in seeds for wording in (None, rewrite)]
    secrets.SystemRandom().shuffle(order)
    options = {"person": person, "limits": limits, "priority": priority}
    takes = {
        (seed, wording): render_queue.queue_takes(studio, brief, [seed], rewrite=wording, **options)[0]  # type: ignore[arg-type]
        for seed, wording in order
    }
    return [(takes[seed, None], takes[seed, rewrite]) for seed in seeds]


def is_addition(written: str, rewritten: str) -> bool:
    """Whether the rewrite begins with the prompt as it was written, word for word, and goes on."""
    kept = written.rstrip(" \t\r\n.,;:!?")
    rest = rewritten.removeprefix(kept)
    return rest != rewritten and rest.startswith(",") and bool(rest.strip(" \t\r\n.,;:!?"))


def get_rewrite(studio: Studio, number: int) -> Rewrite:
    row = studio.row("SELECT * FROM rewrites WHERE id = ?", (number,))
    if row is None:
        raise NotFound(f"no rewrite {number}")
    return cast(Rewrite, row)


def end_rewrite(studio: Studio, number: int, person: int | None = None) -> Rewrite:
    """Ends the comparison: its takes are shown, and pairs that nobody has judged are not dealt. Twice is fine.

    Forbidden for whoever did not ask for it and is no supervisor.
    """
    row = get_rewrite(studio, number)
    who = None if person is None else find_person(studio, person)
    if person is not None and person != row["person"] and not (who and at_least(who, "supervisor")):
        raise Forbidden("only who asked for a rewrite, and supervisors, end its comparison")
    with studio.writing() as db:
        if row["ended"] is None:
            db.table("rewrites").update(number, {"ended": now()})
            actor = who["name"] if who else "command line"
            audit_log.record(studio, actor, "prompts.end", str(number), {"brief": row["brief"]})
    return get_rewrite(studio, number)


_OPEN = """
SELECT r.*, b.prompt AS written, count(w.id) AS pairs,
    sum(EXISTS (SELECT 1 FROM wording_verdicts v WHERE v.pair = w.id)) AS judged,
    sum(EXISTS (SELECT 1 FROM takes t WHERE t.id IN (w.written, w.rewritten) AND t.state IN ('queued', 'leased'))) AS to_draw
FROM rewrites r JOIN briefs b ON b.id = r.brief JOIN wording_pairs w ON w.rewrite = r.id
WHERE EXISTS (SELECT 1 FROM open_wording_pairs o WHERE o.rewrite = r.id) AND (:person IS NULL OR r.person = :person)
GROUP BY r.id ORDER BY r.id DESC
"""


def open_comparisons(studio: Studio, person: int | None = None) -> list[Comparison]:
    """Rewrites of which pairs wait to be drawn or judged, newest first; those that a person (id) asked for, or all."""
    return cast(list[Comparison], studio.rows(_OPEN, {"person": person}))


def briefs_to_compare(studio: Studio, count: int) -> list[int]:
    """The newest briefs that may be drawn and of which no two wordings were compared yet, each prompt once."""
    compared = {brief for (brief,) in studio.tuples("SELECT DISTINCT brief FROM rewrites")}
    chosen: dict[str, int] = {}
    newest = newest_briefs(studio, LOOKED_AT)
    left_out = compared | against_drawing(studio, [brief["id"] for brief in newest]).keys()
    for brief in newest:
        if brief["id"] not in left_out:
            chosen.setdefault(brief["prompt"], brief["id"])
    return list(chosen.values())[:count]
