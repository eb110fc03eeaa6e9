"""What stands in a cell of the sheet, and where: the picture, the clip's name, what is known of the take, its notes."""

from __future__ import annotations

import io
from collections.abc import Iterator

from feedback.exchange.contact_sheet.pages import DIM, TEXT, WELL, Pages, Paragraph
from feedback.exchange.edit.cut import Clip, Cut, MarkedNote
from feedback.exchange.edit.timecode import has_timecode
from feedback.fields import on_one_line

COLUMNS, ROWS = 4, 3
LEFT, TOP, WIDTH, HEIGHT, GAP = 10.0, 19.0, 277.0, 184.0, 4.0  # of all cells of a page, in millimetres
CELL = (WIDTH - GAP * (COLUMNS - 1)) / COLUMNS, (HEIGHT - GAP * (ROWS - 1)) / ROWS
PICTURE = CELL[0], CELL[0] * 9 / 16
SPACE = 1.4  # between a picture and its text
NAME_SIZE, NAME_HEIGHT, SIZE, LINE_HEIGHT = 8.0, 3.7, 6.5, 3.1  # points, millimetres
MISSING = "media missing"
MOST = 9  # lines of a note, were there room for them
BOX = 480, 270
"""Pixels of a picture: 184 to the inch."""


def print_cell(pages: Pages, cut: Cut, clip: Clip, picture: bytes | None, place: int) -> None:
    """`place`: from 0, at the top left, row by row."""
    x = LEFT + (place % COLUMNS) * (CELL[0] + GAP)
    y = TOP + (place // COLUMNS) * (CELL[1] + GAP)
    pages.fill(x, y, *PICTURE, WELL)
    if picture is None:
        pages.print_text(Paragraph(MISSING, NAME_SIZE, NAME_HEIGHT, DIM), x + 3, y + PICTURE[1] / 2 - 2, PICTURE[0] - 6)
    else:
        pages.image(io.BytesIO(picture), x, y, *PICTURE, keep_aspect_ratio=True)
    print_caption(pages, cut, clip, x, y + PICTURE[1] + SPACE)


def print_caption(pages: Pages, cut: Cut, clip: Clip, x: float, y: float) -> None:
    """As many lines as there is room for below the picture."""
    bottom = y + CELL[1] - PICTURE[1] - SPACE
    for part in caption(cut, clip):
        room = int((bottom - y) / part.height + 1e-6)
        if room < 1:
            return
        most = min(part.most, room)
        y += part.height * pages.print_text(part, x, y, CELL[0], most)


def caption(cut: Cut, clip: Clip) -> Iterator[Paragraph]:
    title = clip.select["shot_title"]
    yield Paragraph(f"{clip.name} · {title}" if title else clip.name, NAME_SIZE, NAME_HEIGHT, TEXT, 2)
    yield Paragraph(facts(clip), SIZE, LINE_HEIGHT, TEXT, 2)
    yield Paragraph(place_in(cut, clip), SIZE, LINE_HEIGHT, DIM, 1)
    for note in clip.notes:
        yield Paragraph(note_text(note), SIZE, LINE_HEIGHT, DIM, MOST, note.note["text"])


def facts(clip: Clip) -> str:
    select = clip.select
    stars = "not rated" if select["stars"] is None else f"★ {select['stars']:.1f}"
    parts = [f"take {select['take']}", select["status"], stars, select["version"]]
    shot = [] if select["shot"] in clip.name else [select["shot"]]
    return " · ".join([*shot, *parts])


def place_in(cut: Cut, clip: Clip) -> str:
    """The timecode of the cut, where its rate has one, and the frames of the take."""
    timecode = [cut.timecode(cut.recorded(clip, clip.first))] if has_timecode(cut.rate) else []
    return " · ".join([*timecode, held_for(clip.count) if clip.is_held else f"frames {clip.first}–{clip.last}"])


def held_for(count: int) -> str:
    return "held for 1 frame" if count == 1 else f"held for {count} frames"


def note_text(note: MarkedNote) -> str:
    written = note.note
    frames = f" [{note.first}–{note.last}]" if written["frame_in"] is not None else ""
    return f"{written['person']}{frames}: {on_one_line(written['text'])}"
