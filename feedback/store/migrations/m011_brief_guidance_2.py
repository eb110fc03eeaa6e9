"""Guidance of a model's second denoiser; null is the same as the first one's."""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
ALTER TABLE briefs ADD COLUMN guidance_2 REAL
"""


def m011_brief_guidance_2(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
