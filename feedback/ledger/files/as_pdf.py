"""The ledger as a document of A4 pages whose text is text, in any script: a summary first, then its sections.

Every page says which ledger it is of, its number, and the sha256 of the ledger's JSON, with which both can be told to belong
together. Of long tables the first rows are printed, and how many more there are in the JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from feedback.days import minute_of
from feedback.exchange.contact_sheet.fonts import Fonts
from feedback.exchange.contact_sheet.images import count_pages
from feedback.exchange.contact_sheet.lines import Line, Typesetter
from feedback.exchange.contact_sheet.pages import BASELINE, Pages, Paragraph, in_em, in_mm
from feedback.exchange.files import check_count, whole_file
from feedback.ledger.contents import Ledger
from feedback.ledger.files.sections import NONE, Section, Table, sections_of

PAPER = 210.0, 297.0  # millimetres
LEFT, TOP, BOTTOM = 18.0, 24.0, 278.0
WIDTH = PAPER[0] - 2 * LEFT
INK, QUIET, RULE = 0x14, 0x5A, 0xC8
TITLE, HEADING, BODY, CELL = (18.0, 8.4), (12.0, 5.8), (9.0, 4.4), (7.2, 3.4)
"""(points, millimetres of a line)."""
GAP, PAD = 7.0, 1.6  # before a section, between columns
MOST_LINES = 40
CELL_LINES = 6
Draw = Callable[[Pages], object]


def printing(line: Line, x: float, y: float, size: float, grey: int) -> Draw:
    return lambda pages: pages.print_line(line, x, y, size, grey)


class Document:
    """Pages that are laid out first, so that each can say how many there are."""

    def __init__(self, typesetter: Typesetter) -> None:
        self.typesetter = typesetter
        self.pages: list[list[Draw]] = [[]]
        self.y = TOP

    def need(self, height: float) -> bool:
        """Goes to a new page unless there is room; whether it did."""
        if self.y + height <= BOTTOM:
            return False
        self.pages.append([])
        self.y = TOP
        return True

    def text(
        self, text: str, style: tuple[float, float], grey: int = INK, x: float = LEFT, width: float = WIDTH
    ) -> None:
        """A paragraph, whatever number of lines it takes."""
        size, height = style
        for part in whole(text):
            for line in self.typesetter.lines(part, in_em(width, size), MOST_LINES):
                self.need(height)
                left, y = (x + width - in_mm(line.width, size) if line.is_rtl else x), self.y + BASELINE * height
                self.pages[-1].append(printing(line, left, y, size, grey))
                self.y += height

    def rule(self) -> None:
        y = self.y
        self.pages[-1].append(lambda pages: pages.fill(LEFT, y, WIDTH, 0.2, RULE))

    def cells(self, cells: Iterable[str], widths: list[float], grey: int) -> None:
        """One row of a table below y, which stays on a page."""
        size, height = CELL
        x, lines_of = LEFT, []
        for text, width in zip(cells, widths, strict=True):
            lines = self.typesetter.lines(text, in_em(width - PAD, size), CELL_LINES)
            lines_of.append((x, width - PAD, lines))
            x += width
        most = max((len(lines) for _, _, lines in lines_of), default=1)
        for left, width, lines in lines_of:
            for number, line in enumerate(lines):
                start = left + width - in_mm(line.width, size) if line.is_rtl else left
                y = self.y + 0.8 + (number + BASELINE) * height
                self.pages[-1].append(printing(line, start, y, size, grey))
        self.y += most * height + 1.6

    def height_of(self, cells: Iterable[str], widths: list[float]) -> float:
        size, height = CELL
        counts = [
            len(self.typesetter.lines(text, in_em(width - PAD, size), CELL_LINES))
            for text, width in zip(cells, widths, strict=True)
        ]
        return max(counts, default=1) * height + 1.6


def whole(text: str) -> list[str]:
    """A text in parts that the typesetter takes whole, cut after sentences."""
    parts = [""]
    for sentence in text.replace(". ", ".\n").split("\n"):
        if len(parts[-1]) + len(sentence) > 900:
            parts.append("")
        parts[-1] = f"{parts[-1]} {sentence}".strip()
    return parts


def write_pdf(ledger: Ledger, path: Path, sha256: str, json_name: str) -> list[str]:
    """`sha256`: of the JSON, which is in the file `json_name`. Returns what no font of this machine could print."""
    fonts = Fonts()
    document = Document(Typesetter(fonts))
    head = ledger.head
    name = f"Ledger of {head['version']}"
    document.text(name, TITLE)
    document.text(
        f"{head['studio']} · made {minute_of(head['made'], head['time_zone'])} {head['time_zone']}", BODY, QUIET
    )
    document.text(f"sha256 of {json_name}: {sha256}", CELL, QUIET)
    for section in sections_of(ledger):
        print_section(document, section)
    pages = Pages(document.typesetter, name, "portrait")
    for number, draws in enumerate(document.pages, 1):
        pages.add_page()
        for draw in draws:
            draw(pages)
        frame(
            pages,
            f"{name} · {head['studio']}",
            f"page {number} of {len(document.pages)}",
            f"{json_name} sha256 {sha256}",
        )
    with whole_file(path) as partial:
        pages.output(str(partial))
        check_count(path, count_pages(partial), len(document.pages))
    return fonts.remarks()


def frame(pages: Pages, title: str, number: str, proof: str) -> None:
    """What stands on every page."""
    size, height = CELL
    line = pages.typesetter.line(number, 30)
    pages.print_text(Paragraph(title, size, height, QUIET), LEFT, 12, WIDTH - 40)
    pages.print_line(line, LEFT + WIDTH - in_mm(line.width, size), 12 + BASELINE * height, size, QUIET)
    pages.fill(LEFT, 17, WIDTH, 0.2, RULE)
    pages.print_text(Paragraph(proof, 6.2, 3.0, QUIET), LEFT, 284, WIDTH)


def print_section(document: Document, section: Section) -> None:
    document.y += GAP
    document.need(26)
    document.text(section.title, HEADING)
    document.y += 1.4
    for sentence in section.sentences:
        document.text(sentence, BODY)
        document.y += 1.2
    if section.table is not None:
        print_table(document, section.table)
    elif not section.sentences:
        document.text(NONE, BODY)


def print_table(document: Document, table: Table) -> None:
    if not table.rows:
        document.text(NONE, BODY)
        return
    total = sum(table.widths)
    widths = [WIDTH * width / total for width in table.widths]
    has_heads = any(table.heads)

    def begin() -> None:
        if has_heads:
            document.cells(table.heads, widths, QUIET)
            document.rule()

    document.need(14)
    begin()
    for row in table.rows:
        if document.need(document.height_of(row, widths)):
            begin()
        document.cells(row, widths, INK)
        document.rule()
    if table.more:
        document.y += 1.6
        document.text(f"and {table.more} more, which are in the JSON and the tables of this ledger", BODY, QUIET)
