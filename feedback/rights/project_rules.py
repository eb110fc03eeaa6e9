"""Rules of a project, and what new projects begin with.

Plates without a licence. REFUSE: a brief that starts from one is not drawn, and its takes are neither learned from nor
exported. LIST: it is drawn, and named among what is missing. OFF: nobody asks. Of passports they say what exports ask.
Credentials: FULL, the whole passport is in files that leave; REDUCED, one without names and prompts.
"""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.rights.agreements import ask_for_agreement
from feedback.store import Studio, audit_log

REFUSE, LIST, OFF = "refuse", "list", "off"
POLICIES = (REFUSE, LIST, OFF)
Rule = Literal["refuse", "list", "off"]
FULL, REDUCED = "full", "reduced"
CONTENTS = (FULL, REDUCED)
Contents = Literal["full", "reduced"]
COLUMNS = {"plates": "plate_policy", "passport": "passport_policy", "credentials": "credentials"}
PLATES, PASSPORT, CREDENTIALS = COLUMNS
VALUES = {PLATES: POLICIES, PASSPORT: POLICIES, CREDENTIALS: CONTENTS}


class Rules(TypedDict):
    plates: Rule
    passport: Rule
    credentials: Contents


def rules_of(studio: Studio, project: str) -> Rules:
    """Of a project (code). NotFound: there is none."""
    columns = ", ".join(f"{column} AS {name}" for name, column in COLUMNS.items())
    row = studio.row(f"SELECT {columns} FROM projects WHERE code = ?", (project,))
    if row is None:
        raise NotFound(f"no project {shown(project)}")
    return cast(Rules, row)


def set_rule(studio: Studio, project: str, name: str, policy: str, *, actor: str) -> None:
    """`name`: PLATES, PASSPORT or CREDENTIALS. Invalid: no such policy."""
    check_policy(name, policy)
    with studio.writing() as db:
        before = rules_of(studio, project)[name]  # type: ignore[literal-required]
        if before != policy:
            db.execute(f"UPDATE projects SET {COLUMNS[name]} = ? WHERE code = ?", (policy, project))
            audit_log.record(studio, actor, f"project.{name}", project, {"from": before, "to": policy})


def check_policy(name: str, policy: str) -> None:
    *others, last = VALUES[name]
    if policy not in VALUES[name]:
        raise Invalid(f"{name} policy {shown(policy)}: give {', '.join(others)} or {last}")


def begin_rights(studio: Studio) -> None:
    """A new studio asks first: those who judge, and for the licence of a plate. One that was made before goes on as it was."""
    ask_for_agreement(studio, True)
    set_rule_of_new_projects(studio, PLATES, REFUSE, actor="command line")


def rules_of_new_projects(studio: Studio) -> Rules:
    """What the studio has set. One that never set any, as before this release, asks for no licence of plates and no passport,
    and puts whole passports into files that leave.
    """
    before = {PLATES: OFF, PASSPORT: OFF, CREDENTIALS: FULL}
    return cast(Rules, {name: studio.setting(f"new projects: {name}", before[name]) for name in COLUMNS})


def set_rule_of_new_projects(studio: Studio, name: str, policy: str, *, actor: str) -> None:
    """Projects that there are stay as they are. Invalid: no such policy."""
    check_policy(name, policy)
    with studio.writing():
        before = rules_of_new_projects(studio)[name]  # type: ignore[literal-required]
        if before != policy:
            studio.set_setting(f"new projects: {name}", policy)
            audit_log.record(studio, actor, f"new_projects.{name}", "studio", {"from": before, "to": policy})
