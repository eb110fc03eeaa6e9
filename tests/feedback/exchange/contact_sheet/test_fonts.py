"""Which font a letter is printed in, and what is said of letters that no font has."""

from __future__ import annotations

from pathlib import Path

from feedback.exchange.contact_sheet.fonts import Fonts, letters_of, packaged_font, rank_of
from feedback.exchange.contact_sheet.lines import Typesetter
from tests.feedback.exchange.contact_sheet.fonts_here import needs_fonts


def test_plain_faces_come_first_and_variants_not_at_all() -> None:
    names = (
        "NotoSans-Regular",
        "NotoSansArabic-Regular",
        "NotoSerif-Regular",
        "wqy-microhei",
        "NotoColorEmoji",
        "DejaVuSans",
    )
    ranks = [rank_of(Path(f"/fonts/{name}.ttf")) for name in names]
    assert None not in ranks
    assert ranks == sorted(ranks)
    others = (
        "NotoSans-Bold",
        "NotoSansDisplay-Regular",
        "NotoSansMono-Regular",
        "NotoSansArabicUI-Regular",
        "NotoSerifCJK-Regular",
        "Comic",
    )
    assert [rank_of(Path(f"/fonts/{name}.ttf")) for name in others] == [None] * len(others)


def test_without_noto_there_is_dejavu_and_what_is_missing_is_told() -> None:
    fonts = Fonts(folders=())
    assert [fonts.main.path] == packaged_font()
    Typesetter(fonts).lines("Größe žluť Ψ Ж 中文 नम ok 中", 99, 1)
    assert fonts.remarks() == [
        "no font here has 中 (U+4E2D), 文 (U+6587): � is printed instead; install Debian's fonts-wqy-microhei",
        "no font here has न (U+0928), म (U+092E): � is printed instead; install Debian's fonts-noto-core",
    ]


def test_marks_that_nobody_sees_are_no_missing_letters() -> None:
    fonts = Fonts(folders=())
    Typesetter(fonts).lines("a\u2066b\u2069\ufe0f\u200d\U000e0001", 99, 1)
    assert fonts.remarks() == []


@needs_fonts
def test_with_the_packages_of_the_docs_every_living_script_prints() -> None:
    fonts = Fonts()
    samples = (
        *(
            "Größe Příliš Ψυχή Съешь ქართული Հայերեն",
            "שלום مرحبا ܫܠܡܐ ދިވެހި",
            "नमस्ते বাংলা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල",
        ),
        *(
            "ไทย ລາວ ខ្មែរ မြန်မာ བོད་ཡིག ᠮᠣᠩᠭᠣᠯ",
            "中文漢字 かなカナ 한국어 ㄅㄆㄇ",
            "አማርኛ ⵜⵉⴼⵉⵏⴰⵖ ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ ߒߞߏ",
            "😀🎬🥰 → ∀ ★ ♫",
        ),
    )
    for sample in samples:
        Typesetter(fonts).lines(sample, 999, 1)
    assert fonts.remarks() == []


def test_letters_are_shared_out_among_glyphs_from_left_to_right() -> None:
    assert letters_of([0, 1, 1, 3], "abcd", False) == ["a", "b", "c", "d"]
    assert letters_of([0, 0, 1], "ab", False) == ["a", "", "b"]
    assert letters_of([2, 0], "abc", True) == ["c", "ba"]  # a ligature of a and b, at the right
