"""The HTTP routes of notes: on takes, in threads, resolved, edited and taken back."""

from __future__ import annotations

from fastapi import APIRouter, Response

from feedback.judgements import note_threads, notes
from feedback.judgements.note_threads import Reply, Thread
from feedback.people.project_members import check_visible
from feedback.production.takes import get_judgeable_take
from ui.api.judging import receipt
from ui.api.names import takes_named
from ui.api.schemas.common import (
    PROBLEMS,
    RECEIPTS,
    Id,
    Note,
    NoteBody,
    NotesOfTake,
    NoteThread,
    Receipt,
    ResolutionBody,
)
from ui.context import OpenStudio
from ui.security.access import CurrentPerson


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/notes", tags=["judging"], responses=PROBLEMS)
    router.add_api_route("", post_note, methods=["POST"], status_code=201, responses=RECEIPTS)
    router.add_api_route("", show_notes, methods=["GET"])
    router.add_api_route("/resolutions", post_resolution, methods=["POST"], status_code=201, responses=RECEIPTS)
    router.add_api_route("/{note}", delete_note, methods=["DELETE"], status_code=204)
    return router


def post_note(response: Response, body: NoteBody, studio: OpenStudio, person: CurrentPerson) -> Receipt:
    """Words on a take, on a region of it, on some of its frames; or an answer to such a note."""
    region = body.region.model_dump(exclude_none=True) if body.region else None
    first, last = body.frames or (None, None)
    with takes_named(studio, person, [body.take]) as (take,):
        if body.reply_to is not None:
            note_threads.check_readable(studio, person.id, body.reply_to)
        kept = notes.write_note(
            studio,
            person.id,
            body.uid,
            take,
            body.text,
            region=region,
            frame_in=first,
            frame_out=last,
            supersedes=body.supersedes,
            reply_to=body.reply_to,
        )
    return receipt(response, body.uid, kept)


def show_notes(response: Response, studio: OpenStudio, person: CurrentPerson, take: Id) -> NotesOfTake:
    """The notes on a take, in threads, the oldest first: your own, and others' once they cannot sway your verdict."""
    response.headers["Cache-Control"] = "no-store"
    with takes_named(studio, person, [take]) as (named,):
        get_judgeable_take(studio, named)
        own_only = note_threads.is_blind_to(studio, person.id, named)
        threads = note_threads.list_threads(studio, named, only_of=person.id if own_only else None)
    return NotesOfTake(threads=[describe_thread(thread, person.id) for thread in threads], own_only=own_only)


def post_resolution(response: Response, body: ResolutionBody, studio: OpenStudio, person: CurrentPerson) -> Receipt:
    """Marks the thread of a note as resolved, or as open again."""
    check_visible(studio, person.id, "note", body.note)
    note_threads.check_readable(studio, person.id, body.note)
    kept = note_threads.resolve_thread(studio, person.id, body.uid, body.note, body.resolved)
    return receipt(response, body.uid, kept)


def delete_note(studio: OpenStudio, person: CurrentPerson, note: Id) -> None:
    """Takes your own note back; its answers stay. Doing it again is safe."""
    check_visible(studio, person.id, "note", note)
    note_threads.check_readable(studio, person.id, note)
    notes.take_back(studio, person.id, note)


def describe(note: Reply, person_id: int) -> Note:
    frames = None if note["frame_in"] is None or note["frame_out"] is None else (note["frame_in"], note["frame_out"])
    return Note(
        id=note["id"],
        author=note["author"],
        mine=note["person"] == person_id,
        text=note["text"],
        region=dict(note["region"]) if note["region"] else None,
        frames=frames,
        created=note["created"],
        edited=note["edited"],
        taken_back=note["taken_back"],
    )


def describe_thread(thread: Thread, person_id: int) -> NoteThread:
    return NoteThread(
        **describe(thread, person_id).model_dump(),
        resolved=thread["resolved"],
        resolved_by=thread["resolved_by"],
        replies=[describe(reply, person_id) for reply in thread["replies"]],
    )
