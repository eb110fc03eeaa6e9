"""The door for storyboards: as PDF, and as animatic in which each panel lasts as long as the board says.

Dialogue is shown over the animatic.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from feedback.errors import Invalid
from feedback.exchange.edit.cut import Clip
from feedback.exchange.export import ExportedBy
from feedback.exchange.files import Export, make_folder, safe_name
from feedback.exchange.media.animatic import frame_size, write_animatic
from feedback.exchange.media.movies import ENDINGS, H264, check_codec
from feedback.exchange.media.signed import sign_storyboard
from feedback.exchange.passports import with_signing
from feedback.exchange.storyboard.panel_cut import Board, board_of, check_passports
from feedback.exchange.storyboard.sheet import write_storyboard
from feedback.exchange.storyboard.subtitles import Subtitles
from feedback.rights.export_record import recorded_export
from feedback.rights.passport_policy import policy_of
from feedback.store import Studio

FORMATS = ("pdf", "animatic")
StoryboardFormat = Literal["pdf", "animatic"]


def export_storyboard(
    studio: Studio,
    project: str,
    sequence: str,
    format: str,
    out: str | Path,
    codec: str = H264,
    by: ExportedBy | None = None,
) -> Export:
    """Writes the storyboard of a sequence ('' is of shots without one) into the folder `out`, and records its takes.

    Invalid for an unknown format or codec, NotFound for an unknown project, Refused for a board without panels, one whose
    media are gone or not allowed, one whose takes' passports lack what the project asks for, or an animatic that cannot be signed where the project refuses such media.
    """
    if format not in FORMATS:
        raise Invalid(f"format {format!r}: choose one of {', '.join(FORMATS)}")
    check_codec(codec)
    board, folder, by = board_of(studio, project, sequence), Path(out), by or ExportedBy()
    policy = policy_of(studio, project)
    check_passports(studio, board, policy)
    if format == "animatic":  # a PDF holds no credentials
        board = board._replace(cut=with_signing(studio, board.cut, policy))
    make_folder(folder)
    name = "_".join(filter(None, (safe_name(project), safe_name(sequence) if sequence else "", "storyboard")))
    path = folder / (f"{name}.pdf" if format == "pdf" else f"{name}_animatic{ENDINGS[codec]}")
    with recorded_export(
        studio,
        project,
        f"storyboard, {format}",
        f"sent as {path.name}" if by.sent else str(path.resolve()),
        [panel["take"] for panel in board.panels],
        policy=policy,
        person=by.person,
        signed_by=board.cut.signing.name if board.cut.signing else None,
    ):
        count = write_storyboard(board, path) if format == "pdf" else write_movie(board, path, codec)
    return {"path": str(path), "count": count, "remarks": board.cut.remarks}


def write_movie(board: Board, path: Path, codec: str) -> int:
    """Returns the number of panels."""
    subtitles = Subtitles(board, frame_size(board.cut))
    label = partial(label_of, board)
    count = write_animatic(board.cut, path, codec, label, subtitles.over, sign_storyboard)
    board.cut.remarks.extend(subtitles.remarks())
    return count


def label_of(board: Board, clip: Clip) -> str:
    """No take: those who judge may sit in the screening."""
    return f"{board.panel_of(clip)['number']}   {clip.select['shot']}"
