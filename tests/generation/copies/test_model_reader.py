"""Pictures as the model that draws sees them: of every family, without adapters, and while other versions are drawn with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from feedback.copies import similar, vectors
from feedback.errors import Refused
from feedback.models import versions
from feedback.store import Studio
from feedback.trials import promotion
from generation.copies import encoding, metric, model_reader
from generation.copies.encoding import Seen
from generation.copies.encoding_round import Encoding
from generation.copies.metric import alter, fit_metric
from generation.models.loading import load_version
from generation.sampling import sample
from tests.factories import new_studio
from tests.generation.conftest import add_tuned_version
from tests.generation.copies.scenes import add_take, picture, read_in, studio_with_library, write_pictures
from tests.tiny_pipelines.catalogue import TINY

BRIEF = {"prompt": "a red sun", "negative_prompt": "", "kind": "still", "frames": 1, "width": 32, "height": 32}
BRIEF |= {"steps": 2, "guidance": 3.0}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_reader, "SIDE", 64)
    monkeypatch.setattr(vectors, "FEWEST_READ", 6)
    monkeypatch.setattr(metric, "FRAMES_A_DIRECTION", 1)
    monkeypatch.setattr(metric, "STEPS", (4, 6))
    monkeypatch.setattr(encoding, "STEPS", (4, 6))


@pytest.fixture
def library(studio: Studio, tmp_path: Path) -> Studio:
    """Of six frames; a tiny Wan is in production."""
    read_in(studio, write_pictures(tmp_path / "pictures", range(6)))
    return studio


def put_in_production(studio: Studio, name: str, folder: Path) -> None:
    versions.register_candidate(studio, name, str(folder), [])
    promotion.promote(studio, name, force=True, reason="tests read with it")


def read(studio: Studio, *frames: np.ndarray) -> np.ndarray:
    reader = model_reader.model_reader(studio)
    assert reader is not None
    with reader.reading() as reading:
        return reading(np.stack(frames))


def named(studio: Studio, take: int) -> list[tuple[int | None, int | None]]:
    encoder = vectors.in_use(studio)
    assert encoder is not None
    return [(match["item"], match["other"]) for match in similar.similar_to(studio, [take], encoder)]


@pytest.mark.parametrize("kind", TINY)
def test_every_family_tells_pictures_apart(kind: str, studio: Studio, tmp_path: Path) -> None:
    tiny = TINY[kind]
    put_in_production(studio, "v0001", tiny.make(tmp_path / "base", 0, **tiny.options))
    rows = read(studio, picture(1), picture(2), picture(1))
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows[0], rows[2], rtol=1e-3, atol=1e-4 * abs(rows).max())
    assert abs(rows[0] - rows[1]).max() > 10 * abs(rows[0] - rows[2]).max()
    assert rows.shape[1] % model_reader.GRID**2 == 0


@pytest.mark.parametrize("side", [0, 1])
def test_what_is_where_is_in_its_part_of_the_vector(tmp_path: Path, side: int) -> None:
    studio = new_studio(tmp_path / "studio")  # the starter: networks of random weights mix all places
    plain = np.full((64, 64, 3), 128, np.uint8)
    half = plain.copy()
    half[:, 32 * side : 32 * side + 32] = picture(1, 64)[:, :32]
    cells = abs(read(studio, half)).reshape(-1, model_reader.GRID, 2, model_reader.GRID // 2).mean(axis=(0, 1, 3))
    assert cells[side] > 1.5 * cells[1 - side]
    assert abs(read(studio, plain)).max() < 0.1 * cells.max()  # what a grey picture has is taken off


def test_a_wide_denoiser_is_narrowed_and_distances_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = torch.randn(40, 3072, 4, 4, generator=torch.Generator().manual_seed(3))
    narrow = model_reader.narrowed(cells)
    assert narrow.shape == (40, 256 * 16)
    before, after = (torch.pdist(rows) for rows in (cells.flatten(1), narrow))
    torch.testing.assert_close(after, before, rtol=0.1, atol=0)
    assert model_reader.narrowed(cells[:, :100]).shape == (40, 1600)


def test_adapters_are_off_for_it_and_on_again_for_drawing(studio: Studio) -> None:
    before = read(studio, picture(1))
    add_tuned_version(studio, "v0001")
    promotion.promote(studio, "v0001", force=True, reason="tests read with it")
    drawn = sample(load_version(studio, "v0001"), BRIEF, [1])[0]
    np.testing.assert_array_equal(read(studio, picture(1)), before)
    np.testing.assert_array_equal(sample(load_version(studio, "v0001"), BRIEF, [1])[0], drawn)


def test_drawing_between_two_pictures_changes_nothing(library: Studio) -> None:
    add_tuned_version(library, "v0001")
    rounds = Encoding(library).round()
    next(rounds)
    sample(load_version(library, "v0001"), BRIEF, [1])
    assert list(rounds) == ["file"] * 5
    kept = {row.media: row.data for row in vectors.after(library, 1, 0, 10)}
    again = read(library, picture(3))
    (sha256,) = library.tuples("SELECT media FROM library_items WHERE id = 4")[0]
    expected = encoding.as_unit(again)[0].astype("<f2")
    np.testing.assert_allclose(np.frombuffer(kept[sha256], "<f2"), expected, atol=2e-3)


def test_frames_and_takes_are_named_by_it(library: Studio) -> None:
    copy, other = add_take(library, picture(3), "T_010"), add_take(library, picture(3) // 2 + 60, "T_020")
    worker = Encoding(library)
    assert list(worker.round()) == ["file"] * 8 + ["take"] * 2
    assert worker.problem is None
    assert named(library, copy)[0] == (4, None)
    assert copy in {take for _, take in named(library, other)}
    encoder = vectors.in_use(library)
    assert encoder is not None
    assert (encoder.name, encoder.is_model, encoder.threshold) == (Path(production_base(library)).name, True, None)
    assert vectors.count_altered(library, encoder.id) == 6
    assert list(worker.round()) == []


def production_base(studio: Studio) -> str:
    return versions.get_version(studio, versions.production_version(studio))["base"]


def test_a_larger_library_sets_a_threshold(library: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "FEWEST", 6)
    copy = add_take(library, picture(3))
    list(Encoding(library).round())
    encoder = vectors.in_use(library)
    assert encoder is not None
    assert encoder.frames == 6
    assert encoder.threshold is not None
    assert -1 < encoder.threshold <= encoding.HIGHEST
    assert similar.marked_similar(library, [copy]) == {copy}


def test_takes_are_compared_anew_when_the_metric_is_made_of_more(
    library: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metric, "STEPS", (6, 9))
    monkeypatch.setattr(encoding, "STEPS", (6, 9))
    take = add_take(library, picture(60))
    worker = Encoding(library)
    assert list(worker.round())[-1] == "take"
    before = similar.similar_to(library, [take], vectors.in_use(library))  # type: ignore[arg-type]
    read_in(library, write_pictures(tmp_path / "more", range(20, 24)), "More")
    assert list(worker.round()) == ["file"] * 4 + ["take"]
    after = similar.similar_to(library, [take], vectors.in_use(library))  # type: ignore[arg-type]
    assert vectors.count_altered(library, 1) == 9  # and no more than it will ever be made of
    both = {match["item"] for match in before} & {match["item"] for match in after}
    assert {m["item"]: m["likeness"] for m in before if m["item"] in both} != {
        m["item"]: m["likeness"] for m in after if m["item"] in both
    }
    assert list(Encoding(library).round()) == []  # another process finds nothing left to do


def test_it_is_left_alone_where_it_is_not_wanted(library: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(Encoding(library).round(by_model=False)) == []
    monkeypatch.setenv(vectors.ENCODER, "off")
    assert Encoding(library).left() == 0
    assert list(Encoding(library).round()) == []
    monkeypatch.delenv(vectors.ENCODER)
    assert Encoding(library).left() == 6
    monkeypatch.setattr(vectors, "FEWEST_READ", 7)
    assert Encoding(library).left() == 0
    assert list(Encoding(library).round()) == []
    assert vectors.in_use(library) is None


def test_a_model_too_large_for_the_processor_reads_nothing(library: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_reader, "MOST_ON_PROCESSOR", 1000)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert model_reader.model_reader(library) is None
    worker = Encoding(library)
    assert (list(worker.round()), worker.problem) == ([], None)


def test_a_full_graphics_card_is_said_in_one_line(library: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise torch.OutOfMemoryError

    reader = model_reader.model_reader(library)
    assert reader is not None
    monkeypatch.setattr(reader, "states", full)
    with reader.reading() as reading, pytest.raises(Refused, match="no memory left to read pictures"):
        reading(picture(1)[None])


def test_a_base_that_is_gone_is_named_and_takes_are_compared_all_the_same(library: Studio, tmp_path: Path) -> None:
    base = Path(production_base(library))
    base.rename(tmp_path / "away")
    worker = Encoding(library)
    try:
        assert list(worker.round()) == []
    finally:
        (tmp_path / "away").rename(base)
    assert f"model folder {base} is not there" in (worker.problem or "")
    assert list(worker.round()) == ["file"] * 6
    assert worker.problem is None


def test_another_base_in_production_reads_all_anew(library: Studio, tmp_path: Path) -> None:
    list(Encoding(library).round())
    tiny = TINY["sd 1.5"]
    put_in_production(library, "v0001", tiny.make(tmp_path / "base", 0, **tiny.options))
    assert list(Encoding(library).round()) == ["file"] * 6
    encoder = vectors.in_use(library)
    assert encoder is not None
    assert encoder.name == "base"


def test_the_metric_sees_past_what_copies_change() -> None:
    random = np.random.default_rng(0)
    content, look = random.normal(size=(200, 6)), 5 * random.normal(size=(200, 6))
    frames = np.concatenate([content, look], axis=1)
    copies = np.concatenate([content, 5 * random.normal(size=(200, 6))], axis=1)
    learned = fit_metric(frames[:100], copies[:100])
    cosines = encoding.as_unit(learned(copies[100:])) @ encoding.as_unit(learned(frames[100:])).T
    plain = encoding.as_unit(copies[100:]) @ encoding.as_unit(frames[100:]).T
    same = np.arange(100)
    assert (cosines.argmax(axis=1) == same).mean() > 0.9
    assert (plain.argmax(axis=1) == same).mean() < 0.5


def test_an_altered_copy_is_of_the_same_size_and_always_the_same() -> None:
    frame = picture(1)[:150]
    assert alter(frame, 5).shape == frame.shape
    np.testing.assert_array_equal(alter(frame, 5), alter(frame, 5))
    assert not np.array_equal(alter(frame, 5), alter(frame, 6))
    assert alter(np.zeros((1, 1, 3), np.uint8), 0).shape == (1, 1, 3)


def test_a_clip_is_read_by_its_frames(library: Studio) -> None:
    list(Encoding(library).round())
    take = add_take(library, np.stack([picture(60)] * 4 + [picture(3)] * 5))
    list(Encoding(library).round())
    seen = Seen(library, 1, encoding.metric_of(library, 1)[0])
    seen.update()
    rendition = library.value("SELECT rendition FROM takes WHERE id = ?", (take,))
    assert len(seen.of_files([rendition])) == 3
    encoder = vectors.in_use(library)
    assert encoder is not None
    frames = {match["item"]: match["frame"] for match in similar.similar_to(library, [take], encoder)}
    assert frames[4] in (4, 8)  # the frames that show it


def test_a_studio_of_the_starter_reads_with_it(tmp_path: Path) -> None:
    studio = studio_with_library(tmp_path)
    worker = Encoding(studio)
    assert list(worker.round()) == ["file"] * 6
    encoder = vectors.in_use(studio)
    assert encoder is not None
    assert (encoder.name, encoder.is_model) == ("starter", True)
