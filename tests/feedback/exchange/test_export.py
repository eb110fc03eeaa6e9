"""Exports are whole, are read again by the programs they are for, and give nothing dangerous to a spreadsheet."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import opentimelineio as otio
import pytest
from PIL import Image

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.export import (
    PREFERENCE_FORMATS,
    SELECT_FORMATS,
    ExportOptions,
    export_preferences,
    export_selects,
)
from feedback.exchange.files import whole_file, whole_folder
from feedback.judgements import notes, ratings, selects, statuses
from feedback.models import versions
from feedback.people import accounts
from feedback.store import Studio, media
from feedback.trials import trials
from tests.faults.damage import KINDS
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    """Three selects: two stills and a clip of 17 frames at 24000/1001, in and out 3-12, a note on frames 5-7."""
    made = Scene(studio, fps="23.976")
    stills = made.takes(made.brief("=HYPERLINK(0)\nsecond line", shot="S_010"), 2)
    (clip,) = made.takes(made.brief("a storm", shot="S_020", kind="clip", frames=17), 1)
    ana = accounts.get_person(studio, "ana")
    for take in (*stills, clip):
        statuses.set_status(studio, ana, uid(), take, "circled")
    selects.set_range(studio, ana, uid(), clip, 3, 12)
    notes.write_note(studio, made.people["ben"], uid(), clip, "Größe\tflackert", frame_in=5, frame_out=7)
    ratings.rate_take(studio, made.people["ben"], uid(), stills[0], 4)
    return made


def written(scene: Scene, format: str, out: Path) -> Path:
    made = export_selects(scene.studio, "SHOW", format, out)
    assert made["count"] == 3
    assert not [path for path in out.iterdir() if path.suffix == ".partial"]
    return Path(made["path"])


def test_csv_has_a_row_per_select_and_no_formulas(scene: Scene, tmp_path: Path) -> None:
    with written(scene, "csv", tmp_path / "out").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["shot"] for row in rows] == ["S_010", "S_010", "S_020"]
    assert rows[0]["prompt"] == "'=HYPERLINK(0)\nsecond line"
    assert (rows[0]["stars"], rows[0]["fps"], rows[0]["version"]) == ("4.0", "24000/1001", "starter")
    assert (rows[2]["frame_in"], rows[2]["frame_out"], rows[2]["notes"]) == ("3", "12", "ben [5-7]: Größe\tflackert")
    assert Path(rows[2]["media_path"]).is_file()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_formula_start_is_made_harmless(start: str) -> None:
    from feedback.exchange.tables.csv import harmless

    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless(-4) == -4


def test_otio_timeline_says_where_and_how_long(scene: Scene, tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_file(str(written(scene, "otio", tmp_path)))
    assert timeline.global_start_time.to_timecode() == "01:00:00:00"
    still, _, clip = timeline.find_clips()
    rate = 24000 / 1001
    assert still.source_range.duration == otio.opentime.RationalTime(24, rate)
    assert still.media_reference.available_range == still.source_range
    assert isinstance(still.effects[0], otio.schema.FreezeFrame)
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (3, 10)
    assert clip.media_reference.available_range.duration == otio.opentime.RationalTime(17, rate)
    assert not clip.effects
    url = urlparse(clip.media_reference.target_url)
    assert url.scheme == "file"
    assert Path(unquote(url.path)).is_file()
    metadata = clip.metadata["circletake"]
    assert (metadata["prompt"], metadata["version"], metadata["status"], metadata["shot"]) == (
        "a storm",
        "starter",
        "circled",
        "S_020",
    )
    (marker,) = clip.markers
    assert (marker.marked_range.start_time.value, marker.marked_range.duration.value) == (5, 3)
    assert marker.metadata["circletake"]["person"] == "ben"


def test_edl_has_timecode_mode_unique_reels_and_starts_at_one_hour(scene: Scene, tmp_path: Path) -> None:
    lines = written(scene, "edl", tmp_path).read_text().splitlines()
    assert lines[:2] == ["TITLE: SHOW selects", "FCM: NON-DROP FRAME"]
    events = [line.split() for line in lines if line[:3].isdigit()]
    assert [event[1] for event in events] == ["CT000001", "CT000002", "CT000003"]
    assert events[0][4:] == ["00:00:00:00", "00:00:00:01", "01:00:00:00", "01:00:01:00"]
    assert events[2][4:] == ["00:00:00:03", "00:00:00:13", "01:00:02:00", "01:00:02:10"]
    assert any("PROMPT: =HYPERLINK(0) second line" in line for line in lines)
    assert any(line.startswith("* LOC: 01:00:02:02 WHITE   ben: Grosse flackert (until 01:00:02:04)") for line in lines)


def test_ale_has_the_columns_of_a_bin(scene: Scene, tmp_path: Path) -> None:
    notes.write_note(scene.studio, scene.people["ben"], uid(), 3, "before the in", frame_in=0, frame_out=2)
    text = written(scene, "ale", tmp_path).read_text()
    assert "FPS\t23.976\n" in text
    clips = otio.adapters.read_from_string(text, adapter_name="ale", fps=24000 / 1001)
    metadata = clips[2].metadata["ALE"]
    assert (metadata["Scene"], metadata["Circled"], metadata["Tape"]) == ("S_020", "Y", "CT000003")
    assert metadata["Comments"] == "ben [00:00:00:05]: Größe flackert"


def test_contact_sheet_is_pages_of_pictures(scene: Scene, tmp_path: Path) -> None:
    path = written(scene, "contact-sheet", tmp_path)
    assert path.read_bytes().startswith(b"%PDF")
    (page,) = tmp_path.glob("SHOW*.png")
    with Image.open(page) as image:
        assert image.size == (1754, 1240)


@pytest.mark.parametrize("harm", KINDS)
def test_a_damaged_picture_is_on_no_sheet(
    scene: Scene, tmp_path: Path, harm: Callable[[Path, random.Random], None]
) -> None:
    for path in scene.studio.media_folder.rglob("*.png"):
        harm(path, random.Random(1))
    with pytest.raises(Refused, match=r"the picture of take \d+ cannot be read: run circletake doctor"):
        export_selects(scene.studio, "SHOW", "contact-sheet", tmp_path)


def test_lists_with_one_rate_name_what_has_another_and_leave_it_out_when_told(scene: Scene, tmp_path: Path) -> None:
    (clip,) = scene.takes(scene.brief("other rate", kind="clip", frames=9, fps="25"), 1)
    statuses.set_status(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), clip, "circled")
    for format in ("edl", "ale", "fcp7xml", "fcpxml"):
        with pytest.raises(Refused, match=r"hold take 4: 25 frames per second in a cut of 23.976: .*--leave-out"):
            export_selects(scene.studio, "SHOW", format, tmp_path)
        made = export_selects(scene.studio, "SHOW", format, tmp_path, ExportOptions(leave_out=True))
        assert (made["count"], made["remarks"][0]) == (3, "left out take 4: 25 frames per second in a cut of 23.976")
    assert export_selects(scene.studio, "SHOW", "otio", tmp_path)["count"] == 4


def test_nothing_to_export_is_one_line(studio: Studio, tmp_path: Path) -> None:
    scene = Scene(studio)
    for format in SELECT_FORMATS:
        with pytest.raises(Refused, match="SHOW has no selects: circle a take first"):
            export_selects(studio, "SHOW", format, tmp_path / "out")
    with pytest.raises(NotFound, match="'NOPE'"):
        export_selects(studio, "NOPE", "csv", tmp_path / "out")
    with pytest.raises(Invalid, match="format 'xls': choose one of otio, csv"):
        export_selects(studio, "SHOW", "xls", tmp_path / "out")
    a, b = scene.takes(scene.brief())
    scene.judge("ana", a, b, "tie")
    for format in PREFERENCE_FORMATS:
        with pytest.raises(Refused, match="no pair has a winner"):
            export_preferences(studio, format, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def judged(studio: Studio) -> Scene:
    """Two pairs with a winner (takes 1 over 2, 4 over 3), a tie, an even split and an open trial's pair."""
    made = Scene(studio)
    a, b = made.takes(made.brief("a boat"))
    c, d, e = made.takes(made.brief("ein Häuschen"), 3)
    made.judge("ana", a, b, "left")
    made.judge("ben", b, a, "tie")
    made.judge("ana", c, d, "right")
    made.judge("ana", d, e, "tie")
    made.judge("ana", c, e, "left")
    made.judge("ben", c, e, "right")
    versions.register_candidate(studio, "v0001", "starter", [])
    trials.open_trial(studio, "v0001", [made.brief("a secret")])
    made.draw()
    made.judge("ana", e + 1, e + 2, "left")
    return made


