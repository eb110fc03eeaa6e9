"""Captions, people and times as they stand beside films."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.errors import Invalid
from generation.library.sidecars import read_sidecars


def test_text_json_and_csv_come_together(tmp_path: Path) -> None:
    film = tmp_path / "a.film.mov"
    (tmp_path / "a.film.txt").write_text("  a film\nof two lines ")
    (tmp_path / "a.film.mov.csv").write_text(
        'start,end,caption,people\n0,1:30,"first, with\na comma",Ann; Bo\n0:01:30,95.5,second,\n', encoding="utf-8-sig"
    )
    (tmp_path / "a.film.json").write_text(
        '{"people": "Cee", "title": "T", "captions": [{"start": 94, "caption": "last"}]}'
    )
    sidecar = read_sidecars(film)
    assert sidecar.title == "T"
    assert sidecar.at(5) == ("first, with a comma", ("Cee", "Ann", "Bo"))
    assert sidecar.at(91) == ("second", ("Cee",))
    assert sidecar.at(1000) == ("last", ("Cee",))
    assert read_sidecars(tmp_path / "other.mov").at(0) == ("", ())


def test_only_times_in_a_part_have_its_caption(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("caption,start,end\nb,10,20\n")
    sidecar = read_sidecars(tmp_path / "a.mp4")
    assert [sidecar.at(seconds)[0] for seconds in (9.9, 10, 19.9, 20)] == ["", "b", "b", ""]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "{", "cannot be used"),
        ("a.json", '"text"', "no object with caption"),
        ("a.json", '{"captions": 3}', "no list of objects"),
        ("a.json", '{"captions": [{"start": "x"}]}', "caption 1: time 'x' is neither seconds"),
        ("a.json", '{"captions": [{"start": NaN}]}', "caption 1: time"),
        ("a.json", '{"captions": [{"start": -1}]}', "outside 0-9999999"),
        ("a.json", '{"people": [3]}', "no list of names"),
        ("a.json", '{"title": 3}', "title 3 is no text"),
        ("a.json", '{"caption": ["x"]}', "is no text"),
        ("a.json", "[" * 100_000, "cannot be used"),
        ("a.csv", "when,what\n1,2\n", "names no column caption"),
        ("a.csv", "start,end,caption\n1,x,y\n", "line 2: time 'x'"),
        ("a.txt", "x" * 3000, "3000 characters"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Invalid, match=words) as refusal:
        read_sidecars(tmp_path / "a.mp4")
    assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_other_encodings_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Größe".encode("latin-1"))
    with pytest.raises(Invalid, match="save them in UTF-8"):
        read_sidecars(tmp_path / "a.mp4")
