"""The studio's prompt writers: what each learned from, how its rewrites do on blind trial, and whether it may go on.

A writer offers rewrites until its record says that they do not win: when the win rate is below a half as sure as a trial is
(`feedback.statistics.confidence_sequence`, valid at every look), or when ENOUGH pairs have not shown it to be above.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Conflict, NotFound, Refused
from feedback.fields import shown
from feedback.people.accounts import names_of_people
from feedback.rights.agreements import who_may_be_learned_from
from feedback.rights.checks import briefs_not_to_learn_from
from feedback.store import Studio, audit_log
from feedback.trials.counting import interval_of
from feedback.trials.deciders import AUTOMATIC, COMMAND_LINE, check_may_decide, decider_name, require_reason
from feedback.wordings.preferences import ComparedWordings

UNTUNED = "untuned"  # the writer that has learned nothing here yet: its rewrites are what the first one learns from
EMBEDDED = "starter"  # the base that comes with Circletake
REFUSED = "prompts.refuse"
ENOUGH = 200  # judged pairs, after which a writer that was not shown to win stops


LEARNED_FROM_BRIEFS = """
SELECT 1 FROM prompt_writer_judgements j LEFT JOIN ballots b ON j.kind = 'ballot' AND b.id = j.judgement
LEFT JOIN ratings r ON j.kind = 'rating' AND r.id = j.judgement LEFT JOIN statuses s ON j.kind = 'status' AND s.id = j.judgement
JOIN takes t ON t.id = coalesce(b."left", r.take, s.take)
WHERE j.writer = :writer AND t.brief IN (SELECT value FROM json_each(:briefs)) LIMIT 1
"""


class PromptWriter(TypedDict):
    """A row of `prompt_writers`."""

    name: str
    base: str  # a folder of a language model, or EMBEDDED
    folder: str | None  # of its adapter, inside the studio's; None: the base itself
    recipe: dict[str, Any]
    metrics: dict[str, Any]
    state: Literal["offering", "stopped"]
    reason: str | None  # why it stopped
    created: str


class WordingResults(TypedDict):
    """How a writer's wordings did against the written ones, blind."""

    judged: int  # pairs
    waiting: int  # that nobody has judged yet
    wins: float  # of the rewritten wording; a tie, or both bad, is half
    win_rate: float | None
    low: float  # 95 %, at every number of pairs
    high: float


class RefusedTuning(TypedDict):
    """Why a tuning kept no writer: what it learned from some briefs does not tell of others."""

    pairs: int  # held out
    accuracy: float  # share of them that is ordered as the verdict was
    needed: int | None  # about how many more decided pairs would show it; None where hardly any number would do


class DescribedWriter(PromptWriter):
    results: WordingResults
    judgements: int  # that it learned from
    people: list[str]  # whose they are


def _writer(row: dict[str, Any]) -> PromptWriter:
    return cast(PromptWriter, {**row, **{name: json.loads(row[name]) for name in ("recipe", "metrics")}})


def get_writer(studio: Studio, name: str) -> PromptWriter:
    row = studio.row("SELECT * FROM prompt_writers WHERE name = ?", (name,))
    if row is None:
        raise NotFound(f"no prompt writer {shown(name)}; see `circletake prompts list`")
    return _writer(row)


def list_writers(studio: Studio) -> list[DescribedWriter]:
    """Oldest first."""
    rows = studio.rows("SELECT * FROM prompt_writers ORDER BY rowid")
    return [describe_writer(studio, _writer(row)) for row in rows]


def describe_writer(studio: Studio, writer: PromptWriter) -> DescribedWriter:
    rows = studio.rows(
        "SELECT p.name, count(*) AS judgements FROM prompt_writer_judgements j JOIN people p ON p.id = j.person"
        " WHERE j.writer = ? GROUP BY p.id ORDER BY p.name",
        (writer["name"],),
    )
    learned = {"judgements": sum(row["judgements"] for row in rows), "people": [row["name"] for row in rows]}
    return cast(DescribedWriter, {**writer, "results": results_of(studio, writer["name"]), **learned})


