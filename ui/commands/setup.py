"""`init` and `user`: making a studio, and who may enter it."""

from __future__ import annotations

from pathlib import Path

import click

from feedback.errors import Invalid
from ui.commands.shared import NO_DRAW, answer, brought, open_studio, read_password, table, with_studio

OWN_MODEL = "base"  # the version that --base-model becomes


@click.command()
@click.argument("directory", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--demo", is_flag=True, help="Add a project with shots and briefs whose takes a worker will draw.")
@click.option(
    "--base-model",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A model of the studio's own, put in production as version `base`; a folder as for `versions add`.",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    envvar="CIRCLETAKE_TIME_ZONE",
    default="UTC",
    help="Where its days begin, such as Europe/Berlin.  [default: $CIRCLETAKE_TIME_ZONE, else UTC]",
)
@NO_DRAW
@with_studio
def init(
    directory: Path | None,
    demo: bool,
    base_model: Path | None,
    time_zone: str,
    no_draw: bool,
    folder: Path,
    as_json: bool,
) -> None:
    """Make a studio in DIRECTORY (default: where --studio points)."""
    from feedback.days import zone_named

    zone_named(time_zone)  # before anything is made
    home, files = brought(base_model, no_draw) if base_model else (None, {})
    from feedback.models import versions
    from feedback.models.base_pins import pin_base
    from feedback.rights.project_rules import begin_rights
    from feedback.store import Studio
    from feedback.store.time_zone import set_time_zone
    from feedback.trials import promotion

    target = directory or folder
    studio = Studio.create(target)
    click.get_current_context().call_on_close(studio.close)
    begin_rights(studio)
    set_time_zone(studio, time_zone)
    promotion.ensure_starter(studio)
    if home:
        versions.register_candidate(studio, OWN_MODEL, home, [])
        pin_base(studio, OWN_MODEL, files)
        promotion.promote(studio, OWN_MODEL, force=True, reason="the studio began with a model of its own")
    data = {
        "studio": str(target),
        "demo": demo,
        "takes": 0,
        "time_zone": time_zone,
        **({"model": recognised(home)} if home else {}),
    }
    if demo:
        from ui.demo import fill_demo

        data["takes"] = fill_demo(studio)
    more = f", and {data['takes']} takes of the demo project wait for a worker" if demo else ""
    model = f"; its model is a {data['model']}" if home else ""
    answer(data, as_json, f"{target} is a studio now{more}{model}")


def recognised(home: str) -> str:
    """One line on what a model folder holds."""
    from generation.models.requirements import describe_model

    return str(describe_model(Path(home)))


@click.group()
def user() -> None:
    """People: add, list, password, agree, disable, enable, token, tokens."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["creative", "supervisor", "admin"]), default="creative", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin; an empty line means tokens only.")
@click.option("--no-password", is_flag=True, help="They sign in with tokens only.")
@click.option("--project", "projects", multiple=True, metavar="CODE", help="A project they work on; may be repeated.")
@click.option("--agrees", is_flag=True, help="They agreed, on paper, that the model learns from their judgements.")
@with_studio
def add_user(
    name: str,
    role: str,
    password_stdin: bool,
    no_password: bool,
    projects: tuple[str, ...],
    agrees: bool,
    folder: Path,
    as_json: bool,
) -> None:
    """Make an account for NAME."""
    from feedback.people import accounts, project_members
    from feedback.rights.agreements import record_agreement

    if password_stdin and no_password:
        raise click.UsageError("give either --password-stdin or --no-password")
    studio = open_studio(folder)
    password = None if no_password else read_password(password_stdin, name, "--password-stdin, or use --no-password")
    with studio.writing():  # a project that is unknown leaves no account behind
        person = accounts.add_person(studio, name, role, password)
        for code in projects:
            project_members.add_member(studio, code, name)
        if agrees:
            record_agreement(studio, person["id"], True, "command line")
    answer({"name": person["name"], "role": person["role"]}, as_json, f"{name} is a {role} now")


@user.command("list")
@with_studio
def list_users(folder: Path, as_json: bool) -> None:
    """Who has an account."""
    from feedback.people import accounts
    from feedback.store.time_zone import day_in

    studio = open_studio(folder)
    people = [
        {"name": row["name"], "role": row["role"], "created": row["created"], "disabled": row["disabled"]}
        for row in accounts.list_people(studio)
    ]
    lines = [[p["name"], p["role"], day_in(studio, p["created"]), "disabled" if p["disabled"] else ""] for p in people]
    answer({"people": people}, as_json, table(lines, ["name", "role", "since", ""]))


@user.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the new password from stdin.")
@with_studio
def change_password(name: str, password_stdin: bool, folder: Path, as_json: bool) -> None:
    """Set a new password for NAME."""
    from feedback.people import accounts

    studio = open_studio(folder)
    accounts.get_person(studio, name)
    password = read_password(password_stdin, name, "--password-stdin")
    if password is None:
        raise Invalid("the password is empty; send one line on stdin")
    accounts.set_password(studio, name, password)
    answer({"name": name}, as_json, f"{name} has a new password")


@user.command("disable")
@click.argument("name")
@with_studio
def disable_user(name: str, folder: Path, as_json: bool) -> None:
    """End NAME's sessions and tokens; their judgements stay."""
    from feedback.people import accounts

    accounts.disable_person(open_studio(folder), name)
    answer({"name": name, "disabled": True}, as_json, f"{name} can no longer sign in")


@user.command("agree")
@click.argument("name")
@click.option(
    "--no", "disagrees", is_flag=True, help="They do not, or no longer: what learned from them no longer draws."
)
@with_studio
def agree(name: str, disagrees: bool, folder: Path, as_json: bool) -> None:
    """NAME agreed, on paper, that the studio's model learns from their judgements. Who signs in says so on the Account page."""
    from feedback.ledger.revocation import describe_end, withdraw_agreement
    from feedback.people.accounts import get_person
    from feedback.rights.agreements import record_agreement

    studio = open_studio(folder)
    person = get_person(studio, name)
    if disagrees:
        made = withdraw_agreement(studio, person["id"], "command line")
        answer({"name": name, "agreed": False, **made}, as_json, describe_end(f"the agreement of {name}", made))
        return
    record_agreement(studio, person["id"], True, "command line")
    answer({"name": name, "agreed": True}, as_json, f"the model may learn from the judgements of {name}")


@user.command("enable")
@click.argument("name")
@with_studio
def enable_user(name: str, folder: Path, as_json: bool) -> None:
    """Let NAME, who was disabled, in again with the password they had; tokens must be made anew."""
    from feedback.people import accounts

    accounts.enable_person(open_studio(folder), name)
    answer({"name": name, "disabled": False}, as_json, f"{name} can sign in again")


@user.command("token")
@click.argument("name", required=False)
@click.option("--label", default="command line", show_default=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good for.  [default: until it is revoked]")
@click.option("--revoke", type=click.IntRange(1), metavar="ID", help="End the token of this id instead.")
@with_studio
def issue_token(
    name: str | None, label: str, days: int | None, revoke: int | None, folder: Path, as_json: bool
) -> None:
    """Make a token for NAME, for scripts. It is shown once and kept only as a hash."""
    from feedback.people import tokens

    if (name is None) == (revoke is None):
        raise click.UsageError("give either NAME, to make a token, or --revoke ID, to end one")
    studio = open_studio(folder)
    if revoke is not None:
        ended = tokens.revoke_token(studio, revoke)
        answer({**ended, "state": "revoked"}, as_json, f"token {revoke} of {ended['name']} is revoked")
    elif name is not None:
        token = tokens.issue_token(studio, name, label, days=days)
        answer({"name": name, "token": token}, as_json, token)


@user.command("tokens")
@click.argument("name")
@with_studio
def list_tokens(name: str, folder: Path, as_json: bool) -> None:
    """NAME's tokens: their ids, what each is for, since and until when."""
    from feedback.people import tokens
    from feedback.store.time_zone import day_in

    studio = open_studio(folder)
    listed = tokens.list_tokens(studio, name)
    lines = [
        [t["id"], t["label"], day_in(studio, t["created"]), day_in(studio, t["expires"]), t["state"]] for t in listed
    ]
    answer({"name": name, "tokens": listed}, as_json, table(lines, ["id", "label", "since", "until", "state"]))
