"""Takes of a studio are compared with its library and with takes of other shots."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from feedback.copies import checks, descriptions, threshold
from feedback.copies.threshold import Threshold
from feedback.library import items
from feedback.production import briefs
from feedback.store import Studio, media
from generation.copies import backlog
from generation.copies.backlog import Backlog, IdleComparing
from generation.copies.checking import Known, check_take, chosen_frames, most_alike_file
from generation.workers.worker import run_worker
from tests.factories import add_brief
from tests.generation.copies.scenes import add_take, picture, read_in, studio_with_library, write_pictures

LIMIT = Threshold(0.8, 0)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return studio_with_library(tmp_path)


def run(studio: Studio, newer: bool = True) -> backlog.Progress:
    return Backlog(studio, newer=newer).run(threading.Event())


def like(studio: Studio, take: int) -> list[checks.Match]:
    return checks.matches_of(studio, [take], LIMIT)


def test_a_copy_of_the_library_is_marked(studio: Studio) -> None:
    copy, other = add_take(studio, picture(3)[:, ::-1]), add_take(studio, picture(50), "T_020")
    run(studio)
    first = like(studio, copy)[0]
    assert (first["title"], first["licence"], first["mirrored"], first["is_marked"]) == (
        "Harbour",
        "catalogue",
        True,
        True,
    )
    assert first["item"] is not None
    assert checks.marked(studio, [copy, other]) == {copy}
    assert [match["take"] for match in checks.all_marked(studio, LIMIT)] == [copy]


def test_what_another_release_described_is_described_and_compared_anew(studio: Studio) -> None:
    copy = add_take(studio, picture(3)[:, ::-1])
    run(studio)
    with studio.writing() as db:
        for table in ("picture_descriptions", "take_checks"):
            db.execute(f"UPDATE {table} SET scheme = scheme - 1")
    assert threshold.threshold_of(studio).frames == 0
    done = run(studio)
    assert (done.described, done.compared, done.measured) == (6, 1, 6)
    assert checks.marked(studio, [copy]) == {copy}


def test_an_excluded_frame_is_compared_with_all_the_same(studio: Studio) -> None:
    items.exclude(studio, [1], "the set was not ours")
    take = add_take(studio, picture(0))
    run(studio)
    assert (like(studio, take)[0]["item"], like(studio, take)[0]["excluded"]) == (1, True)
    assert checks.marked(studio, [take]) == {take}


def test_takes_of_one_shot_are_no_copies_of_each_other(studio: Studio) -> None:
    first, same_shot = add_take(studio, picture(60)), add_take(studio, picture(60) // 2)
    elsewhere = add_take(studio, picture(60) // 3 + 60, "T_020")
    run(studio)
    assert not checks.marked(studio, [first, same_shot])
    assert like(studio, elsewhere)[0]["other"] in (first, same_shot)
    assert checks.marked(studio, [elsewhere]) == {elsewhere}
    assert first not in {match["other"] for match in like(studio, same_shot)}


def test_a_take_is_no_copy_of_what_it_starts_from(studio: Studio) -> None:
    source = studio.value("SELECT media FROM library_items WHERE id = 2")
    brief = add_brief(studio, "ana", "from a frame")
    with studio.writing() as db:
        db.table("briefs").update(brief["id"], {"source_media": source})
    take = add_take(studio, picture(1), brief=briefs.get_brief(studio, brief["id"]))
    run(studio)
    assert (like(studio, take)[0]["item"], like(studio, take)[0]["is_source"]) == (2, True)
    assert not checks.marked(studio, [take])


def test_a_clip_is_known_by_any_of_its_frames(studio: Studio) -> None:
    frames = np.stack([picture(70), picture(71), picture(72), picture(73), picture(4)])
    take = add_take(studio, frames)
    run(studio)
    match = next(match for match in like(studio, take) if match["is_marked"])
    assert (match["item"], match["frame"]) == (5, 4)
    assert chosen_frames(5) == [0, 2, 4]
    assert chosen_frames(1) == [0]


def test_a_round_ends_and_goes_on_where_it_was(studio: Studio) -> None:
    takes = [add_take(studio, picture(80 + number), f"T_0{number}0") for number in range(3)]
    stop = threading.Event()
    Backlog(studio, newer=True).run(stop, lambda done: done.compared == 2 and stop.set())
    assert [checks.find_check(studio, take) is not None for take in takes] == [True, True, False]
    assert run(studio).compared == 1
    assert run(studio) == backlog.Progress()


def test_what_was_there_before_is_described(studio: Studio) -> None:
    with studio.writing() as db:
        db.execute("DELETE FROM picture_descriptions")
    take = add_take(studio, picture(2))
    assert Backlog(studio).left() == 6 + 1
    progress = run(studio)
    assert (progress.described, progress.compared) == (6, 1)
    assert checks.marked(studio, [take]) == {take}


def test_new_frames_are_compared_with_old_takes(studio: Studio, tmp_path: Path) -> None:
    take = add_take(studio, picture(90))
    run(studio)
    assert not checks.marked(studio, [take])
    read_in(studio, write_pictures(tmp_path / "more", [90]), "Later")
    assert run(studio, newer=False).compared == 0
    assert run(studio).compared == 1
    assert like(studio, take)[0]["title"] == "Later"
    assert checks.marked(studio, [take]) == {take}


def test_files_that_are_gone_are_named(studio: Studio) -> None:
    take = add_take(studio, picture(3))
    item = studio.value("SELECT media FROM library_items WHERE id = 1")
    with studio.writing() as db:
        db.execute("DELETE FROM picture_descriptions WHERE media = ?", (item,))
    for sha256 in (item, studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))):
        media.path_of(studio, sha256).unlink()
    progress = run(studio)
    assert [(row["item"], "is missing" in row["reason"]) for row in progress.left_out] == [("1", True)]
    check = checks.find_check(studio, take)
    assert check is not None
    assert (check["problem"] or "").startswith("its file is missing or damaged: restore it from a backup")
    assert str(studio.folder) not in (check["problem"] or "")
    assert run(studio).described == 0


def test_a_file_from_elsewhere_is_looked_for_in_all(studio: Studio) -> None:
    take = add_take(studio, picture(95))
    run(studio)
    alike = most_alike_file(Known(studio), picture(95)[None])
    (match, *_) = checks.matches_of_file(studio, alike, LIMIT)
    assert (match["other"], match["is_marked"], match["item"]) == (take, True, None)


def test_the_library_sets_the_threshold(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threshold.threshold_of(studio) == (threshold.DEFAULT, 0)
    assert run(studio).measured == 6
    monkeypatch.setattr(threshold, "FEWEST", 6)
    limit = threshold.threshold_of(studio)
    assert limit.frames == 6
    assert threshold.LOWEST <= limit.value <= threshold.HIGHEST


def test_frames_of_one_film_set_no_threshold(studio: Studio) -> None:
    """They are alike because they are of one place."""
    number = studio.value("SELECT id FROM picture_descriptions ORDER BY id LIMIT 1")
    assert len(threshold.same_file(studio, number)) == 1
    with studio.writing() as db:
        db.execute("UPDATE library_items SET file = 1, frame_in = id")
    assert len(threshold.same_file(studio, number)) == 6
    run(studio)
    assert studio.value("SELECT max(likeness) FROM nearest_apart") == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.5] * 200, 0.6), ([0.7] * 399 + [0.95], 0.7), ([0.7] * 398 + [0.95] * 2, 0.9), ([0.95] * 200, 0.9)],
)
def test_the_cut(values: list[float], expected: float) -> None:
    assert threshold.cut(values) == pytest.approx(expected, abs=1e-5)


def test_a_worker_compares_what_it_drew(studio: Studio) -> None:
    take = add_take(studio, picture(3))
    run_worker(studio, once=True, compare=False)
    assert checks.find_check(studio, take) is None
    run_worker(studio, once=True)
    assert checks.marked(studio, [take]) == {take}


def test_without_opencv_nothing_fails(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "is_there", lambda: False)
    take = add_take(studio, picture(3))
    assert not IdleComparing(studio).step(0.0)
    run_worker(studio, once=True)
    assert checks.find_check(studio, take) is None
    before = descriptions.newest(studio)
    backlog.keep_frames(studio, "0" * 64, picture(1)[None])
    assert descriptions.newest(studio) == before


def test_the_worker_looks_again_now_and_then(studio: Studio, tmp_path: Path) -> None:
    take = add_take(studio, picture(91))
    idle = IdleComparing(studio)
    while idle.step(0.0):
        pass
    read_in(studio, write_pictures(tmp_path / "more", [91]), "Later")
    while idle.step(10.0):
        pass
    assert not checks.marked(studio, [take])
    for moment in (400.0, 401.0):
        while idle.step(moment):
            pass
    assert checks.marked(studio, [take]) == {take}


def test_check_take_keeps_the_newest_answer(studio: Studio) -> None:
    take = add_take(studio, picture(3))
    known = Known(studio)
    check_take(known, take)
    check_take(known, take)
    assert len({match["media"] for match in like(studio, take)}) == len(like(studio, take))
