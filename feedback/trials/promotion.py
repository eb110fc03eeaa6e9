"""What draws next: the first version, promotion, rollback and rejection. Each is a row and an event, with who and why."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Conflict, NotFound, Refused
from feedback.models.lineage import runs_behind
from feedback.models.versions import STARTER, Version, get_version, production_version
from feedback.rights.behind_runs import missing_for_runs
from feedback.rights.checks import refuse
from feedback.store import Studio, audit_log
from feedback.trials import lifecycle
from feedback.trials.blinding import is_blind
from feedback.trials.deciders import COMMAND_LINE, check_may_decide, clean_reason, decider_name, require_reason
from feedback.trials.results import TrialResults, describe_results, is_lost, is_proven, pooled_results


class Promotion(TypedDict):
    """A row of `promotions`: one change of what is in production."""

    id: int
    version: str
    previous: str | None  # in production before
    action: Literal["initial", "promote", "rollback"]
    person: str  # the name of who decided
    created: str


def ensure_starter(studio: Studio) -> Version:
    """The embedded model as the first version, in production; does nothing when the studio already has versions."""
    with studio.writing() as db:
        if not studio.value("SELECT COUNT(*) FROM promotions"):
            row = {"name": STARTER, "base": STARTER, "adapters": "[]", "state": "production", "run": None}
            db.table("versions").insert({**row, "created": now()}, ignore=True)
            add_promotion(studio, STARTER, None, "initial", None, {})
    return get_version(studio, production_version(studio))


def promote(
    studio: Studio,
    name: str,
    person: int | None = None,
    force: bool = False,
    reason: str | None = None,
    instead_of: str | None = None,
    actor: str = COMMAND_LINE,
) -> Version:
    """Puts a version into production; one row and one event, and trials that can no longer count are closed.

    Refused unless the pooled blind trials against today's production put the lower bound of its win rate above one
    half, whichever one person is left out, and enough people have judged (`feedback.trials.counting`). `force` skips
    that, needs a `reason`, and is recorded with it. `person` is a people id; None writes down `actor`. `instead_of`: the version that the person saw in production; Conflict when it is another
    by now. Raises Forbidden below supervisor.
    """
    with studio.writing() as db:
        check_may_decide(studio, person)
        check_still_production(studio, instead_of)
        version, production = get_version(studio, name), production_version(studio)
        if name == production:
            raise Refused(f"{name} is already in production")
        if version["state"] == "rejected" and not force:
            raise Refused(f"{name} was rejected: promote another version, or this one with --force --reason TEXT")
        refuse_without_rights(studio, name)
        results = pooled_results(studio, name, production)
        if force:
            reason = require_reason(reason, f"promoting {name} by force")
        else:
            reason = clean_reason(reason)
            refuse_unproven(studio, version, results, person)
        db.table("versions").update(production, {"state": "retired"})
        db.table("versions").update(name, {"state": "production"})
        add_promotion(
            studio, name, production, "promote", person, {"forced": force, "reason": reason, "trial": results}, actor
        )
        lifecycle.end_moot_trials(studio, name, decider_name(studio, person, actor))
    return get_version(studio, name)


def rollback(
    studio: Studio, person: int | None = None, reason: str | None = None, instead_of: str | None = None
) -> Version:
    """Back to the version that was in production before the present one; again goes one further back.

    One row and one event, and trials that can no longer count are closed; the version left behind is retired and keeps
    its place in the list. `instead_of` as for promote.
    """
    with studio.writing() as db:
        check_may_decide(studio, person)
        check_still_production(studio, instead_of)
        current, previous = production_version(studio), version_before(studio)
        if previous is None:
            raise Refused(f"nothing to go back to: {current} was the first version in production")
        refuse_without_rights(studio, previous)
        db.table("versions").update(current, {"state": "retired"})
        db.table("versions").update(previous, {"state": "production"})
        add_promotion(studio, previous, current, "rollback", person, {"reason": clean_reason(reason)})
        lifecycle.end_moot_trials(studio, previous, decider_name(studio, person))
    return get_version(studio, previous)


def reject(
    studio: Studio,
    name: str,
    person: int | None = None,
    reason: str | None = None,
    instead_of: str | None = None,
    actor: str = COMMAND_LINE,
) -> Version:
    """Takes a candidate out of the running, for a `reason`, and closes its trial.

    `actor` is who is written down where no person decides, `instead_of` as for promote.
    """
    with studio.writing() as db:
        check_may_decide(studio, person)
        check_still_production(studio, instead_of)
        state, actor = get_version(studio, name)["state"], decider_name(studio, person, actor)
        if state != "candidate":
            raise Refused(f"{name} is {state}: only a candidate can be rejected, see `circletake versions list`")
        reason = require_reason(reason, f"rejecting {name}")
        db.table("versions").update(name, {"state": "rejected"})
        audit_log.record(studio, actor, "version.reject", name, {"reason": reason})
        lifecycle.end_trials_of(studio, name, f"{name} was rejected: {reason}", actor)
    return get_version(studio, name)


def refuse_without_rights(studio: Studio, name: str) -> None:
    """Also by force: nobody in a studio can allow what somebody else took back."""
    refuse(f"{name} cannot draw for the studio", missing_for_runs(studio, runs_behind(studio, name)))


def check_still_production(studio: Studio, seen: str | None) -> None:
    production = production_version(studio)
    if seen is not None and seen != production:
        raise Conflict(f"production is {production} by now, not {seen}: look again, then decide")


def refuse_unproven(studio: Studio, version: Version, results: TrialResults, person: int | None) -> None:
    """Says what is missing, and how the trial stands only to those who may know."""
    if is_proven(results):
        return
    name, production = results["candidate"], results["baseline"]
    blind = is_blind(studio, name, person)
    if not results["pairs"]:
        played = studio.value("SELECT baseline FROM trials WHERE candidate = ? ORDER BY id DESC LIMIT 1", (name,))
        against = f"its trial was against {played}" if played else "it has not played a trial"
        shortfall = f"{against}, production is {production}"
    elif results["raters"] < results["needed"]:
        shortfall = f"{results['raters']} of the {results['needed']} people needed have judged its pairs"
    elif blind:
        shortfall = "how its trial stands is shown when it is over"
    else:
        shortfall = f"{describe_results(results)}; the lower bound must be above 50 %"
    raise Refused(f"{name} is not proven: {shortfall}; {next_step(studio, version, results, blind)}")


def next_step(studio: Studio, version: Version, results: TrialResults, blind: bool) -> str:
    """What the person can do next, with the command that does it."""
    if version["state"] != "candidate":
        return f"a {version['state']} version plays no trial, so only --force --reason TEXT takes it back"
    if is_lost(results) and not blind:
        return f"it is lost, so reject it with `circletake versions reject {version['name']} --reason TEXT`"
    if not lifecycle.open_trials(studio, version["name"]):
        return f"open a trial with `circletake trial open {version['name']}`"
    if results["left"]:
        return f"judge the {results['left']} of its pairs that are left, on the review page"
    return "all its pairs are judged, and the next `circletake nightly` adds more"


def version_before(studio: Studio) -> str | None:
    """What a rollback would put into production; None when there is nothing to go back to."""
    history = production_history(studio)
    return history[-2] if len(history) > 1 else None


def production_history(studio: Studio) -> list[str]:
    """Versions in production, first to present, with what was rolled back taken off: rollback pops, promote pushes."""
    stack: list[str] = []
    for row in studio.rows("SELECT version, action FROM promotions ORDER BY id"):
        if row["action"] == "rollback":
            stack.pop()
        else:
            stack.append(row["version"])
    if not stack:
        raise NotFound("no version is in production: run `circletake init` on this studio first")
    return stack


def list_promotions(studio: Studio) -> list[Promotion]:
    """Every promotion and rollback, oldest first."""
    return cast(list[Promotion], studio.rows("SELECT * FROM promotions ORDER BY id"))


def add_promotion(
    studio: Studio,
    name: str,
    previous: str | None,
    action: str,
    person: int | None,
    detail: dict[str, Any],
    actor: str = COMMAND_LINE,
) -> None:
    actor = decider_name(studio, person, actor)
    row = {"version": name, "previous": previous, "action": action, "person": actor, "created": now()}
    with studio.writing() as db:
        db.table("promotions").insert(row)
        audit_log.record(studio, actor, f"version.{action}", name, {"previous": previous, **detail})
