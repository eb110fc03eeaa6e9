"""Selects as pictures to print or mail: a PDF of A4 pages whose text is text, and the pages as PNG beside it.

Every cell shows the frame at which the select begins, its clip's name, take, status, stars, version, timecode and notes;
every page says which project, when, and which page of how many.
"""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from feedback.exchange.contact_sheet.cells import BOX, COLUMNS, LEFT, ROWS, WIDTH, print_cell
from feedback.exchange.contact_sheet.fonts import Fonts
from feedback.exchange.contact_sheet.images import count_pages, folder_beside, replace_images, write_images
from feedback.exchange.contact_sheet.lines import Typesetter
from feedback.exchange.contact_sheet.pages import BASELINE, DIM, TEXT, Pages, Paragraph, in_mm
from feedback.exchange.contact_sheet.pictures import pictures_of
from feedback.exchange.edit.cut import Cut
from feedback.exchange.files import check_count, make_folder, whole_file

CELLS = COLUMNS * ROWS
HEADER, TITLE_SIZE, DATE_SIZE, LINE = 9.0, 12.0, 9.0, 5.5  # millimetres, points, points, millimetres
DATE_WIDTH = 50.0


def write_contact_sheet(cut: Cut, path: Path, watermark: str = "") -> int:
    """Returns the number of selects on the pages; the PDF's page count is checked when read again.

    `watermark`: across each page.
    Letters that no font of this machine has are added to the cut's remarks. Refused when a picture cannot be read.
    """
    fonts = Fonts()
    make_folder(path.parent)
    with folder_beside(path) as images:
        with whole_file(path) as partial:
            count = write_pdf(cut, fonts, partial, watermark)
            check_count(path, count_pages(partial), count)
            write_images(partial, Path(images), path.stem)
        replace_images(Path(images), path.parent, path.stem)
    cut.remarks.extend(fonts.remarks())
    return len(cut.clips)


def write_pdf(cut: Cut, fonts: Fonts, path: Path, watermark: str) -> int:
    """Returns the number of pages."""
    count = -(-len(cut.clips) // CELLS)
    pages = Pages(Typesetter(fonts), f"{cut.project} {cut.title}".strip())
    made = tqdm(
        pictures_of(cut.clips, BOX), total=len(cut.clips), desc="pictures", unit="take", disable=None, leave=False
    )
    for number, (clip, picture) in enumerate(made):
        if number % CELLS == 0:
            begin_page(pages, cut, number // CELLS + 1, count)
        print_cell(pages, cut, clip, picture, number % CELLS)
        if watermark and (number % CELLS == CELLS - 1 or number == len(cut.clips) - 1):
            pages.watermark(watermark)
    pages.output(str(path))
    return count


def begin_page(pages: Pages, cut: Cut, number: int, count: int) -> None:
    pages.begin_page()
    title = Paragraph(" · ".join(filter(None, (cut.project, cut.title))), TITLE_SIZE, LINE, TEXT, body=cut.project)
    pages.print_text(title, LEFT, HEADER, WIDTH - DATE_WIDTH)
    right = pages.typesetter.line(f"{cut.day}  ·  page {number} of {count}", 40)
    pages.print_line(right, LEFT + WIDTH - in_mm(right.width, DATE_SIZE), HEADER + BASELINE * LINE, DATE_SIZE, DIM)
