"""Damaged media and a damaged database, for `damaged_files`: named by the doctor, not served, and back from a backup."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from fastapi.testclient import TestClient

from feedback.errors import Refused
from feedback.judgements import ballots
from feedback.maintenance.backup import make_backup
from feedback.maintenance.backup_folder import folder_of, read_manifest
from feedback.maintenance.restore import compare, restore
from feedback.people import accounts, tokens
from feedback.store import Studio, media
from tests.factories import judging_studio
from ui.app import create_app
from ui.cli import main

ADDRESS = "http://127.0.0.1:7860"
ROUTES = (
    "/api/projects",
    "/api/shots?project=TEST",
    "/api/pairs",
    "/api/versions",
    "/api/takes?brief=1",
    "/api/state",
    "/api/me",
)
Harm = Callable[[Path, random.Random], None]


def backed_up(folder: Path) -> Path:
    """A judged studio and two backups of it, so that the second knows of the first."""
    if not (folder / "backups" / "backups" / "2").is_dir():
        for name in ("studio", "backups"):
            shutil.rmtree(folder / name, ignore_errors=True)
        studio = judging_studio(folder / "studio")
        ana = accounts.get_person(studio, "ana")["id"]
        for first in (1, 4, 7):  # the takes of each brief
            ballots.cast_ballot(studio, ana, f"damage {first}", first, first + 1, "left", 100)
            ballots.cast_ballot(studio, ana, f"damage {first + 1}", first + 1, first + 2, "right", 100)
        for _ in range(2):
            make_backup(studio, folder / "backups")
        studio.close()
    return folder / "backups"


def copy_of(folder: Path) -> Path:
    target = Path(tempfile.mkdtemp(dir=folder)) / "studio"
    restore(backed_up(folder), target)
    return target


def meet_media(folder: Path, harm: Harm, chance: random.Random) -> list[str]:
    """One of a take's files: the doctor names it and its take, nobody is shown it, and a backup has it."""
    place = copy_of(folder)
    studio = Studio.open(place)
    take = studio.row("SELECT * FROM takes WHERE id = ?", (chance.randrange(1, 10),))
    assert take is not None
    sha256 = chance.choice([take["media"], take["rendition"]])
    path, client = media.path_of(studio, sha256), signed_in(studio, "sue")
    shown = f"/media/{sha256}.png"
    wrong = [] if client.get(shown).status_code == 200 or sha256 != take["media"] else ["a whole file is not served"]
    harm(path, chance)
    answer = client.get(shown)
    wrong += [] if answer.status_code == 404 and is_one_line(answer) else [f"it is served: {answer.status_code}"]
    others = client.get("/api/pairs")
    wrong += [] if others.status_code < 500 else [f"no pair: {others.status_code}"]
    examined = CliRunner().invoke(main, ["doctor", "--deep", "--studio", str(place)])
    bad = " ".join(line for line in examined.output.splitlines() if line.startswith("BAD"))
    if path.name not in bad or f"take {take['id']}" not in bad:
        wrong.append(f"doctor does not name {path.name} of take {take['id']}: {bad}")
    again = copy_of(folder)
    shutil.copyfile(again / path.relative_to(studio.folder), path)
    wrong += [] if client.get(shown).status_code == 200 else ["it is not served again"]
    return finish(studio, wrong, place, again)


def meet_database(folder: Path, harm: Harm, chance: random.Random) -> list[str]:
    """Any of its pages: the doctor names it, every answer is a line, and a backup gives everything back."""
    place = copy_of(folder)
    database = place / "studio.db"
    before = contents(database)
    harm(database, chance)
    examined = CliRunner().invoke(main, ["doctor", "--deep", "--studio", str(place)])
    wrong = (
        [] if examined.exit_code in (0, 1) and "Traceback" not in examined.output else [f"doctor: {examined.output}"]
    )
    if examined.exit_code == 0 and contents(database) != before:
        wrong.append(f"the doctor sees nothing: {difference(before, contents(database))}")
    listed = CliRunner().invoke(main, ["versions", "list", "--studio", str(place)])
    if listed.exit_code not in (0, 1) or (listed.exit_code == 1 and len(listed.output.strip().splitlines()) != 1):
        wrong.append(f"the command line: {listed.output!r} {listed.exception!r}")
    wrong += answers(place)
    again = copy_of(folder)
    manifest = read_manifest(folder_of(backed_up(folder)))
    wrong += compare(again, manifest)
    wrong += [] if contents(again / "studio.db") == before else ["a backup does not give everything back"]
    return finish(None, wrong, place, again)


def answers(place: Path) -> list[str]:
    """What is wrong with the server's answers; one that does not start has said why in a line."""
    try:
        studio = Studio.open(place)
        client = signed_in(studio, "sue")
    except (Refused, sqlite3.DatabaseError) as reason:
        return [] if "\n" not in str(reason) else [f"it does not start, and says {reason}"]
    ballot = {"uid": "after", "left": 1, "right": 3, "verdict": "left", "elapsed_ms": 5}
    given = [client.get(route) for route in ROUTES] + [client.post("/api/ballots", json=ballot)]
    studio.close()
    return [
        f"{answer.url.path}: {answer.status_code} {answer.text[:80]!r}"
        for answer in given
        if answer.status_code >= 400 and not is_one_line(answer)
    ]


def signed_in(studio: Studio, name: str) -> TestClient:
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, name, 'test')}"}
    app = create_app(studio, pages=False)
    return TestClient(app, base_url=ADDRESS, headers=headers, follow_redirects=False, raise_server_exceptions=False)


def is_one_line(answer: Any) -> bool:
    body = answer.json()
    return list(body) == ["error"] and "\n" not in body["error"] and "Traceback" not in body["error"]


def contents(database: Path) -> Any:
    """Every row of every table, or what SQLite says in their place."""
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = bytes
    try:
        names = [row[0].decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM [{name}]").fetchall() for name in sorted(names)}
    except (sqlite3.Error, UnicodeDecodeError) as reason:
        return str(reason)
    finally:
        connection.close()


def difference(before: Any, after: Any) -> str:
    if not isinstance(after, dict):
        return str(after)
    return ", ".join(name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name))


def finish(studio: Studio | None, wrong: list[str], *places: Path) -> list[str]:
    if studio is not None:
        studio.close()
    for place in places:
        shutil.rmtree(place.parent)
    return wrong
