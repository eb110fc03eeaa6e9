"""Fonts of this machine: which of them has a letter, and how wide text is in it.

Noto has nearly every script, in a file for each. DejaVu Sans, which matplotlib brings, is there when Noto is not; it has
the letters of most European names.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import uharfbuzz as hb

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")
VARIANTS = "Display|Mono|CJK|.*UI|.*Unjoined|Tifinagh.+"  # of faces that are there in plainer shape
CATALOGUE = tuple(
    re.compile(pattern)
    for pattern in (
        *(
            "NotoSans-Regular",
            rf"NotoSans(?!(?:{VARIANTS})-)\w+-Regular",
            rf"Noto(?!(?:Sans|Serif)(?:{VARIANTS})-)\w+-Regular",
        ),
        *("wqy-microhei", "wqy-zenhei", "DroidSansFallbackFull", "DroidSansFallback", "NotoSansCJK-Regular"),
        *("HanaMinA", "HanaMinB"),
        *("NotoColorEmoji", "Symbola(_hint)?", "DejaVuSans", "unifont", "unifont_upper"),
    )
)
"""Names of files in the order in which a letter is looked for in them."""
ENDINGS = (".ttf", ".otf", ".ttc")
COLOUR_TABLES = {"CBDT", "COLR", "sbix", "SVG "}
NO_GLYPH = "\ufffd"  # is printed for a letter that no font has
AS_EMOJI = "\ufe0f"  # after a letter that has a plain and a coloured shape
INVISIBLE = {0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}  # beside format characters and selectors

# Debian's packages, by what a missing letter is; the last is of everything else.
PACKAGES = (
    (
        re.compile("[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"),
        "fonts-wqy-microhei",
    ),
    (re.compile("[\U00020000-\U0003ffff]"), "fonts-hanazono"),
    (re.compile("[\U0001f000-\U0001faff]"), "fonts-noto-color-emoji"),
)
CORE, REST = "fonts-noto-core", "fonts-unifont"
WIDEST_BLANK = 0.35  # em
NAMED = 10  # missing letters that a remark names


class Glyph(NamedTuple):
    """A shape of a font, in em."""

    number: int
    letters: str  # that it stands for, in the order of glyphs; empty where another glyph stands for them
    x_offset: float
    y_offset: float
    advance: float


class Face:
    """A font file, of which only what is asked for is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _face(self) -> hb.Face:
        return hb.Face(hb.Blob.from_file_path(str(self.path)))

    @cached_property
    def letters(self) -> hb.Set:
        """Code points."""
        return self._face.unicodes

    @cached_property
    def is_coloured(self) -> bool:
        return not COLOUR_TABLES.isdisjoint(self._face.table_tags)

    @cached_property
    def _font(self) -> hb.Font:
        return hb.Font(self._face)

    @cached_property
    def _advances(self) -> dict[str, float]:
        return {}

    def advance(self, letter: str) -> float:
        """The width of a letter by itself, in em."""
        if letter not in self._advances:
            glyph = self._font.get_nominal_glyph(ord(letter)) or 0
            self._advances[letter] = self._font.get_glyph_h_advance(glyph) / self._face.upem
        return self._advances[letter]

    def shaped(self, text: str, is_rtl: bool) -> list[Glyph]:
        """Text whose letters join or stack as glyphs, from left to right."""
        buffer = hb.Buffer()
        buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if is_rtl else "ltr"
        hb.shape(self._font, buffer)
        letters = letters_of([info.cluster for info in buffer.glyph_infos], text, is_rtl)
        parts = zip(buffer.glyph_infos, letters, buffer.glyph_positions, strict=True)
        return [Glyph(info.codepoint, own, *self._place_of(own, place)) for info, own, place in parts]

    def _place_of(self, letters: str, place: hb.GlyphPosition) -> tuple[float, float, float]:
        x, y, advance, _ = place.position
        em = self._face.upem
        # A blank of a font of symbols is as wide as they are.
        return x / em, y / em, min(advance / em, WIDEST_BLANK) if letters == " " else advance / em

    @property
    def has_plain_blank(self) -> bool:
        return self.advance(" ") <= WIDEST_BLANK


