"""Selects as pictures to print or mail: a PDF of A4 pages, and the pages as PNG beside it.

Colour is judged on neutral grey, so the pages are grey. Every cell shows the frame, shot, take, version, stars, status
and the first note; every page says which project, when, and which page of how many.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.edit.cut import Cut
from feedback.exchange.files import check_count, whole_file
from feedback.fields import on_one_line
from feedback.judgements.selects import SelectDetails
from feedback.store.media import check_whole

PAGE = (1754, 1240)
"""A4 landscape at 150 dots per inch."""
COLUMNS, ROWS = 4, 3
MARGIN, HEADER, CAPTION, GAP = 60, 80, 92, 24
GREY, TEXT, DIM = (0x2E,) * 3, (0xE0,) * 3, (0xA0,) * 3


def write_contact_sheet(cut: Cut, path: Path) -> int:
    """Returns the number of selects on the pages; the PDF's page count is checked when read again."""
    selects = [clip.select for clip in cut.clips]
    size = COLUMNS * ROWS
    parts = [selects[start : start + size] for start in range(0, len(selects), size)]
    pages = [draw_page(part, index, len(parts)) for index, part in enumerate(parts, start=1)]
    for index, page in enumerate(pages, start=1):
        with whole_file(path.with_name(f"{path.stem}_{index:02d}.png")) as partial:
            page.save(partial, "PNG")
    with whole_file(path) as partial:
        more = {"save_all": True, "append_images": pages[1:], "resolution": 150, "title": selects[0]["project"]}
        pages[0].save(partial, "PDF", **more)
        check_count(path, count_pdf_pages(partial), len(pages))
    return len(selects)


def count_pdf_pages(path: Path) -> int:
    return path.read_bytes().count(b"/Type /Page\n") or path.read_bytes().count(b"/Type /Page ")


def draw_page(selects: list[SelectDetails], number: int, pages: int) -> Image.Image:
    page = Image.new("RGB", PAGE, GREY)
    draw = ImageDraw.Draw(page)
    first = selects[0]
    draw.text((MARGIN, MARGIN), f"{first['project']}  {first['project_title']}", TEXT, font=font(30))
    right = f"{date.today().isoformat()}   {number} / {pages}"
    draw.text((PAGE[0] - MARGIN, MARGIN), right, DIM, font=font(22), anchor="ra")
    for index, select in enumerate(selects):
        draw_cell(page, select, index)
    return page


def draw_cell(page: Image.Image, select: SelectDetails, index: int) -> None:
    width = (PAGE[0] - 2 * MARGIN - GAP * (COLUMNS - 1)) // COLUMNS
    height = (PAGE[1] - 2 * MARGIN - HEADER - GAP * (ROWS - 1)) // ROWS
    left = MARGIN + (index % COLUMNS) * (width + GAP)
    top = MARGIN + HEADER + (index // COLUMNS) * (height + GAP)
    picture = load_picture(select)
    room = (width, height - CAPTION)
    scale = min(room[0] / picture.width, room[1] / picture.height)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    page.paste(picture, (left + (room[0] - picture.width) // 2, top + (room[1] - picture.height) // 2))
    draw = ImageDraw.Draw(page)
    for row, (line, colour) in enumerate(zip(captions(select), (TEXT, DIM, DIM), strict=True)):
        draw.text((left, top + room[1] + 8 + row * 27), fitted(draw, line, width), colour, font=font(20))


def load_picture(select: SelectDetails) -> Image.Image:
    try:
        check_whole(select["picture"])
        with Image.open(select["picture"]) as file:
            return file.convert("RGB")
    # Of a file that was cut off, Pillow raises the second and third.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Invalid, NotFound):
        raise Refused(f"the picture of take {select['take']} cannot be read: run circletake doctor") from None


def captions(select: SelectDetails) -> tuple[str, str, str]:
    stars = "not rated" if select["stars"] is None else f"{select['stars']:.1f} stars"
    note = f"{select['notes'][0]['person']}: {on_one_line(select['notes'][0]['text'])}" if select["notes"] else ""
    return f"{select['shot']}  take {select['take']}", f"{select['version']}  {select['status']}  {stars}", note


def fitted(draw: ImageDraw.ImageDraw, line: str, width: int) -> str:
    """The line, cut with an ellipsis where it is wider than its cell."""
    if draw.textlength(line, font=font(20)) <= width:
        return line
    while line and draw.textlength(line + "…", font=font(20)) > width:
        line = line[:-1]
    return line + "…"


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu Sans, which matplotlib ships and which has the letters of most European names; Pillow's own has ASCII."""
    spec = find_spec("matplotlib")
    path = Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if spec and spec.origin else None
    return ImageFont.truetype(path, size) if path and path.is_file() else ImageFont.load_default(size)
