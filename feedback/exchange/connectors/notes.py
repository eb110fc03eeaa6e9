"""Notes both ways, each once. One that was edited since goes, or comes, again in place of what it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from feedback.errors import Refused
from feedback.exchange.connectors.links import add_link, link_of, link_to, studio_key
from feedback.exchange.connectors.people import is_account, person_here
from feedback.exchange.connectors.report import Report
from feedback.exchange.connectors.settings import ConnectorSettings
from feedback.exchange.connectors.tracker import Mark, Publication, TheirNote, Tracker
from feedback.fields import clean_text
from feedback.judgements.notes import LONGEST_NOTE, write_note
from feedback.store import Studio

TAKEN_BACK = "(taken back)"
# The newest row of each note, by its first one; a row of an answer stands by itself.
_NOTES = """
WITH RECURSIVE versions(first, id) AS (
    SELECT id, id FROM notes WHERE supersedes IS NULL AND take = :take UNION ALL
    SELECT v.first, n.id FROM notes n JOIN versions v ON n.supersedes = v.id)
SELECT v.first, n.*, p.name AS author FROM (SELECT first, max(id) AS id FROM versions GROUP BY first) v
JOIN notes n ON n.id = v.id JOIN people p ON p.id = n.person ORDER BY v.first
"""


class OwnNote(NamedTuple):
    first: int  # the row that names it for good
    latest: int  # the row that counts today
    text: str  # as it is read there


def own_notes(studio: Studio, take: int, first_frame: int) -> Iterator[OwnNote]:
    for row in studio.rows(_NOTES, {"take": take}):
        text = TAKEN_BACK if row["taken_back"] else f"{row['author']}{frames_of(row, first_frame)}: {row['text']}"
        yield OwnNote(row["first"], row["id"], f"Take {take}, {text}")


def frames_of(row: dict[str, int | None], first_frame: int) -> str:
    first, last = row["frame_in"], row["frame_out"]
    if first is None or last is None:
        return ""
    return f", frame {first + first_frame}" if first == last else f", frames {first + first_frame}-{last + first_frame}"


def push_notes(
    studio: Studio, tracker: Tracker, takes: Sequence[Publication], first_frame: int, report: Report
) -> None:
    """What people wrote here about takes that are there. Notes that came from there are not sent back."""
    for take in takes:
        for note in own_notes(studio, take.take, first_frame):
            link = link_of(studio, tracker.site, "note", note.first)
            is_new = link is None and not note.text.endswith(TAKEN_BACK)
            was_edited = link is not None and link.made_here and link.detail.get("row") != note.latest
            if not (is_new or was_edited):
                continue
            try:
                mark = Mark(studio_key(studio), "note", note.first)
                theirs = tracker.push_note(take, note.text, mark, link.theirs if link else None)
            except Refused as refusal:
                report.left.append(f"note {note.first}: {refusal}")
                continue
            add_link(studio, tracker.site, "note", note.first, theirs, made_here=True, detail={"row": note.latest})
            report.notes_sent += 1


def pull_notes(
    studio: Studio, tracker: Tracker, takes: Sequence[Publication], settings: ConnectorSettings, report: Report
) -> None:
    """What others wrote there about our takes becomes notes of people here."""
    for note in tracker.pull_notes(takes):
        text = clean_text(note.text).strip()
        digest = hashlib.sha256(text.encode()).hexdigest()
        link = link_to(studio, tracker.site, "note", note.id)
        if not text or (link is not None and (link.made_here or link.detail.get("sha256") == digest)):
            continue
        try:
            keep_note(studio, tracker.site, note, text, digest, settings)
            report.notes_received += 1
        except Refused as refusal:
            report.left.append(f"take {note.take}, a note there: {refusal}")


def keep_note(studio: Studio, site: str, note: TheirNote, text: str, digest: str, settings: ConnectorSettings) -> None:
    person, link = person_here(studio, settings, note.person), link_to(studio, site, "note", note.id)
    signed = f"{note.person.name or note.person.email}: {text}" if is_account(settings, person) else text
    short = signed if len(signed) <= LONGEST_NOTE else f"{signed[: LONGEST_NOTE - 1]}…"
    with studio.writing():
        uid = f"{digest[:16]} {note.id} {site}"[:128]
        row, _ = write_note(studio, person["id"], uid, note.take, short, supersedes=link.ours if link else None)
        first = link.ours if link else row["id"]  # by which a note is known however often it was edited
        add_link(studio, site, "note", first, note.id, made_here=False, detail={"sha256": digest})
