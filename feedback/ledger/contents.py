"""The ledger of a version: everything behind it that this record knows of, and what it does not know.

Short parts are read at once; judgements, takes, briefs and frames are read as they are written, all at one moment where the
caller is inside `studio.reading()`. Nothing in it tells how an open trial stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.clock import now
from feedback.ledger import rows
from feedback.ledger.rights import IN_FORCE, consent_rows, contributor_rows, licence_rows, people_rows, title_rows
from feedback.ledger.shares import METHOD, shares_of
from feedback.ledger.unknown import not_known
from feedback.ledger.withdrawn import withdrawn_behind
from feedback.ledger.wording import N_, Sentence
from feedback.models import lineage
from feedback.models.base_facts import BaseFacts
from feedback.models.influences import influences_of
from feedback.models.lineage import runs_behind
from feedback.models.versions import get_version
from feedback.report.costs import Rate, cost_of_runs
from feedback.store import Studio
from feedback.store.time_zone import time_zone, today

Row = dict[str, Any]
FORMAT = 1
INFLUENCE_METHOD = N_(
    "Leave one group out. With the features and the penalty of the run, the reward model's weights are fitted again without each "
    "person, title and project, five times, each time without a fifth of the briefs. The loss is how much worse the verdicts on "
    "these briefs are then predicted (mean cross-entropy without the group, less that with it; above 0: predictions need the group), "
    "the loss of others the same of the verdicts that are not of the group itself. The order is Kendall's tau between the rewards "
    "of the takes of these briefs with and without the group, within briefs; 1 is the same order. Errors are standard errors over "
    "the folds. It is a measurement of one reward model on one day, and no formula for payments: two people who judge alike each "
    "seem to be worth nothing."
)
NOT_MEASURED = {
    "method": N_("Method {method} has no reward model, so influence is not measured."),
    "person": N_("The run was tuned for one person, so influence is not measured."),
    "nothing": N_("Influence was not measured: there was nothing to leave out, or an older Circletake made the run."),
}
METHODS = ("guided", "ranked")  # that have a reward model


@dataclass(frozen=True)
class Ledger:
    """Parts in the order in which they are written."""

    head: dict[str, Any]
    streams: dict[str, Callable[[], Iterator[Row]]]  # read anew with each call
    unknown: list[Sentence]  # `not_known` of the head, for other languages
    statement: Sentence  # likewise, of what was withdrawn


def ledger_of(studio: Studio, version: str, base: BaseFacts, rate: Rate | None = None) -> Ledger:
    """`base`: the facts of its base model. NotFound for an unknown version."""
    row, runs = get_version(studio, version), runs_behind(studio, version)
    learned, shares = lineage.learned_from(studio, version), shares_of(studio, runs)
    takes = rows.takes_behind(studio, runs) if runs else []
    briefs = rows.briefs_of_takes(studio, takes)
    frames = rows.frames_behind(studio, runs, briefs)
    contributors = contributor_rows(studio, shares, briefs, frames)
    titles = title_rows(studio, shares, briefs, frames)
    licences = licence_rows(studio, shares, briefs, titles)
    consents = consent_rows(studio, runs, contributors)
    run_list = run_rows(studio, learned["runs"], rate or Rate())
    influence = [influence_of(studio, each) for each in learned["runs"]]
    withdrawn, statement = withdrawn_behind(studio, runs, shares, takes, frames)
    unknown = not_known(studio, row, base, learned, runs, takes)
    counts = {
        "judgements": shares.all.judgements, "choices": learned["judgements"], "by_kind": shares.by_kind,
        "held_out": shares.heldout, "weight": round(shares.all.weight, 4), "people": len(shares.by_person),
        "takes": len(takes), "made_elsewhere": learned["outside"], "briefs": len(briefs), "frames": len(frames),
        "titles": len(titles), "licences": len(licences), "contributors": len(contributors), "consents": len(consents),
        "consents_in_force": sum(each["state"] == IN_FORCE for each in consents), "runs": len(runs), **cost_of(run_list, rate),
    }  # fmt: skip
    head = {
        "ledger": FORMAT, "version": version, "studio": studio.setting("name", ""), "made": now(), "day": today(studio), "time_zone": time_zone(studio), "state": row["state"],
        "registered": row["created"], "summary": counts, "base": base, "adapters": row["adapters"], "runs": run_list,
        "people": people_rows(studio, shares), "contributors": contributors, "consents": consents, "titles": titles,
        "licences": licences, "share_method": METHOD, "influence_method": INFLUENCE_METHOD, "influence": influence,
        "withdrawn": withdrawn,
        "not_known": list(map(str, unknown)),
    }  # fmt: skip
    streams: dict[str, Callable[[], Iterator[Row]]] = {
        "frames": lambda: rows.frame_rows(studio, runs, frames),
        "briefs": lambda: rows.brief_rows(studio, briefs),
        "takes": lambda: rows.take_rows(studio, takes),
        "judgements": lambda: (
            {k: v for k, v in each.items() if k != "person_id"} for each in rows.judgement_rows(studio, runs)
        ),
    }
    return Ledger(head, streams, unknown, statement)


def run_rows(studio: Studio, behind: Sequence[lineage.RunBehind], rate: Rate) -> list[Row]:
    """Oldest first, with what each cost as the morning report counts it."""
    made = []
    for run in behind:
        kept = (
            studio.row("SELECT id, version, state, started, finished, metrics FROM runs WHERE id = ?", (run["id"],))
            or {}
        )
        cost = cost_of_runs([kept], rate) if kept.get("finished") else None
        seconds = round(sum(cost["seconds"].values()), 1) if cost else None
        priced = {
            "seconds": seconds,
            "device": cost and next(iter(cost["seconds"]), None),
            "money": cost and cost["money"],
        }
        own = {name: value for name, value in run.items() if name != "library"}
        library = run["library"]
        made.append({**own, "finished": kept.get("finished"), "frames": library["frames"] if library else 0, **priced})
    return made


def cost_of(runs: Sequence[Row], rate: Rate | None) -> dict[str, Any]:
    money = [run["money"] for run in runs if run["money"] is not None]
    total = round(sum(run["seconds"] or 0.0 for run in runs), 1)
    return {
        "seconds": total,
        "money": round(sum(money), 4) if money else None,
        "currency": rate.currency if rate else "",
    }


def influence_of(studio: Studio, run: lineage.RunBehind) -> dict[str, Any]:
    """`why`: a key of NOT_MEASURED, and `reason` its sentence, where it was not measured."""
    measured = influences_of(studio, run["id"])
    of_run = {"run": run["id"], "method": run["method"]}
    if measured is not None:
        return {**of_run, "why": None, "reason": None, **{k: v for k, v in measured.items() if k != "run"}}
    why = "method" if run["method"] not in METHODS else "person" if run["person"] else "nothing"
    return {**of_run, "why": why, "reason": NOT_MEASURED[why].format(method=run["method"]), "rows": []}
