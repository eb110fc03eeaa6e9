"""What a project asks before its briefs start from pictures without a licence, and what new projects begin with.

REFUSE: such a brief is not drawn, and its takes are neither learned from nor exported. LIST: it is drawn, and named among
what is missing. OFF: nobody asks.
"""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.rights.agreements import ask_for_agreement
from feedback.store import Studio, audit_log

REFUSE, LIST, OFF = "refuse", "list", "off"
POLICIES = (REFUSE, LIST, OFF)
Policy = Literal["refuse", "list", "off"]
COLUMNS = {"plates": "plate_policy", "passport": "passport_policy"}
PLATES, PASSPORT = COLUMNS


class Rules(TypedDict):
    plates: Policy
    passport: Policy


def rules_of(studio: Studio, project: str) -> Rules:
    """Of a project (code). NotFound: there is none."""
    row = studio.row(
        "SELECT plate_policy AS plates, passport_policy AS passport FROM projects WHERE code = ?", (project,)
    )
    if row is None:
        raise NotFound(f"no project {shown(project)}")
    return cast(Rules, row)


def set_rule(studio: Studio, project: str, name: str, policy: str, *, actor: str) -> None:
    """`name`: PLATES or PASSPORT. Invalid: no such policy."""
    check_policy(name, policy)
    with studio.writing() as db:
        before = rules_of(studio, project)[name]  # type: ignore[literal-required]
        if before != policy:
            db.execute(f"UPDATE projects SET {COLUMNS[name]} = ? WHERE code = ?", (policy, project))
            audit_log.record(studio, actor, f"project.{name}", project, {"from": before, "to": policy})


def check_policy(name: str, policy: str) -> None:
    if policy not in POLICIES:
        raise Invalid(f"{name} policy {shown(policy)}: give {', '.join(POLICIES[:-1])} or {POLICIES[-1]}")


def begin_rights(studio: Studio) -> None:
    """A new studio asks first: those who judge, and for the licence of a plate. One that was made before goes on as it was."""
    ask_for_agreement(studio, True)
    set_rule_of_new_projects(studio, PLATES, REFUSE, actor="command line")


def rules_of_new_projects(studio: Studio) -> Rules:
    """As the studio has them; OFF in one that never said, as those of earlier releases."""
    return cast(Rules, {name: studio.setting(f"new projects: {name}", OFF) for name in COLUMNS})


def set_rule_of_new_projects(studio: Studio, name: str, policy: str, *, actor: str) -> None:
    """Projects that there are stay as they are. Invalid: no such policy."""
    check_policy(name, policy)
    with studio.writing():
        before = rules_of_new_projects(studio)[name]  # type: ignore[literal-required]
        if before != policy:
            studio.set_setting(f"new projects: {name}", policy)
            audit_log.record(studio, actor, f"new_projects.{name}", "studio", {"from": before, "to": policy})
