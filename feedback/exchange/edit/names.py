"""What clips, media and reels are called in files for the edit."""

from __future__ import annotations

import re
from typing import Any

from feedback.exchange.edit.settings import FIELD, FORBIDDEN
from feedback.judgements.selects import SelectDetails

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST_FILE_NAME = 200  # bytes, without the ending; file systems hold 255


def reel_name(take: int) -> str:
    """Eight characters that no other take has: CT000042, and from the millionth on C and base 36."""
    if take < 1_000_000:
        return f"CT{take:06d}"
    digits = ""
    while take:
        take, digit = divmod(take, 36)
        digits = DIGITS[digit] + digits
    return f"C{digits:0>7}"


def clip_name(template: str, select: SelectDetails) -> str:
    """As timelines call it. A sequence is written without the project's code before it, which the name has already."""
    fields = fields_of(select)
    prefix = re.compile(re.escape(select["project"]) + "[_.-]", re.IGNORECASE)
    fields["sequence"] = (
        prefix.sub("", fields["sequence"], count=1) if prefix.match(fields["sequence"]) else fields["sequence"]
    )
    return filled(template, fields)


def file_name(template: str, select: SelectDetails, ending: str) -> str:
    """What the media of a select is called, safe on every file system. `ending`: with its dot."""
    name = FORBIDDEN.sub("_", filled(template, fields_of(select))).strip(" .") or reel_name(select["take"])
    if len(name.encode()) > LONGEST_FILE_NAME:  # the end, which is cut off, may be what tells it from others
        reel = f"_{reel_name(select['take'])}"
        name = name.encode()[: LONGEST_FILE_NAME - len(reel)].decode(errors="ignore") + reel
    return name + ending


def with_reel(file: str, reel: str) -> str:
    """The name of a file with the reel before its ending."""
    stem, dot, ending = file.rpartition(".")
    return f"{stem}_{reel}{dot}{ending}"


def fields_of(select: SelectDetails) -> dict[str, Any]:
    same = {name: select[name] for name in ("project", "shot", "take", "version", "seed")}  # type: ignore[literal-required]
    return {**same, "sequence": select["sequence"] or "seq", "reel": reel_name(select["take"])}


def filled(template: str, fields: dict[str, Any]) -> str:
    """`{take:06}` has at least six digits."""
    return FIELD.sub(lambda match: str(fields[match[1]]).rjust(int(match[2] or 0), "0"), template)
