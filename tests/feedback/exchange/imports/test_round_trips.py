"""What was exported comes in again as it was, in a studio that has none of it, and in the one that it is from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from feedback.exchange.edit.settings import edit_settings
from feedback.exchange.edit.timecode import RATES, frame_number, timecode
from feedback.exchange.export import export_selects
from feedback.judgements.selects import list_selects
from feedback.production.projects import get_project
from feedback.production.shots import list_shots
from feedback.store import Studio
from tests.factories import new_studio
from tests.feedback.exchange.imports.cutting import CutScene, bring, shots_in

SETTINGS = [("24000/1001", True), ("24", True), ("30000/1001", True), ("30000/1001", False), ("60", True)]


@pytest.mark.parametrize("format", ["otio", "edl", "csv"])
@pytest.mark.parametrize(("fps", "drop"), SETTINGS)
def test_an_empty_studio_gets_the_same_cut(studio: Studio, tmp_path: Path, format: str, fps: str, drop: bool) -> None:
    scene = CutScene(studio, fps, drop)
    file = Path(export_selects(studio, "SHOW", format, tmp_path)["path"])
    other = new_studio(tmp_path / "other")
    report = bring(other, file, make_project=True)
    assert shots_in(other, "SHOW") == scene.cut_of_shots()
    assert Fraction(*(get_project(other, "SHOW")[part] for part in ("fps_num", "fps_den"))) == Fraction(fps)
    if format != "edl":  # which has no place for titles
        assert {shot["title"] for shot in list_shots(other, "SHOW")} >= {"title of X9", "title of SHOW_104_010"}
    if format != "csv" and fps == "30000/1001":
        assert edit_settings(other, "SHOW").drop_frame == drop
    assert (report.clips, report.shots, report.count("shot", True)) == (5, 4, 4)

    before = shots_in(other, "SHOW")
    again = bring(other, file, make_project=True)
    assert not again.changes
    assert again.in_words().endswith("nothing changes")
    assert shots_in(other, "SHOW") == before


@pytest.mark.parametrize("format", ["otio", "edl", "csv"])
def test_the_studio_that_it_is_from_gets_selects_as_they_were_cut(studio: Studio, tmp_path: Path, format: str) -> None:
    scene = CutScene(studio, "25")
    file = Path(export_selects(studio, "SHOW", format, tmp_path)["path"])
    cut = [(row["take"], row["frame_in"], row["frame_out"], row["position"]) for row in list_selects(studio, "SHOW")]
    scene_moves(scene)
    assert_selects_differ(studio, cut)

    report = bring(studio, file)
    assert not report.count("select", False)
    assert any("--by" in remark for remark in report.remarks)
    assert_selects_differ(studio, cut)

    report = bring(studio, file, by="ana")
    assert {change.name for change in report.changes if change.what == "select"} == {
        f"take {scene.circled[name]}" for name in ("wide", "close")
    }
    assert [row[:3] for row in rows_of(studio)] == [row[:3] for row in cut]
    assert not bring(studio, file, by="ana").changes
    assert all(not ranges for *_, ranges in shots_in(studio, "SHOW"))


def scene_moves(scene: CutScene) -> None:
    from feedback.judgements import selects
    from feedback.people import accounts
    from tests.feedback.scene import uid

    ana = accounts.get_person(scene.studio, "ana")
    selects.set_range(scene.studio, ana, uid(), scene.circled["wide"], 0, 5, 1)


def rows_of(studio: Studio) -> list[tuple[int, ...]]:
    return [(row["take"], row["frame_in"], row["frame_out"], row["position"]) for row in list_selects(studio, "SHOW")]


def assert_selects_differ(studio: Studio, cut: list[tuple[int, ...]]) -> None:
    assert [row[:3] for row in rows_of(studio)] != [row[:3] for row in cut]


def test_a_number_of_another_studio_is_not_believed(studio: Studio, tmp_path: Path) -> None:
    CutScene(studio, "24")
    file = Path(export_selects(studio, "SHOW", "otio", tmp_path)["path"])
    other = new_studio(tmp_path / "other")
    foreign = CutScene(other, "24")
    other_media = {row["take"]: row["media"] for row in list_selects(other, "SHOW")}
    timeline = otio.adapters.read_from_file(str(file))
    for clip in timeline.find_clips():  # as if those takes had other files there
        assert clip.metadata["circletake"]["take"] in other_media
        clip.metadata["circletake"]["sha256"] = "0" * 64
    otio.adapters.write_to_file(timeline, str(file))
    before = rows_of(other)
    report = bring(other, file, by="ana")
    assert not [change for change in report.changes if change.what == "select"]
    assert rows_of(other) == before
    assert shots_in(other, "SHOW")[-1][3] == foreign.cut_of_shots()[-1][3]  # they are wished of the shots instead


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("drop", [True, False])
def test_timecode_is_read_as_it_is_written(rate: Fraction, drop: bool) -> None:
    for frame in (*range(0, 200_000, 317), *range(107_800, 108_000), *range(17_900, 18_100)):
        assert frame_number(timecode(frame, rate, drop), rate, drop) == frame
