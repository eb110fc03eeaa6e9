"""No text that a person can type stops an export, or changes what it says: every format, every place for text."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from feedback.errors import Refused
from feedback.exchange.export import PREFERENCE_FORMATS, SELECT_FORMATS, export_preferences, export_selects
from feedback.fields import clean_text
from feedback.json_lines import read_json_lines, write_json_lines
from feedback.judgements import notes, statuses
from feedback.people import accounts
from feedback.store import Studio
from tests.feedback.scene import Scene, uid

ROOT = Path(__file__).parents[3]
LINE_ENDS = {
    "LF": "\n",
    "CR": "\r",
    "CRLF": "\r\n",
    "VT": "\v",
    "FF": "\f",
    "FS": "\x1c",
    "GS": "\x1d",
    "RS": "\x1e",
    "NEL": "\x85",
    "LS": "\u2028",
    "PS": "\u2029",
}
TYPED = {
    **{name: f"a house{end}by day" for name, end in LINE_ENDS.items()},
    "NUL": "a\x00b",
    "escape": "\x1b[31mred\x07",
    "byte order mark": "\ufeffa",
    "not a character": "a\ufffe\uffffb",
    "right to left": "\u202eabc",
    "emoji": "👩‍🚀🎬",
    "tab": "a\tb",
    "quotes": "a\"b'c\\n",
    "formula": "=cmd|' /C calc'!A0",
    "xml": "<a>&]]>",
    "braces": "%s {0} ${x}",
    "long": "wörd " * 790,
    "frame code mode": "FCM: DROP FRAME",
    "event": "001  AX V C 00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01",
    "clip name": "* FROM CLIP NAME: other",
    "marker": "* LOC: 01:00:00:00 RED oops",
    "speed": "M2   AX  012.0  00:00:00:00",
    "heading": "Heading\nColumn\nData",
}


WITH_TEXT = [format for format in SELECT_FORMATS if format not in ("animatic", "sequence")]  # the others are pictures


def insert_as_typed(studio: Studio, text: str) -> None:
    """As an older studio may hold it: whatever is stripped or refused today was not always."""
    with studio.writing() as db:
        db.execute("UPDATE briefs SET prompt = ?, negative_prompt = ?", (text, text))
        db.execute("UPDATE projects SET title = ?", (text,))
        db.execute("UPDATE shots SET title = ?", (text,))
        db.execute("UPDATE notes SET text = ?", (text,))


@pytest.fixture
def scene(studio: Studio) -> Scene:
    """Two circled stills of one brief with a note each, and a ballot between them."""
    made = Scene(studio)
    pair = made.takes(made.brief(), 2)
    ana = accounts.get_person(studio, "ana")
    for take in pair:
        statuses.set_status(studio, ana, uid(), take, "circled")
        notes.write_note(studio, made.people["ben"], uid(), take, "a note")
    made.judge("ben", *pair, "left")
    return made


def prompt_in(format: str, path: Path) -> str:
    """The first prompt as the format's own reader gives it back."""
    if format == "csv":
        return next(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))["prompt"]
    if format == "otio":
        clip = otio.adapters.read_from_file(str(path)).find_clips()[0]
        return clip.metadata["circletake"]["prompt"]
    if format == "ale":
        clips = otio.adapters.read_from_string(path.read_text(encoding="utf-8"), adapter_name="ale", fps=24)
        return clips[0].metadata["ALE"]["Prompt"]
    if format == "parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)["prompt"][0].as_py()
    return json.loads(((path / "data.jsonl") if format == "trl" else path).read_text().split("\n")[0])["prompt"]


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED.keys())
def test_no_text_stops_an_export(scene: Scene, tmp_path: Path, typed: str) -> None:
    insert_as_typed(scene.studio, typed)
    made: dict[str, dict[str, Any]] = {
        **{format: export_selects(scene.studio, "SHOW", format, tmp_path / format) for format in WITH_TEXT},
        **{format: export_preferences(scene.studio, format, tmp_path / format) for format in PREFERENCE_FORMATS},
    }
    assert {format: each["count"] for format, each in made.items()} == {
        **dict.fromkeys(WITH_TEXT, 2),
        **dict.fromkeys(PREFERENCE_FORMATS, 1),
    }
    for format in ("otio", *PREFERENCE_FORMATS):
        assert prompt_in(format, Path(made[format]["path"])) == clean_text(typed), format
    assert prompt_in("csv", Path(made["csv"]["path"])).removeprefix("'") == clean_text(typed)
    assert prompt_in("ale", Path(made["ale"]["path"])).split() == clean_text(typed).split()


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED.keys())
def test_every_file_of_lines_has_the_lines_it_should(scene: Scene, tmp_path: Path, typed: str) -> None:
    """Read as other people's programs read it: by whatever `str.splitlines` takes for the end of a line."""
    usual = export_selects(scene.studio, "SHOW", "edl", tmp_path / "usual")
    insert_as_typed(scene.studio, typed)
    edl = export_selects(scene.studio, "SHOW", "edl", tmp_path / "typed")
    kinds = [[line[:8] for line in Path(made["path"]).read_text().splitlines()] for made in (usual, edl)]
    assert kinds[0] == kinds[1]
    ale = Path(export_selects(scene.studio, "SHOW", "ale", tmp_path)["path"]).read_text(encoding="utf-8")
    assert [line.split("\t")[2] for line in ale.splitlines()[-2:]] == ["V", "V"]
    folder = Path(export_preferences(scene.studio, "trl", tmp_path / "trl")["path"])
    for name in ("data.jsonl", "metadata.jsonl"):
        (line,) = (folder / name).read_text(encoding="utf-8").splitlines()
        assert json.loads(line)["prompt"] == clean_text(typed)


