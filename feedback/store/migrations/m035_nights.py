"""Nights: one row each, with who spends it, at which stage it is, and until when that is believed without another word."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE TABLE nights (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('running','done','refused','failed','interrupted')),
    person TEXT, project TEXT, reason TEXT,
    stage TEXT NOT NULL, stage_since TEXT NOT NULL, results TEXT NOT NULL,
    holder TEXT NOT NULL, host TEXT NOT NULL, process INTEGER NOT NULL, boot TEXT NOT NULL, sittings INTEGER NOT NULL,
    started TEXT NOT NULL, heartbeat TEXT NOT NULL, expires TEXT NOT NULL, ended TEXT);
CREATE UNIQUE INDEX nights_one_at_a_time ON nights(state) WHERE state = 'running';
CREATE INDEX nights_by_start ON nights(started);
"""


def m035_nights(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
