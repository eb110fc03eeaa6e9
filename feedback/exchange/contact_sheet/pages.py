"""Pages of the PDF: where things stand in millimetres, and text that can be searched, in any script."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fpdf import FPDF

from feedback.exchange.contact_sheet.fonts import Face, Glyph
from feedback.exchange.contact_sheet.lines import Line, Run, Typesetter

PAGE = 297.0, 210.0
"""A4 landscape."""
POINTS = 72 / 25.4  # a millimetre
MOST_COLOURED = 250  # glyphs of one coloured font that a PDF can hold
GREY, WELL, TEXT, DIM = 0x2E, 0x24, 0xE6, 0xB0
"""Colour is judged on neutral grey: of the page, of the ground of a picture, and of text."""
NO_LETTER = "\u200b"  # what a glyph stands for when its letters are those of another
BASELINE = 0.78  # of a line's height, from its top

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it warns of dates in fonts, which are nobody's business here


class Paragraph(NamedTuple):
    text: str
    size: float  # points
    height: float  # of a line, in millimetres
    grey: int
    most: int = 1  # lines
    body: str = ""  # the part whose script decides at which side lines begin; empty: the whole


class Pages(FPDF):
    """A PDF that prints lines of `Typesetter`, whatever fonts they are in."""

    def __init__(self, typesetter: Typesetter, title: str, orientation: str = "landscape") -> None:
        super().__init__(orientation=orientation, unit="mm", format="A4")
        self.typesetter = typesetter
        self._keys: dict[Path, str] = {}
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.set_title(title)
        self.set_creator("Circletake")

    def begin_page(self) -> None:
        self.add_page()
        self.fill(0, 0, *PAGE, GREY)

    def fill(self, x: float, y: float, width: float, height: float, grey: int) -> None:
        self.set_fill_color(grey)
        self.rect(x, y, width, height, style="F")

    def print_text(self, part: Paragraph, x: float, y: float, width: float, most: int | None = None) -> int:
        """Prints the first lines of a paragraph below y, `most` of them, and returns how many there were."""
        lines = self.typesetter.lines(part.text, in_em(width, part.size), most or part.most, part.body or part.text)
        for number, line in enumerate(lines):
            left = x + width - in_mm(line.width, part.size) if line.is_rtl else x
            self.print_line(line, left, y + (number + BASELINE) * part.height, part.size, part.grey)
        return len(lines)

    def print_line(self, line: Line, x: float, y: float, size: float, grey: int) -> None:
        """`x`, `y`: where it begins at the left, on its baseline."""
        self.set_text_color(grey)
        for run in line.runs:
            self.set_font(self._key_of(run.face), size=size)
            if run.is_plain:
                self.text(x, y, run.text)
            else:
                self._print_shaped(run, x, y, size, grey)
            x += in_mm(run.width, size)

    def _key_of(self, face: Face) -> str:
        """The face as the PDF knows it. A coloured one that is full is begun anew."""
        key = self._keys.get(face.path)
        if key is None or (face.is_coloured and len(self._embedded(key).subset) > MOST_COLOURED):
            key = self._keys[face.path] = f"font{len(self.fonts)}"
            self.add_font(key, fname=face.path)
        return key

    def _embedded(self, key: str) -> Any:
        return self.fonts[key]

    def _print_shaped(self, run: Run, x: float, y: float, size: float, grey: int) -> None:
        """Letters that join, stack or go left: each glyph in its place."""
        self.text(x, y, "")  # the page learns of the font
        font = self._embedded(self._key_of(run.face))
        colour, place = f"{grey / 255:.4f} g", f"{x * self.k:.2f} {(self.h - y) * self.k:.2f}"
        text = f"q {colour} BT {place} Td {printed(font, run.glyphs, size)} ET Q"
        self._out(with_letters(text, run.text) if needs_letters(run) else text)

    def watermark(self, text: str) -> None:
        """Across the page, so that it can be read and the pictures can be seen."""
        width, height = PAGE
        line = self.typesetter.line(text, 40)
        size = min(90, in_em(0.8 * math.hypot(width, height), 1) / max(line.width, 1e-6))
        left = (width - in_mm(line.width, size)) / 2
        with self.local_context(fill_opacity=0.22), self.rotation(math.degrees(math.atan2(height, width)), *middle()):
            self.print_line(line, left, height / 2 + 0.35 * in_mm(1, size), size, 0xFF)


def middle() -> tuple[float, float]:
    return PAGE[0] / 2, PAGE[1] / 2


def in_em(millimetres: float, size: float) -> float:
    return millimetres * POINTS / size


def in_mm(em: float, size: float) -> float:
    return em * size / POINTS


def printed(font: Any, glyphs: Sequence[Glyph], size: float) -> str:
    """The PDF's operators that print glyphs side by side, each where its shaping puts it. Numbers are in 1/1000 em."""
    out, moved, rise = list[str](), 0.0, 0.0
    for glyph in glyphs:
        name = font.ttfont.getGlyphName(glyph.number)
        width = round(font.scale * font.ttfont["hmtx"].metrics[name][0])
        letters = tuple(map(ord, glyph.letters or NO_LETTER))
        code = font.subset.pick_glyph(font.subset.get_glyph(glyph.number, letters, name, width))
        if glyph.y_offset != rise:
            rise = glyph.y_offset
            out.append(f"] TJ {rise * size:.3f} Ts [")
        moved += glyph.x_offset * 1000
        if code is not None:
            out.append(f"{-moved:.0f} ({font.escape_text(chr(code))})")
            moved = -width
        moved += (glyph.advance - glyph.x_offset) * 1000
    return f"[{' '.join(out)}] TJ"


def needs_letters(run: Run) -> bool:
    """Whether readers would miss the order of letters in that of glyphs.

    Not of text that goes left, which they turn around themselves, nor of emoji, which PDFium does not take from it.
    """
    return not run.is_rtl and max(run.text) <= "\uffff"


def with_letters(operators: str, text: str) -> str:
    """What is printed, with the text that it stands for."""
    return f"/Span <</ActualText <FEFF{text.encode('utf-16-be').hex()}>>> BDC {operators} EMC"