def test_exported_prompts_load_with_other_peoples_reader(scene: Scene, tmp_path: Path) -> None:
    import datasets

    typed = "|".join(text for text in TYPED.values() if len(text) < 100)
    insert_as_typed(scene.studio, typed)
    made = export_preferences(scene.studio, "trl", tmp_path / "trl")
    cache = str(tmp_path / "cache")
    table = datasets.load_dataset("imagefolder", data_dir=made["path"], split="train", cache_dir=cache)
    assert table["prompt"] == [clean_text(typed)]


def test_json_lines_come_back_as_they_were(tmp_path: Path) -> None:
    rows = [{"text": text, "name": name} for name, text in TYPED.items()]
    write_json_lines(tmp_path / "rows.jsonl", rows)
    assert read_json_lines(tmp_path / "rows.jsonl") == rows
    # Also what another program wrote without escaping.
    (tmp_path / "raw.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8", newline="\n"
    )
    assert read_json_lines(tmp_path / "raw.jsonl") == rows


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\vd\fe\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\x00b\x1bc\x7fd", "abcd"),
        ("half \ud83d a pair", "half  a pair"),
        ("tab\tand newline\n", "tab\tand newline\n"),
        ("LS\u2028PS\u2029 \ufeff \u202e 👩‍🚀 é 日本", "LS\u2028PS\u2029 \ufeff \u202e 👩‍🚀 é 日本"),
        ("no\ufffecharacter\uffff", "nocharacter"),
    ],
)
def test_a_text_is_kept_but_for_what_cannot_be_printed(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept
    assert clean_text(kept) == kept


def test_nothing_splits_lines_at_more_than_their_ends() -> None:
    """`str.splitlines` is for text of our own; whatever a file or a person may hold is split at the newline."""
    folders = ("feedback", "generation", "finetune", "ui", "benchmarks")
    own = {"benchmarks/house_style/records.py"}  # the head of its own table
    uses = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "splitlines"
    }
    assert uses - own == set()


# Those that cannot be told in timecode, and those that Final Cut Pro 7 has no time base for.
WITHOUT_TIMECODE = {"1", "12", "12.5", "15", "16", "17", "100", "119.88", "120", "240"}
WITHOUT_TIMEBASE = {"12.5"}


@pytest.mark.parametrize("fps", ["1", "12", "12.5", "15", "16", "17", "47.952", "100", "119.88", "120", "240"])
def test_no_frame_rate_stops_an_export_with_more_than_a_line(studio: Studio, tmp_path: Path, fps: str) -> None:
    made = Scene(studio, fps=fps)
    ana = accounts.get_person(studio, "ana")
    for take in made.takes(made.brief(), 2):
        statuses.set_status(studio, ana, uid(), take, "circled")
        notes.write_note(studio, made.people["ben"], uid(), take, "a note")
    refused = {
        "edl": WITHOUT_TIMECODE,
        "ale": WITHOUT_TIMECODE,
        "markers": WITHOUT_TIMECODE,
        "fcp7xml": WITHOUT_TIMEBASE,
    }
    for format in SELECT_FORMATS:
        if fps not in refused.get(format, ()):
            assert export_selects(studio, "SHOW", format, tmp_path / format)["count"] == 2
            continue
        with pytest.raises(Refused, match=rf"takes 1, 2: no timecode at {re.escape(fps)} frames per second"):
            export_selects(studio, "SHOW", format, tmp_path / format)
