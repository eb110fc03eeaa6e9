"""A synthetic studio of any size: real rows in the studio's own tables, a real file for each take.

Rows go in by the thousand, since one `queue_takes` and `cast_ballot` each would take hours. They are as those functions
would have written them: `circletake doctor` finds nothing amiss.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import sqlite_utils

from feedback.pair_selection.descriptors import DIMENSIONS, SCHEME
from feedback.people import accounts, project_members
from feedback.production import projects
from feedback.store import Studio
from feedback.trials import promotion

PROJECTS = 10
BRIEFS_OF_SHOT = 4
TAKES_OF_BRIEF = 16
PEOPLE = 20
SIDE = 128  # pixels
RATED = 4  # takes of each brief, by one person
REPEATED = 0.02  # share of ballots that the same person casts again, an hour later
APPROVED, CIRCLED, NOTED, TAGGED = 0.1, 0.05, 0.02, 0.05  # shares of takes
VERDICTS, VERDICT_SHARES = ("left", "right", "tie", "both_bad", "skip"), (42, 42, 8, 5, 3)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filling:
    """What the rows of one studio are made from."""

    studio: Studio
    db: sqlite_utils.Database
    takes: int
    people: Sequence[int]
    rng: random.Random
    projects: int = PROJECTS


def fill_studio(folder: Path, takes: int, seed: int = 0, projects_count: int = PROJECTS) -> Studio:
    """A new studio in `folder` with so many takes that are done, about as many ballots, and other judgements."""
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    people = [accounts.add_person(studio, f"person{number}", "supervisor")["id"] for number in range(PEOPLE)]
    with studio.writing():
        for number in range(projects_count):
            projects.add_project(studio, f"P{number}")
            for person in range(PEOPLE):
                project_members.add_member(studio, f"P{number}", f"person{person}")
    with studio.writing() as db:
        filling = Filling(studio, db, takes, people, random.Random(seed), projects_count)
        add_work(filling)
        add_judgements(filling)
    with closing(sqlite3.connect(studio.folder / "studio.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return studio


def add_work(filling: Filling) -> None:
    """Shots, briefs, and takes with their files and descriptors."""
    briefs = -(-filling.takes // TAKES_OF_BRIEF)
    shots = range(1, -(-briefs // BRIEFS_OF_SHOT) + 1)
    insert(
        filling,
        "shots",
        ((k, project_of(k, filling.projects), f"S_{k:06d}", "", 24, 1, moment(0)) for k in shots),
        SHOTS,
    )
    columns = "id, shot, prompt, negative_prompt, kind, width, height, frames, fps_num, fps_den, steps, guidance, author, created"
    rows = (
        (k, shot_of(k), prompt_of(k), "", "still", SIDE, SIDE, 1, 24, 1, 16, 2.5, "person0", moment(k))
        for k in range(1, briefs + 1)
    )
    insert(filling, f"briefs ({columns})", rows)
    numbers = np.random.default_rng(0)
    for first in range(1, filling.takes + 1, 1000):
        ids = range(first, min(first + 1000, filling.takes + 1))
        files = [store_picture(filling.studio, take) for take in ids]
        insert(filling, "media", ((*file, "png", "image/png", SIDE, SIDE, 1, moment(0)) for file in files), MEDIA)
        insert(
            filling,
            "takes",
            (take_row(take, sha256, filling.projects) for take, (sha256, _) in zip(ids, files, strict=True)),
            TAKES,
        )
        measured = numbers.normal(size=(len(files), DIMENSIONS)).astype("<f2")
        described = ((sha256, SCHEME, row.tobytes()) for (sha256, _), row in zip(files, measured, strict=True))
        insert(filling, "descriptors", described, "sha256, scheme, numbers")


SHOTS = "id, project, code, title, fps_num, fps_den, created"
MEDIA = "sha256, bytes, ext, mime, width, height, frames, created"
TAKES = "id, brief, seed, version, state, progress, media, rendition, attempts, project, created, started, finished, provenance"
BALLOTS = 'id, uid, person, "left", "right", verdict, elapsed_ms, supersedes, created'


def insert(filling: Filling, table: str, rows: Iterable[tuple], columns: str = "") -> None:
    """Rows of as many values as there are columns; those of the whole table unless given."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    statement = f"INSERT INTO {table} {f'({columns})' if columns else ''} VALUES ({', '.join('?' * len(first))})"
    filling.db.conn.execute(statement, first)
    while several := list(islice(rows, 10_000)):
        filling.db.conn.executemany(statement, several)


