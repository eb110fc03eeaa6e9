"""A row of a set of preferences as two pictures of a prompt and a verdict on them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from feedback.errors import Invalid
from feedback.exchange.imports.preference_files import RawRow
from feedback.fields import clean_text, read_number, shown
from feedback.production.briefs import LONGEST_PROMPT
from feedback.store import Studio

MOST_BYTES = 256 * 2**20  # of one picture
LONGEST_MODEL = 200


@dataclass(frozen=True)
class SetPicture:
    """One side of a pair."""

    name: str
    data: bytes
    model: str | None  # that drew it, as far as the set says

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class SetPair:
    where: str
    prompt: str
    left: SetPicture
    right: SetPicture
    verdict: str  # left, right or tie

    def uid(self, person: str, shot: int) -> str:
        """Of its ballot: the same for the same content, whatever the side and the place in the file."""
        winner = {"left": self.left.sha256, "right": self.right.sha256}.get(self.verdict)
        content = [person, shot, self.prompt, sorted((self.left.sha256, self.right.sha256)), winner]
        return f"import-{hashlib.sha256(json.dumps(content).encode()).hexdigest()}"


def pair_of(row: RawRow) -> SetPair | None:
    """None for a row without a verdict. Invalid, which says what is wrong, for one that cannot be taken."""
    if row.values is None:
        raise Invalid(row.reason)
    pair = labelled(row) if "caption" in row.values and "prompt" not in row.values else chosen(row)
    if pair is not None and pair.left.sha256 == pair.right.sha256:
        raise Invalid("both pictures are the same file")
    return pair


def chosen(row: RawRow) -> SetPair:
    """TRL's columns, and ours. Which side is the left one is by the content, so that it says nothing."""
    values = row.values or {}
    better, worse = (side_of(values, name, row.folder) for name in ("chosen", "rejected"))
    sides = (better, worse) if int(better.sha256[-1] + worse.sha256[-1], 16) % 2 else (worse, better)
    return SetPair(row.where, prompt_in(values.get("prompt")), *sides, "left" if sides[0] is better else "right")


def side_of(values: Mapping[str, Any], name: str, folder: Path) -> SetPicture:
    value = values.get(name, values.get(f"{name}_file_name"))
    return picture_in(value, name, folder, values.get(f"{name}_version"))


def labelled(row: RawRow) -> SetPair | None:
    """Pick-a-Pic's columns: a label of 1 is the chosen one, 0.5 a tie."""
    values = row.values or {}
    if values.get("has_label") in (False, 0) or values.get("are_different") in (False, 0):
        return None
    labels = [read_number(values.get(name)) for name in ("label_0", "label_1")]
    verdicts = {(1.0, 0.0): "left", (0.0, 1.0): "right", (0.5, 0.5): "tie"}
    verdict = verdicts.get((labels[0], labels[1]))  # type: ignore[arg-type]
    if verdict is None:
        raise Invalid(
            f"its labels are {shown(values.get('label_0'))} and {shown(values.get('label_1'))}: give 1 and 0, or 0.5"
        )
    left, right = (
        picture_in(values.get(f"jpg_{side}"), f"jpg_{side}", row.folder, values.get(f"model_{side}")) for side in (0, 1)
    )
    return SetPair(row.where, prompt_in(values.get("caption")), left, right, verdict)


def prompt_in(value: Any) -> str:
    """A text, or the last words of a conversation's user."""
    if isinstance(value, list):
        texts = [each.get("content") for each in value if isinstance(each, dict) and each.get("role") == "user"]
        value = texts[-1] if texts else None
    if isinstance(value, list):  # parts of one message
        value = " ".join(str(part["text"]) for part in value if isinstance(part, dict) and part.get("text"))
    prompt = clean_text(value).strip() if isinstance(value, str) else ""
    if not prompt or len(prompt) > LONGEST_PROMPT:
        raise Invalid(f"its prompt has {len(prompt)} characters: give 1 to {LONGEST_PROMPT}")
    return prompt


def picture_in(value: Any, column: str, folder: Path, model: Any) -> SetPicture:
    """From bytes, a path, or {"bytes", "path"} as `datasets` has it."""
    name = column
    if isinstance(value, dict):
        name = Path(str(value.get("path") or column)).name
        value = value.get("bytes") or value.get("path")
    model = clean_text(model)[:LONGEST_MODEL] if isinstance(model, str) else None
    if isinstance(value, str) and value and "\0" not in value:
        return SetPicture(Path(value).name, file_bytes(folder / value, column), model)
    if not isinstance(value, bytes) or not value:
        raise Invalid(f"{column} is no picture: give bytes, or the path of a file")
    if len(value) > MOST_BYTES:
        raise Invalid(f"{column} has {len(value)} bytes: give at most {MOST_BYTES}")
    return SetPicture(name, value, model)


def file_bytes(path: Path, column: str) -> bytes:
    try:
        if not path.is_file():
            raise Invalid(f"{column} {shown(str(path))} is not there: give the set with its pictures")
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(f"{column} {shown(str(path))} is larger than {MOST_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:  # a name too long, a folder that may not be read
        raise Invalid(f"{column} {shown(str(path))} cannot be read: {error.strerror}") from None


def briefs_of_pictures(studio: Studio) -> dict[str, int]:
    """By sha256 of what takes show: their brief. One query for all: one for each row would take longer than the rows."""
    rows = studio.tuples("SELECT media, poster, brief FROM takes WHERE state = 'done' AND media IS NOT NULL")
    return {sha256: brief for media, poster, brief in rows for sha256 in (media, poster) if sha256}
