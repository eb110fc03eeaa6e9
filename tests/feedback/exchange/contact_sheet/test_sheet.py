"""The sheet holds the in frames, text that can be searched, and pages that look the same as PDF and as PNG."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from feedback.errors import Invalid, Refused
from feedback.exchange.contact_sheet import images
from feedback.exchange.contact_sheet.cells import CELL, GAP, LEFT, PICTURE, TOP, held_for
from feedback.exchange.contact_sheet.pages import GREY, PAGE
from feedback.exchange.export import ExportOptions, export_selects
from feedback.judgements import notes, ratings, selects, statuses
from feedback.people import accounts
from feedback.store import Studio, media
from tests.feedback.exchange.contact_sheet.fonts_here import needs_fonts
from tests.feedback.scene import Scene, brightness, uid

SCRIPTS = {
    "German": "Größe flackert, bitte neu",
    "Czech": "Příliš žluťoučký kůň",
    "Greek": "Ξεσκεπάζω την ψυχή",
    "Cyrillic": "Съешь же ещё этих булок",
    "Hebrew": "האור חזק מדי על הפנים",
    "Arabic": "الإضاءة قوية جدًا على وجهها",
    "Devanagari": "चेहरे पर क्षत्रिय धर्म",
    "Thai": "แสงบนใบหน้าแรงเกินไป",
    "Tibetan": "བོད་ཡིག",
    "Khmer": "ខ្មែរ",
    "Chinese": "她脸上的光线太强了",
    "Japanese": "壁の二つ目の影を消してください",
    "Korean": "얼굴에 비치는 빛",
    "emoji": "👍🏽🎬👩\u200d🚀",
}


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio, fps="24")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def circle(scene: Scene, count: int = 1, **brief: object) -> list[int]:
    takes = scene.takes(scene.brief(**brief), count)
    ana = accounts.get_person(scene.studio, "ana")
    for take in takes:
        statuses.set_status(scene.studio, ana, uid(), take, "circled")
    return takes


def export(scene: Scene, out: Path, **options: object) -> tuple[Path, list[str]]:
    made = export_selects(scene.studio, "SHOW", "contact-sheet", out, ExportOptions(**options))
    return Path(made["path"]), made["remarks"]


def text_of(path: Path) -> str:
    """All pages, without the blanks that readers put where they see gaps."""
    document = pdfium.PdfDocument(path)
    try:
        return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)
    finally:
        document.close()


def pages_of(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.png"))


def in_middle(page: Path, place: int) -> np.ndarray:
    """The colour in the middle of a cell's picture, in a page as PNG."""
    x = LEFT + place % 4 * (CELL[0] + GAP) + PICTURE[0] / 2
    y = TOP + place // 4 * (CELL[1] + GAP) + PICTURE[1] / 2
    with Image.open(page) as image:
        return np.asarray(image)[round(y / PAGE[1] * 1240), round(x / PAGE[0] * 1754)]


def test_a_cell_says_what_is_known_of_its_take(scene: Scene, out: Path) -> None:
    (clip,) = circle(scene, kind="clip", frames=17)
    selects.set_range(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), clip, 3, 12)
    notes.write_note(scene.studio, scene.people["ben"], uid(), clip, "lose the\nshadow", frame_in=5, frame_out=7)
    notes.write_note(scene.studio, scene.people["ben"], uid(), clip, "out of range", frame_in=14, frame_out=15)
    ratings.rate_take(scene.studio, scene.people["ben"], uid(), clip, 4)
    text = text_of(export(scene, out)[0])
    for part in (
        *("SHOW", "SHOW·TheShow", date.today().isoformat(), "page1of1", "SHOW_S-S_010", "take1·circled·★4.0·starter"),
        *("01:00:00:00·frames3–12", "ben[5–7]:losetheshadow"),
    ):
        assert part in text, part
    assert "outofrange" not in text


@needs_fonts
@pytest.mark.parametrize("script", SCRIPTS)
def test_text_of_every_script_can_be_searched(scene: Scene, out: Path, script: str) -> None:
    (take,) = circle(scene)
    notes.write_note(scene.studio, scene.people["ben"], uid(), take, SCRIPTS[script])
    path, remarks = export(scene, out)
    assert "".join(SCRIPTS[script].split()) in text_of(path)
    assert remarks == []


def test_letters_that_no_font_has_are_told_once(scene: Scene, out: Path) -> None:
    for take in circle(scene, 2):
        notes.write_note(scene.studio, scene.people["ben"], uid(), take, "\ue000 and \ue000")
    (remark,) = export(scene, out)[1]
    assert remark.startswith("no font here has \ue000 (U+E000)")


def test_the_picture_is_the_in_frame(scene: Scene, out: Path) -> None:
    takes = circle(scene, 3, kind="clip", frames=60)
    for take, first in zip(takes, (0, 20, 59), strict=True):
        selects.set_range(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), take, first, 59)
    (page,) = pages_of(export(scene, out)[0])
    for place, first in enumerate((0, 20, 59)):
        assert abs(in_middle(page, place).astype(int) - brightness(first)).max() <= 2
    with Image.open(page) as image:
        assert image.size == images.SIZE
        assert image.getpixel((3, 3)) == (GREY,) * 3