def take_row(take: int, sha256: str, projects_count: int) -> tuple:
    brief = brief_of(take)
    provenance = {"seed": take, "version": "starter", "prompt": prompt_of(brief), "libraries": {"torch": "2.13.0"}}
    files = (sha256, sha256)
    times = (moment(take), moment(take), moment(take))
    return (
        take,
        brief,
        take,
        "starter",
        "done",
        1.0,
        *files,
        1,
        project_of(shot_of(brief), projects_count),
        *times,
        json.dumps(provenance),
    )


def project_of(shot: int, projects_count: int) -> int:
    return shot % projects_count + 1


def shot_of(brief: int) -> int:
    return (brief - 1) // BRIEFS_OF_SHOT + 1


def brief_of(take: int) -> int:
    return (take - 1) // TAKES_OF_BRIEF + 1


def prompt_of(brief: int) -> str:
    return f"a house by day, in clear weather, wide shot, number {brief}"


def moment(minutes: float) -> str:
    return (BEGAN + timedelta(minutes=minutes)).isoformat(timespec="microseconds")


def store_picture(studio: Studio, take: int) -> tuple[str, int]:
    """(sha256, bytes) of a still of one colour, which only this take has."""
    data = PICTURE[0] + chunk(b"PLTE", take.to_bytes(3, "big")) + PICTURE[1]
    sha256 = hashlib.sha256(data).hexdigest()
    path = studio.media_folder / sha256[:2] / f"{sha256[2:]}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return sha256, len(data)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# A PNG of one bit a pixel, all 0, around the palette, which says what colour 0 is.
PICTURE = (
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 1, 3, 0, 0, 0)),
    chunk(b"IDAT", zlib.compress(bytes((1 + SIDE // 8) * SIDE))) + chunk(b"IEND", b""),
)


def add_judgements(filling: Filling) -> None:
    rng, takes = filling.rng, range(1, filling.takes + 1)
    insert(filling, "ballots", ballot_rows(filling), BALLOTS)
    insert(filling, "ratings", rating_rows(filling), "uid, person, take, stars, created")
    statuses = rng.choices(("wip", "approved", "circled"), (1 - APPROVED - CIRCLED, APPROVED, CIRCLED), k=filling.takes)
    rows = (
        (f"s{take}", rng.choice(filling.people), take, status, moment(take))
        for take, status in zip(takes, statuses, strict=True)
        if status != "wip"
    )
    insert(filling, "statuses", rows, "uid, person, take, status, created")
    for table, column, share, text in (("notes", "text", NOTED, "the hand is wrong"), ("tags", "word", TAGGED, "soft")):
        rows = (
            (f"{table}{take}", rng.choice(filling.people), take, text, moment(take))
            for take in takes
            if rng.random() < share
        )
        insert(filling, table, rows, f"uid, person, take, {column}, created")


def ballot_rows(filling: Filling) -> Iterator[tuple]:
    """One verdict on each take and one of those before it in its brief; a few of them are cast again."""
    rng, number = filling.rng, 0
    for take in range(2, filling.takes + 1):
        other = take - rng.randint(1, 3)
        if other < 1 or brief_of(other) != brief_of(take):
            continue
        person, sides, before = rng.choice(filling.people), rng.sample((take, other), 2), None
        for again in range(1 + (rng.random() < REPEATED)):
            number += 1
            verdict = rng.choices(VERDICTS, VERDICT_SHARES)[0]
            when = moment(take + 60 * again)
            yield (number, f"b{number}", person, *sides, verdict, rng.randint(500, 9000), before, when)
            before = number


def rating_rows(filling: Filling) -> Iterator[tuple]:
    for brief in range(1, brief_of(filling.takes) + 1):
        person, last = filling.rng.choice(filling.people), min(brief * TAKES_OF_BRIEF, filling.takes)
        for take in range((brief - 1) * TAKES_OF_BRIEF + 1, last + 1)[:RATED]:
            yield (f"r{take}", person, take, filling.rng.randint(1, 5), moment(take))
