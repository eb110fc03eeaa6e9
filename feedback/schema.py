"""The tables of the studio's record, as migrations: a studio made by an older Circletake is brought up to date on opening.

Times are ISO-8601 UTC text (`feedback.clock`). Judgements (ballots, ratings, notes, tags, statuses, selects) are append-only:
a changed mind is a new row, and views name the rows that count today.
"""

from __future__ import annotations

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations = Migrations("circletake")

PEOPLE = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT, changed TEXT);
CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL CHECK (role IN ('creative','supervisor','admin')),
    password_hash TEXT, created TEXT NOT NULL, disabled TEXT);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    created TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    label TEXT NOT NULL, created TEXT NOT NULL, ended TEXT);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
"""

WORK = """
CREATE TABLE projects (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL,
    created TEXT NOT NULL);
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, project INTEGER NOT NULL REFERENCES projects(id), code TEXT NOT NULL, title TEXT NOT NULL,
    fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, created TEXT NOT NULL, UNIQUE (project, code));
CREATE TABLE media (
    sha256 TEXT PRIMARY KEY, ext TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, frames INTEGER NOT NULL, created TEXT NOT NULL);
CREATE TABLE briefs (
    id INTEGER PRIMARY KEY, shot INTEGER NOT NULL REFERENCES shots(id), prompt TEXT NOT NULL, negative_prompt TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('still','clip')), width INTEGER NOT NULL, height INTEGER NOT NULL,
    frames INTEGER NOT NULL, fps_num INTEGER NOT NULL, fps_den INTEGER NOT NULL, steps INTEGER NOT NULL, guidance REAL NOT NULL,
    source_media TEXT REFERENCES media(sha256), mask_media TEXT REFERENCES media(sha256), author TEXT NOT NULL,
    created TEXT NOT NULL);
CREATE INDEX briefs_of_shot ON briefs(shot);
CREATE TABLE takes (
    id INTEGER PRIMARY KEY, brief INTEGER NOT NULL REFERENCES briefs(id), seed INTEGER NOT NULL,
    asked_version TEXT, version TEXT,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','leased','done','failed')), error TEXT,
    progress REAL NOT NULL DEFAULT 0, purpose TEXT NOT NULL DEFAULT 'shot' CHECK (purpose IN ('shot','trial')),
    media TEXT REFERENCES media(sha256), poster TEXT REFERENCES media(sha256), rendition TEXT REFERENCES media(sha256),
    rendition_poster TEXT REFERENCES media(sha256), worker TEXT, lease_expires TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    created TEXT NOT NULL, started TEXT, finished TEXT, recipe TEXT);
CREATE INDEX takes_of_brief ON takes(brief, state);
CREATE INDEX takes_by_state ON takes(state, id);
CREATE INDEX takes_of_rendition ON takes(rendition);
"""

JUDGEMENTS = """
CREATE TABLE versions (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, adapters TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('candidate','production','retired','rejected')), run INTEGER, created TEXT NOT NULL);
CREATE TABLE promotions (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL REFERENCES versions(name), previous TEXT REFERENCES versions(name),
    action TEXT NOT NULL CHECK (action IN ('initial','promote','rollback')), person TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, candidate TEXT NOT NULL REFERENCES versions(name), baseline TEXT NOT NULL REFERENCES versions(name),
    state TEXT NOT NULL CHECK (state IN ('open','closed')), created TEXT NOT NULL, closed TEXT);
CREATE TABLE trial_pairs (
    id INTEGER PRIMARY KEY, trial INTEGER NOT NULL REFERENCES trials(id), brief INTEGER NOT NULL REFERENCES briefs(id),
    candidate_take INTEGER NOT NULL REFERENCES takes(id), baseline_take INTEGER NOT NULL REFERENCES takes(id));
CREATE INDEX trial_pairs_of_trial ON trial_pairs(trial);
CREATE INDEX trial_pairs_of_takes ON trial_pairs(candidate_take, baseline_take);
CREATE TABLE ballots (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    "left" INTEGER NOT NULL REFERENCES takes(id), "right" INTEGER NOT NULL REFERENCES takes(id),
    verdict TEXT NOT NULL CHECK (verdict IN ('left','right','tie','both_bad','skip')), elapsed_ms INTEGER NOT NULL,
    trial INTEGER REFERENCES trials(id), supersedes INTEGER UNIQUE REFERENCES ballots(id), created TEXT NOT NULL);
