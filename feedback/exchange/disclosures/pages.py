"""A PDF of paragraphs with names beside them, for people who print and file it: dark text on white, in any script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from feedback.exchange.contact_sheet.fonts import Fonts
from feedback.exchange.contact_sheet.images import count_pages
from feedback.exchange.contact_sheet.lines import Typesetter
from feedback.exchange.contact_sheet.pages import BASELINE, PAGE, Pages, in_em, in_mm
from feedback.exchange.files import check_count, make_folder, whole_file

MARGIN, TOP, BOTTOM = 14.0, 22.0, 14.0  # millimetres
NAMES = 46.0  # millimetres of the column of names
SIZE, HEADING, LINE = 9.0, 11.0, 4.4  # points, points, millimetres
INK, DIM, PAPER = 0x10, 0x60, 0xFF
MOST_LINES = 12  # of one paragraph; the rest is in the table or the JSON


class Block(NamedTuple):
    """A heading with named paragraphs, which begin on one page."""

    heading: str
    rows: Sequence[tuple[str, str]]


class Paper(Pages):
    """White pages with a title, the date and their number on each."""

    def __init__(self, typesetter: Typesetter, title: str, day: str) -> None:
        super().__init__(typesetter, title)
        self.heading, self.day, self.y = title, day, PAGE[1]

    def begin_page(self) -> None:
        self.add_page()
        self.fill(0, 0, *PAGE, PAPER)
        self.put(self.heading, MARGIN, 10, HEADING, INK)
        self.put(f"{self.day} · page {self.page_no()}", PAGE[0] - MARGIN - 40, 10, SIZE, DIM)
        self.y = TOP

    def put(self, text: str, x: float, y: float, size: float, grey: int) -> None:
        line = self.typesetter.line(text, in_em(PAGE[0] - MARGIN - x, size))
        left = max(x, PAGE[0] - MARGIN - in_mm(line.width, size)) if line.is_rtl else x
        self.print_line(line, left, y + BASELINE * LINE, size, grey)

    def need(self, height: float) -> None:
        """A new page where this has not enough room for so many millimetres."""
        if self.y + height > PAGE[1] - BOTTOM:
            self.begin_page()

    def print_block(self, block: Block) -> None:
        self.need(4 * LINE)
        self.put(block.heading, MARGIN, self.y, HEADING, INK)
        self.y += 1.4 * LINE
        for name, text in block.rows:
            self.print_row(name, text)
        self.y += LINE

    def print_row(self, name: str, text: str) -> None:
        width = in_em(PAGE[0] - 2 * MARGIN - NAMES, SIZE)
        parts = [line for part in text.split("\n") for line in self.typesetter.lines(part, width, MOST_LINES)]
        self.need(LINE)
        self.put(name, MARGIN, self.y, SIZE, DIM)
        for line in parts:
            self.need(LINE)
            left = MARGIN + NAMES
            start = PAGE[0] - MARGIN - in_mm(line.width, SIZE) if line.is_rtl else left
            self.print_line(line, start, self.y + BASELINE * LINE, SIZE, INK)
            self.y += LINE
        self.y += LINE if not parts else 0


def write_paper(path: Path, title: str, day: str, blocks: Iterable[Block]) -> list[str]:
    """Writes a PDF, with the day on each page, and counts its pages when read again; returns what no font of this machine has."""
    fonts = Fonts()
    paper = Paper(Typesetter(fonts), title, day)
    paper.begin_page()
    for block in blocks:
        paper.print_block(block)
    make_folder(path.parent)
    with whole_file(path) as partial:
        paper.output(str(partial))
        check_count(path, count_pages(partial), paper.page_no())
    return fonts.remarks()
