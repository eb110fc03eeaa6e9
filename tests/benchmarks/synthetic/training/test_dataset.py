"""Splits are rendered by several processes, go on where they stopped, and depend on nothing but their seeds."""

import numpy as np
import pytest

from benchmarks.synthetic.labels import ATTRIBUTES
from benchmarks.synthetic.scenes import find_move, parse_caption
from benchmarks.synthetic.training import dataset
from benchmarks.synthetic.training.splits import SPLITS, step_shares


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "CHUNK", 4)
    return tmp_path


def test_a_split_is_rendered_by_processes_as_it_is_by_one(folder, splits, monkeypatch):
    monkeypatch.undo()  # the processes have chunks of their own
    split = splits[0]
    dataset.render_split(folder, split, processes=2)
    pixels, labels, captions = dataset.load_split(folder, split)
    subjects = dataset.load_subjects(folder, split)
    assert pixels.shape == (split.scenes, 1, 256, 256, 3)
    assert labels.shape == (split.scenes, len(ATTRIBUTES))
    for index in (0, split.scenes - 1):
        scene = dataset.draw_scene(split, index)
        assert np.array_equal(pixels[index], scene.pixels)
        assert (labels[index].tolist(), captions[index]) == (scene.labels, scene.caption)
        assert np.array_equal(np.rint(subjects[index].numpy() * 255), scene.subject)
    assert all(parse_caption(text) for text in captions)


def test_an_interrupted_split_goes_on_with_what_is_missing(folder, splits):
    split = splits[2]
    home = folder / split.name
    (home / "chunks").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        dataset.load_split(folder, split)
    dataset.render_chunk(home, split, 0)
    kept = (home / "chunks" / "000000.json").stat().st_mtime_ns
    dataset.render_split(folder, split, processes=1)
    assert (home / "chunks" / "000000.json").stat().st_mtime_ns == kept
    pixels, _, captions = dataset.load_split(folder, split)
    assert len(captions) == split.scenes
    assert all(item.any() for item in pixels)


def test_a_folder_of_another_size_is_not_written_over(folder, splits):
    split = splits[2]
    (folder / split.name / "chunks").mkdir(parents=True)
    np.save(folder / split.name / "pixels.npy", np.zeros((3, 1, 8, 8, 3), np.uint8))
    with pytest.raises(SystemExit, match=r"remove .*clip_128"):
        dataset.render_split(folder, split, processes=1)


def test_scenes_rendered_before_it_was_known_where_subjects_are_are_rendered_again(folder, splits):
    split = splits[2]
    dataset.render_split(folder, split, processes=1)
    (folder / split.name / "subject.npy").unlink()
    dataset.render_split(folder, split, processes=1)
    assert (dataset.load_subjects(folder, split).amax(dim=(1, 2, 3)) > 0).all()


def test_a_subject_covers_the_tokens_it_is_seen_in():
    subject = np.zeros((1, 64, 64), bool)
    subject[0, :32, :16] = True
    subject[0, 40, 40] = True
    assert dataset.cover(subject).tolist() == [[[128, 0], [0, 1]]]


def test_only_clips_name_moves(splits):
    moves = {split.name: [find_move(dataset.draw_scene(split, k).caption) for k in range(8)] for split in splits}
    assert not any(moves["still_256"] + moves["still_128"])
    assert any(moves["clip_128"])
    assert None in moves["clip_128"]


def test_steps_are_shared_so_that_items_are():
    shares = step_shares(SPLITS)
    items = np.array([share * split.batch for share, split in zip(shares, SPLITS, strict=True)])
    assert sum(shares) == pytest.approx(1)
    assert items / items.sum() == pytest.approx([split.share for split in SPLITS])
