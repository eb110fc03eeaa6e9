"""Names are found however they are written, also by somebody who does not want it to be seen."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid
from feedback.rights.contributors import add_contributor
from feedback.rights.names import is_named
from tests.factories import new_studio


@pytest.mark.parametrize(
    ("name", "text", "is_there"),
    [
        ("Amélie Poulain", "AMELIE POULAIN at the café", True),
        ("Amelie Poulain", "Amélie-Poulain", True),
        ("Ann", "Anne in the annex", False),
        ("Ann", "Ann.", True),
        ("宮崎 駿", "宮崎駿のような海", True),
        ("宮崎駿", "宮崎駿のような海", True),
        ("Łukasz (Jr.)", "łukasz (jr.) smiles", True),
        ("Łukasz Żal", "lukasz zal", True),
        ("Jørn Utzon", "in the manner of Jorn Utzon", True),
        ("김민지", "김민지가 웃는다", True),
        ("أم كلثوم", "صورة أم كلثوم", True),
        ("Анна Ахматова", "АННА АХМАТОВА у окна", True),
        ("Μελίνα Μερκούρη", "η ΜΕΛΙΝΑ ΜΕΡΚΟΥΡΗ", True),
    ],
)
def test_names_are_found_as_people_write_them(name: str, text: str, is_there: bool) -> None:
    assert is_named(name, text) is is_there


@pytest.mark.parametrize(
    "text",
    [
        "\u0410da Lovelace",  # a Cyrillic letter
        "ADA L\u039fVELACE",  # a Greek one
        "Ada\nLovelace",
        "Ada\r\n\tLovelace",
        "Ada\u2028Lovelace",
        "A\u200bda Love\u200blace",  # characters that are not seen, inside words
        "Ada\u200bLovelace",  # and between them
        "Ada\u00adLove\ufeff\u2060lace".replace("\u00adL", " L"),
        "Ada\ufe0f Lovelace",
        "\U0001d400\U0001d41d\U0001d41a Lovelace",  # letters of mathematics
        "ａｄａ ＬＯＶＥＬＡＣＥ",  # of full width
        "Ada “Lovelace”",
        "Ada — Lovelace",
        "ada_lovelace",
        "(Ada) (Lovelace)",
        "oil painting, Lovelace, Ada, muted",
    ],
)
def test_names_are_found_where_they_are_hidden(text: str) -> None:
    assert is_named("Ada Lovelace", text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Rose White", "a white rose"),
        ("Will Ow", "a willow"),
        ("Ian", "a LAN party"),
        ("Ada Lovelace", "Ada loves lace"),
        ("Ada Lovelace", "the Lovelace family"),
    ],
)
def test_words_that_are_no_name_are_none(name: str, text: str) -> None:
    assert not is_named(name, text)


def test_a_name_without_letters_is_refused(tmp_path) -> None:
    studio = new_studio(tmp_path / "studio")
    for name in ("***", "\u200b\u200b", "- ."):
        with pytest.raises(Invalid, match=r"has no letters|is empty"):
            add_contributor(studio, name)
