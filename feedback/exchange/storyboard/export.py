"""The door for storyboards: as PDF, and as animatic in which each panel lasts as long as the board says.

Dialogue is shown over the animatic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from feedback.errors import Invalid
from feedback.exchange.edit.cut import Clip
from feedback.exchange.files import Export, make_folder, safe_name
from feedback.exchange.media.animatic import frame_size, write_animatic
from feedback.exchange.media.movies import ENDINGS, H264, check_codec
from feedback.exchange.storyboard.panel_cut import Board, board_of
from feedback.exchange.storyboard.sheet import write_storyboard
from feedback.exchange.storyboard.subtitles import Subtitles
from feedback.store import Studio

FORMATS = ("pdf", "animatic")
StoryboardFormat = Literal["pdf", "animatic"]


def export_storyboard(
    studio: Studio, project: str, sequence: str, format: str, out: str | Path, codec: str = H264
) -> Export:
    """Writes the storyboard of a sequence ('' is of shots without one) into the folder `out`.

    Invalid for an unknown format or codec, NotFound for an unknown project, Refused for a board without panels or whose
    media are gone.
    """
    if format not in FORMATS:
        raise Invalid(f"format {format!r}: choose one of {', '.join(FORMATS)}")
    check_codec(codec)
    board, folder = board_of(studio, project, sequence), Path(out)
    make_folder(folder)
    name = "_".join(filter(None, (safe_name(project), safe_name(sequence) if sequence else "", "storyboard")))
    if format == "pdf":
        path = folder / f"{name}.pdf"
        count = write_storyboard(board, path)
    else:
        path = folder / f"{name}_animatic{ENDINGS[codec]}"
        subtitles = Subtitles(board, frame_size(board.cut))
        count = write_animatic(board.cut, path, codec, lambda clip: label_of(board, clip), subtitles.over)
        board.cut.remarks.extend(subtitles.remarks())
    return {"path": str(path), "count": count, "remarks": board.cut.remarks}


def label_of(board: Board, clip: Clip) -> str:
    """No take: those who judge may sit in the screening."""
    return f"{board.panel_of(clip)['number']}   {clip.select['shot']}"
