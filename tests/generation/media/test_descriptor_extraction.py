"""Workers look at what they draw, and in their idle time at what has no look yet."""

from __future__ import annotations

import numpy as np
import pytest

from feedback.pair_selection.descriptors import read_descriptors, takes_without_descriptors
from feedback.production import render_queue, takes
from feedback.store import Studio, media
from generation.media import descriptor_extraction
from generation.workers.worker import run_worker
from tests.generation.conftest import add_brief


def draw(studio: Studio) -> list[str]:
    """Renditions of a still's two takes and a clip's one."""
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2])
    ids += render_queue.queue_takes(studio, add_brief(studio, kind="clip", frames=5), [3])
    assert run_worker(studio, once=True) == 3
    return [takes.get_take(studio, id)["rendition"] for id in ids]


def test_what_a_worker_draws_has_a_look_at_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptor_extraction, "read_frames", None)  # from the pixels in hand, not from the file
    renditions = draw(studio)
    descriptors, _ = read_descriptors(studio)
    assert descriptors.keys() == set(renditions)
    assert takes_without_descriptors(studio, 0, 9) == []


def test_an_idle_worker_describes_what_has_no_descriptor_alike(studio: Studio) -> None:
    renditions = draw(studio)
    before, _ = read_descriptors(studio)
    with studio.writing() as db:
        db.execute("DELETE FROM descriptors")
    assert run_worker(studio, once=True) == 0
    after, _ = read_descriptors(studio)
    for rendition in renditions[:2]:
        np.testing.assert_array_equal(after[rendition], before[rendition])
    # A clip went through the encoder, and this one is noise; its colours and rows are the same all the same.
    np.testing.assert_allclose(after[renditions[2]][:3], before[renditions[2]][:3], atol=0.1)
    np.testing.assert_allclose(after[renditions[2]][7:55], before[renditions[2]][7:55], atol=0.25)


def test_a_file_that_cannot_be_read_costs_its_own_look_only(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    renditions = draw(studio)
    with studio.writing() as db:
        db.execute("DELETE FROM descriptors")
    media.path_of(studio, renditions[0]).write_bytes(b"torn")
    media.path_of(studio, renditions[2]).unlink()
    descriptor_extraction.extract_all_descriptors(studio)
    assert read_descriptors(studio)[0].keys() == {renditions[1]}
    assert [renditions[k][:12] in caplog.text for k in (0, 1, 2)] == [True, False, True]


@pytest.mark.parametrize("failing", ["measure_descriptors", "store_measured"])
def test_a_take_is_done_even_if_its_look_fails(studio: Studio, failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no room")

    for name in (failing, "store_descriptors"):  # the latter is what an idle worker tries later
        monkeypatch.setattr(descriptor_extraction, name, fail)
    renditions = draw(studio)
    assert all(renditions)
    assert read_descriptors(studio)[0] == {}
