"""A consent is revoked: what it touched is named, and production is drawn by a version that does without it."""

from __future__ import annotations

from typing import Any, TypedDict

from feedback.errors import Refused
from feedback.ledger.touched import Touched, touched_by_consent, touched_by_licence, touched_by_person
from feedback.models.version_rights import missing_for_version
from feedback.models.versions import get_version, list_versions, production_version
from feedback.people.accounts import find_person
from feedback.rights.agreements import answer_of, record_agreement
from feedback.rights.consents import end_consent, get_consent
from feedback.rights.licences import end_licence, get_licence
from feedback.store import Studio, audit_log
from feedback.trials.promotion import production_history, promote, reject

NONE_MAY_DRAW = "no version may draw now: add one by circletake versions add NAME --base PATH, and promote it"


class Revocation(TypedDict):
    touched: Touched
    production: str | None  # that draws from now on; None where no version may
    previous: str | None  # that drew until now, where it was touched
    is_retuned: bool  # whether the next night tunes again, without it


def revoke_consent(
    studio: Studio, number: int, reason: str, *, person: int | None = None, actor: str = "command line"
) -> Revocation:
    """`person`: people id of who revokes; None writes down `actor`.

    A version that learned from it, and that no other consent allows, no longer draws: the newest one that was in
    production before and may takes its place, the base model if there is none; candidates are rejected. Where no version
    may draw, none does until another one is added: nobody's revocation waits for that. Refused when it was revoked before.
    """
    with studio.writing():
        touched = touched_by_consent(studio, number)
        consent = end_consent(studio, number, reason, person=person, actor=actor)
        why = f"consent {number} of {consent['person']} was revoked: {consent['reason']}"
        return _act_on(studio, touched, why, person, actor)


def end_licence_and_follow(
    studio: Studio, name: str, reason: str, *, person: int | None = None, actor: str = "command line"
) -> Revocation:
    """A licence holds no longer; otherwise as `revoke_consent`."""
    with studio.writing():
        touched = touched_by_licence(studio, get_licence(studio, name)["id"])
        end_licence(studio, name, reason, person=person, actor=actor)
        return _act_on(studio, touched, f"licence {name} was ended: {reason}", person, actor)


def withdraw_agreement(studio: Studio, person: int, actor: str) -> Revocation:
    """Somebody (people id) no longer agrees to their judgements being trained on; otherwise as `revoke_consent`."""
    with studio.writing():
        if answer_of(studio, person) == "disagreed":
            raise Refused("the judgements of that person are not trained on since before")
        touched = touched_by_person(studio, person)
        record_agreement(studio, person, False, actor)
        name = (find_person(studio, person) or {"name": str(person)})["name"]
        return _act_on(studio, touched, f"{name} no longer agrees to be learned from", None, actor)


def _act_on(studio: Studio, touched: Touched, why: str, person: int | None, actor: str) -> Revocation:
    before = production_version(studio)
    barred = [name for name in touched["versions"] if missing_for_version(studio, name)]
    after = newest_allowed(studio) if before in barred else before
    if after is not None and after != before:
        promote(studio, after, person, force=True, reason=why, actor=actor)
    for name in barred:
        if get_version(studio, name)["state"] == "candidate":
            reject(studio, name, person, why, actor=actor)
    counts: dict[str, Any] = {name: len(ids) for name, ids in touched.items()}  # type: ignore[arg-type]
    audit_log.record(studio, actor, "rights.withdrawn", why[:200], {**counts, "versions": touched["versions"]})
    return {
        "touched": touched,
        "production": after,
        "previous": before if before in barred else None,
        "is_retuned": bool(barred),
    }


def step_down(studio: Studio, actor: str = "nightly") -> str | None:
    """Where a consent or a licence ran out under the version in production, another draws from now on: as when it is
    revoked. In one line what was done; None where nothing had to be.
    """
    with studio.writing():
        before = production_version(studio)
        missing = missing_for_version(studio, before)
        if not missing:
            return None
        after = newest_allowed(studio)
        if after is None:
            return f"{NONE_MAY_DRAW}: {missing[0]}"
        promote(studio, after, None, force=True, reason=missing[0][:200], actor=actor)
        return f"{after} draws instead of {before}: {missing[0]}"


def newest_allowed(studio: Studio) -> str | None:
    """The version that was in production last and may draw; else the oldest that has no adapter; None where none may."""
    rejected = {row["name"] for row in list_versions(studio) if row["state"] == "rejected"}
    bare = [row["name"] for row in list_versions(studio) if not row["adapters"]]
    for name in (*reversed(production_history(studio)), *bare):
        if name not in rejected and not missing_for_version(studio, name):
            return name
    return None


def counted(touched: Touched) -> str:
    """In words: `2 versions, 40 takes, 1 select and 12 library frames`; exports too, where there were any."""
    exports = (("exports", "export"),) if touched["exports"] else ()
    words = (
        ("versions", "version"),
        ("takes", "take"),
        ("selects", "select"),
        *exports,
        ("items", "library frame"),
    )
    counts = [number_of(len(touched[name]), word) for name, word in words]  # type: ignore[literal-required]
    return f"{', '.join(counts[:-1])} and {counts[-1]}"


def number_of(count: int, word: str) -> str:
    """1 take, 2 takes."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def describe_revocation(studio: Studio, number: int, made: Revocation) -> str:
    """In lines, for who revoked it."""
    return describe_end(f"consent {number} of {get_consent(studio, number)['person']}", made)


def describe_end(what: str, made: Revocation) -> str:
    """In lines: what was touched, and what follows."""
    lines = [f"{what} holds no longer; it touched {counted(made['touched'])}"]
    if made["touched"]["versions"]:
        lines.append(f"learned from it: {', '.join(made['touched']['versions'])}")
    if made["previous"]:
        instead = f"{made['production']} draws instead of {made['previous']}"
        lines.append(instead if made["production"] else NONE_MAY_DRAW)
    if made["is_retuned"]:
        lines.append("the next night tunes again without it")
    return "\n".join(lines)
