"""An image encoder of the studio's, a real CLIP with random weights, names pictures that are similar to takes."""

from __future__ import annotations

import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from feedback.copies import checks, similar, vectors
from feedback.models.runs import start_run
from feedback.store import Studio, media
from generation import image_encoder
from generation.copies import encoding
from generation.copies.backlog import Backlog, Progress
from generation.copies.encoding import Seen
from generation.copies.encoding_round import Encoding
from generation.workers.worker import run_worker
from tests.generation.copies.scenes import add_take, picture, read_in, studio_with_library, write_pictures
from tests.tiny_pipelines.image_encoders import tiny_encoder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoders") / "clip", "clip")


@pytest.fixture
def studio(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv(vectors.ENCODER, str(clip))
    return studio_with_library(tmp_path)


def run(studio: Studio) -> Progress:
    return Backlog(studio, newer=True).run(threading.Event())


def named(studio: Studio, take: int) -> list[tuple[int | None, int | None]]:
    """(library item, take) of what is similar, the most similar first."""
    encoder = vectors.in_use(studio)
    assert encoder is not None
    return [(match["item"], match["other"]) for match in similar.similar_to(studio, [take], encoder)]


def test_the_most_similar_frames_and_takes_are_named(studio: Studio) -> None:
    first, same_shot = add_take(studio, picture(60)), add_take(studio, picture(60) // 2 + 9)
    copy = add_take(studio, picture(3), "T_020")
    progress = run(studio)
    assert (progress.read, progress.encoder_problem) == (6 + 3, None)
    assert named(studio, copy)[0] == (4, None)
    assert sum(item is not None for item, _ in named(studio, copy)) == 3
    assert same_shot not in {take for _, take in named(studio, first)}
    assert first in {take for _, take in named(studio, copy)}
    encoder = vectors.in_use(studio)
    assert encoder is not None
    assert (encoder.name, encoder.threshold, encoder.frames) == ("clip", None, 0)
    assert similar.marked_similar(studio, [first, copy]) == set()


def test_the_library_sets_from_when_on_it_is_much(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "FEWEST", 6)
    copy = add_take(studio, picture(3))
    run(studio)
    encoder = vectors.in_use(studio)
    assert encoder is not None
    assert encoder.frames == 6
    assert encoder.threshold == encoding.HIGHEST  # frames of a random network are all much alike
    assert similar.marked_similar(studio, [copy]) == {copy}
    best = similar.similar_to(studio, [copy], encoder)[0]
    assert (best["item"], best["is_marked"]) == (4, True)
    assert best["likeness"] == pytest.approx(1, abs=1e-3)


def test_the_threshold_is_of_frames_of_other_files(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "FEWEST", 4)
    number = vectors.use(studio, "0" * 64, "three directions", None)
    rows = studio.tuples("SELECT media FROM library_items ORDER BY id")
    angles = [0.0, 0.1, 1.0, 1.5]  # the first two are of one film
    for (sha256,), angle in zip(rows, angles, strict=False):
        vectors.store(studio, number, sha256, {0: np.array([np.cos(angle), np.sin(angle)], "<f2").tobytes()})
    with studio.writing() as db:
        db.execute("UPDATE library_items SET file = 1, frame_in = id WHERE id < 3")
    seen = Seen(studio, number)
    seen.update()
    value, count = seen.threshold(vectors.library_files(studio))
    assert count == 4
    assert value == pytest.approx(np.cos(0.5), abs=1e-3)


def test_each_file_is_read_once_and_the_network_only_loaded_for_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Path] = []
    real = image_encoder.load_network
    monkeypatch.setattr(image_encoder, "load_network", lambda folder: loads.append(folder) or real(folder))
    worker = Encoding(studio)
    assert list(worker.round()) == ["file"] * 6
    assert len(loads) == 2  # once to try it
    take = add_take(studio, picture(60))
    assert list(worker.round()) == ["file", "take"]
    assert list(worker.round()) == []
    assert len(loads) == 3
    assert named(studio, take)


def test_what_is_cut_short_goes_on_where_it_was(studio: Studio) -> None:
    worker = Encoding(studio)
    first = worker.round()
    assert list(islice(first, 2)) == ["file"] * 2
    assert worker._opened is not None
    assert worker._opened.in_memory
    first.close()
    assert not worker._opened.in_memory
    assert worker.left() == 4
    assert list(worker.round()) == ["file"] * 4


def test_new_frames_are_compared_with_old_takes(studio: Studio, tmp_path: Path) -> None:
    take = add_take(studio, picture(90))
    run_worker(studio, once=True)
    before = named(studio, take)
    read_in(studio, write_pictures(tmp_path / "more", [90]), "Later")
    assert run(studio).read == 1
    assert named(studio, take)[0] == (7, None)
    assert before[0] != (7, None)


def test_another_encoder_reads_all_anew(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = add_take(studio, picture(3))
    assert run(studio).read == 7
    monkeypatch.setenv(vectors.ENCODER, str(tiny_encoder(tmp_path / "dino", "dinov2")))
    assert run(studio).read == 7
    encoder = vectors.in_use(studio)
    assert encoder is not None
    assert encoder.name == "dino"
    assert named(studio, take)[0] == (4, None)


def test_it_is_that_of_the_newest_recipe(studio: Studio, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(vectors.ENCODER)
    assert vectors.configured_folder(studio) is None
    assert (run(studio).read, vectors.in_use(studio)) == (0, None)
    start_run(studio, "guided", {"method": "guided", "guided": {"image_encoder": str(clip)}}, "0" * 64, "runs/1", [])
    assert vectors.configured_folder(studio) == clip
    assert run(studio).read == 6


def test_one_that_cannot_be_used_is_named_and_takes_are_compared_all_the_same(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(vectors.ENCODER, str(tmp_path / "none"))
    take = add_take(studio, picture(3))
    progress = run(studio)
    assert "is no folder of a model" in (progress.encoder_problem or "")
    assert checks.marked(studio, [take]) == {take}


def test_a_file_that_cannot_be_read_is_left_out(studio: Studio) -> None:
    media.path_of(studio, studio.value("SELECT media FROM library_items WHERE id = 2")).unlink()
    take = add_take(studio, picture(1))
    assert list(Encoding(studio).round()) == ["file"] * 7 + ["take"]
    assert list(Encoding(studio).round()) == []
    assert 2 not in {item for item, _ in named(studio, take)}
