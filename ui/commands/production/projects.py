"""`project`: shows, and who works on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ui.commands.shared import answer, open_studio, table, with_studio

# As in feedback.rights.project_rules; a test compares them.
POLICIES = ["refuse", "list", "off"]
CONTENTS = ["full", "reduced"]


@click.group("project")
def project_group() -> None:
    """Projects and their members: add, list, set, rules, archive, unarchive, member."""


@project_group.command("add")
@click.argument("code")
@click.option("--title", default="", help="What people read.  [default: the code]")
@click.option(
    "--fps", default="24", show_default=True, help="Frames a second of its shots, such as 23.976 or 24000/1001."
)
@click.option("--open", "open_to_all", is_flag=True, help="Everybody in the studio sees it, members or not.")
@click.option("--member", "members", multiple=True, metavar="NAME", help="Who works on it; may be repeated.")
@with_studio
def add_project(
    code: str, title: str, fps: str, open_to_all: bool, members: tuple[str, ...], folder: Path, as_json: bool
) -> None:
    """Make the project CODE. Without --member or --open only admins see it."""
    from feedback.people import project_members
    from feedback.production import projects

    studio = open_studio(folder)
    with studio.writing():  # a name that is unknown leaves no project behind
        projects.add_project(studio, code, title, fps, open_to_all=open_to_all)
        for name in members:
            project_members.add_member(studio, code, name)
    answer({"code": code, "members": members}, as_json, f"project {code} is there, with {len(members)} members")


@project_group.command("list")
@click.option("--archived", is_flag=True, help="With those that are archived.")
@with_studio
def list_projects(archived: bool, folder: Path, as_json: bool) -> None:
    """All projects and how many work on each."""
    from fractions import Fraction

    from feedback.people import project_members
    from feedback.production import projects
    from feedback.store.time_zone import day_in

    studio = open_studio(folder)
    rows = [
        {
            "code": row["code"],
            "title": row["title"],
            "members": len(project_members.list_members(studio, row["code"])),
            "open": bool(row["open_to_all"]),
            "fps": str(Fraction(row["fps_num"], row["fps_den"])),
            "archived": row["archived"] and day_in(studio, row["archived"]),
        }
        for row in projects.list_projects(studio, archived=archived)
    ]
    shown = [
        [row["code"], row["title"], row["fps"], "all" if row["open"] else row["members"], row["archived"] or ""]
        for row in rows
    ]
    answer({"projects": rows}, as_json, table(shown, ["code", "title", "fps", "members", "archived"]))


@project_group.command("set")
@click.argument("code")
@click.option("--title", help='What people read; "" for the code.')
@click.option("--fps", help="Frames a second, of its shots too that had the project's; briefs keep theirs.")
@click.option("--timecode", type=click.Choice(["drop", "non-drop"]), help="Of exports at 29.97 and 59.94.")
@click.option(
    "--media-name", help='What exported media are called, such as {project}_{shot}_{take}; "" for the default.'
)
@click.option(
    "--clip-name", help='What timelines call a clip, such as {project}_{sequence}-{shot}; "" for the default.'
)
@click.option("--first-frame", type=int, help="The number of an image sequence's first picture.")
@click.option(
    "--path-map", multiple=True, metavar="HERE=THERE", help='As the edit sees folders; may be repeated; "" for none.'
)
@click.option("--passport", type=click.Choice(POLICIES), help="What exports ask of the passports of takes.")
@click.option("--plates", type=click.Choice(POLICIES), help="Whether briefs may start from plates without a licence.")
@click.option("--credentials", type=click.Choice(CONTENTS), help="How much of a passport is in files that leave.")
@with_studio
def set_project(
    code: str,
    title: str | None,
    fps: str | None,
    path_map: tuple[str, ...],
    passport: str | None,
    plates: str | None,
    credentials: str | None,
    folder: Path,
    as_json: bool,
    **edit: Any,
) -> None:
    """Change what is given of the project CODE."""
    from fractions import Fraction

    from feedback.exchange.edit.settings import set_edit_settings
    from feedback.production import projects
    from feedback.rights.project_rules import rules_of, set_rule

    studio = open_studio(folder)
    with studio.writing():
        projects.get_project(studio, code)  # its refusal names all projects
        for rule, policy in (("passport", passport), ("plates", plates), ("credentials", credentials)):
            if policy is not None:
                set_rule(studio, code, rule, policy, actor="command line")
        changed = projects.set_project(studio, code, title=title, fps=fps)
        settings = set_edit_settings(studio, code, path_map=path_map or None, **edit)
    rate = str(Fraction(changed["fps_num"], changed["fps_den"]))
    data = {
        "code": code,
        "title": changed["title"],
        "fps": rate,
        **settings.as_given(),
        **rules_of(studio, code),
    }
    answer(data, as_json, f"project {code} is changed")


@project_group.command("rules")
@click.option("--plates", type=click.Choice(POLICIES), help="Whether briefs may start from plates without a licence.")
@click.option("--passport", type=click.Choice(POLICIES), help="What exports ask of the passports of takes.")
@click.option("--credentials", type=click.Choice(CONTENTS), help="How much of a passport is in files that leave.")
@click.option("--all", "everywhere", is_flag=True, help="Also in the projects that there are.")
@with_studio
def rules(
    plates: str | None, passport: str | None, credentials: str | None, everywhere: bool, folder: Path, as_json: bool
) -> None:
    """What new projects begin with, and what each project has."""
    from feedback.production import projects
    from feedback.rights import project_rules

    studio, given = open_studio(folder), {"plates": plates, "passport": passport, "credentials": credentials}
    with studio.writing():
        for rule, policy in given.items():
            if policy is None:
                continue
            project_rules.set_rule_of_new_projects(studio, rule, policy, actor="command line")
            for project in projects.list_projects(studio, archived=True) if everywhere else ():
                project_rules.set_rule(studio, project["code"], rule, policy, actor="command line")
    new = project_rules.rules_of_new_projects(studio)
    rows = {p["code"]: project_rules.rules_of(studio, p["code"]) for p in projects.list_projects(studio, archived=True)}
    lines = [
        [code, row["plates"], row["passport"], row["credentials"]] for code, row in {**rows, "(new ones)": new}.items()
    ]
    answer(
        {"new": new, "projects": rows},
        as_json,
        table(lines, ["project", "plates without a licence", "passports", "credentials"]),
    )


@project_group.command("archive")
@click.argument("code")
@with_studio
def archive_project(code: str, folder: Path, as_json: bool) -> None:
    """Take the project CODE out of lists, boards, dealing and the queue. Nothing is deleted."""
    from feedback.production import archiving

    cancelled = archiving.archive_project(open_studio(folder), code, actor="command line")["cancelled"]
    answer({"code": code, "cancelled": cancelled}, as_json, f"{code} is archived, {len(cancelled)} takes cancelled")


@project_group.command("unarchive")
@click.argument("code")
@with_studio
def unarchive_project(code: str, folder: Path, as_json: bool) -> None:
    """Bring the archived project CODE back."""
    from feedback.production import archiving

    archiving.unarchive_project(open_studio(folder), code, actor="command line")
    answer({"code": code, "archived": None}, as_json, f"{code} is there again")


@project_group.group("member")
def member_group() -> None:
    """Who sees a project, besides admins: add, remove, list."""


def code_and_name(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments CODE and NAME, and the studio."""
    return click.argument("code")(click.argument("name")(with_studio(command)))


@member_group.command("add")
@code_and_name
def add_member(code: str, name: str, folder: Path, as_json: bool) -> None:
    """Let NAME see the project CODE, and work on it."""
    from feedback.people import project_members

    project_members.add_member(open_studio(folder), code, name)
    answer({"project": code, "name": name, "member": True}, as_json, f"{name} is a member of {code}")


@member_group.command("remove")
@code_and_name
def remove_member(code: str, name: str, folder: Path, as_json: bool) -> None:
    """Hide the project CODE from NAME. What they judged stays."""
    from feedback.people import project_members

    project_members.remove_member(open_studio(folder), code, name)
    answer({"project": code, "name": name, "member": False}, as_json, f"{name} is no member of {code}")


@member_group.command("list")
@click.argument("code")
@with_studio
def list_members(code: str, folder: Path, as_json: bool) -> None:
    """Who works on the project CODE."""
    from feedback.people import project_members
    from feedback.store.time_zone import day_in

    studio = open_studio(folder)
    members = project_members.list_members(studio, code)
    lines = [[row["name"], row["role"], day_in(studio, row["since"])] for row in members]
    answer({"project": code, "members": members}, as_json, table(lines, ["name", "role", "since"]))