def next_name(studio: Studio) -> str:
    """w0001 and on."""
    count = studio.value("SELECT count(*) FROM prompt_writers WHERE name <> ?", (UNTUNED,))
    return f"w{count + 1:04}"


def register_writer(
    studio: Studio,
    name: str,
    base: str,
    folder: str,
    recipe: Mapping[str, Any],
    metrics: Mapping[str, Any],
    learned: Iterable[ComparedWordings],
    actor: str = COMMAND_LINE,
) -> PromptWriter:
    """A tuned writer, which offers from now on, with every judgement behind it. Conflict when there is one of that name."""
    row = {"name": name, "base": base, "folder": folder, "state": "offering", "created": now()}
    texts = {"recipe": json.dumps(recipe, sort_keys=True), "metrics": json.dumps(metrics, sort_keys=True)}
    used = sorted({judgement for pair in learned for judgement in pair["judgements"]})
    with studio.writing() as db:
        if studio.value("SELECT 1 FROM prompt_writers WHERE name = ?", (name,)):
            raise Conflict(
                f"there is a prompt writer {shown(name)} already; `circletake prompts tune` names the next one"
            )
        db.table("prompt_writers").insert({**row, **texts})
        db.table("prompt_writer_judgements").insert_all(
            {"writer": name, "kind": kind, "judgement": number, "person": person} for kind, number, person in used
        )
        audit_log.record(studio, actor, "prompts.tune", name, {"judgements": len(used)})
    return get_writer(studio, name)


def record_refused_tuning(studio: Studio, refused: RefusedTuning, actor: str = COMMAND_LINE) -> None:
    audit_log.record(studio, actor, REFUSED, next_name(studio), dict(refused))


def refused_tuning(studio: Studio) -> RefusedTuning | None:
    """Of the newest tuning, if that was refused: none since the last writer was."""
    detail = studio.value(
        "SELECT detail FROM events WHERE action = ? AND subject = ? ORDER BY id DESC LIMIT 1",
        (REFUSED, next_name(studio)),
    )
    return None if detail is None else cast(RefusedTuning, json.loads(detail))


def ensure_untuned(studio: Studio, base: str | None = None) -> PromptWriter:
    """The writer as it comes, made when it is first asked for; `base`: the language model that it is from now on."""
    with studio.writing() as db:
        known = studio.value("SELECT base FROM prompt_writers WHERE name = ?", (UNTUNED,))
        if known is None:
            row = {
                "name": UNTUNED,
                "base": base or EMBEDDED,
                "state": "offering",
                "recipe": "{}",
                "metrics": "{}",
                "created": now(),
            }
            db.table("prompt_writers").insert(row)
        elif base is not None and known != base:
            db.table("prompt_writers").update(UNTUNED, {"base": base})
    return get_writer(studio, UNTUNED)


def writer_in_use(studio: Studio, base: str | None = None) -> PromptWriter | None:
    """Who offers: the newest tuned writer that has not stopped, else the untuned one. None where each has stopped.

    The untuned one offers only while no other was ever tuned: what it is good for is to begin with.
    """
    with studio.writing():
        for row in studio.rows("SELECT * FROM prompt_writers WHERE name <> ? ORDER BY rowid DESC", (UNTUNED,)):
            if row["state"] == "offering" and goes_on(studio, row["name"]):
                return _writer(row)
        untuned = ensure_untuned(studio, base)
        is_first = next_name(studio) == "w0001"
        return untuned if is_first and untuned["state"] == "offering" and goes_on(studio, UNTUNED) else None


def goes_on(studio: Studio, name: str) -> bool:
    """Whether its record, and the people it learned from, let a writer offer more; it stops where not."""
    lost = why_stopped(results_of(studio, name)) or why_forbidden(studio, name)
    if lost is not None:
        stop(studio, name, lost, AUTOMATIC)
    return lost is None


