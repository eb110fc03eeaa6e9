"""What exports of a project ask of the passports of its takes: that they are complete, that gaps are listed, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import shown
from feedback.rights.passport import Passport, incomplete
from feedback.store import Studio, audit_log

REFUSE, LIST, OFF = "refuse", "list", "off"
POLICIES = (REFUSE, LIST, OFF)
PassportPolicy = Literal["refuse", "list", "off"]
NAMED = 5  # takes that a refusal names

_POLICY = "SELECT passport_policy FROM projects WHERE code = ?"


def policy_of(studio: Studio, project: str) -> PassportPolicy:
    """Of a project (code). NotFound: there is none."""
    policy = studio.value(_POLICY, (project,))
    if policy is None:
        raise NotFound(f"no project {shown(project)}")
    return cast(PassportPolicy, policy)


def set_policy(studio: Studio, project: str, policy: str, *, actor: str) -> PassportPolicy:
    """Invalid: no such policy."""
    if policy not in POLICIES:
        raise Invalid(f"passport policy {shown(policy)}: give {', '.join(POLICIES[:-1])} or {POLICIES[-1]}")
    with studio.writing() as db:
        before = policy_of(studio, project)
        if before != policy:
            db.execute("UPDATE projects SET passport_policy = ? WHERE code = ?", (policy, project))
            audit_log.record(studio, actor, "project.passport", project, {"from": before, "to": policy})
    return cast(PassportPolicy, policy)


def check_complete(policy: PassportPolicy, passports: Mapping[int, Passport], project: str) -> None:
    """Refused under REFUSE, by take and with what each lacks, unless all are complete."""
    gaps = incomplete(passports)
    if policy == REFUSE and gaps:
        raise Refused(
            f"{project} exports takes with complete passports alone: {gaps_in_words(gaps)};"
            f" see `circletake passport TAKE`, or `circletake project set {project} --passport {LIST}`"
        )


def gaps_in_words(gaps: Mapping[int, list[str]]) -> str:
    """`take 3 lacks the intended use; take 9 lacks …`, the first few of them."""
    lines = [f"take {take} lacks {', '.join(missing)}" for take, missing in list(gaps.items())[:NAMED]]
    more = [f"and {len(gaps) - NAMED} more"] if len(gaps) > NAMED else []
    return "; ".join([*lines, *more])