EXPECTED = [("a boat", 1, 2, 0.75), ("ein Häuschen", 4, 3, 1.0)]


def as_told(rows: list[dict]) -> list[tuple]:
    return [(row["prompt"], row["chosen_take"], row["rejected_take"], row["p_chosen"]) for row in rows]


def test_trl_folder_loads_with_datasets_as_images(judged: Scene, tmp_path: Path) -> None:
    import datasets

    out = tmp_path / "preferences"
    made = export_preferences(judged.studio, "trl", out)
    assert made == {"path": str(out), "count": 2, "remarks": []}
    cache = str(tmp_path / "cache")
    plain = datasets.load_dataset("json", data_files=str(out / "data.jsonl"), split="train", cache_dir=cache)
    assert as_told(list(plain)) == EXPECTED
    assert all((out / row[side]).is_file() for row in plain for side in ("chosen", "rejected"))
    images = datasets.load_dataset("imagefolder", data_dir=str(out), split="train", cache_dir=cache)
    assert isinstance(images.features["chosen"], datasets.Image)
    assert as_told(list(images)) == EXPECTED
    assert images[0]["chosen"].getpixel((0, 0)) == (1, 0, 128)
    assert images[0]["rejected"].getpixel((0, 0)) == (2, 0, 128)


def test_parquet_carries_the_images(judged: Scene, tmp_path: Path) -> None:
    import datasets

    made = export_preferences(judged.studio, "parquet", tmp_path)
    table = datasets.Dataset.from_parquet(made["path"], cache_dir=str(tmp_path / "cache"))
    assert isinstance(table.features["rejected"], datasets.Image)
    assert as_told(list(table)) == EXPECTED
    assert table[1]["chosen"].size == (16, 16)


