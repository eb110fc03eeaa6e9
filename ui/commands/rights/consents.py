"""`consent`: whose likeness, voice, style or work may be used, for what, and what happens when that ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from feedback.errors import Refused
from ui.commands.rights.shared import days, hash_of, who_records, with_terms
from ui.commands.shared import answer, open_studio, table, with_studio


@click.group("consent")
def consent_group() -> None:
    """Consents of performers, artists and others: person, add, list, document, revoke; and of those who judge: ask."""


@consent_group.command("person")
@click.argument("name")
@click.option(
    "--kind",
    metavar="KIND",
    default="performer",
    show_default=True,
    help="performer, artist, operator, director, writer, other.",
)
@click.option("--account", metavar="NAME", help="What they sign in with, if they do.")
@with_studio
def add_person(name: str, kind: str, account: str | None, folder: Path, as_json: bool) -> None:
    """Record NAME as somebody whose work or likeness may be used: from now on nothing that names them is drawn without a consent."""
    from feedback.rights.contributors import add_contributor, count_briefs

    studio = open_studio(folder)
    made = add_contributor(studio, name, kind, account=account)
    named = count_briefs(studio, made["id"])
    already = f"; {named} briefs name them already" if named else ""
    answer({**made, "briefs": named}, as_json, f"{made['name']} is recorded as {made['kind']}{already}")


@consent_group.command("add")
@click.argument("person")
@click.option("--subject", metavar="SUBJECT", required=True, help="likeness, voice, style or work.")
@click.option("--described", required=True, help="The uses, as the person read them before they agreed.")
@click.option("--compensation", default="", help="What they get for it, in words.")
@with_terms
@with_studio
def add(
    person: str,
    subject: str,
    described: str,
    compensation: str,
    terms: dict[str, Any],
    recorder: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Record what PERSON agreed to."""
    from feedback.rights import consents

    studio = open_studio(folder)
    who = who_records(studio, recorder)
    words = {"subject": subject, "described": described, "compensation": compensation}
    made = consents.add_consent(studio, person, **words, **terms, recorder=who.get("person"), actor=who["actor"])
    text = f"consent {made['id']}: {made['person']} allows {' and '.join(made['uses'])} with their {made['subject']}"
    answer({**made}, as_json, text)


@consent_group.command("list")
@click.option("--person", metavar="NAME", help="Of one person alone.")
@with_studio
def list_all(person: str | None, folder: Path, as_json: bool) -> None:
    """Every consent, and whether it was revoked."""
    from feedback.rights import consents, contributors
    from feedback.store.time_zone import day_in

    studio = open_studio(folder)
    rows, people = consents.list_consents(studio, person), contributors.list_contributors(studio)
    lines = [
        [str(row["id"]), row["person"], row["subject"], ", ".join(row["uses"]), ", ".join(row["projects"]) or "every project",
         days(row), f"revoked {day_in(studio, row['revoked'])}" if row["revoked"] else ""]
        for row in rows
    ]  # fmt: skip
    without = [each["name"] for each in people if each["name"] not in {row["person"] for row in rows}]
    more = f"\nwithout any: {', '.join(without)}" if without and person is None else ""
    text = table(lines, ["consent", "of", "for", "allows", "in", "days", ""])
    answer({"consents": rows, "people": people}, as_json, f"{text}{more}")


@consent_group.command("document")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@with_studio
def document(file: Path, folder: Path, as_json: bool) -> None:
    """Which consents and licences were recorded with this signed paper; refused when none was."""
    from feedback.rights import consents, licences

    studio, sha256 = open_studio(folder), hash_of(file)
    signed = [row["id"] for row in consents.list_consents(studio) if row["document"] == sha256]
    named = [row["name"] for row in licences.list_licences(studio) if row["document"] == sha256]
    if not signed and not named:
        raise Refused(
            f"no consent or licence was recorded with {file.name} as it is (sha256 {sha256}): it is another file, or it was"
            " changed since"
        )
    words = [f"consent {number}" for number in signed] + [f"licence {name}" for name in named]
    data = {"document": sha256, "consents": signed, "licences": named}
    answer(data, as_json, f"{file.name} is what was signed for {', '.join(words)}")


@consent_group.command("revoke")
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--by", "recorder", metavar="NAME", help="Whose account revokes it.  [default: the command line]")
@click.option("--dry-run", is_flag=True, help="Only say what it touches.")
@with_studio
def revoke(number: int, reason: str, recorder: str | None, dry_run: bool, folder: Path, as_json: bool) -> None:
    """Consent ID holds no longer: name what it touched, and have a version draw that does without it."""
    from feedback.ledger import revocation
    from feedback.ledger.touched import touched_by_consent

    studio = open_studio(folder)
    if dry_run:
        touched = touched_by_consent(studio, number)
        answer(
            {"consent": number, "touched": touched}, as_json, f"consent {number} touches {revocation.counted(touched)}"
        )
        return
    made = revocation.revoke_consent(studio, number, reason, **who_records(studio, recorder))
    answer({"consent": number, **made}, as_json, revocation.describe_revocation(studio, number, made))


@consent_group.command("ask")
@click.option("--no", "stop", is_flag=True, help="Do not ask any more: judgements count unless their person disagreed.")
@with_studio
def ask(stop: bool, folder: Path, as_json: bool) -> None:
    """Ask those who judge whether the model may learn from it: judgements count once their person agreed."""
    from feedback.rights.agreements import ask_for_agreement

    ask_for_agreement(open_studio(folder), not stop)
    count = "unless their person disagreed" if stop else "once their person agreed"
    answer({"asked": not stop}, as_json, f"judgements are learned from {count}")
