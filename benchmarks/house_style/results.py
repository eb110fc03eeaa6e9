"""Records as JSON lines, each written when its point is done: a run that was stopped goes on where it was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read_records(path: Path | None) -> dict[str, dict[str, Any]]:
    """Records by key; a last line that a killed run left unfinished is passed over."""
    if path is None or not path.is_file():
        return {}
    records = {}
    for line in path.read_text().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        records[record["key"]] = record
    return records


def append_record(path: Path | None, record: dict[str, Any]) -> None:
    """One more line, on the disk before it returns."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        # An unfinished last line must not swallow this one.
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(record).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
