"""Films of every odd kind come out upright, with square pixels, in the right colours, at the right times; or are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from feedback.errors import Invalid
from generation.library.films import Facts, FilmReader, read_facts
from generation.library.hdr import pq_to_nits
from generation.library.kinds import kind_of
from generation.library.pictures import UPRIGHT, ClipPictures, clip_picture, is_plain, picture_of
from tests.generation.library.rendered import pictures, turn_film, write_film

BARS = ((200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (128, 128, 128), (20, 20, 20))
HEVC = {"x265-params": "log-level=none"}


def bars(width: int = 192, height: int = 96, count: int = 12) -> list[np.ndarray]:
    """Six bars of plain colours, from left to right."""
    picture = np.zeros((height, width, 3), np.uint8)
    for place, colour in enumerate(BARS):
        picture[:, place * width // 6 : (place + 1) * width // 6] = colour
    return [picture] * count


def first_picture(path: Path, longest: int = 4096) -> np.ndarray:
    assert kind_of(path) == "film"
    facts = read_facts(path)
    timed = next(FilmReader(path, facts).frames())
    return picture_of(timed.frame, facts.ratio, longest, facts.turn)


def colours_of(picture: np.ndarray) -> np.ndarray:
    """In the middle of each bar."""
    height, width, _ = picture.shape
    places = [(2 * bar + 1) * width // 12 for bar in range(6)]
    return np.array([picture[height // 2 - 4 : height // 2 + 4, x - 3 : x + 3].mean(axis=(0, 1)) for x in places])


FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "SD without a word about its matrix": ("a.mp4", {}),
    "BT.709": ("a.mp4", {"colours": {"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1}}),
    "full range": ("a.mp4", {"colours": {"colorspace": 1, "color_range": 2}, "layout": "yuv420p"}),
    "10 bits": ("a.mp4", {"codec": "libx265", "layout": "yuv420p10le", "options": HEVC}),
    "BT.2020 matrix of 10 bits": (
        "a.mkv",
        {"codec": "ffv1", "layout": "yuv444p10le", "colours": {"colorspace": 9, "color_range": 1}},
    ),
    "motion JPEG in AVI": (
        "a.avi",
        {"codec": "mjpeg", "layout": "yuvj420p", "colours": {"colorspace": 5, "color_range": 2}},
    ),
    "MPEG-2 in a programme stream": ("a.mpg", {"codec": "mpeg2video", "rate": 25}),
    "H.264 in a transport stream": ("a.ts", {}),
    "RGB of QuickTime": ("a.mov", {"codec": "qtrle", "layout": "rgb24"}),
    "ProRes": ("a.mov", {"codec": "prores_ks", "layout": "yuv422p10le"}),
    "VP9": ("a.webm", {"codec": "libvpx-vp9"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_colours_are_right(form: str, tmp_path: Path) -> None:
    name, how = FORMS[form]
    picture = first_picture(write_film(tmp_path / name, bars(), **how))
    assert picture.shape == (96, 192, 3)
    assert np.abs(colours_of(picture) - BARS).max() <= 5, colours_of(picture).round()


@pytest.mark.parametrize(
    ("layout", "matrix", "levels", "is_direct"),
    [
        *(("yuv420p", 1, 1, True), ("yuv420p", 1, 2, True), ("yuv420p10le", 1, 1, True), ("yuv444p", 1, 1, True)),
        *(("yuv420p", 5, 1, False), ("yuva420p", 1, 1, False)),
    ],
)
def test_clips_have_the_colours_of_the_film(
    layout: str, matrix: int, levels: int, is_direct: bool, tmp_path: Path
) -> None:
    """Whether its frames are scaled as they are coded or made pictures first. `levels`: 1 is limited range, 2 is full."""
    colours = {"colorspace": matrix, "color_primaries": 1, "color_trc": 1, "color_range": levels}
    codec = "ffv1" if layout == "yuva420p" else "libx264"
    path = write_film(tmp_path / "a.mkv", pictures([(1, 0.3)]), codec=codec, layout=layout, colours=colours)
    frame = next(iter(FilmReader(path, read_facts(path), 1).frames())).frame
    assert is_plain(frame, UPRIGHT) is is_direct
    kept, seen = clip_picture(frame, 1.0, 160), picture_of(frame, 1.0, 160, even=True).astype(int)
    assert (kept.format.name, kept.width, kept.height) == ("yuv420p", 160, 90)
    assert np.abs(ClipPictures([kept])[0] - seen).mean() < 4
    assert abs(ClipPictures([kept])[0].mean() - pictures([(1, 0.1)])[0].mean()) < (2 if is_direct else 4)


@pytest.mark.parametrize("how", ["right", "left", "around", "mirror"])
def test_turned_films_are_upright(how: str, tmp_path: Path) -> None:
    picture = bars()[0]
    picture[:48, :16] = 255  # the corner at the top left
    path = turn_film(write_film(tmp_path / "a.mp4", [picture] * 12), how)
    seen = first_picture(path)
    meant = {
        "right": np.rot90(picture, -1),
        "left": np.rot90(picture),
        "around": picture[::-1, ::-1],
        "mirror": picture[:, ::-1],
    }
    assert seen.shape == meant[how].shape
    assert np.abs(seen.astype(int) - meant[how]).mean() < 6
    assert (read_facts(path).width, read_facts(path).height) == meant[how].shape[1::-1]


@pytest.mark.parametrize(("ratio", "size"), [(Fraction(16, 15), (205, 96)), (Fraction(1, 2), (192, 192))])
def test_pixels_become_square(ratio: Fraction, size: tuple[int, int], tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", bars(), ratio=ratio)
    assert first_picture(path).shape[1::-1] == size
    assert (read_facts(path).width, read_facts(path).height) == size


def test_what_is_transparent_is_on_black(tmp_path: Path) -> None:
    picture = np.dstack([bars()[0], np.full((96, 192), 255, np.uint8)])
    picture[:, :32, 3] = 0
    picture[:, 32:64, 3] = 128
    for name, codec, layout in (("a.mov", "prores_ks", "yuva444p10le"), ("b.mov", "qtrle", "argb")):
        options = {"profile": "4444"} if codec == "prores_ks" else {}
        seen = colours_of(
            first_picture(write_film(tmp_path / name, [picture] * 3, codec=codec, layout=layout, options=options))
        )
        assert np.abs(seen[0]).max() <= 4
        assert np.abs(seen[1] - np.array(BARS[1]) * 128 / 255).max() <= 6
        assert np.abs(seen[2:] - BARS[2:]).max() <= 6


def test_webm_with_transparency_is_refused_by_name(tmp_path: Path) -> None:
    picture = np.dstack([bars()[0], np.full((96, 192), 100, np.uint8)])
    path = write_film(tmp_path / "a.webm", [picture] * 3, codec="libvpx-vp9", layout="yuva420p")
    with av.open(str(path)) as file:
        if file.streams.video[0].metadata.get("alpha_mode") != "1":
            pytest.skip("this libvpx writes no transparency")
    with pytest.raises(Invalid, match="WebM with transparency"):
        read_facts(path)


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_seen_as_on_a_screen(transfer: int, tmp_path: Path) -> None:
    """Grey steps keep their order, diffuse white is bright, and 100 nits are where a screen has them."""
    nits = np.array([0.0, 25.0, 100.0, 203.0, 600.0, 1000.0])
    code = pq_code(nits) if transfer == 16 else hlg_code(nits)
    picture = np.repeat(np.repeat(code, 32)[None, :], 96, axis=0)[..., None].repeat(3, axis=2)
    frames = [(picture * 65535).round().astype(np.uint16)] * 3
    colours = {"colorspace": 9, "color_primaries": 9, "color_trc": transfer, "color_range": 1}
    path = write_film(tmp_path / "a.mkv", frames, codec="ffv1", layout="yuv420p10le", colours=colours)
    seen = colours_of(first_picture(path))
    assert np.ptp(seen, axis=1).max() <= 2  # grey stays grey
    grey = seen.mean(axis=1)
    assert grey[0] <= 2
    assert abs(grey[2] - 255 * (100 / 203) ** (1 / 2.4)) <= 4
    assert 220 <= grey[3] <= 240
    assert grey[5] >= 252
    assert (np.diff(grey) > 2).all()  # 600 nits can be told from 1000


def pq_code(nits: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, from light to code."""
    power = (nits / 10000) ** 0.1593017578125
    code = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    assert np.allclose(pq_to_nits(code.astype(np.float64)), nits, rtol=1e-3, atol=1e-3)
    return code