CREATE INDEX ballots_of_person ON ballots(person, "left", "right");
CREATE INDEX ballots_of_pair ON ballots("left", "right");
CREATE VIEW current_ballots AS SELECT * FROM ballots b
    WHERE NOT EXISTS (SELECT 1 FROM ballots newer WHERE newer.supersedes = b.id);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    supersedes INTEGER UNIQUE REFERENCES ratings(id), created TEXT NOT NULL);
CREATE INDEX ratings_of_take ON ratings(take, person);
CREATE VIEW current_ratings AS SELECT * FROM ratings r
    WHERE NOT EXISTS (SELECT 1 FROM ratings newer WHERE newer.supersedes = r.id);
CREATE TABLE tags (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), word TEXT NOT NULL, created TEXT NOT NULL,
    removed_by INTEGER REFERENCES people(id));
CREATE INDEX tags_of_take ON tags(take);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id), text TEXT NOT NULL, region TEXT, frame_in INTEGER, frame_out INTEGER,
    supersedes INTEGER UNIQUE REFERENCES notes(id), created TEXT NOT NULL);
CREATE INDEX notes_of_take ON notes(take);
CREATE TABLE statuses (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, person INTEGER NOT NULL REFERENCES people(id),
    take INTEGER NOT NULL REFERENCES takes(id),
    status TEXT NOT NULL CHECK (status IN ('wip','needs_retake','approved','circled')), created TEXT NOT NULL);
CREATE INDEX statuses_of_take ON statuses(take, id);
CREATE TABLE selects (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, shot INTEGER NOT NULL REFERENCES shots(id),
    take INTEGER NOT NULL REFERENCES takes(id), frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL,
    position INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id), created TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX selects_of_shot ON selects(shot, take, id);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('running','done','refused','failed')), method TEXT NOT NULL,
    recipe TEXT NOT NULL, snapshot_sha256 TEXT NOT NULL, folder TEXT NOT NULL, version TEXT, metrics TEXT, reason TEXT,
    progress REAL NOT NULL DEFAULT 0, started TEXT NOT NULL, finished TEXT);
CREATE TABLE run_judgements (
    run INTEGER NOT NULL REFERENCES runs(id), kind TEXT NOT NULL CHECK (kind IN ('ballot','rating','status')),
    judgement INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES people(id),
    split TEXT NOT NULL CHECK (split IN ('train','heldout')), PRIMARY KEY (run, kind, judgement));
"""

TRIAL_REASONS = """
ALTER TABLE trials ADD COLUMN reason TEXT
"""

TOKEN_EXPIRY = """
ALTER TABLE tokens ADD COLUMN expires TEXT
"""

LOOKS = """
CREATE TABLE looks (
    sha256 TEXT PRIMARY KEY REFERENCES media(sha256), scheme INTEGER NOT NULL, numbers BLOB NOT NULL);
"""


def _execute(db: sqlite_utils.Database, script: str) -> None:
    # executescript() would commit the migration's transaction halfway.
    for statement in filter(str.strip, script.split(";\n")):
        db.execute(statement)


@migrations()
def m001_people(db: sqlite_utils.Database) -> None:
    _execute(db, PEOPLE)


@migrations()
def m002_work(db: sqlite_utils.Database) -> None:
    _execute(db, WORK)


@migrations()
def m003_judgements(db: sqlite_utils.Database) -> None:
    _execute(db, JUDGEMENTS)


@migrations()
def m004_looks(db: sqlite_utils.Database) -> None:
    _execute(db, LOOKS)


@migrations()
def m005_trial_reasons(db: sqlite_utils.Database) -> None:
    _execute(db, TRIAL_REASONS)


@migrations()
def m010_token_expiry(db: sqlite_utils.Database) -> None:
    _execute(db, TOKEN_EXPIRY)
