"""The dialogue of a storyboard over its animatic: two lines at a time, in the letters of the contact sheet."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pypdfium2 as pdfium

from feedback.exchange.contact_sheet.fonts import Fonts
from feedback.exchange.contact_sheet.lines import Line, Typesetter
from feedback.exchange.contact_sheet.pages import BASELINE, PAGE, POINTS, Pages, in_em, in_mm
from feedback.exchange.edit.cut import Clip
from feedback.exchange.media.animatic import Overlay, strip_height
from feedback.exchange.storyboard.panel_cut import Board

LINES = 2  # that are seen at once
MOST = 200  # lines of one dialogue
LEADING = 1.3  # a line's height in those of its letters
DARKER = 0.35  # what is left of the picture behind the words
WHITE = 240.0


class Subtitles:
    """What is spoken in each panel, over the lower part of its frames.

    A dialogue of more than two lines is shown in parts, each for as long as its share of the letters.
    """

    def __init__(self, board: Board, size: tuple[int, int]) -> None:
        """`size`: of the animatic, width and height in pixels."""
        self.board, self.size = board, size
        self.typesetter = Typesetter(Fonts())
        # Millimetres of a page that is as wide as the picture.
        self.line_height = strip_height(size) * LEADING * PAGE[0] / size[0]

    def remarks(self) -> list[str]:
        """Letters that no font of this machine has."""
        return self.typesetter.fonts.remarks()

    def over(self, clip: Clip) -> Overlay:
        """Lays each part over the frames of its time."""
        parts, above = self.of(clip), strip_height(self.size)

        def lay(picture: np.ndarray, number: int) -> np.ndarray:
            begun = [words for start, words in parts if start <= number]
            return covered(picture, begun[-1], above) if begun else picture

        return lay

    def of(self, clip: Clip) -> list[tuple[int, np.ndarray]]:
        """When each part begins, in frames of the clip from 0, and what it covers: float32 [H, W] from 0 to 1."""
        letters = self.line_height / LEADING * POINTS * 0.75
        text = self.board.panel_of(clip)["dialogue"]
        lines = self.typesetter.lines(text, in_em(0.86 * PAGE[0], letters), MOST) if text.strip() else []
        parts = [lines[first : first + LINES] for first in range(0, len(lines), LINES)]
        return list(zip(starts_of(parts, clip.length), (self.drawn(part, letters) for part in parts), strict=True))

    def drawn(self, lines: list[Line], size: float) -> np.ndarray:
        pages = Pages(self.typesetter, "")
        pages.add_page()
        pages.fill(0, 0, *PAGE, 0)
        for number, line in enumerate(lines):
            left = (PAGE[0] - in_mm(line.width, size)) / 2
            pages.print_line(line, left, (number + BASELINE) * self.line_height, size, 0xFF)
        return self.rendered(bytes(pages.output()), len(lines))

    def rendered(self, pdf: bytes, count: int) -> np.ndarray:
        height = round(count * LEADING * strip_height(self.size))
        with (
            closing(pdfium.PdfDocument(pdf)) as document,
            closing(document[0]) as page,
            closing(page.render(scale=self.size[0] / page.get_width(), grayscale=True)) as bitmap,
        ):
            grey = np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
            return grey[:height, : self.size[0]].astype(np.float32) / 255


def starts_of(parts: list[list[Line]], length: int) -> list[int]:
    """The first frame of each part, by how many letters were said before; each has a frame where there are enough."""
    letters = [sum(len(run.text) for line in part for run in line.runs) for part in parts]
    before = np.cumsum([0, *letters])
    return [round(length * int(count) / max(1, int(before[-1]))) for count in before[:-1]]


def covered(picture: np.ndarray, words: np.ndarray, above: int) -> np.ndarray:
    """The picture with the words on a darker ground, `above` pixels from its lower edge; uint8 [H, W, 3]."""
    result = picture.copy()
    place = slice(picture.shape[0] - above - words.shape[0], picture.shape[0] - above)
    ground = DARKER * picture[place].astype(np.float32)
    result[place] = np.round(ground + words[..., None] * (WHITE - ground)).astype(np.uint8)
    return result
