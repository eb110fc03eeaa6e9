"""Writers of prompts, what each learned from, their rewrites of briefs, and the blind pairs of both wordings.

A take of a rewrite is a take of the brief that was written, drawn from other words: so both wordings are compared as all
takes of a brief are. Until a pair is judged, or its rewrite's comparison is ended, its takes are kept from boards and pages.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE prompt_writers (
    name TEXT PRIMARY KEY, base TEXT NOT NULL, folder TEXT, recipe TEXT NOT NULL, metrics TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('offering','stopped')), reason TEXT, created TEXT NOT NULL);
CREATE TABLE prompt_writer_judgements (
    writer TEXT NOT NULL REFERENCES prompt_writers(name),
    kind TEXT NOT NULL CHECK (kind IN ('ballot','rating','status')), judgement INTEGER NOT NULL,
    person INTEGER NOT NULL REFERENCES people(id), PRIMARY KEY (writer, kind, judgement)) WITHOUT ROWID;
CREATE TABLE rewrites (
    id INTEGER PRIMARY KEY, writer TEXT NOT NULL REFERENCES prompt_writers(name),
    brief INTEGER NOT NULL REFERENCES briefs(id), prompt TEXT NOT NULL, person INTEGER REFERENCES people(id),
    created TEXT NOT NULL, ended TEXT);
CREATE INDEX rewrites_of_brief ON rewrites(brief);
CREATE INDEX rewrites_of_writer ON rewrites(writer);
ALTER TABLE takes ADD COLUMN rewrite INTEGER REFERENCES rewrites(id);
CREATE TABLE wording_pairs (
    id INTEGER PRIMARY KEY, rewrite INTEGER NOT NULL REFERENCES rewrites(id),
    written INTEGER NOT NULL REFERENCES takes(id), rewritten INTEGER NOT NULL REFERENCES takes(id));
CREATE INDEX wording_pairs_of_rewrite ON wording_pairs(rewrite);
CREATE VIEW wording_verdicts AS
    SELECT w.id AS pair, w.rewrite, b.id AS ballot, b.person,
        CASE b.verdict WHEN 'left' THEN b."left" = w.rewritten WHEN 'right' THEN b."right" = w.rewritten ELSE 0.5 END AS outcome
    FROM wording_pairs w JOIN ballots b ON (b."left" = w.written AND b."right" = w.rewritten)
        OR (b."left" = w.rewritten AND b."right" = w.written)
    WHERE b.verdict <> 'skip' AND b.doubt IS NULL AND b.repeats IS NULL
        AND NOT EXISTS (SELECT 1 FROM ballots newer WHERE newer.supersedes = b.id);
CREATE VIEW open_wording_pairs AS
    SELECT w.id, w.rewrite, w.written, w.rewritten, r.brief, r.person FROM wording_pairs w JOIN rewrites r ON r.id = w.rewrite
    WHERE r.ended IS NULL AND NOT EXISTS (SELECT 1 FROM wording_verdicts v WHERE v.pair = w.id)
        AND NOT EXISTS (SELECT 1 FROM takes t WHERE t.id IN (w.written, w.rewritten) AND t.state IN ('failed', 'cancelled'));
"""


def m031_prompt_writers(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
