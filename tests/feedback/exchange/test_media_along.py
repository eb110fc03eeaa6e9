"""Media that come along: found by name, with timecode and reel inside, at the frames that were chosen."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from feedback.errors import Invalid, NotFound, Refused
from feedback.exchange.edit.settings import parse_path_map, set_edit_settings
from feedback.exchange.export import ExportOptions, export_selects
from feedback.exchange.media.movies import CODECS
from feedback.judgements import notes, selects
from feedback.production import projects, shots
from feedback.store import Studio, media
from generation.media.encode import read_provenance
from tests.feedback.exchange.filming import FilmScene, frame_of
from tests.feedback.scene import uid

STILL_HELD, FIRST, LAST, FRAMES = 12, 3, 12, 17


@pytest.fixture
def scene(studio: Studio) -> FilmScene:
    """A still held 12 frames in S_010, a clip of 17 frames at 29.97 in S_020 with in and out 3-12."""
    made = FilmScene(studio, fps="29.97")
    (still,) = made.takes(made.brief("a house", shot="S_010"), 1)
    (clip,) = made.takes(made.brief("a storm", shot="S_020", kind="clip", frames=FRAMES), 1)
    made.circle(still, clip)
    made.cut(still, 0, STILL_HELD - 1)
    made.cut(clip, FIRST, LAST)
    return made


def probe(path: Path) -> dict[str, Any]:
    entries = "stream=codec_name,nb_read_frames,r_frame_rate:stream_tags:format_tags"
    words = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", entries, "-of", "json", str(path)]
    if not shutil.which("ffprobe"):
        reason = "no ffprobe on this machine; install it with: apt-get install ffmpeg"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return dict(json.loads(subprocess.run(words, capture_output=True, check=True, text=True).stdout))


def frames_in(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def target_of(clip: Any) -> str:
    return unquote(urlparse(clip.media_reference.target_url).path)


WITH_MEDIA = [*((format, "h264") for format in ("otio", "edl", "ale", "fcp7xml", "fcpxml", "csv")), ("otio", "prores")]


@pytest.mark.parametrize(("format", "codec"), WITH_MEDIA)
def test_every_format_can_come_with_its_media(scene: FilmScene, tmp_path: Path, format: str, codec: str) -> None:
    made = export_selects(scene.studio, "SHOW", format, tmp_path, ExportOptions(media=True, codec=codec))
    names = {"SHOW_S_010_1_starter.png", f"SHOW_S_020_2_starter.{'mov' if codec == 'prores' else 'mp4'}"}
    assert {path.name for path in (tmp_path / "media").iterdir()} == names
    text = Path(made["path"]).read_text(encoding="utf-8")
    assert all(name in text for name in names)
    assert str(scene.studio.folder) not in text, "no path of the studio's own"
    (movie,) = (path for path in (tmp_path / "media").iterdir() if path.suffix != ".png")
    probed = probe(movie)
    assert (probed["streams"][0]["nb_read_frames"], probed["streams"][0]["r_frame_rate"]) == (str(FRAMES), "30000/1001")
    assert probed["streams"][1]["tags"]["timecode"] == "00:00:00;00"
    assert "CT000002" in json.dumps(probed)
    assert [frame_of(picture) for picture in frames_in(movie)] == list(range(FRAMES))


def test_a_copy_says_how_it_was_made(scene: FilmScene, tmp_path: Path) -> None:
    export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True))
    assert read_provenance(tmp_path / "media/SHOW_S_020_2_starter.mp4") == {"take": 2}


def test_names_timecode_and_folders_are_the_projects(scene: FilmScene, tmp_path: Path) -> None:
    home = tmp_path.resolve()
    set_edit_settings(
        scene.studio,
        "SHOW",
        timecode="non-drop",
        media_name="{shot}_v{version}_{take:4}_{reel}",
        clip_name="{shot} take {take}",
        path_map=["/nowhere=X:", rf"{home}=P:\show"],
    )
    made = export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True))
    timeline = otio.adapters.read_from_file(made["path"])
    assert timeline.global_start_time.value == 108000
    still, clip = timeline.find_clips()
    assert (still.name, clip.name) == ("S_010 take 1", "S_020 take 2")
    assert clip.media_reference.target_url == "file:///P:/show/media/S_020_vstarter_0002_CT000002.mp4"
    probed = probe(tmp_path / "media/S_020_vstarter_0002_CT000002.mp4")
    assert probed["streams"][1]["tags"]["timecode"] == "00:00:00:00"
    csv = Path(export_selects(scene.studio, "SHOW", "csv", tmp_path, ExportOptions(media=True))["path"])
    assert r"P:\show\media\S_020_vstarter_0002_CT000002.mp4" in csv.read_text(encoding="utf-8")
    edl = Path(export_selects(scene.studio, "SHOW", "edl", tmp_path)["path"]).read_text()
    assert "FCM: NON-DROP FRAME" in edl
    assert ";" not in edl


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"media_name": "{shot}"}, "two takes would have one name"),
        ({"media_name": "{take}/{shot}"}, "'/' cannot be in a name"),
        ({"media_name": "{take}{project.__class__}"}, "'{' cannot be in a name"),
        ({"clip_name": "{who}"}, r"there is no \{who\}"),
        ({"clip_name": "x" * 121}, "has 121 characters"),
        ({"timecode": "maybe"}, "give drop or non-drop"),
        ({"first_frame": -1}, "outside 0-"),
        ({"path_map": ["/mnt/a"]}, "give HERE=THERE"),
        ({"path_map": ["mnt=P:"]}, "give HERE=THERE"),
    ],
)
def test_settings_that_make_no_sense_are_refused(scene: FilmScene, change: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        set_edit_settings(scene.studio, "SHOW", **change)


@pytest.mark.parametrize(
    ("entry", "path", "seen"),
    [
        ("/mnt/a=P:\\", "/mnt/a/b/c.mp4", "P:\\b\\c.mp4"),
        ("/mnt/a=P:", "/mnt/a/b/c.mp4", "P:\\b\\c.mp4"),
        ("/mnt/a/=/Volumes/a", "/mnt/a/b/c.mp4", "/Volumes/a/b/c.mp4"),
        ("/mnt/a=\\\\server\\share", "/mnt/a/c.mp4", "\\\\server\\share\\c.mp4"),
        ("/mnt/a=P:", "/mnt/ab/c.mp4", None),
    ],
)
def test_a_folder_is_called_as_the_edit_sees_it(entry: str, path: str, seen: str | None) -> None:
    assert parse_path_map([entry]).apply(path) == seen


def test_media_of_two_takes_never_have_one_name(scene: FilmScene, tmp_path: Path) -> None:
    """By `{shot}{take}` take 3 of S_1 and take 13 of s_ are S_13 and s_13, which Windows takes for one."""
    for code in ("S_1", "s_"):
        scene.shots[code] = shots.add_shot(scene.studio, "SHOW", code)["id"]
    (third,) = scene.takes(scene.brief("hail", shot="S_1", kind="clip", frames=9), 1)
    *_, thirteenth = scene.takes(scene.brief("fog", shot="s_"), 10)
    assert (third, thirteenth) == (3, 13)
    scene.circle(third, thirteenth)
    set_edit_settings(scene.studio, "SHOW", media_name="{shot}{take}")
    path = Path(export_selects(scene.studio, "SHOW", "otio", tmp_path, ExportOptions(media=True))["path"])
    names = {Path(target_of(clip)).name for clip in otio.adapters.read_from_file(str(path)).find_clips()}
    assert names == {"S_0101.png", "S_0202.mp4", "S_13_CT000003.mp4", "s_13_CT000013.png"}
    assert all((tmp_path / "media" / name).is_file() for name in names)


def test_missing_media_are_named_or_stand_as_missing(scene: FilmScene, tmp_path: Path) -> None:
    gone = scene.studio.value("SELECT media FROM takes WHERE id = 2")
    media.path_of(scene.studio, gone).unlink()
    for format in (
        "otio",
        "otioz",
        "edl",
        "csv",
        "contact-sheet",
        "animatic",
        "sequence",
        "bundle",
        "fcp7xml",
        "fcpxml",
    ):
        with pytest.raises(Refused, match=r"the media of take 2 are gone: .*--allow-missing"):
            export_selects(scene.studio, "SHOW", format, tmp_path / format)
        made = export_selects(
            scene.studio, "SHOW", format, tmp_path / format, ExportOptions(allow_missing=True, media=True)
        )
        assert made["count"] == 2
        assert "the media of take 2 are gone" in made["remarks"]
    clips = list(otio.adapters.read_from_file(str(tmp_path / "otio/SHOW_selects.otio")).find_clips())
    assert [type(clip.media_reference).__name__ for clip in clips] == ["ExternalReference", "MissingReference"]


@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile other.mp4\n", "#EXTM3U\n#EXTINF:1,\nother.mp4\n"])
def test_a_list_of_other_files_is_no_clip(scene: FilmScene, tmp_path: Path, text: str) -> None:
    """FFmpeg would follow it to whatever file or address it names."""
    path = media.path_of(scene.studio, scene.studio.value("SELECT media FROM takes WHERE id = 2"))
    path.rename(path.with_name("other.mp4"))
    path.write_text(text)
    for format, options in (
        ("otio", ExportOptions(media=True)),
        ("animatic", ExportOptions()),
        ("sequence", ExportOptions()),
    ):
        with pytest.raises(Refused, match="the media of take 2 cannot be"):
            export_selects(scene.studio, "SHOW", format, tmp_path / "out", options)
    assert not list((tmp_path / "out").rglob("*.mp4"))


def test_otioz_carries_the_media(scene: FilmScene, tmp_path: Path) -> None:
    made = export_selects(scene.studio, "SHOW", "otioz", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} - {"studio"} == {"SHOW_selects.otioz"}
    (tmp_path / "unpacked").mkdir()
    timeline = otio.adapters.read_from_file(made["path"], extract_to_directory=str(tmp_path / "unpacked"))
    for clip in timeline.find_clips():
        assert (tmp_path / "unpacked" / target_of(clip).removeprefix("/")).is_file()


def test_a_bundle_says_what_each_file_should_be(scene: FilmScene, tmp_path: Path) -> None:
    folder = Path(export_selects(scene.studio, "SHOW", "bundle", tmp_path)["path"])
    subprocess.run(["sha256sum", "--check", "--quiet", "sha256sums.txt"], cwd=folder, check=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {file["path"] for file in manifest["files"]}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there - listed == {"manifest.json", "sha256sums.txt"}
    sidecar = json.loads((folder / "media/SHOW_S_020_2_starter.mp4.json").read_text())
    assert (sidecar["take"], sidecar["frame_in"], sidecar["frame_out"], sidecar["fps"]) == (
        2,
        FIRST,
        LAST,
        "30000/1001",
    )
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    for clip in otio.adapters.read_from_file(str(moved / "SHOW_selects.otio")).find_clips():
        assert (moved / target_of(clip)).is_file()


@pytest.mark.parametrize("codec", CODECS)
def test_an_animatic_has_the_frames_of_its_selects(scene: FilmScene, tmp_path: Path, codec: str) -> None:
    path = Path(export_selects(scene.studio, "SHOW", "animatic", tmp_path, ExportOptions(codec=codec))["path"])
    pictures = frames_in(path)
    assert len(pictures) == STILL_HELD + LAST - FIRST + 1
    probed = probe(path)
    assert probed["streams"][0]["codec_name"] == codec
    assert probed["streams"][0]["tags"]["timecode"] == "01:00:00;00"
    upper = [picture[: picture.shape[0] // 2] for picture in pictures]
    shown = [round((float(part.mean()) - 16) / 8) for part in upper[STILL_HELD:]]
    assert shown == list(range(FIRST, LAST + 1))
    assert all(np.abs(part.astype(int) - upper[0]).max() <= 4 for part in upper[:STILL_HELD])
    lower = [picture[-20:].astype(int) for picture in pictures]
    assert np.abs(lower[1] - lower[0]).max() > 100, "the timecode that is burnt in goes on"


def test_an_animatic_of_another_rate_lasts_as_long(scene: FilmScene, tmp_path: Path) -> None:
    (slow,) = scene.takes(scene.brief("rain", shot="S_020", kind="clip", frames=9, fps="16"), 1)
    scene.circle(slow)
    path = Path(export_selects(scene.studio, "SHOW", "animatic", tmp_path, ExportOptions(sequence="S"))["path"])
    assert len(frames_in(path)) == STILL_HELD + LAST - FIRST + 1 + round(9 * Fraction(30000, 1001) / 16)


def test_an_animatic_of_several_rates_is_as_long_as_its_cut(scene: FilmScene, tmp_path: Path) -> None:
    """The timecode burnt in is that of the movie, though each of three clips lasts 10.4 frames of it."""
    projects.add_project(scene.studio, "MIX", fps="25")
    taken = []
    for code in ("M_010", "M_020", "M_030"):
        scene.shots[code] = shots.add_shot(scene.studio, "MIX", code)["id"]
        taken += scene.takes(scene.brief("rain", shot=code, kind="clip", frames=17, fps="24"), 1)
    scene.circle(*taken)
    for take in taken:
        scene.cut(take, 0, 9)
    path = Path(export_selects(scene.studio, "MIX", "animatic", tmp_path)["path"])
    table = Path(export_selects(scene.studio, "MIX", "csv", tmp_path)["path"])
    with table.open(encoding="utf-8-sig") as file:
        starts = [row["record_in"] for row in csv.DictReader(file)]
    assert starts == ["01:00:00:00", "01:00:00:10", "01:00:00:21"]
    pictures = frames_in(path)
    assert len(pictures) == round(30 * Fraction(25, 24))
    shown = [frame_of(picture) for picture in pictures]
    assert [number for number, frame in enumerate(shown) if frame == 0] == [0, 1, 10, 11, 21, 22]


def test_pictures_are_numbered_from_the_first_frame(scene: FilmScene, tmp_path: Path) -> None:
    set_edit_settings(scene.studio, "SHOW", first_frame=86)
    folder = Path(export_selects(scene.studio, "SHOW", "sequence", tmp_path)["path"])
    name = "SHOW_S_020_2_starter"
    paths = sorted((folder / name).iterdir())
    assert [path.name for path in paths] == [f"{name}.{number:04d}.png" for number in range(86, 96)]
    with av.open(str(paths[0])) as file:
        stream = file.streams.video[0]
        assert stream.codec_context.pix_fmt == "rgb48be"
        deep = next(file.decode(stream)).to_ndarray(format="rgb48le")
    with Image.open(paths[0]) as image:
        assert frame_of(np.asarray(image.convert("RGB"))) == FIRST
    assert set(np.unique(deep % 257)) == {0}
    assert len(list((folder / "SHOW_S_010_1_starter").iterdir())) == STILL_HELD
    listed = json.loads((folder / "sequence.json").read_text())["clips"]
    assert [(each["take"], each["first"], each["last"]) for each in listed] == [(1, 86, 97), (2, 86, 95)]


def test_exr_holds_linear_light(scene: FilmScene, tmp_path: Path) -> None:
    OpenImageIO = pytest.importorskip("OpenImageIO", reason="pip install 'circletake[exr]'")
    folder = Path(export_selects(scene.studio, "SHOW", "sequence", tmp_path, ExportOptions(picture="exr"))["path"])
    pixels = OpenImageIO.ImageInput.open(str(folder / "SHOW_S_020_2_starter/SHOW_S_020_2_starter.1001.exr"))
    value = float(np.asarray(pixels.read_image("float"))[10, 10, 0])
    assert value == pytest.approx(((40 / 255 + 0.055) / 1.055) ** 2.4, abs=0.004)


def test_a_sequence_or_the_picks_alone(scene: FilmScene, tmp_path: Path) -> None:
    (other,) = scene.takes(scene.brief("a boat", shot="S_010"), 1)
    scene.circle(other)
    assert export_selects(scene.studio, "SHOW", "csv", tmp_path)["count"] == 3
    assert export_selects(scene.studio, "SHOW", "csv", tmp_path, ExportOptions(picks=True))["count"] == 2
    with pytest.raises(NotFound, match="no select is in sequence 'T'; there are selects in S"):
        export_selects(scene.studio, "SHOW", "csv", tmp_path, ExportOptions(sequence="T"))
    with pytest.raises(Invalid, match="codec 'avi': choose one of"):
        export_selects(scene.studio, "SHOW", "csv", tmp_path, ExportOptions(codec="avi"))


def test_a_held_still_is_as_long_as_its_range_and_takes_notes_on_it(scene: FilmScene, tmp_path: Path) -> None:
    ben = scene.people["ben"]
    notes.write_note(
        scene.studio, ben, uid(), 1, "on the last frame", frame_in=STILL_HELD - 1, frame_out=STILL_HELD - 1
    )
    with pytest.raises(Invalid, match=f"must lie in 0-{STILL_HELD - 1}"):
        notes.write_note(scene.studio, ben, uid(), 1, "behind it", frame_in=STILL_HELD, frame_out=STILL_HELD)
    edl = Path(export_selects(scene.studio, "SHOW", "edl", tmp_path)["path"]).read_text()
    assert "* LOC: 01:00:00;11 WHITE   ben: on the last frame" in edl
    assert "M2   CT000001       000.0                00:00:00;00" in edl
    scene.cut(1, 0, 0)
    edl = Path(export_selects(scene.studio, "SHOW", "edl", tmp_path)["path"]).read_text()
    assert "00:00:00;00 00:00:00;01 01:00:00;00 01:00:00;01" in edl
    assert "LOC" not in edl
    for first, last in ((0, 100_001), (5, 4), (-1, 3)):
        with pytest.raises(Invalid, match="give 0 <= in <= out <= 100000"):
            scene.cut(1, first, last)


def test_a_still_that_was_just_circled_is_held_for_a_second(scene: FilmScene, tmp_path: Path) -> None:
    (still,) = scene.takes(scene.brief("a boat", shot="S_010"), 1)
    scene.circle(still)
    assert selects.current_select(scene.studio, still)["frame_out"] == 29  # type: ignore[index]


def test_names_of_shots_are_those_that_kitsu_reads(scene: FilmScene, tmp_path: Path) -> None:
    r"""Its usual convention, `${project_name}_${sequence_name}-${shot_name}`, each `\w*`."""
    timeline = otio.adapters.read_from_file(export_selects(scene.studio, "SHOW", "otio", tmp_path)["path"])
    names = [clip.name for clip in timeline.find_clips()]
    assert names == ["SHOW_S-S_010", "SHOW_S-S_020"]
    pattern = r"(?P<project>\w*)_(?P<sequence>\w*)-(?P<shot>\w*)"  # as its server makes one of the convention
    read = [re.match(pattern, name) for name in names]
    assert [match and match.groups() for match in read] == [("SHOW", "S", "S_010"), ("SHOW", "S", "S_020")]