def hlg_code(nits: np.ndarray) -> np.ndarray:
    """ITU-R BT.2100 for a screen of 1000 nits, of grey."""
    scene = (nits / 1000) ** (1 / 1.2)
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    )


def test_saturated_wide_colours_stay_in_their_hue(tmp_path: Path) -> None:
    frames = [np.full((96, 96, 3), (40000, 5000, 5000), np.uint16)] * 3
    colours = {"colorspace": 9, "color_primaries": 9, "color_trc": 16, "color_range": 1}
    red, green, blue = first_picture(
        write_film(tmp_path / "a.mkv", frames, codec="ffv1", layout="yuv444p10le", colours=colours)
    ).mean(axis=(0, 1))
    assert red > 240
    assert max(green, blue) < 60


def test_interlaced_fields_become_one_picture(tmp_path: Path) -> None:
    """A bar that moves between two fields has combs; after reading it has none."""
    frames = []
    for number in range(12):
        picture = np.full((96, 192, 3), 60, np.uint8)
        for field in range(2):
            left = 20 + 10 * number + 5 * field
            picture[field::2, left : left + 30] = 200
        frames.append(picture)
    path = write_film(
        tmp_path / "a.mpg", frames, 25, "mpeg2video", options={"flags": "+ildct+ilme", "b:v": "6M", "top": "1"}
    )
    facts = read_facts(path)
    if not facts.interlaced:
        pytest.skip("this encoder marks no interlaced frames")
    read = list(FilmReader(path, facts).frames())
    assert len(read) == 12
    combed = comb(frames[6][..., 0])
    assert comb(picture_of(read[6].frame, 1.0, 4096)[..., 0]) < combed / 4


