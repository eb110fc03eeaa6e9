"""Text of every script breaks into lines that fit, stands in the right order, and in fonts that have its letters."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.exchange.contact_sheet.fonts import Fonts
from feedback.exchange.contact_sheet.lines import Line, Typesetter, clusters, directed
from tests.feedback.exchange.contact_sheet.fonts_here import needs_fonts

ODD = "\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\u200d\ufe0fא(a[)] 1-_،。🏽"
TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(ODD)), max_size=80)
TYPESETTER = Typesetter(Fonts())
WIDEST_LETTER = 4.0  # em; a letter alone may be wider than its line


def read(line: Line) -> str:
    """As it is read, part by part from the left."""
    return "".join(run.text for run in line.runs)


@given(TEXTS, st.floats(1, 30), st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_lines_are_as_many_and_as_wide_as_there_is_room(text: str, width: float, most: int) -> None:
    lines = TYPESETTER.lines(text, width, most)
    assert len(lines) <= most
    for line in lines:
        assert line.width <= width + 0.5 or line.width < WIDEST_LETTER


def test_lines_break_between_words_and_end_in_an_ellipsis() -> None:
    lines = TYPESETTER.lines("one two three four five six seven", 6, 2)
    assert [read(line) for line in lines] == ["one two", "three four…"]
    assert [read(line) for line in TYPESETTER.lines("one two", 30, 2)] == ["one two"]
    assert TYPESETTER.lines(" \n\t", 30, 2) == []


def test_names_break_after_underscores_and_long_words_anywhere() -> None:
    assert [read(line) for line in TYPESETTER.lines("PROJECT_SEQUENCE_SHOT", 6, 4)] == ["PROJECT_", "SEQUENCE_", "SHOT"]
    assert "".join(read(line) for line in TYPESETTER.lines("a" * 100, 6, 99)) == "a" * 100


def test_nothing_of_a_text_is_lost_between_lines() -> None:
    text = "Größe: flackert, bitte_neu/und-schnell! 中文没有空格。ไทยไม่มีช่องว่าง and more"
    lines = TYPESETTER.lines(text, 5, 99)
    assert "".join("".join(read(line).split()) for line in lines) == "".join(text.split())


def test_what_goes_left_is_ordered_as_unicode_says() -> None:
    assert directed("ab אב 12 גד", False) == [("ab ", False), (" גד", True), ("12", False), ("אב ", True)]
    assert directed("(אב) 12", True) == [("12", False), ("(אב) ", True)]
    assert directed("plain", False) == [("plain", False)]


def test_a_note_in_hebrew_begins_at_the_right_though_its_writer_does_not() -> None:
    (line,) = TYPESETTER.lines("ben: שלום", 30, 1, "שלום")
    assert line.is_rtl
    assert line.runs[-1].text == "ben"
    assert not TYPESETTER.lines("ben: hello", 30, 1, "hello")[0].is_rtl


def test_letters_keep_their_marks_at_the_end_of_a_line() -> None:
    assert clusters("né👍🏽क्षि") == ["n", "é", "👍🏽", "क्", "षि"]
    assert clusters("👩\u200d🚀a") == ["👩\u200d🚀", "a"]


@needs_fonts
def test_each_script_has_a_font_that_joins_its_letters() -> None:
    for text in ("नमस्ते क्षत्रिय", "مرحبا بالعالم", "สวัสดีชาวโลก", "中文和日本語のかな", "안녕하세요"):
        (line,) = TYPESETTER.lines(text, 99, 1)
        assert len({run.face.path for run in line.runs}) == 1
    shaped = TYPESETTER.lines("क्षि", 99, 1)[0].runs[0]
    assert not shaped.is_plain
    assert len(shaped.glyphs) < 4  # a ligature and a vowel that stands before it


@needs_fonts
def test_emoji_are_coloured_and_blanks_between_them_are_not_wide() -> None:
    (line,) = TYPESETTER.lines("👍🏽 1️⃣ ❤️ ok 12", 99, 1)
    coloured = [run for run in line.runs if run.face.is_coloured]
    assert "".join(run.text for run in coloured).split() == ["👍🏽", "1️⃣", "❤️"]
    assert read(line).endswith("ok 12")
    assert all(glyph.advance < 0.4 for run in line.runs for glyph in run.glyphs if glyph.letters == " ")
