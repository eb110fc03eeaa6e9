"""What stands beside a film or a picture: its caption, who is in it and its title, in a text, a JSON or a CSV file.

`film.txt` and `film.mp4.txt` are both of `film.mp4`: a text is the caption of all of it. JSON has `caption`, `people`,
`title`, and `captions`, a list of {start, end, caption, people}. CSV has columns start, end, caption and people, with
semicolons between people. Times are seconds, or 1:02:03.5.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback.errors import Invalid
from feedback.fields import check_text, on_one_line, shown
from feedback.library.items import LONGEST_CAPTION
from feedback.library.titles import LONGEST_NAME

MOST_BYTES = 8 * 1024**2
MOST_PARTS = 100_000
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True)
class CaptionedPart:
    """What is seen in a part of a film, and who."""

    start: float  # seconds from the beginning
    end: float  # not included
    caption: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sidecar:
    """What is known of a file beforehand."""

    caption: str = ""
    people: tuple[str, ...] = ()
    title: str | None = None
    parts: tuple[CaptionedPart, ...] = ()

    def at(self, seconds: float) -> tuple[str, tuple[str, ...]]:
        """(caption, people) of a moment: of the last part that holds it, beside those of all of it."""
        part = next((each for each in reversed(self.parts) if each.start <= seconds < each.end), None)
        if part is None:
            return self.caption, self.people
        return part.caption or self.caption, tuple(dict.fromkeys((*self.people, *part.people)))


def read_sidecars(path: Path) -> Sidecar:
    """Of all that stand beside a file; an empty one where none does. Invalid names the file and what is wrong in it."""
    together = Sidecar()
    for suffix, read in ((".txt", read_text), (".csv", read_csv), (".json", read_json)):
        for beside in (path.with_suffix(suffix), path.with_name(path.name + suffix)):
            if beside != path and beside.is_file():
                together = joined(together, read_one(beside, read))
    return together


def joined(first: Sidecar, second: Sidecar) -> Sidecar:
    return Sidecar(
        second.caption or first.caption,
        tuple(dict.fromkeys((*first.people, *second.people))),
        second.title or first.title,
        (*first.parts, *second.parts),
    )


def read_one(path: Path, read: Any) -> Sidecar:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(f"it has more than {MOST_BYTES} bytes")
        return read(path.read_text("utf-8-sig"))
    except Invalid as reason:
        raise Invalid(f"its captions in {path.name} cannot be used: {reason}") from None
    except UnicodeDecodeError:
        raise Invalid(f"its captions in {path.name} cannot be used: save them in UTF-8") from None
    except (csv.Error, RecursionError, ValueError) as error:
        raise Invalid(f"its captions in {path.name} cannot be used: {error}") from None


def read_text(text: str) -> Sidecar:
    return Sidecar(caption=clean_caption(text))


def read_csv(text: str) -> Sidecar:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    names = {(name or "").strip().lower() for name in rows.fieldnames or []}
    if "caption" not in names and "people" not in names:
        raise Invalid("the first line names no column caption or people")
    parts = []
    for number, row in enumerate(rows, 2):
        fields = {(name or "").strip().lower(): value for name, value in row.items() if isinstance(value, str)}
        people = [name for name in fields.get("people", "").split(";") if name.strip()]
        parts.append(part_of({**fields, "people": people}, f"line {number}"))
    return of_parts(parts)


def of_parts(parts: list[CaptionedPart], **rest: Any) -> Sidecar:
    if len(parts) > MOST_PARTS:
        raise Invalid(f"it has {len(parts)} parts: give at most {MOST_PARTS}")
    return Sidecar(parts=tuple(parts), **rest)


def read_json(text: str) -> Sidecar:
    data = json.loads(text)
    if isinstance(data, list):
        data = {"captions": data}
    if not isinstance(data, dict):
        raise Invalid("it is no object with caption, people, title or captions")
    listed = data.get("captions", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Invalid("captions is no list of objects with start, end and caption")
    parts = [part_of(each, f"caption {number}") for number, each in enumerate(listed, 1)]
    title = data.get("title")
    if title is not None and not isinstance(title, str):
        raise Invalid(f"title {shown(title)} is no text")
    return of_parts(
        parts,
        caption=clean_caption(data.get("caption", "")),
        people=names_in(data.get("people", [])),
        title=title or None,
    )


def part_of(fields: Mapping[str, Any], name: str) -> CaptionedPart:
    try:
        start, end = seconds_in(fields.get("start"), 0.0), seconds_in(fields.get("end"), float("inf"))
        if end <= start:
            raise Invalid(f"end {shown(fields.get('end'))} is not after start {shown(fields.get('start'))}")
        return CaptionedPart(start, end, clean_caption(fields.get("caption", "")), names_in(fields.get("people", [])))
    except Invalid as reason:
        raise Invalid(f"{name}: {reason}") from None


def clean_caption(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(f"caption {shown(value)} is no text")
    return on_one_line(check_text("caption", value, LONGEST_CAPTION))


def names_in(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Invalid(f"people {shown(value)} is no list of names")
    return tuple(on_one_line(check_text("name", name, LONGEST_NAME, required=True)) for name in names)


def seconds_in(value: Any, default: float) -> float:
    """A number, text that is one, or a time such as 1:02:03.5."""
    if value is None or value == "":
        return default
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
    else:
        clock = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
        try:
            number = (
                sum(float(part or 0) * 60**power for power, part in zip((2, 1, 0), clock.groups(), strict=True))
                if clock
                else float(value)
            )
        except (TypeError, ValueError):
            raise Invalid(f"time {shown(value)} is neither seconds nor a time such as 1:02:03.5") from None
    if not 0 <= number < 10**7:
        raise Invalid(f"time {shown(value)} is outside 0-9999999 seconds")
    return number
