"""Which shot a clip is of: what the file says in words of ours, else the parts of the clip's name, else the name itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from anyascii import anyascii

from feedback.errors import Invalid, Refused
from feedback.exchange.edit.settings import FIELD, FIELDS, checked_name
from feedback.exchange.imports.entries import Entry, refusing
from feedback.fields import shown
from feedback.production.projects import check_code
from feedback.production.shots import sequence_of

MOST_FIELDS = 4  # of a template: more could take a reader of long names very long
LONGEST_MATCHED = 128  # characters of a name
NO_SEQUENCE = "seq"  # as our exports name it
ENDING = re.compile(r"\.(mov|mp4|mxf|avi|mkv|wav|png|jpe?g|webp|exr|dpx|tiff?|braw|r3d|ari)$", re.IGNORECASE)
PARTS = {"project": r"[A-Za-z0-9.]+", "sequence": r"[A-Za-z0-9_.]+?", "shot": r"[A-Za-z0-9_.-]+"}


def name_pattern(template: str, project: str | None) -> re.Pattern[str]:
    """What fits the template; `project`: the code that stands for {project}. Invalid without {shot}, or of many fields."""
    template = checked_name("name", template)
    fields = [field for field, _ in FIELD.findall(template)]
    if "shot" not in fields:
        raise Invalid(f"name {shown(template)}: without {{shot}} it names no shot; there are {', '.join(FIELDS)}")
    if len(fields) > MOST_FIELDS or len(set(fields)) < len(fields):
        raise Invalid(f"name {shown(template)}: give each field once, and at most {MOST_FIELDS}")
    written, place = "", 0
    for match in FIELD.finditer(template):
        written += re.escape(template[place : match.start()])
        part = re.escape(project) if match[1] == "project" and project else PARTS.get(match[1], ".+?")
        written += f"(?P<{match[1]}>{part})"
        place = match.end()
    return re.compile(written + re.escape(template[place:]), re.IGNORECASE)


def project_in(entries: Iterable[Entry], template: str) -> str:
    """The project that the file names; Refused where it names none, or several."""
    pattern, codes = name_pattern(template, None), dict[str, None]()
    for entry in entries:
        match = None if entry.project else pattern.fullmatch(entry.name[:LONGEST_MATCHED])
        code = entry.project or (match.groupdict().get("project") if match else None)
        if code:
            codes[code] = None
    if len(codes) != 1:
        which = f"it names {', '.join(list(codes)[:5])}" if codes else "it names none"
        raise Refused(f"of which project is the cut? {which}: give --project CODE")
    return next(iter(codes))


def name_shots(entries: Sequence[Entry], template: str, project: str, sequences: Iterable[str] = ()) -> list[Entry]:
    """The entries, each with its shot and, where that is known, its sequence. `sequences`: those that the project has.

    Invalid, with the place in the file, for what makes no code.
    """
    pattern, there = name_pattern(template, project), set(sequences)
    return [named(entry, pattern, project, there) for entry in entries]


def named(entry: Entry, pattern: re.Pattern[str], project: str, there: set[str]) -> Entry:
    sequence, shot = entry.sequence, entry.shot
    if shot is None:
        name = ENDING.sub("", entry.name.strip())
        match = pattern.fullmatch(name) if len(name) <= LONGEST_MATCHED else None
        shot = match["shot"] if match else code_of(name)
        if match and sequence is None and "sequence" in match.groupdict():
            sequence = whole_sequence(match["sequence"], shot, project, there)
    if not shot:
        raise Invalid(f"{entry.where}: the clip {shown(entry.name)} has no name that makes a shot's code: name it")
    refusing(entry.where, lambda: check_code(shot, "shot"))
    if sequence:
        refusing(entry.where, lambda: check_code(sequence, "sequence"))
    return replace(entry, shot=shot, sequence=sequence)


def whole_sequence(written: str, shot: str, project: str, there: set[str]) -> str:
    """Exports leave the project's code out of a sequence's: it is put back where the shot's code, or the studio, has it."""
    own = sequence_of(shot)
    if written == NO_SEQUENCE and not own:
        return ""
    prefix = re.compile(re.escape(project) + "[_.-]", re.IGNORECASE)
    for whole in (own, *sorted(there)):
        if whole and written in (whole, prefix.sub("", whole, count=1)):
            return whole
    return written


def code_of(name: str) -> str:
    """A name as a code: Latin letters, digits and _ . - alone."""
    words = re.sub(r"[^A-Za-z0-9_.-]+", "_", anyascii(name))
    return words.lstrip("_.-")[:64].rstrip("_.-")
