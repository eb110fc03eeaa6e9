"""Text as lines that fit a width, in any script: where they break, which font each part has, and in which order it stands.

Widths are in em, so that they hold for every size. Lines break after blanks, hyphens, underscores and slashes, and
between the letters of scripts that are written without blanks; a word that is wider than a line breaks anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection

from feedback.exchange.contact_sheet.fonts import AS_EMOJI, NO_GLYPH, Face, Fonts, Glyph, follows
from feedback.fields import clean_text, on_one_line

ELLIPSIS = "…"
LONGEST = 1000  # characters that are looked at: no cell has room for more
LONGEST_LINE = 300  # characters, of which some have no width
IDEOGRAPHS = "\u2e80-\u30ff\u31f0-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
NOT_FIRST = "、。，．：；？！）］｝」』】〉》〕ー々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"  # in a line
PIECE = re.compile(rf"[^\s{IDEOGRAPHS}_/-]*[_/-]+\s*|[^\s{IDEOGRAPHS}_/-]+\s*|[{IDEOGRAPHS}][{NOT_FIRST}]*\s*|\s+")
# Scripts whose letters stand one beside the other, each always the same.
PLAIN = re.compile(
    "[ -\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u2bff"
    "\u3000-\u3029\u3030-\u3098\u309b-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\ufffd]*"
)
RTL = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
FIRST_EMOJI = "\U0001f000"  # those before it are coloured only where a selector asks for it
JOINERS = "\u200d\u2060"  # and what comes next stays on the line


class Run(NamedTuple):
    """Text of one font and one direction, in the order in which it is read."""

    face: Face
    text: str
    is_rtl: bool

    @property
    def is_plain(self) -> bool:
        is_simple = self.face.has_plain_blank and not self.face.is_coloured and not self.is_rtl
        return is_simple and PLAIN.fullmatch(self.text) is not None

    @property
    def glyphs(self) -> list[Glyph]:
        return self.face.shaped(self.text, self.is_rtl)

    @property
    def width(self) -> float:
        if self.is_plain:
            return sum(map(self.face.advance, self.text))
        return sum(glyph.advance for glyph in self.glyphs)


class Line(NamedTuple):
    runs: list[Run]  # from left to right
    is_rtl: bool  # it begins at the right
    width: float


class Typesetter:
    """Lays text out in the fonts of a machine; it remembers the width of words that come again."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self._widths: dict[str, float] = {}

    @cached_property
    def _ellipsis(self) -> float:
        return self._width(ELLIPSIS)

    def line(self, text: str, width: float) -> Line:
        """One line, which ends in … where the text is longer."""
        return (self.lines(text, width, 1) or [Line([], False, 0)])[0]

    def lines(self, text: str, width: float, most: int, body: str = "") -> list[Line]:
        """At most `most` lines; the last ends in … where there is more. `body`: the part that decides where they begin."""
        text = on_one_line(clean_text(text[:LONGEST]))
        is_rtl = auto_detect_base_direction((body or text)[:LONGEST]) == TextDirection.RTL
        parts = list(self._broken(text, width, most + 1))
        if len(parts) > most:
            parts[most - 1 :] = [self._cut(parts[most - 1], width)]
        return [self._ordered(part, is_rtl) for part in parts[:most]]

    def _broken(self, text: str, width: float, most: int) -> Iterator[str]:
        """The first lines of a text."""
        line, used, count = "", 0.0, 0
        for piece in self._pieces(text, width):
            piece_width = self._width(piece.rstrip())
            if line and (used + piece_width > width or len(line) > LONGEST_LINE):
                yield line.rstrip()
                line, used, count = "", 0.0, count + 1
                if count == most:
                    return
            line, used = line + piece, used + self._width(piece)
        if line.strip():
            yield line.rstrip()

    def _pieces(self, text: str, width: float) -> Iterator[str]:
        """What stays together on a line."""
        for piece in PIECE.findall(text):
            if self._width(piece.rstrip()) <= width and len(piece) <= LONGEST_LINE:
                yield piece
            else:
                yield from clusters(piece)

    def _cut(self, line: str, width: float) -> str:
        """As much of a line as has room before an ellipsis."""
        parts = clusters(line)
        while parts and self._width("".join(parts)) + self._ellipsis > width:
            parts.pop()
        return "".join(parts).rstrip() + ELLIPSIS

    def _width(self, text: str) -> float:
        if text not in self._widths:
            self._widths[text] = self._ordered(text, False).width
        return self._widths[text]

    def _ordered(self, text: str, is_rtl: bool) -> Line:
        runs = list[Run]()
        for part, goes_left in directed(text, is_rtl):
            mixed = [Run(face, letters, goes_left) for face, letters in self._in_faces(part)]
            runs += reversed(mixed) if goes_left else mixed
        return Line(runs, is_rtl, sum(run.width for run in runs))

    def _in_faces(self, text: str) -> list[tuple[Face, str]]:
        parts = list[tuple[Face, str]]()
        for letter, after in zip_longest(text, text[1:]):
            current = parts[-1][0] if parts else None
            face = self.fonts.face_of(letter, current, after == AS_EMOJI or letter >= FIRST_EMOJI)
            if face is None:
                if letter not in self.fonts.missing:
                    continue
                face, letter = self.fonts.main, NO_GLYPH
            if face is current:
                parts[-1] = face, parts[-1][1] + letter
            else:
                parts.append((face, letter))
        return parts


def directed(text: str, is_rtl: bool) -> list[tuple[str, bool]]:
    """Parts of a line in the order from left to right, and whether each is read from right to left (UAX 9)."""
    if not text.strip() or (not is_rtl and RTL.search(text) is None):
        return [(text, False)]
    base = TextDirection.RTL if is_rtl else TextDirection.LTR
    letters = BidiParagraph(text, base, preserve_bn_chars=True).get_reordered_characters()
    parts = list[tuple[str, bool]]()
    before = None
    for letter in letters:
        goes_left = letter.embedding_level % 2 == 1
        step = -1 if goes_left else 1
        if (
            before
            and letter.embedding_level == before.embedding_level
            and letter.character_index == before.character_index + step
        ):
            text = parts[-1][0]
            parts[-1] = (letter.character + text if goes_left else text + letter.character), goes_left
        else:
            parts.append((letter.character, goes_left))
        before = letter
    return parts


def clusters(text: str) -> list[str]:
    """Letters with the marks that belong to them."""
    parts = list[str]()
    for letter in text:
        if parts and letter != " " and (follows(letter) or parts[-1][-1] in JOINERS):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts
