"""One file of JSON lines, whose chosen and rejected are paths of the studio's archived media."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from feedback.exchange.files import check_count, whole_file
from feedback.json_lines import count_json_lines, write_json_lines


def write_jsonl(rows: Iterable[Mapping[str, Any]], out: Path) -> tuple[Path, int]:
    path = out / "preferences.jsonl"
    with whole_file(path) as partial:
        count = write_json_lines(partial, rows)
        check_count(path, count_json_lines(partial), count)
    return path, count
