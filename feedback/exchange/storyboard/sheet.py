"""A storyboard to print or mail: a PDF of A4 pages with six panels each, in the letters of the contact sheet.

A panel has its number, shot and length, its picture, action and dialogue. No take or version is on it. Text that
has no room is cut with an ellipsis, and the export says of which panels.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from feedback.boards.panels import Panel
from feedback.exchange.contact_sheet.fonts import Fonts
from feedback.exchange.contact_sheet.images import count_pages
from feedback.exchange.contact_sheet.lines import Typesetter
from feedback.exchange.contact_sheet.pages import BASELINE, DIM, TEXT, WELL, Pages, Paragraph, in_em, in_mm
from feedback.exchange.contact_sheet.pictures import pictures_of
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.storyboard.panel_cut import Board

COLUMNS, ROWS = 3, 2
CELLS = COLUMNS * ROWS
LEFT, TOP, WIDTH, HEIGHT, GAP = 10.0, 19.0, 277.0, 184.0, 5.0  # of all cells of a page, in millimetres
CELL = (WIDTH - GAP * (COLUMNS - 1)) / COLUMNS, (HEIGHT - GAP * (ROWS - 1)) / ROWS
HEAD = 5.0  # above a picture
PICTURE = CELL[0], CELL[0] * 9 / 16
SPACE, BETWEEN = 1.6, 0.8  # below a picture, and between its two texts
NAME_SIZE, NAME_HEIGHT, SIZE, LINE_HEIGHT = 9.0, 4.2, 8.0, 3.7  # points, millimetres
BOX = 720, 405  # pixels of a picture: 209 to the inch
DATE_WIDTH, TITLE_SIZE, DATE_SIZE, HEADER, LINE = 50.0, 12.0, 9.0, 9.0, 5.5
LEAST_ACTION = 2  # lines that a long dialogue leaves


def write_storyboard(board: Board, path: Path) -> int:
    """Returns the number of panels; the PDF's page count is checked when read again.

    Letters that no font of this machine has, and panels whose text was cut, are added to the cut's remarks.
    """
    fonts = Fonts()
    pages = Pages(Typesetter(fonts), f"{board.cut.project} {board.sequence} storyboard")
    count, cut_off = -(-len(board.panels) // CELLS), list[int]()
    with whole_file(path) as partial:
        for place, (clip, picture) in enumerate(pictures_of(board.cut.clips, BOX)):
            if place % CELLS == 0:
                begin_page(pages, board, place // CELLS + 1, count)
            if not print_panel(pages, board.panel_of(clip), picture, place % CELLS):
                cut_off.append(place + 1)
        pages.output(str(partial))
        check_count(path, count_pages(partial), count)
    if cut_off:
        board.cut.remarks.append(f"the texts of panels {', '.join(map(str, cut_off))} have no room and are cut")
    board.cut.remarks.extend(fonts.remarks())
    return len(board.panels)


def begin_page(pages: Pages, board: Board, number: int, count: int) -> None:
    pages.begin_page()
    named = filter(None, (board.cut.project, board.cut.title, board.sequence))
    title = Paragraph(" · ".join(named), TITLE_SIZE, LINE, TEXT, body=board.cut.project)
    pages.print_text(title, LEFT, HEADER, WIDTH - DATE_WIDTH)
    right = pages.typesetter.line(f"{board.cut.day}  ·  page {number} of {count}", 40)
    pages.print_line(right, LEFT + WIDTH - in_mm(right.width, DATE_SIZE), HEADER + BASELINE * LINE, DATE_SIZE, DIM)


def print_panel(pages: Pages, panel: Panel, picture: bytes | None, place: int) -> bool:
    """`place`: on the page, from 0, row by row. Whether its texts had room."""
    x = LEFT + (place % COLUMNS) * (CELL[0] + GAP)
    y = TOP + (place // COLUMNS) * (CELL[1] + GAP)
    name = " · ".join(filter(None, (str(panel["number"]), panel["shot"], panel["shot_title"])))
    length = pages.typesetter.line(length_of(panel), 20)
    pages.print_line(length, x + CELL[0] - in_mm(length.width, SIZE), y + BASELINE * NAME_HEIGHT, SIZE, DIM)
    pages.print_text(Paragraph(name, NAME_SIZE, NAME_HEIGHT, TEXT), x, y, CELL[0] - in_mm(length.width, SIZE) - 3)
    pages.fill(x, y + HEAD, *PICTURE, WELL)
    if picture is not None:
        pages.image(io.BytesIO(picture), x, y + HEAD, *PICTURE, keep_aspect_ratio=True)
    return print_texts(pages, panel, x, y + HEAD + PICTURE[1] + SPACE, y + CELL[1])


def length_of(panel: Panel) -> str:
    seconds = panel["lasts"] / Fraction(panel["fps_num"], panel["fps_den"])
    return f"{float(seconds):.1f} s"


def print_texts(pages: Pages, panel: Panel, x: float, y: float, bottom: float) -> bool:
    """Action, and dialogue below it, as many lines of each as there is room for."""
    rooms = lines_of(pages, panel, int((bottom - y - BETWEEN) / LINE_HEIGHT + 1e-6))
    is_whole = True
    for part, room, needed in rooms:
        if room:
            y += LINE_HEIGHT * pages.print_text(part, x, y, CELL[0], room) + BETWEEN
        is_whole = is_whole and needed <= room
    return is_whole


def lines_of(pages: Pages, panel: Panel, room: int) -> Iterator[tuple[Paragraph, int, int]]:
    """Each text with the lines that it gets and those that it needs: the dialogue first, since it is spoken as written."""
    action, dialogue = (
        Paragraph(panel["action"], SIZE, LINE_HEIGHT, TEXT, room),
        Paragraph(
            f"“{panel['dialogue']}”" if panel["dialogue"] else "", SIZE, LINE_HEIGHT, DIM, room, panel["dialogue"]
        ),
    )
    needs = [lines_needed(pages, part, room) for part in (action, dialogue)]
    spoken = min(needs[1], max(room - min(needs[0], LEAST_ACTION), 0))
    yield action, min(needs[0], room - spoken), needs[0]
    yield dialogue, spoken, needs[1]


def lines_needed(pages: Pages, part: Paragraph, room: int) -> int:
    """One more than there is room for where it needs more."""
    if not part.text.strip():
        return 0
    return len(pages.typesetter.lines(part.text, in_em(CELL[0], part.size), room + 1, part.body or part.text))