class Fonts:
    """The faces of this machine, and the letters that were looked for and are in none of them."""

    def __init__(self, folders: Iterable[str] = FOLDERS) -> None:
        paths = [*font_files(folders), *packaged_font()]
        self._others = [Face(path) for path in paths]
        plain = CATALOGUE[0].fullmatch
        self.main = next((face for face in self._others if plain(face.path.stem)), self._others[-1])
        self.missing: dict[str, None] = {}
        self._chosen: dict[tuple[str, bool], Face | None] = {}

    def face_of(self, letter: str, current: Face | None, as_emoji: bool = False) -> Face | None:
        """The face to print a letter in, the one before it being `current`; None for what leaves no mark on the page."""
        code = ord(letter)
        if current is not None and follows(letter) and (code in current.letters or is_invisible(letter)):
            return current
        if code in self.main.letters and not as_emoji:
            return self.main
        if current is not None and code in current.letters and current.is_coloured == as_emoji:
            return current
        return self._first_with(letter, as_emoji)

    def _first_with(self, letter: str, as_emoji: bool) -> Face | None:
        key = letter, as_emoji
        if key not in self._chosen:
            having = [face for face in (self.main, *self._others) if ord(letter) in face.letters]
            coloured = [face for face in having if face.is_coloured] if as_emoji else []
            self._chosen[key] = next(iter([*coloured, *having]), None)
            if not having and not is_invisible(letter):
                self.missing[letter] = None
        return self._chosen[key]

    def remarks(self) -> list[str]:
        """What could not be printed, and the Debian package that has it: a line for each package."""
        grouped = dict[str, list[str]]()
        for letter in self.missing:
            grouped.setdefault(self._advice(letter), []).append(letter)
        return [f"no font here has {name_letters(letters)}: {advice}" for advice, letters in grouped.items()]

    def _advice(self, letter: str) -> str:
        if unicodedata.category(letter) in ("Co", "Cn"):
            return f"they are in no common font, {NO_GLYPH} is printed instead"
        has_core = CATALOGUE[0].fullmatch(self.main.path.stem) is not None
        package = next((name for pattern, name in PACKAGES if pattern.match(letter)), REST if has_core else CORE)
        return f"{NO_GLYPH} is printed instead; install Debian's {package}"


def font_files(folders: Iterable[str]) -> list[Path]:
    """Those of the catalogue, in its order."""
    ranked = [(rank, path) for path in files_in(folders) if (rank := rank_of(path)) is not None]
    return [path for _, path in sorted(ranked)]


def files_in(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for place, _, names in os.walk(Path(folder).expanduser()):
            yield from (Path(place) / name for name in names if name.endswith(ENDINGS))


def rank_of(path: Path) -> int | None:
    return next((rank for rank, pattern in enumerate(CATALOGUE) if pattern.fullmatch(path.stem)), None)


def packaged_font() -> list[Path]:
    """DejaVu Sans, where matplotlib is, which it needs itself."""
    spec = find_spec("matplotlib")
    path = Path(spec.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if spec and spec.origin else None
    return [path] if path and path.is_file() else []


def letters_of(starts: Sequence[int], text: str, is_rtl: bool) -> list[str]:
    """The letters of each glyph, given where its cluster starts in the text: one each, and the last has the rest.

    From left to right, also within a ligature of a script that goes left: that is how readers of PDFs take them.
    """
    order = sorted(set(starts))
    ends = dict(zip(order, [*order[1:], len(text)], strict=True))
    left = {start: list(text[start : ends[start]]) for start in order}
    counts = Counter(starts)
    result = list[str]()
    for start in reversed(starts) if is_rtl else starts:
        counts[start] -= 1
        count = 1 if counts[start] else len(left[start])
        taken, left[start] = left[start][:count], left[start][count:]
        result.append("".join(reversed(taken) if is_rtl else taken))
    return result[::-1] if is_rtl else result


def follows(letter: str) -> bool:
    """Whether it is printed together with the letter before it, or between letters of one script."""
    return letter == " " or unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf") or is_modifier(letter)


def is_modifier(letter: str) -> bool:
    """Skin tones, which change the emoji before them."""
    return "\U0001f3fb" <= letter <= "\U0001f3ff"


def is_invisible(letter: str) -> bool:
    code = ord(letter)
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF or 0x180B <= code <= 0x180F
    return is_selector or code in INVISIBLE or unicodedata.category(letter) == "Cf"


def name_letters(letters: Sequence[str]) -> str:
    """`ᚠ (U+16A0), ᚢ (U+16A2) and 5 more`."""
    named = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in letters[:NAMED])
    return named + (f" and {len(letters) - NAMED} more" if len(letters) > NAMED else "")
