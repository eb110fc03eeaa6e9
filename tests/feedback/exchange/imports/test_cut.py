"""Cuts of other programs: names, rates, transitions, order; all or nothing, with the place in the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from PIL import Image

from feedback.errors import Forbidden, Invalid, NotFound, Refused
from feedback.exchange.edit.settings import set_edit_settings
from feedback.exchange.edit.shot_ranges import plate_of, wished_frames
from feedback.exchange.imports.naming import name_pattern
from feedback.people import accounts, project_members
from feedback.production import archiving, projects, shots
from feedback.store import Studio, media
from tests.feedback.exchange.imports.cutting import bring, shots_in

EDL = """TITLE: reel 1
FCM: NON-DROP FRAME

001  A001C002 V     C        01:00:10:00 01:00:12:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: AGM_104-AGM_104_020
* SOURCE FILE: A001C002.mov
002  A001C002 AA    C        01:00:10:00 01:00:12:00 01:00:00:00 01:00:02:00
003  A003     V     C        02:00:00:00 02:00:00:00 01:00:02:00 01:00:02:00
003  A004     V     D    024 03:00:00:00 03:00:03:00 01:00:02:00 01:00:05:00
* FROM CLIP NAME: old.mov
* TO CLIP NAME: Sturm über Wien.mov
004  BL       V     C        00:00:00:00 00:00:01:00 01:00:05:00 01:00:06:00
005  A005     V     C        00:00:00:00 00:00:00:01 01:00:06:00 01:00:08:00
005  A005     A2    C        00:00:00:00 00:00:00:01 01:00:06:00 01:00:08:00
M2   A005       000.0                00:00:00:00
* FROM CLIP NAME: AGM_104-AGM_104_010
006  A001C002 V     C        01:00:20:00 01:00:21:00 01:00:08:00 01:00:09:00
* FROM CLIP NAME: AGM_104-AGM_104_020
"""
F25 = Fraction(25)


@pytest.fixture
def agm(studio: Studio) -> Studio:
    projects.add_project(studio, "AGM", fps="25")
    return studio


def written(folder: Path, text: str, name: str = "a.edl", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_an_edl_of_another_program(agm: Studio, tmp_path: Path) -> None:
    """Sound, black and the empty line of a dissolve are no shots; a frozen frame lasts as long as it is recorded."""
    report = bring(agm, written(tmp_path, EDL), project="AGM")
    assert shots_in(agm, "AGM") == [
        ("AGM_104_020", "AGM_104", F25, [(90250, 90299, F25), (90500, 90524, F25)]),
        ("AGM_104_010", "AGM_104", F25, [(0, 49, F25)]),
        ("Sturm_uber_Wien", "Sturm_uber", F25, [(270000, 270074, F25)]),
    ]
    assert "3 events of sound or black are left out" in report.remarks
    assert report.in_words() == "4 clips of 3 shots in AGM: 3 shots new, 0 changed"
    ids = {shot["code"]: shot["id"] for shot in shots.list_shots(agm, "AGM")}
    assert wished_frames(agm, ids["AGM_104_020"], F25) == 50
    assert wished_frames(agm, ids["AGM_104_020"], Fraction(50)) == 100


@pytest.mark.parametrize("source", ["01:00:04:00 01:00:06:00", "01:00:06:00 01:00:04:00"])
def test_what_runs_backwards_is_as_long_as_it_is_recorded(agm: Studio, tmp_path: Path, source: str) -> None:
    """Some programs write its source backwards too."""
    text = (
        f"001  B003 V C {source} 01:00:00:00 01:00:02:00\nM2   B003   -025.0   01:00:06:00\n* FROM CLIP NAME: X-SH_1\n"
    )
    bring(agm, written(tmp_path, text), project="AGM")
    assert [row[3] for row in shots_in(agm, "AGM")] == [[(90100, 90149, F25)]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(agm: Studio, tmp_path: Path, encoding: str, end: str) -> None:
    bring(agm, written(tmp_path, EDL.replace("\n", end), encoding=encoding), project="AGM")
    assert [row[0] for row in shots_in(agm, "AGM")] == ["AGM_104_020", "AGM_104_010", "Sturm_uber_Wien"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "01:00:10:00 01:00:12:00 01:00:00:00 01:00:02:00",
            "01:00:10:25 01:00:12:00 01:00:00:00 01:00:02:00",
            "line 4: ",
        ),
        ("03:00:00:00 03:00:03:00", "03:00:00:00 nonsense", "line 9: .* is no event"),
        ("01:00:08:00 01:00:09:00", "01:00:08:00 01:00:07:00", "line 17: it ends before it begins .01:00:08:00 to"),
        ("01:00:20:00 01:00:21:00", "01:00:20:00 01:00:19:00", "line 17: it ends before it begins .01:00:20:00 to"),
        ("AGM_104-AGM_104_010", "?!?", "line 13: the clip .* has no name that makes a shot's code"),
        ("01:00:06:00 01:00:08:00", "01:00:06;00 01:00:08;00", "line 13: it counts in drop frame, and 25 has none"),
    ],
)
def test_a_bad_line_is_refused_by_its_number_and_nothing_has_changed(
    agm: Studio, tmp_path: Path, old: str, new: str, line: str
) -> None:
    text = EDL.replace(old, new)
    assert text != EDL
    with pytest.raises(Refused, match=line):
        bring(agm, written(tmp_path, text), project="AGM")
    assert not shots_in(agm, "AGM")


@pytest.mark.parametrize(
    ("mode", "mark", "drops"), [("DROP", ":", True), ("NON-DROP", ";", True), ("NON-DROP", ":", False)]
)
def test_drop_frame_is_known_by_either_sign(studio: Studio, tmp_path: Path, mode: str, mark: str, drops: bool) -> None:
    times = " ".join(f"00:0{minute}:00{mark}{frame}" for minute, frame in ((1, "02"), (2, "02"), (1, "02"), (2, "02")))
    text = f"FCM: {mode} FRAME\n001  A001 V C {times}\n* FROM CLIP NAME: SH010\n"
    report = bring(studio, written(tmp_path, text), project="P", make_project=True, fps="29.97")
    rate = Fraction(30000, 1001)
    frames = (1800, 3597, rate) if drops else (1802, 3601, rate)
    assert shots_in(studio, "P") == [("SH010", "", rate, [frames])]
    assert bool(report.remarks) == (mode == "NON-DROP" and drops)


def test_drop_frame_may_change_within_a_list(studio: Studio, tmp_path: Path) -> None:
    """By the marks of each timecode; in a list of plain colons by the last FCM line."""
    rate = Fraction(30000, 1001)
    text = "001  A V C 00:01:00:02 00:02:00:02 00:01:00;02 00:02:00;02\n* FROM CLIP NAME: SH1\n"
    bring(studio, written(tmp_path, text), project="P", make_project=True, fps="29.97")
    text = "FCM: DROP FRAME\n001  A V C 00:01:00:02 00:02:00:02 00:01:00:02 00:02:00:02\n* FROM CLIP NAME: SH1\n"
    text += "FCM: NON-DROP FRAME\n002  A V C 00:01:00:02 00:02:00:02 00:02:00:02 00:03:00:02\n* FROM CLIP NAME: SH2\n"
    bring(studio, written(tmp_path, text), project="Q", make_project=True, fps="29.97")
    assert shots_in(studio, "P") == [("SH1", "", rate, [(1802, 3601, rate)])]
    assert shots_in(studio, "Q") == [("SH1", "", rate, [(1800, 3597, rate)]), ("SH2", "", rate, [(1802, 3601, rate)])]


def test_a_list_of_numbers_that_drop_frame_leaves_out(studio: Studio, tmp_path: Path) -> None:
    text = "FCM: DROP FRAME\n001  A001 V C 00:01:00;00 00:02:00;02 00:01:00;02 00:02:00;02\n"
    with pytest.raises(Invalid, match="line 2: there is no '00:01:00;00' in drop frame"):
        bring(studio, written(tmp_path, text), project="P", make_project=True, fps="29.97")
    assert not projects.list_projects(studio)


def test_an_edl_without_a_rate_asks_for_one(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not say its frame rate: give --fps"):
        bring(studio, written(tmp_path, EDL), project="AGM", make_project=True)
    with pytest.raises(NotFound, match="no project 'AGM': make it with --make-project"):
        bring(studio, written(tmp_path, EDL), project="AGM", fps="25")
    with pytest.raises(Invalid, match="no timecode at 12 frames"):
        bring(studio, written(tmp_path, EDL), project="AGM", fps="12")


def test_the_projects_rate_does_not_change_a_shot_that_has_its_own(agm: Studio, tmp_path: Path) -> None:
    shots.add_shot(agm, "AGM", "AGM_104_020", fps="50")
    bring(agm, written(tmp_path, EDL), project="AGM")
    assert next(row for row in shots_in(agm, "AGM") if row[0] == "AGM_104_020")[2] == 50
    bring(agm, written(tmp_path, EDL), project="AGM", fps="25")
    assert next(row for row in shots_in(agm, "AGM") if row[0] == "AGM_104_020")[2] == 25


def test_a_dry_run_says_the_same_and_changes_nothing(agm: Studio, tmp_path: Path) -> None:
    path = written(tmp_path, EDL)
    rehearsed = bring(agm, path, project="AGM", dry_run=True)
    assert not shots_in(agm, "AGM")
    assert "nothing was written" in rehearsed.in_words()
    assert rehearsed.changes == bring(agm, path, project="AGM").changes
    assert bring(agm, path, project="AGM", dry_run=True).in_words().endswith("nothing changes")


def test_shots_that_the_cut_has_not_come_behind_it(agm: Studio, tmp_path: Path) -> None:
    for code, position in (("AGM_104_005", 1), ("AGM_104_030", 2), ("AGM_104_040", None)):
        shots.add_shot(agm, "AGM", code, position=position)
    report = bring(agm, written(tmp_path, EDL), project="AGM")
    order = [row[0] for row in shots_in(agm, "AGM") if row[1] == "AGM_104"]
    assert order == ["AGM_104_020", "AGM_104_010", "AGM_104_005", "AGM_104_030", "AGM_104_040"]
    assert "changed shot AGM/AGM_104_005: position 1 -> 3" in map(str, report.changes)
    assert not bring(agm, written(tmp_path, EDL), project="AGM").changes


def test_an_archived_shot_refuses_the_whole(agm: Studio, tmp_path: Path) -> None:
    shot = shots.add_shot(agm, "AGM", "AGM_104_010")
    archiving.archive_shot(agm, shot["id"], actor="ana")
    with pytest.raises(Refused, match="line 13: shot AGM/AGM_104_010 is archived"):
        bring(agm, written(tmp_path, EDL), project="AGM")
    assert not shots_in(agm, "AGM")


def test_only_supervisors_set_selects(agm: Studio, tmp_path: Path) -> None:
    accounts.add_person(agm, "ben", "creative")
    with pytest.raises(Forbidden, match="ben is creative"):
        bring(agm, written(tmp_path, EDL), project="AGM", by="ben")


TABLE = """shot;sequence;fps;frame_in;frame_out;position;title
SH_10;S1;24000/1001;0;47;2;"Wide; storm"
SH_2;S1;24;10;10;1;'=close
SH_3;;;;;7;
"""


def test_a_plain_table(agm: Studio, tmp_path: Path) -> None:
    bring(agm, written(tmp_path, TABLE, "a.csv"), project="AGM")
    ntsc = Fraction(24000, 1001)
    assert shots_in(agm, "AGM") == [
        ("SH_2", "S1", Fraction(24), [(10, 10, Fraction(24))]),
        ("SH_10", "S1", ntsc, [(0, 47, ntsc)]),
        ("SH_3", "SH", F25, []),
    ]
    assert [shot["title"] for shot in shots.list_shots(agm, "AGM")] == ["=close", "Wide; storm", ""]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("0;47", "47;0", "line 2: frames 47-0"),
        ("10;10", "10;", "line 3: it has one of frame_in and frame_out"),
        ("24;10", "a;10", "line 3: 'a' is no frame rate"),
        ("SH_3;", ";", "line 4: it names no shot"),
        ("SH_3;", "../x;", "line 4: '../x' is no shot code"),
        ("S1;24;", "S 1;24;", "line 3: 'S 1' is no sequence code"),
        ("SH_2;S1", "SH_10;S2", "line 3: shot SH_10 is in sequence S2, and in S1 at line 2"),
        (";7;", ";7;a;b;c", "line 4: it has 9 cells and the heading 7"),
        ("shot;", "what;", "its first line names no column shot"),
        (";7;", ";9999999999;", "line 4: position 9999999999 is outside"),
        ("47", "9" * 30, "line 2: frame_out"),
    ],
)
def test_a_bad_row_is_refused_by_its_line(agm: Studio, tmp_path: Path, old: str, new: str, line: str) -> None:
    assert old in TABLE
    with pytest.raises(Refused, match=line.replace("(", r"\(")):
        bring(agm, written(tmp_path, TABLE.replace(old, new, 1), "a.csv"), project="AGM")
    assert not shots_in(agm, "AGM")


def test_plates_of_a_table_are_kept_with_the_shot(agm: Studio, tmp_path: Path) -> None:
    Image.new("RGB", (32, 16), (200, 0, 0)).save(tmp_path / "plate.png")
    (tmp_path / "notes.png").write_text("no picture")
    text = f"shot,plate\nA,plate.png\nB,{tmp_path}/plate.png\nC,notes.png\nD,gone.mov\nE,/dev/zero\n"
    path = written(tmp_path, text, "a.csv")
    files = media_files(agm)
    report = bring(agm, path, project="AGM", dry_run=True)
    assert media_files(agm) == files
    report = bring(agm, path, project="AGM")
    plates = [plate_of(agm, shot["id"]) for shot in shots.list_shots(agm, "AGM")]
    assert plates[0] == plates[1]
    assert plates[2:] == [None, None, None]
    assert media.whole_path_of(agm, plates[0]).is_file()
    assert len(report.remarks) == 1
    assert "3 media of the cut become no plates" in report.remarks[0]
    assert not bring(agm, path, project="AGM").changes


def test_a_plate_is_seen_by_members_alone(agm: Studio, tmp_path: Path) -> None:
    Image.new("RGB", (32, 16), (200, 0, 0)).save(tmp_path / "plate.png")
    bring(agm, written(tmp_path, "shot,plate\nA,plate.png\n", "a.csv"), project="AGM")
    plate = plate_of(agm, shots.find_shot(agm, "A", "AGM")["id"])
    ben = accounts.add_person(agm, "ben", "creative")["id"]
    for what in ("media", "source"):
        with pytest.raises(NotFound):
            project_members.check_visible(agm, ben, what, plate)
    project_members.add_member(agm, "AGM", "ben")
    for what in ("media", "source"):
        project_members.check_visible(agm, ben, what, plate)


def media_files(studio: Studio) -> list[Path]:
    return [path for path in studio.media_folder.rglob("*") if path.is_file()]


def timeline_of(*clips: Any) -> otio.schema.Timeline:
    timeline = otio.schema.Timeline("cut")
    track = otio.schema.Track("V1")
    track.extend(clips)
    timeline.tracks.append(track)
    return timeline


def clip_of(name: str, first: float, count: float, rate: float = 24, url: str = "", start: float = 0) -> Any:
    def span(first: float, count: float) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(count, rate))

    reference = otio.schema.ExternalReference(url, span(start, 100_000)) if url else None
    return otio.schema.Clip(name, reference, span(first, count))


def test_a_timeline_of_another_program(agm: Studio, tmp_path: Path) -> None:
    """Two picture tracks, a sound track, a gap, a nested stack, source timecode of its own, and plates beside it."""
    (tmp_path / "my plates").mkdir()
    Image.new("RGB", (32, 16), (0, 200, 0)).save(tmp_path / "my plates" / "a.png")
    timeline = timeline_of(
        clip_of("AGM_104-010", 86410, 24, url="my%20plates/a.png", start=86400),
        otio.schema.Gap(duration=otio.opentime.RationalTime(24, 24)),
        clip_of("AGM_104-030", 0, 24, url=(tmp_path / "my plates" / "a.png").as_uri()),
    )
    upper, sound = otio.schema.Track("V2"), otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
    nested = otio.schema.Stack("nested")
    nested.append(clip_of("AGM_104-020", 5, 10, 30000 / 1001))
    upper.extend([otio.schema.Gap(duration=otio.opentime.RationalTime(30, 24)), nested])
    sound.append(clip_of("music", 0, 500))
    off = clip_of("AGM_104-990", 0, 5)
    off.enabled = False
    timeline.tracks[0].append(off)
    timeline.tracks.extend([upper, sound])
    otio.adapters.write_to_file(timeline, str(tmp_path / "a.otio"))

    report = bring(agm, tmp_path / "a.otio", project="AGM")
    ntsc = Fraction(30000, 1001)
    assert shots_in(agm, "AGM") == [
        ("010", "104", Fraction(24), [(10, 33, Fraction(24))]),
        ("020", "104", ntsc, [(5, 14, ntsc)]),
        ("030", "104", Fraction(24), [(0, 23, Fraction(24))]),
    ]
    plates = [plate_of(agm, shot["id"]) for shot in shots.list_shots(agm, "AGM")]
    assert plates[0] == plates[2]
    assert plates[0]
    assert plates[1] is None
    assert report.remarks == ["1 clips that are switched off are left out"]


def test_media_of_a_bundle_become_plates(agm: Studio, tmp_path: Path) -> None:
    Image.new("RGB", (32, 16), (0, 200, 0)).save(tmp_path / "a.png")
    timeline = timeline_of(clip_of("SH1", 0, 24, url=(tmp_path / "a.png").as_uri()), clip_of("SH2", 0, 24))
    otio.adapters.write_to_file(timeline, str(tmp_path / "a.otioz"), media_policy="MissingIfNotFile")
    (tmp_path / "a.png").unlink()
    bring(agm, tmp_path / "a.otioz", project="AGM")
    plates = [plate_of(agm, shot["id"]) for shot in shots.list_shots(agm, "AGM")]
    assert media.describe(agm, plates[0])["width"] == 32
    assert plates[1] is None


def test_names_by_a_pattern_of_the_studio(agm: Studio, tmp_path: Path) -> None:
    text = "shot_is,clip\n,E104_SH0010_v003\n,other\n"
    path = written(tmp_path, text, "a.csv")
    bring(agm, path, project="AGM", name="{sequence}_{shot}_v{version}")
    assert [row[:2] for row in shots_in(agm, "AGM")] == [("other", ""), ("SH0010", "E104")]
    for template, reason in (("{sequence}", "names no shot"), ("{shot}{shot}", "once"), ("{colour}", "there is no")):
        with pytest.raises(Invalid, match=reason):
            bring(agm, path, project="AGM", name=template)


@pytest.mark.parametrize(
    ("clip_name", "shot"),
    [("{sequence}_{shot}_v{version}", ("SH0010", "E104")), ("{take}", ("E104_SH0010_v003", "E104_SH0010"))],
)
def test_names_as_the_projects_exports_have_them(
    agm: Studio, tmp_path: Path, clip_name: str, shot: tuple[str, str]
) -> None:
    """Unless no shot can be read out of them."""
    set_edit_settings(agm, "AGM", clip_name=clip_name)
    bring(agm, written(tmp_path, "clip\nE104_SH0010_v003\n", "a.csv"), project="AGM")
    assert [row[:2] for row in shots_in(agm, "AGM")] == [shot]


def test_patterns_are_quick_on_long_names() -> None:
    pattern = name_pattern("{project}_{sequence}_{take}_{shot}", None)
    assert pattern.fullmatch("_" * 127 + "!") is None


def test_the_project_that_clips_name(studio: Studio, tmp_path: Path) -> None:
    text = "clip,fps\nAGM_104-AGM_104_010,24\nAGM_104-AGM_104_020,24\n"
    report = bring(studio, written(tmp_path, text, "a.csv"), make_project=True)
    assert report.project == "AGM"
    assert [row[:2] for row in shots_in(studio, "AGM")] == [("AGM_104_010", "AGM_104"), ("AGM_104_020", "AGM_104")]
    with pytest.raises(Refused, match="of which project is the cut"):
        bring(studio, written(tmp_path, "shot,fps\nA,24\n", "b.csv"), make_project=True)
