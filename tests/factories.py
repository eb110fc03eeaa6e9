"""Studios with takes that no model drew: small pictures, recorded through the functions that a worker uses."""

from __future__ import annotations

import atexit
import io
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from feedback.judgements import ballots
from feedback.people import accounts, project_members
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from feedback.trials import promotion, trials
from feedback.trials.counting import Limits

SECRET = "drawn by v0007"  # what an archived file says and a rendition must not
PASSWORD = "a long pass phrase"


def new_studio(folder: Path) -> Studio:
    """An empty studio with the starter version in production."""
    return copy_of(empty_studio, folder)


def empty_studio(folder: Path) -> Studio:
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    return studio


def copy_of(make: Callable[..., Studio], folder: Path, *words: int) -> Studio:
    """What `make(folder, *words)` makes, copied from one that was made once in this process: a tenth of the time."""
    if (folder / "studio.db").exists():
        raise FileExistsError(f"{folder} is a studio already")
    studio = Studio.open(shutil.copytree(made_once(make, *words), folder, dirs_exist_ok=True))
    studio.set_setting("name", folder.resolve().name)
    return studio


@cache
def made_once(make: Callable[..., Studio], *words: int) -> Path:
    """A studio that is only copied; its database is one file."""
    folder = Path(tempfile.mkdtemp(prefix="circletake-studios-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    studio, copy = make(folder / "made", *words), folder / "copy"
    shutil.copytree(studio.folder, copy, ignore=shutil.ignore_patterns("studio.db*"))
    with sqlite3.connect(copy / "studio.db") as database:
        studio.copy_into(database)
    database.close()
    studio.close()
    return copy


def add_person(
    studio: Studio, name: str = "ana", role: str = "creative", password: str | None = None
) -> dict[str, Any]:
    person = accounts.add_person(studio, name, role, password)
    open_to_everybody(studio)
    return person


def open_to_everybody(studio: Studio) -> None:
    """Whoever is there is a member of every project that is there."""
    for project in projects.list_projects(studio):
        for person in accounts.list_people(studio):
            project_members.add_member(studio, project["code"], person["name"])


def add_brief(
    studio: Studio, author: str, prompt: str = "a house by day", shot: str = "T_010", steps: int | None = None
) -> dict[str, Any]:
    """A brief of 32x32 pixels in the project TEST, made with its shot where they are missing."""
    if not any(project["code"] == "TEST" for project in projects.list_projects(studio)):
        projects.add_project(studio, "TEST", "Test")
        open_to_everybody(studio)
    if not any(row["code"] == shot for row in shots.list_shots(studio, "TEST")):
        shots.add_shot(studio, "TEST", shot)
    row = shots.find_shot(studio, shot)
    return briefs.write_brief(studio, row["id"], prompt, author=author, width=32, height=32, steps=steps)


def png(shade: int, text: str | None = None) -> bytes:
    """A grey 32x32 picture; with `text`, the metadata that an archived file carries."""
    info = PngInfo()
    if text is not None:
        info.add_text("circletake", text)
    sink = io.BytesIO()
    Image.new("RGB", (32, 32), (shade % 256, shade // 256, 128)).save(sink, "PNG", pnginfo=info)
    return sink.getvalue()


def add_takes(studio: Studio, brief: dict[str, Any], count: int, first_seed: int = 1) -> list[int]:
    """`count` done takes of a brief; each picture is another shade. Gives their ids."""
    ids = render_queue.queue_takes(studio, brief["id"], list(range(first_seed, first_seed + count)))
    while leased := render_queue.lease_takes(studio, "test", 64):
        for take in leased:
            finish(studio, take["id"])
    return ids


def finish(studio: Studio, take_id: int, worker: str = "test") -> None:
    """Marks a leased take as done, with an archived file that tells its version and a rendition that does not."""
    archived = media.store_bytes(studio, png(take_id, f"{SECRET} {take_id}"), "png", "image/png", 32, 32, 1)
    rendition = media.store_bytes(studio, png(take_id), "png", "image/png", 32, 32, 1)
    render_queue.finish_take(
        studio,
        take_id,
        worker,
        media=archived,
        poster=None,
        rendition=rendition,
        rendition_poster=None,
        provenance={"seed": take_id},
    )


def judging_studio(folder: Path, briefs_count: int = 3, takes_each: int = 3) -> Studio:
    """A studio with ana (creative), sue (supervisor), ada (admin) and done takes to judge."""
    return copy_of(studio_to_judge, folder, briefs_count, takes_each)


def studio_to_judge(folder: Path, briefs_count: int, takes_each: int) -> Studio:
    studio = new_studio(folder)
    author = add_person(studio, "ana", "creative", PASSWORD)["name"]
    add_person(studio, "sue", "supervisor", PASSWORD)
    add_person(studio, "ada", "admin", PASSWORD)
    for k in range(briefs_count):
        add_takes(studio, add_brief(studio, author, f"a house by day, number {k}"), takes_each, 1 + 100 * k)
    return studio


def play_trial(studio: Studio, person: int, verdict: str) -> tuple[int, tuple[int, int]]:
    """A trial of one pair of v0001 that a person (id) judges, "left" being the candidate: its id and its takes."""
    trial = trials.open_trial(studio, "v0001", [1], limits=Limits(1, 1.0))
    while leased := render_queue.lease_takes(studio, "test", 2):
        for take in leased:
            finish(studio, take["id"])
    (pair,) = studio.rows("SELECT * FROM trial_pairs WHERE trial = ?", (trial,))
    sides = pair["candidate_take"], pair["baseline_take"]
    ballots.cast_ballot(studio, person, f"trial {trial}", *sides, verdict, 900)
    return trial, sides
