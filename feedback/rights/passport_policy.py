"""What exports of a project ask of the passports of its takes: that they are complete, that gaps are listed, or nothing."""

from __future__ import annotations

from collections.abc import Mapping

from feedback.errors import Refused
from feedback.rights.passport import Passport, incomplete
from feedback.rights.project_rules import LIST, PASSPORT, REFUSE, Rule, rules_of, set_rule
from feedback.store import Studio

NAMED = 5  # takes that a refusal names
PassportPolicy = Rule


def policy_of(studio: Studio, project: str) -> PassportPolicy:
    """Of a project (code). NotFound: there is none."""
    return rules_of(studio, project)["passport"]


def set_policy(studio: Studio, project: str, policy: str, *, actor: str) -> PassportPolicy:
    """Invalid: no such policy."""
    set_rule(studio, project, PASSPORT, policy, actor=actor)
    return policy_of(studio, project)


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