def test_colours_of_stills_are_those_of_the_file(scene: Scene, out: Path) -> None:
    takes = circle(scene, 2)
    (page,) = pages_of(export(scene, out)[0])
    for place, take in enumerate(takes):
        assert abs(in_middle(page, place).astype(int) - (take, 0, 128)).max() <= 3


def test_media_that_are_missing_have_a_cell_that_says_so(scene: Scene, out: Path) -> None:
    first, second = circle(scene, 2)
    media.path_of(scene.studio, scene.studio.value("SELECT media FROM takes WHERE id = ?", (first,))).unlink()
    with pytest.raises(Refused, match=f"media of take {first} are gone"):
        export(scene, out)
    path, remarks = export(scene, out, allow_missing=True)
    assert text_of(path).count("mediamissing") == 1
    assert f"take{second}·circled" in text_of(path)
    assert remarks == [f"the media of take {first} are gone"]


def test_pages_of_the_last_export_do_not_stay_and_other_files_do(scene: Scene, out: Path) -> None:
    takes = circle(scene, 13)
    mine = out / "SHOW_contact_sheet_03.png"
    Image.new("RGB", (4, 4)).save(mine)
    path, _ = export(scene, out)
    assert "page2of2" in text_of(path)
    assert [page.name[-6:] for page in pages_of(path)] == ["01.png", "02.png", "03.png"]
    statuses.set_status(scene.studio, accounts.get_person(scene.studio, "ana"), uid(), takes[0], "approved")
    export(scene, out)
    assert [page.name[-6:] for page in pages_of(path)] == ["01.png", "03.png"]
    with Image.open(mine) as image:
        assert image.size == (4, 4)
    assert sorted(each.suffix for each in out.iterdir()) == [".pdf", ".png", ".png"]


def test_a_watermark_lies_across_each_page(scene: Scene, out: Path) -> None:
    circle(scene, 13)
    path, _ = export(scene, out / "plain")
    marked, _ = export(scene, out / "marked", watermark="for ana's eyes")
    assert text_of(path).count("forana'seyes") == 0
    assert text_of(marked).count("forana'seyes") == 2
    changed = [
        np.asarray(Image.open(a)) != np.asarray(Image.open(b))
        for a, b in zip(pages_of(path), pages_of(marked), strict=True)
    ]
    assert all(0.005 < page.mean() < 0.2 for page in changed)
    with pytest.raises(Invalid, match="watermark has 90 characters"):
        export(scene, out, watermark="x" * 90)


def test_long_texts_stay_within_their_cell(scene: Scene, out: Path) -> None:
    (take,) = circle(scene)
    notes.write_note(scene.studio, scene.people["ben"], uid(), take, "word " * 700)
    path, _ = export(scene, out)
    assert "word…" in text_of(path)
    (page,) = pages_of(path)
    with Image.open(page) as image:
        pixels = np.asarray(image)
    below, right = round((TOP + CELL[1]) / PAGE[1] * 1240) + 1, round((LEFT + CELL[0]) / PAGE[0] * 1754) + 3
    assert (pixels[below:] == GREY).all()
    assert (pixels[round(TOP / PAGE[1] * 1240) :, right:] == GREY).all()


def test_an_export_that_fails_leaves_the_last_one(scene: Scene, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    circle(scene)
    export(scene, out)
    before = {each.name: each.read_bytes() for each in out.iterdir()}

    def lose_power(*_: object) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr(images, "write_png", lose_power)
    with pytest.raises(RuntimeError):
        export(scene, out)
    assert {each.name: each.read_bytes() for each in out.iterdir()} == before


@pytest.mark.parametrize("harm", [lambda data: data[: len(data) // 2], lambda _: b""], ids=["torn", "empty"])
def test_a_damaged_clip_is_on_no_sheet(scene: Scene, out: Path, harm: Callable[[bytes], bytes]) -> None:
    (take,) = circle(scene, kind="clip", frames=9)
    (file,) = scene.studio.media_folder.rglob("*.mp4")
    file.write_bytes(harm(file.read_bytes()))
    with pytest.raises(Refused, match=f"the picture of take {take} cannot be read: run circletake doctor"):
        export(scene, out)
    assert list(out.iterdir()) == []


def test_a_page_as_png_is_the_page_of_the_pdf(scene: Scene, out: Path) -> None:
    circle(scene, 2)
    path, _ = export(scene, out)
    document = pdfium.PdfDocument(path)
    with Image.open(pages_of(path)[0]) as image:
        assert np.array_equal(np.asarray(image), images.render_page(document, 0))
        assert image.info == {images.KEY: images.MADE_HERE}
    document.close()


def test_one_frame_is_one_frame() -> None:
    assert [held_for(count) for count in (1, 2)] == ["held for 1 frame", "held for 2 frames"]