def why_forbidden(studio: Studio, name: str) -> str | None:
    """That somebody whose judgements it learned from does not agree to it, or that takes it learned from need a consent."""
    sql = "SELECT kind, judgement, person FROM prompt_writer_judgements WHERE writer = ?"
    rows, people = studio.rows(sql, (name,)), who_may_be_learned_from(studio)
    if withdrawn := {row["person"] for row in rows} - people:
        names = names_of_people(studio)
        return f"{', '.join(sorted(names[person] for person in withdrawn))} did not agree to be learned from"
    forbidden = json.dumps(sorted(briefs_not_to_learn_from(studio, None)))
    if rows and studio.value(LEARNED_FROM_BRIEFS, {"writer": name, "briefs": forbidden}):
        return "a consent or a licence for training is missing for takes that it learned from"
    return None


def stop(studio: Studio, name: str, reason: str, actor: str) -> None:
    with studio.writing() as db:
        db.table("prompt_writers").update(name, {"state": "stopped", "reason": reason})
        audit_log.record(studio, actor, "prompts.stop", name, {"reason": reason})


def stop_by_hand(studio: Studio, name: str, reason: str | None, person: int | None = None) -> PromptWriter:
    """The writer offers nothing from now on. Forbidden below supervisor; Invalid without a reason."""
    with studio.writing():
        check_may_decide(studio, person)
        get_writer(studio, name)
        stop(studio, name, require_reason(reason, f"stopping {name}"), decider_name(studio, person))
    return get_writer(studio, name)


def keep_by_hand(studio: Studio, name: str, reason: str | None, person: int | None = None) -> PromptWriter:
    """A stopped writer offers again, unless its record is what stopped it, which Conflict says."""
    with studio.writing() as db:
        check_may_decide(studio, person)
        get_writer(studio, name)
        why = require_reason(reason, f"keeping {name}")
        if forbidden := why_forbidden(studio, name):
            raise Refused(f"{name} may not offer: {forbidden}")
        lost = why_stopped(results_of(studio, name))
        if lost is not None:
            raise Conflict(f"{name} does not win: {lost}; tune another with `circletake prompts tune`")
        db.table("prompt_writers").update(name, {"state": "offering", "reason": None})
        audit_log.record(studio, decider_name(studio, person), "prompts.keep", name, {"reason": why})
    return get_writer(studio, name)


def results_of(studio: Studio, name: str) -> WordingResults:
    """Each pair counts once, as whoever judged it first saw it."""
    outcomes = studio.tuples(
        "SELECT v.outcome FROM wording_verdicts v JOIN rewrites r ON r.id = v.rewrite WHERE r.writer = ?"
        " AND v.ballot = (SELECT min(f.ballot) FROM wording_verdicts f WHERE f.pair = v.pair)",
        (name,),
    )
    values = [float(outcome) for (outcome,) in outcomes]
    low, high = interval_of(values)
    waiting = "SELECT count(*) FROM open_wording_pairs w JOIN rewrites r ON r.id = w.rewrite WHERE r.writer = ?"
    return {
        "judged": len(values),
        "waiting": studio.value(waiting, (name,)),
        "wins": sum(values),
        "win_rate": sum(values) / len(values) if values else None,
        "low": low,
        "high": high,
    }


def why_stopped(results: WordingResults) -> str | None:
    """Why a writer of these results offers no more; None while it may go on."""
    won = f"its wording won {results['wins']:g} of {results['judged']} blind pairs"
    if results["high"] < 0.5:
        return f"{won}, at most {ceil(results['high'] * 100)} %"
    if results["judged"] >= ENOUGH and results["low"] <= 0.5:  # so the untuned one stops too, when it has taught enough
        return f"{won}, which does not show that it wins"
    return None


def describe_results(results: WordingResults) -> str:
    """One line for people."""
    if not results["judged"]:
        return f"none of {results['waiting']} blind pairs is judged yet" if results["waiting"] else "not tried yet"
    low, high = int(results["low"] * 100), ceil(results["high"] * 100)
    return f"won {results['wins']:g} of {results['judged']} blind pairs ({low} to {high} %, 95 % sure)"
