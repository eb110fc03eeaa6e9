"""The studio's library, and the rights of those whose work and likeness are in it.

Licences and consents are never changed after they were recorded: one that no longer holds is ended, with who and why, and
another one recorded. No row of `licence_projects` or `consent_projects` means every project. `run_library_items` and
`run_consents` are what a run learned from and on what grounds, as they were when it began. A library file is named by its
content and stays where it is; the frames and clips that were chosen from it are media of the studio.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE licences (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, holder TEXT NOT NULL, terms TEXT NOT NULL,
    training INTEGER NOT NULL CHECK (training IN (0, 1)), drawing INTEGER NOT NULL CHECK (drawing IN (0, 1)),
    starts TEXT, ends TEXT, document TEXT, recorded_by INTEGER REFERENCES people(id), created TEXT NOT NULL,
    ended TEXT, ended_by INTEGER REFERENCES people(id), reason TEXT);
CREATE TABLE licence_projects (
    licence INTEGER NOT NULL REFERENCES licences(id), project INTEGER NOT NULL REFERENCES projects(id),
    PRIMARY KEY (licence, project)) WITHOUT ROWID;
CREATE TABLE media_licences (
    media TEXT PRIMARY KEY REFERENCES media(sha256), licence INTEGER NOT NULL REFERENCES licences(id),
    recorded_by INTEGER REFERENCES people(id), created TEXT NOT NULL);
CREATE INDEX media_of_licence ON media_licences(licence);
CREATE TABLE contributors (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    kind TEXT NOT NULL CHECK (kind IN ('performer','artist','operator','director','writer','other')),
    account INTEGER UNIQUE REFERENCES people(id), created TEXT NOT NULL);
CREATE TABLE consents (
    id INTEGER PRIMARY KEY, contributor INTEGER NOT NULL REFERENCES contributors(id),
    subject TEXT NOT NULL CHECK (subject IN ('likeness','voice','style','work')),
    training INTEGER NOT NULL CHECK (training IN (0, 1)), drawing INTEGER NOT NULL CHECK (drawing IN (0, 1)),
    uses TEXT NOT NULL, compensation TEXT NOT NULL, starts TEXT, ends TEXT, document TEXT,
    recorded_by INTEGER REFERENCES people(id), created TEXT NOT NULL,
    revoked TEXT, revoked_by INTEGER REFERENCES people(id), reason TEXT);
CREATE INDEX consents_of_contributor ON consents(contributor);
CREATE TABLE consent_projects (
    consent INTEGER NOT NULL REFERENCES consents(id), project INTEGER NOT NULL REFERENCES projects(id),
    PRIMARY KEY (consent, project)) WITHOUT ROWID;
CREATE TABLE training_agreements (
    id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people(id), agreed INTEGER NOT NULL CHECK (agreed IN (0, 1)),
    recorded_by TEXT NOT NULL, created TEXT NOT NULL);
CREATE INDEX training_agreements_of_person ON training_agreements(person);
CREATE TABLE brief_contributors (
    brief INTEGER NOT NULL REFERENCES briefs(id), contributor INTEGER NOT NULL REFERENCES contributors(id),
    PRIMARY KEY (brief, contributor)) WITHOUT ROWID;
CREATE INDEX briefs_of_contributor ON brief_contributors(contributor);
CREATE TABLE titles (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, licence INTEGER NOT NULL REFERENCES licences(id),
    created TEXT NOT NULL);
CREATE INDEX titles_of_licence ON titles(licence);
CREATE TABLE title_contributors (
    title INTEGER NOT NULL REFERENCES titles(id), contributor INTEGER NOT NULL REFERENCES contributors(id),
    PRIMARY KEY (title, contributor)) WITHOUT ROWID;
CREATE INDEX titles_of_contributor ON title_contributors(contributor);
CREATE TABLE library_files (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, title INTEGER NOT NULL REFERENCES titles(id), path TEXT NOT NULL,
    bytes INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('film','still','other')), width INTEGER, height INTEGER,
    fps_num INTEGER, fps_den INTEGER, frames INTEGER, seconds REAL, detail TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reading','done','left_out')), reason TEXT, read_until REAL NOT NULL DEFAULT 0,
    counts TEXT NOT NULL, created TEXT NOT NULL, finished TEXT);
CREATE INDEX library_files_of_title ON library_files(title);
CREATE TABLE library_items (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES library_files(id), kind TEXT NOT NULL CHECK (kind IN ('still','clip')),
    media TEXT NOT NULL REFERENCES media(sha256), proxy TEXT REFERENCES media(sha256), shot INTEGER NOT NULL,
    frame_in INTEGER NOT NULL, frame_out INTEGER NOT NULL, seconds REAL NOT NULL, caption TEXT NOT NULL, captioned_by TEXT NOT NULL,
    sharpness REAL NOT NULL, perceptual_hash INTEGER NOT NULL, excluded TEXT, excluded_by INTEGER REFERENCES people(id), reason TEXT,
    created TEXT NOT NULL, UNIQUE (file, kind, frame_in));
CREATE INDEX library_items_of_media ON library_items(media);
CREATE INDEX library_items_of_proxy ON library_items(proxy) WHERE proxy IS NOT NULL;
CREATE TABLE item_contributors (
    item INTEGER NOT NULL REFERENCES library_items(id), contributor INTEGER NOT NULL REFERENCES contributors(id),
    PRIMARY KEY (item, contributor)) WITHOUT ROWID;
CREATE INDEX items_of_contributor ON item_contributors(contributor);
CREATE TABLE run_library_items (
    run INTEGER NOT NULL REFERENCES runs(id), item INTEGER NOT NULL REFERENCES library_items(id),
    PRIMARY KEY (run, item)) WITHOUT ROWID;
CREATE INDEX runs_of_library_item ON run_library_items(item);
CREATE TABLE run_consents (
    run INTEGER NOT NULL REFERENCES runs(id), consent INTEGER NOT NULL REFERENCES consents(id),
    PRIMARY KEY (run, consent)) WITHOUT ROWID;
CREATE INDEX runs_of_consent ON run_consents(consent);
"""


def m040_library_and_rights(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
