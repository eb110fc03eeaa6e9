"""JSON lines, one object a line. A line ends at "\\n" and nowhere else.

`str.splitlines()` also ends lines at U+2028, U+2029, U+0085 and more, which JSON leaves as they are inside a text: one
prompt with such a character would be read as two broken lines. Other people's readers use it too, so what is written
here has those characters escaped, and is the same data for every reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ENCODER = json.JSONEncoder(ensure_ascii=False)
LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # the others are control characters, which JSON always escapes


def write_json_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Writes one row after the other, however many there are; returns how many there were."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007
            file.write(json_line(row))
    return count


def json_line(row: Mapping[str, Any]) -> str:
    text = ENCODER.encode(row)
    return LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Every row of the file; ValueError for a line that is no JSON."""
    return [json.loads(line) for line in lines_of(path)]


def count_json_lines(path: Path) -> int:
    """How many rows can be read; ValueError for a line that is no JSON."""
    return sum(1 for _ in map(json.loads, lines_of(path)))


def lines_of(path: Path) -> Iterator[str]:
    """The file's lines without their ends; empty ones are left out."""
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from (line.rstrip("\n") for line in file if line != "\n")
