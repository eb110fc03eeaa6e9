"""Shots are found where they are, and of each the sharp frames are kept: nothing black, flat, blurred, or kept before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from feedback.library.hashes import HashIndex, distance, perceptual_hash
from feedback.library.items import hashes_of_title
from feedback.library.report import report
from feedback.library.search import Filter, list_items
from feedback.store import media
from generation.library.choosing import Chooser, Place
from generation.library.films import FilmReader, read_facts
from generation.media.decode import read_frames
from tests.generation.library.rendered import SMALL, add, library_studio, pictures, scene, shot, write_film


def parts_of(path: Path, choice=SMALL, place: Place | None = None):
    facts = read_facts(path)
    start = place or Place()
    reader = FilmReader(path, facts, 1)
    return list(Chooser(facts, choice, replace(start)).parts(reader.frames(start.number, start.seconds)))


def test_shots_begin_where_the_film_is_cut(tmp_path: Path) -> None:
    lengths = [(1, 2.0), (2, 1.0), (3, 3.0), (4, 0.75), (5, 2.5)]
    parts = parts_of(write_film(tmp_path / "a.mp4", pictures(lengths)))
    ends = [round(part.read_until * 24) for part in parts if part.ends_shot]
    cuts = [round(24 * sum(seconds for _, seconds in lengths[:k])) for k in range(1, 5)]
    assert ends[:-1] == cuts
    assert [part.shot for part in parts if part.ends_shot] == [0, 1, 2, 3, 4]


def blurred(picture: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(4)))


def test_the_sharp_frames_of_a_shot_are_chosen(tmp_path: Path) -> None:
    """Only every twelfth frame is sharp: those are chosen."""
    frames = [picture if number % 12 == 0 else blurred(picture) for number, picture in enumerate(shot(1, 6.0))]
    picks = [pick for part in parts_of(write_film(tmp_path / "a.mp4", frames)) for pick in part.picks]
    assert len(picks) >= 3
    assert all(pick.number % 12 == 0 for pick in picks)


def test_a_window_without_a_sharp_frame_is_left_out(tmp_path: Path) -> None:
    frames = [blurred(each) if 48 <= k < 96 else each for k, each in enumerate(shot(1, 6.0))]
    (part,) = parts_of(write_film(tmp_path / "a.mp4", frames))
    assert [reason for reason, _ in part.left_out] == ["blurred beside others of its shot"]
    assert not [pick for pick in part.picks if 48 <= pick.number < 96]


def test_black_white_and_flat_frames_are_left_out(tmp_path: Path) -> None:
    plain = [np.full((180, 320, 3), grey, np.uint8) for grey in (0, 255, 120)]
    frames = [picture for each in plain for picture in [each] * 36] + pictures([(1, 2.0)])
    reasons = {reason for part in parts_of(write_film(tmp_path / "a.mp4", frames)) for reason, _ in part.left_out}
    assert {"black", "white", "flat"} <= reasons
    picks = [pick for part in parts_of(tmp_path / "a.mp4") for pick in part.picks]
    assert picks
    assert all(pick.number >= 108 for pick in picks)


def test_a_clip_has_the_length_and_rate_that_were_chosen(tmp_path: Path) -> None:
    """Also of a film whose frames come at odd times."""
    times = [number for number in range(96) if number % 3]
    for name, more in (("a.mp4", {}), ("b.mkv", {"times": times})):
        frames = pictures([(1, 4.0)])[: len(times)] if more else pictures([(1, 4.0)])
        (clip,) = [clip for part in parts_of(write_film(tmp_path / name, frames, **more)) for clip in part.clips]
        rate = float(read_facts(tmp_path / name).rate)
        assert len(clip.pixels) == round(rate)
        assert clip.pixels[0].shape == (90, 160, 3)


def test_a_clip_in_which_nothing_moves_is_left_out(tmp_path: Path) -> None:
    parts = parts_of(write_film(tmp_path / "a.mp4", [next(shot(1, 1.0))] * 72))
    assert ("nothing moves in it", "at 0:00:00.1") in [each for part in parts for each in part.left_out]
    assert not [clip for part in parts for clip in part.clips]


def test_reading_on_from_any_part_gives_the_rest(tmp_path: Path) -> None:
    """Shots of 8 windows and more end in parts before they end."""
    path = write_film(tmp_path / "a.mp4", pictures([(1, 2.0), (2, 7.0), (3, 1.5)]))
    choice = replace(SMALL, every=0.5)
    through = parts_of(path, choice)
    assert [part.ends_shot for part in through].count(False) >= 1
    for number, part in enumerate(through[:-1]):
        on = parts_of(path, choice, Place(**part.position))
        assert [each.position for each in on] == [each.position for each in through[number + 1 :]]
        for one, other in zip(on, through[number + 1 :], strict=True):
            assert [(pick.number, pick.hash) for pick in one.picks] == [
                (pick.number, pick.hash) for pick in other.picks
            ]
            assert [(clip.first, clip.last) for clip in one.clips] == [(clip.first, clip.last) for clip in other.clips]
            assert one.left_out == other.left_out


def test_parts_bound_what_is_in_memory(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", pictures([(1, 13.0)]))
    parts = parts_of(path, replace(SMALL, every=0.5))
    assert len(parts) > 2
    assert max(len(part.picks) for part in parts) <= 9


def test_near_duplicates_are_kept_once_in_a_title(tmp_path: Path) -> None:
    """Also when they come back later, in another file, smaller and encoded again; another title has its own."""
    folder = tmp_path / "films"
    folder.mkdir()
    write_film(folder / "a.mp4", pictures([(1, 2.0), (2, 2.0), (1, 2.0)]))
    small = pictures([(2, 2.0)])
    write_film(
        folder / "b.avi", [np.asarray(Image.fromarray(each).resize((240, 136))) for each in small], codec="mpeg4"
    )
    studio = library_studio(tmp_path / "studio")
    assert add(studio, folder).stills == 2
    (of,) = report(studio)
    assert of["left_out"]["nearly the same as another"]["count"] >= 2
    assert "item" in of["left_out"]["nearly the same as another"]["examples"][0]
    write_film(tmp_path / "c.mp4", pictures([(2, 1.9)]))
    assert add(studio, tmp_path / "c.mp4", "Other").stills == 1


def test_what_is_kept_is_what_the_film_shows(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", pictures([(1, 2.0)]))
    studio = library_studio(tmp_path / "studio")
    add(studio, path)
    for item in list_items(studio, Filter(kind="still")):
        kept = read_frames(media.path_of(studio, item["media"]))[0].astype(int)
        assert np.abs(kept - scene(1, 320, 180)[:, item["frame_in"] : item["frame_in"] + 320]).mean() < 8
        proxy = media.describe(studio, item["proxy"])
        assert (proxy["ext"], max(proxy["width"], proxy["height"])) == ("jpg", 320)
    (clip,) = list_items(studio, Filter(kind="clip"))
    frames = read_frames(media.path_of(studio, clip["media"]))
    assert len(frames) == clip["frames"] == 24
    assert clip["frame_out"] - clip["frame_in"] == 23


@pytest.mark.parametrize("change", ["half", "jpeg", "grade"])
def test_hashes_are_near_for_the_same_picture_and_far_for_others(change: str, tmp_path: Path) -> None:
    apart, other = [], []
    for seed in range(20):
        picture = Image.fromarray(scene(seed, 320, 180)[:, :320])
        if change == "half":
            changed = picture.resize((160, 90))
        elif change == "jpeg":
            picture.save(tmp_path / "a.jpg", quality=30)
            changed = Image.open(tmp_path / "a.jpg")
        else:
            changed = picture.point(lambda value: int(255 * (value / 255) ** 0.85))
        first = perceptual_hash(np.asarray(picture))
        apart.append(distance(first, perceptual_hash(np.asarray(changed))))
        other.append(distance(first, perceptual_hash(scene(seed + 100, 320, 180)[:, :320])))
    assert max(apart) <= 6
    assert min(other) >= 14


def test_the_nearest_hash_is_found() -> None:
    index = HashIndex()
    assert index.nearest(5) is None
    for number in range(3000):
        index.add(number, int(np.random.default_rng(number).integers(-(2**63), 2**63 - 1)))
    value = int(np.random.default_rng(1234).integers(-(2**63), 2**63 - 1))
    assert index.nearest(value) == (1234, 0)
    assert index.nearest(value ^ 0b101) == (1234, 2)
    assert index.nearest(value ^ -(2**63)) == (1234, 1)


def test_hashes_of_a_title_come_from_its_record(tmp_path: Path) -> None:
    studio = library_studio(tmp_path / "studio")
    add(studio, write_film(tmp_path / "a.mp4", pictures([(1, 2.0), (2, 2.0)])))
    assert len(hashes_of_title(studio, 1, "still")) == 2
    assert len(hashes_of_title(studio, 1, "clip")) == 2
    assert len(hashes_of_title(studio, 2, "still")) == 0
