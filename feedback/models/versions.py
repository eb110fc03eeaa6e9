"""Model versions: what exists, what is in production, and the two rows that change it (promote, rollback).

Production is the version of the newest row in `promotions`; nothing caches it, so the next take is drawn by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from feedback.clock import now
from feedback.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from feedback.models import lineage
from feedback.store import Studio, audit_log
from feedback.trials import lifecycle
from feedback.trials.results import evidence, sentence

STARTER = "starter"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NUMBERED = re.compile(r"v(\d{4,})")
MAY_PROMOTE = ("supervisor", "admin")
BLIND = "a blind trial is open: how it stands is shown when it is over"
COMMAND_LINE = "command line"  # who decides when it is nobody who signed in


def ensure_starter(s: Studio) -> dict[str, Any]:
    """The embedded model as the first version, in production; does nothing when the studio already has versions."""
    with s.writing() as db:
        if not s.value("SELECT COUNT(*) FROM promotions"):
            row = {"name": STARTER, "base": STARTER, "adapters": "[]", "state": "production", "run": None}
            db.table("versions").insert({**row, "created": now()}, ignore=True)
            add_promotion(s, STARTER, None, "initial", None, {})
    return get_version(s, production_version(s))


def get_version(s: Studio, name: str) -> dict[str, Any]:
    """The row with `adapters` as a list; NotFound names what exists."""
    row = s.row("SELECT * FROM versions WHERE name = ?", (name,))
    if row is None:
        known = ", ".join(each["name"] for each in s.rows("SELECT name FROM versions ORDER BY created, name"))
        raise NotFound(f"version {name!r} does not exist; this studio has {known or 'none'}")
    return {**row, "adapters": json.loads(row["adapters"])}


def foundation(s: Studio, name: str) -> list[dict[str, Any]]:
    """The adapters of a version that no tuning run made: what the studio brought, and every night may start from."""
    made = {row["name"] for row in s.rows("SELECT name FROM versions WHERE run IS NOT NULL")}
    return [each for each in get_version(s, name)["adapters"] if PurePosixPath(each["folder"]).name not in made]


def versions_drawing_with(s: Studio, base: str, adapters: Sequence[Mapping[str, Any]]) -> set[str]:
    """Names of the versions that are this base with exactly these adapters."""
    rows = s.rows("SELECT name, adapters FROM versions WHERE base = ?", (base,))
    return {row["name"] for row in rows if json.loads(row["adapters"]) == list(adapters)}


def list_versions(s: Studio, *, unblinded: bool = False) -> list[dict[str, Any]]:
    """Every version, oldest first, as `describe_version` has it."""
    names = [row["name"] for row in s.rows("SELECT name FROM versions ORDER BY created, name")]
    return [describe_version(s, name, unblinded=unblinded) for name in names]


def candidate_names(s: Studio) -> list[str]:
    """Of the versions that may be promoted, oldest first."""
    return [row["name"] for row in s.rows("SELECT name FROM versions WHERE state = 'candidate' ORDER BY created, name")]


def describe_version(s: Studio, name: str, *, unblinded: bool = False) -> dict[str, Any]:
    """The row with `learned_from` (feedback.models.lineage); `trial`, its record against the newest baseline it played (None
    before a trial), and `trial_sentence`; and `trials`, their rows, newest first.

    While a trial of the version is open, its record is kept from those who may vote in it: `trial` is None, unless the
    answer is for somebody who may see it (`unblinded`).
    """
    version = get_version(s, name)
    trials = s.rows("SELECT * FROM trials WHERE candidate = ? ORDER BY id DESC", (name,))
    blind = not unblinded and any(trial["state"] == "open" for trial in trials)
    record = evidence(s, name, trials[0]["baseline"]) if trials and not blind else None
    return {
        **version,
        "learned_from": lineage.learned_from(s, name),
        "trial": record,
        "trial_sentence": sentence(record) if record else BLIND if blind else None,
        "trials": trials,
    }


def production_version(s: Studio) -> str:
    name = s.value("SELECT version FROM promotions ORDER BY id DESC LIMIT 1")
    if name is None:
        raise NotFound("no version is in production: run `circletake init` on this studio first")
    return str(name)


def next_name(s: Studio) -> str:
    """v0001, v0002, ...: one more than the highest number ever given."""
    matches = [NUMBERED.fullmatch(row["name"]) for row in s.rows("SELECT name FROM versions")]
    return f"v{max([int(match[1]) for match in matches if match], default=0) + 1:04d}"


def register_candidate(
    s: Studio, name: str, base: str, adapters: Sequence[dict[str, Any]], run: int | None = None
) -> dict[str, Any]:
    """A new version in state candidate. Adapters: {"folder" relative to the studio, "sha256", "weight"}.

    The same name with the same content is answered with the row there is (a resumed night registers twice);
    other content under a taken name raises Conflict, an impossible adapter Invalid.
    """
    if not NAME.fullmatch(name):
        raise Invalid(f"version name {name!r}: letters, digits, dot, dash and underscore, at most 64")
    content = {"base": base, "adapters": json.dumps([clean_adapter(each) for each in adapters]), "run": run}
    with s.writing() as db:
        there = s.row("SELECT base, adapters, run FROM versions WHERE name = ?", (name,))
        if there is not None and there != content:
            raise Conflict(f"version {name} exists with other content: take {next_name(s)}")
        if there is None:
            db.table("versions").insert({"name": name, **content, "state": "candidate", "created": now()})
            audit_log.record(s, "studio", "version.register", name, {**content, "adapters": list(adapters)})
    return get_version(s, name)


def clean_adapter(adapter: dict[str, Any]) -> dict[str, Any]:
    folder, digest = str(adapter.get("folder", "")), str(adapter.get("sha256", ""))
    path = PurePosixPath(folder)
    if not folder or path.is_absolute() or ".." in path.parts:
        raise Invalid(f"adapter folder {folder!r} must lie inside the studio, such as models/v0001")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Invalid(f"adapter {folder}: sha256 {digest!r} is not 64 hexadecimal digits")
    return {"folder": folder, "sha256": digest, "weight": float(adapter.get("weight", 1.0))}


def promote(
    s: Studio,
    name: str,
    person: int | None = None,
    force: bool = False,
    reason: str | None = None,
    instead_of: str | None = None,
) -> dict[str, Any]:
    """Puts a version into production; one row and one event, and trials that can no longer count are closed.

    Refused unless the pooled blind trials against today's production put the lower bound of its win rate above one
    half. `force` skips that, needs a `reason`, and is recorded with it. `person` is a people id; None is whoever has
    the studio's command line. `instead_of`: the version that the person saw in production; Conflict when it is another
    by now. Raises Forbidden below supervisor.
    """
    with s.writing() as db:
        check_may_promote(s, person)
        check_seen(s, instead_of)
        version, production = get_version(s, name), production_version(s)
        if name == production:
            raise Refused(f"{name} is already in production")
        if version["state"] == "rejected" and not force:
            raise Refused(f"{name} was rejected: promote another version, or this one with --force --reason TEXT")
        proof = evidence(s, name, production)
        if force:
            reason = told(reason, f"promoting {name} by force")
        else:
            refuse_unproven(s, version, proof)
        db.table("versions").update(production, {"state": "retired"})
        db.table("versions").update(name, {"state": "production"})
        add_promotion(s, name, production, "promote", person, {"forced": force, "reason": reason, "trial": proof})
        lifecycle.end_moot_trials(s, name, actor_name(s, person))
    return get_version(s, name)


def told(reason: str | None, deed: str) -> str:
    """The reason without blanks around it; Invalid when there is none."""
    if not (reason or "").strip():
        raise Invalid(f"{deed} needs a reason for the record: write why (on the command line --reason TEXT)")
    return str(reason).strip()


def check_seen(s: Studio, seen: str | None) -> None:
    production = production_version(s)
    if seen is not None and seen != production:
        raise Conflict(f"production is {production} by now, not {seen}: look again, then decide")


def refuse_unproven(s: Studio, version: dict[str, Any], proof: dict[str, Any]) -> None:
    if proof["low"] > 0.5:
        return
    name, production = proof["candidate"], proof["baseline"]
    if proof["pairs"]:
        said = f"{sentence(proof)}; the lower bound must be above 50 %"
    else:
        played = s.value("SELECT baseline FROM trials WHERE candidate = ? ORDER BY id DESC LIMIT 1", (name,))
        against = f"its trial was against {played}" if played else "it has not played a trial"
        said = f"{against}, production is {production}"
    raise Refused(f"{name} is not proven: {said}; {way_to_proof(s, version, proof)}")


def way_to_proof(s: Studio, version: dict[str, Any], proof: dict[str, Any]) -> str:
    """What the person can do next, with the command that does it."""
    if version["state"] != "candidate":
        return f"a {version['state']} version plays no trial, so only --force --reason TEXT takes it back"
    if proof["high"] < 0.5:
        return f"it is lost, so reject it with `circletake versions reject {version['name']} --reason TEXT`"
    if not lifecycle.open_trials(s, version["name"]):
        return f"open a trial with `circletake trial open {version['name']}`"
    if proof["left"]:
        return f"judge the {proof['left']} of its pairs that are left, on the review page"
    return "all its pairs are judged, and the next `circletake nightly` adds more"


def rollback(
    s: Studio, person: int | None = None, reason: str | None = None, instead_of: str | None = None
) -> dict[str, Any]:
    """Back to the version that was in production before the present one; again goes one further back.

    One row and one event, and trials that can no longer count are closed; the version left behind is retired and keeps
    its place in the list. `instead_of` as for promote.
    """
    with s.writing() as db:
        check_may_promote(s, person)
        check_seen(s, instead_of)
        current, previous = production_version(s), version_before(s)
        if previous is None:
            raise Refused(f"nothing to go back to: {current} was the first version in production")
        db.table("versions").update(current, {"state": "retired"})
        db.table("versions").update(previous, {"state": "production"})
        add_promotion(s, previous, current, "rollback", person, {"reason": reason})
        lifecycle.end_moot_trials(s, previous, actor_name(s, person))
    return get_version(s, previous)


def version_before(s: Studio) -> str | None:
    """What a rollback would put into production; None when there is nothing to go back to."""
    history = production_history(s)
    return history[-2] if len(history) > 1 else None


def production_history(s: Studio) -> list[str]:
    """Versions in production, first to present, with what was rolled back taken off: rollback pops, promote pushes."""
    stack: list[str] = []
    for row in s.rows("SELECT version, action FROM promotions ORDER BY id"):
        if row["action"] == "rollback":
            stack.pop()
        else:
            stack.append(row["version"])
    if not stack:
        raise NotFound("no version is in production: run `circletake init` on this studio first")
    return stack


def reject(
    s: Studio,
    name: str,
    person: int | None = None,
    reason: str | None = None,
    instead_of: str | None = None,
    actor: str = COMMAND_LINE,
) -> dict[str, Any]:
    """Takes a candidate out of the running, for a `reason`, and closes its trial.

    `actor` is who is written down where no person decides, `instead_of` as for promote.
    """
    with s.writing() as db:
        check_may_promote(s, person)
        check_seen(s, instead_of)
        state, actor = get_version(s, name)["state"], actor_name(s, person, actor)
        if state != "candidate":
            raise Refused(f"{name} is {state}: only a candidate can be rejected, see `circletake versions list`")
        reason = told(reason, f"rejecting {name}")
        db.table("versions").update(name, {"state": "rejected"})
        audit_log.record(s, actor, "version.reject", name, {"reason": reason})
        lifecycle.end_trials_of(s, name, f"{name} was rejected: {reason}", actor)
    return get_version(s, name)


def list_promotions(s: Studio) -> list[dict[str, Any]]:
    """Every promotion and rollback, oldest first; `person` is a name."""
    return s.rows("SELECT * FROM promotions ORDER BY id")


def add_promotion(
    s: Studio, name: str, previous: str | None, action: str, person: int | None, detail: dict[str, Any]
) -> None:
    actor = actor_name(s, person)
    row = {"version": name, "previous": previous, "action": action, "person": actor, "created": now()}
    with s.writing() as db:
        db.table("promotions").insert(row)
        audit_log.record(s, actor, f"version.{action}", name, {"previous": previous, **detail})


def check_may_promote(s: Studio, person: int | None) -> None:
    if person is None:
        return
    row = s.row("SELECT name, role FROM people WHERE id = ? AND disabled IS NULL", (person,))
    if row is None:
        raise NotFound(f"person {person} does not exist or is disabled")
    if row["role"] not in MAY_PROMOTE:
        raise Forbidden(f"{row['name']} is a {row['role']}: only supervisors and admins decide about versions")


def actor_name(s: Studio, person: int | None, otherwise: str = COMMAND_LINE) -> str:
    return otherwise if person is None else str(s.value("SELECT name FROM people WHERE id = ?", (person,)))
