"""A storyboard as PDF and as animatic: every panel there, in order, as long as the board says, without a take's number."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pypdfium2 as pdfium
import pytest

from feedback.boards.panels import add_panels, change_panel, list_panels, move_panel, remove_panel
from feedback.errors import Invalid, Refused
from feedback.exchange.storyboard.export import export_storyboard
from feedback.exchange.storyboard.panel_cut import board_of
from feedback.exchange.storyboard.subtitles import Subtitles
from feedback.judgements.statuses import set_status
from feedback.people import accounts
from feedback.production.briefs import give_source
from feedback.rights.licences import add_licence, license_media
from feedback.rights.passport_policy import set_policy
from feedback.store import Studio, media
from tests.feedback.exchange.filming import FilmScene, frame_of
from tests.feedback.rights.recorded import RecordedScene, plate


@pytest.fixture
def scene(studio: Studio) -> FilmScene:
    """Eight panels, of which the second is a clip of 17 frames shown from frame 5 on."""
    made = FilmScene(studio)
    stills = made.takes(made.brief("a house", shot="S_010"), 7)
    (clip,) = made.takes(made.brief("a storm", shot="S_020", kind="clip", frames=17), 1)
    ids = add_panels(studio, "SHOW", "S", [stills[0], clip, *stills[1:]], author="ana")
    change_panel(
        studio, ids[0], 1, author="ana", action="The door opens.", dialogue="Is anybody there? 夜です", held=12
    )
    change_panel(studio, ids[1], 1, author="ana", frame=5)
    change_panel(studio, ids[2], 1, author="ana", action="She waits. " * 100, dialogue="No.")
    for panel in ids[2:]:
        change_panel(
            studio, panel, list_panels(studio, "SHOW", "S")[ids.index(panel)]["revision"], author="ana", held=6
        )
    return made


def pages_of(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return texts


def test_a_pdf_has_six_panels_a_page_with_their_texts(scene: FilmScene, tmp_path: Path) -> None:
    made = export_storyboard(scene.studio, "SHOW", "S", "pdf", tmp_path)
    assert (made["count"], Path(made["path"]).name) == (8, "SHOW_S_storyboard.pdf")
    first, second = pages_of(Path(made["path"]))
    assert "The door opens." in first
    assert "Is anybody there? 夜です" in first
    assert ("1 · S_010" in first, "6 · S_010" in first, "7 · S_010" in second) == (True, True, True)
    assert ("0.5 s" in first, "page 2 of 2" in second) == (True, True)
    assert "take" not in first + second
    assert "No." in first  # what is said has room, whatever happens
    assert made["remarks"] == ["the texts of panels 3 have no room and are cut"]
    document = pdfium.PdfDocument(made["path"])
    pictures = [each for each in document[0].get_objects() if each.type == pdfium.raw.FPDF_PAGEOBJ_IMAGE]
    assert len(pictures) == 6
    assert frame_of(pictures[1].get_bitmap().to_numpy()[..., :3]) == 5  # the clip's panel shows its own frame
    document.close()


def test_an_animatic_lasts_as_long_as_its_panels(scene: FilmScene, tmp_path: Path) -> None:
    made = export_storyboard(scene.studio, "SHOW", "S", "animatic", tmp_path)
    assert Path(made["path"]).name == "SHOW_S_storyboard_animatic.mp4"
    with av.open(made["path"]) as file:
        shown = [frame_of(frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]
    assert len(shown) == 12 + 12 + 6 * 6
    assert shown[12:24] == list(range(5, 17))
    move_panel(scene.studio, list_panels(scene.studio, "SHOW", "S")[1]["id"], 1, author="ana")
    again = export_storyboard(scene.studio, "SHOW", "S", "animatic", tmp_path)
    with av.open(again["path"]) as file:
        assert frame_of(next(file.decode(video=0)).to_ndarray(format="rgb24")) == 5


def test_what_cannot_be_exported_is_one_line(scene: FilmScene, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the storyboard of what has no sequence in SHOW has no panels"):
        export_storyboard(scene.studio, "SHOW", "", "pdf", tmp_path)
    remark = "the takes of panel 8 were discarded: take the panels out, if that is not meant"
    last = list_panels(scene.studio, "SHOW", "S")[7]["take"]
    set_status(scene.studio, accounts.get_person(scene.studio, "ana"), "d", last, "discarded")
    assert remark in board_of(scene.studio, "SHOW", "S").cut.remarks
    with pytest.raises(Invalid, match="format 'docx': choose one of pdf, animatic"):
        export_storyboard(scene.studio, "SHOW", "S", "docx", tmp_path)
    take = list_panels(scene.studio, "SHOW", "S")[1]["take"]
    media.path_of(scene.studio, scene.studio.value("SELECT media FROM takes WHERE id = ?", (take,))).unlink()
    with pytest.raises(Refused, match="the media of panel 2 are gone"):
        export_storyboard(scene.studio, "SHOW", "S", "pdf", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["studio"]


def test_what_no_licence_allows_is_not_exported(scene: FilmScene, tmp_path: Path) -> None:
    panels = list_panels(scene.studio, "SHOW", "S")
    shown = scene.studio.value("SELECT rendition FROM takes WHERE id = ?", (panels[0]["take"],))
    give_source(scene.studio, panels[1]["brief"], shown, None, None)
    add_licence(scene.studio, "Archive", holder="The archive", uses=["training"])
    license_media(scene.studio, shown, "Archive")
    for format in ("pdf", "animatic"):
        with pytest.raises(Refused, match="panel 2 cannot be exported: licence 'Archive' does not allow"):
            export_storyboard(scene.studio, "SHOW", "S", format, tmp_path)


def brightest(picture: np.ndarray) -> int:
    """In the middle of the lines above the strip, where the dialogue is."""
    height, width = picture.shape[:2]
    return int(picture[-4 * height // 18 : -height // 18 - 1, width // 10 : -width // 10].min(axis=2).max())


def test_an_animatic_shows_what_is_spoken_while_it_is(studio: Studio, tmp_path: Path) -> None:
    """Two lines at a time, in any script, for as long as their share of the letters; silence leaves the picture alone."""
    made = FilmScene(studio)
    ids = add_panels(studio, "SHOW", "", made.takes(made.brief("a house"), 3), author="ana")
    long = "We said that we would wait here until the tide had gone out again. " * 6
    for panel, dialogue in zip(ids, (long, "", "夜です שלום नमस्ते"), strict=True):
        change_panel(studio, panel, 1, author="ana", dialogue=dialogue, held=24)
    board = board_of(studio, "SHOW", "")
    subtitles = Subtitles(board, (640, 360))
    spoken, silent, scripts = (subtitles.of(clip) for clip in board.cut.clips)
    assert (len(spoken) > 2, spoken[0][0], silent, len(scripts)) == (True, 0, [], 1)
    assert [start for start, _ in spoken] == sorted({start for start, _ in spoken})
    assert spoken[-1][0] < 24
    assert all(words.shape == (52, 640) and words.max() > 0.9 and words[:, :40].max() == 0 for _, words in spoken[:-1])
    export = export_storyboard(studio, "SHOW", "", "animatic", tmp_path)
    with av.open(export["path"]) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    for number, is_spoken in ((0, True), (23, True), (24, False), (47, False), (48, True)):
        assert (brightest(frames[number]) > 200) == is_spoken, number
    assert not np.array_equal(frames[0], frames[23])


@pytest.fixture
def recorded(studio: Studio) -> RecordedScene:
    """Panels 1 and 2, of a take whose making is known whole and of one that starts from a plate without a licence."""
    made = RecordedScene(studio)
    (known,) = made.takes(made.brief("a house", shot="S_010"), 1)
    brief = made.brief("a storm", shot="S_020")
    give_source(studio, brief, plate(studio), None, 0.5)
    (unlicensed,) = made.takes(brief, 1)
    add_panels(studio, "SHOW", "S", [known, unlicensed], author="ana")
    return made


@pytest.mark.parametrize("format", ["pdf", "animatic"])
def test_the_rule_for_passports_counts_but_for_what_is_yet_to_be_decided(
    recorded: RecordedScene, tmp_path: Path, format: str
) -> None:
    def made() -> list[str]:
        return export_storyboard(recorded.studio, "SHOW", "S", format, tmp_path / "out")["remarks"]

    assert not any("passports" in line for line in made())
    set_policy(recorded.studio, "SHOW", "list", actor="ana")
    (line,) = (line for line in made() if "passports" in line)
    assert line.startswith("passports are incomplete, panel 2: a licence of the")
    set_policy(recorded.studio, "SHOW", "refuse", actor="ana")
    with pytest.raises(
        Refused, match=r"complete passports alone: panel 2: a licence of the .*; take the panels out"
    ) as no:
        made()
    assert ("\n" in str(no.value), "intended use" in str(no.value)) == (False, False)
    remove_panel(recorded.studio, list_panels(recorded.studio, "SHOW", "S")[1]["id"], author="ana")
    assert not any("passports" in line for line in made())