def comb(luma: np.ndarray) -> float:
    lines = luma.astype(float)
    return float(np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).mean())


def test_variable_rate_has_the_times_of_its_frames(tmp_path: Path) -> None:
    times = [0, 1, 2, 3, 10, 20, 21, 22, 40, 41]
    path = write_film(tmp_path / "a.mkv", bars(count=10), times=times)
    read = list(FilmReader(path, read_facts(path)).frames())
    assert [each.number for each in read] == list(range(10))
    assert [each.seconds for each in read] == pytest.approx([time / 24 for time in times], abs=0.001)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp4", {"options": {"g": "30", "bf": "2"}}),
        ("a.ts", {"options": {"g": "30", "bf": "2"}}),
        ("a.mpg", {"codec": "mpeg2video", "rate": 25}),
        ("a.avi", {"codec": "mpeg4"}),
        ("a.mkv", {"times": [3 * number // 2 for number in range(96)], "options": {"g": "25"}}),
        ("a.gif", {"codec": "gif", "layout": "rgb8", "rate": 25}),
    ],
)
def test_reading_on_gives_the_frames_that_reading_through_gives(name: str, how: dict[str, Any], tmp_path: Path) -> None:
    path = write_film(tmp_path / name, pictures([(1, 2.0), (2, 2.0)]), **how)
    facts = read_facts(path)
    through = list(FilmReader(path, facts).frames())
    for place in (1, len(through) // 2, len(through) - 1):
        on = list(FilmReader(path, facts).frames(through[place].number, through[place].seconds))
        assert [(each.number, each.seconds) for each in on] == [(each.number, each.seconds) for each in through[place:]]
        one, other = (picture_of(each[0].frame, 1.0, 4096) for each in (on, through[place:]))
        assert np.array_equal(one, other)


def truncated(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an MP4 that lost its end": (
        lambda folder: truncated(write_film(folder / "a.mp4", bars()), 0.3),
        "cannot be read as a film",
    ),
    "an MP4 that lost the end of its index": (
        lambda folder: truncated(write_film(folder / "a.mp4", bars()), 0.6),
        "its end is missing",
    ),
    "nothing": (lambda folder: written(folder / "a.mp4", b""), "it is empty"),
    "zeros": (lambda folder: written(folder / "a.mp4", bytes(5000)), "nothing but zeros"),
    "noise": (lambda folder: written(folder / "a.mov", np.random.default_rng(0).bytes(5000)), "no picture and no film"),
    "a playlist": (lambda folder: written(folder / "a.mp4", b"#EXTM3U\n/etc/passwd\n"), "a list of other files"),
    "a list for FFmpeg": (
        lambda folder: written(folder / "a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        "no picture and no film",
    ),
    "a page": (lambda folder: written(folder / "a.mp4", b"<html>"), "no picture and no film"),
    "an EXR": (lambda folder: written(folder / "a.exr", b"v/1\x01" + bytes(100)), "it is an EXR"),
    "a DPX": (lambda folder: written(folder / "a.dpx", b"SDPX" + bytes(100)), "it is a DPX"),
    "a HEIC": (lambda folder: written(folder / "a.jpg", b"\0\0\0\x18ftypheic" + bytes(100)), "it is a HEIC picture"),
    "a raw file": (lambda folder: written(folder / "a.NEF", b"II*\0" + bytes(100)), "camera's raw file"),
    "an archive": (lambda folder: written(folder / "a.zip", b"PK\x03\x04" + bytes(100)), "an archive"),
}


def facts_of(path: Path) -> Facts | None:
    return read_facts(path) if kind_of(path) == "film" else None


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_named_in_one_line(what: str, tmp_path: Path) -> None:
    make, words = REFUSED[what]
    path = make(tmp_path)
    with pytest.raises(Invalid, match=words) as refusal:
        facts_of(path)
    assert "\n" not in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_huge_frames_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.avi", [np.zeros((5008, 9008, 3), np.uint8)], codec="mjpeg", layout="yuvj420p")
    with pytest.raises(Invalid, match="9008 x 5008"):
        read_facts(path)


def test_sound_alone_and_sound_with_a_cover_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as file:
        stream: Any = file.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(Invalid, match="only sound"):
        read_facts(path)


def test_ffmpeg_follows_nothing_that_a_film_names(tmp_path: Path) -> None:
    """A list of other films would be read by FFmpeg as if it were one: here it is not, also if its kind were not looked at."""
    write_film(tmp_path / "other.mp4", bars())
    path = written(tmp_path / "a.mp4", b"ffconcat version 1.0\nfile other.mp4\n")
    with av.open(str(path)) as file:
        assert next(file.decode(video=0)).width == 192
    with pytest.raises(Invalid, match="cannot be read as a film"):
        read_facts(path)