def test_jsonl_points_to_the_archive(judged: Scene, tmp_path: Path) -> None:
    made = export_preferences(judged.studio, "jsonl", tmp_path)
    rows = [json.loads(line) for line in Path(made["path"]).read_text().splitlines()]
    assert as_told(rows) == EXPECTED
    assert all(Path(row["chosen"]).is_file() for row in rows)
    assert rows[0]["source"] == "ballots"


def test_trl_folder_is_replaced_but_never_somebody_elses(judged: Scene, tmp_path: Path) -> None:
    out = tmp_path / "preferences"
    export_preferences(judged.studio, "trl", out)
    (out / "stale.txt").write_text("old")
    export_preferences(judged.studio, "trl", out)
    assert not (out / "stale.txt").exists()
    other = tmp_path / "holiday"
    other.mkdir()
    (other / "photo.txt").write_text("mine")
    with pytest.raises(Refused, match="holiday is there and is not an export"):
        export_preferences(judged.studio, "trl", other)
    assert (other / "photo.txt").read_text() == "mine"
    assert [path for path in tmp_path.iterdir() if path.suffix == ".partial"] == []


def test_missing_picture_is_named(judged: Scene, tmp_path: Path) -> None:
    sha256 = judged.studio.value("SELECT media FROM takes WHERE id = 1")
    media.path_of(judged.studio, sha256).unlink()
    with pytest.raises(Refused, match="picture of take 1 is missing"):
        export_preferences(judged.studio, "trl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def lose_power(manager: Any, inside: str = "") -> None:
    with manager as partial:
        (partial / inside if inside else partial).write_text("half")
        raise RuntimeError("power")


def test_failed_export_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        lose_power(whole_file(path))
    with pytest.raises(RuntimeError):
        lose_power(whole_folder(tmp_path / "set", "data.jsonl"), inside="half")
    assert [each.name for each in tmp_path.iterdir()] == ["list.csv"]
    assert path.read_text() == "old"
    with pytest.raises(Refused, match="is a file"):
        lose_power(whole_file(path / "inside.csv"))
