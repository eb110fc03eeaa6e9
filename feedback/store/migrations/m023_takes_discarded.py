"""One more status of takes: discarded."""

from __future__ import annotations

import sqlite_utils

OLD_STATUSES = "'wip','needs_retake','approved','circled'"
STATUSES = f"{OLD_STATUSES},'discarded'"


def m023_takes_discarded(db: sqlite_utils.Database) -> None:
    """One more value in the table's CHECK, as `m012_render_queue.allow_cancelled` does it and for the same reason."""
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    db.execute("PRAGMA writable_schema = ON")
    changed = db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'statuses' AND instr(sql, ?)",
        (f"({OLD_STATUSES})", f"({STATUSES})", f"({OLD_STATUSES})"),
    )
    assert changed.rowcount == 1, "the table of statuses is not as m003_judgements made it"
    db.execute(f"PRAGMA schema_version = {version + 1}")
    db.execute("PRAGMA writable_schema = RESET")
