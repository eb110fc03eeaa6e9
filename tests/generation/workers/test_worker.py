"""Queued takes become files whatever happens to one of them, to a version, or to a worker."""

from __future__ import annotations

import io
import logging
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
import torch
from PIL import Image

from feedback.clock import moment
from feedback.errors import Invalid
from feedback.models import versions
from feedback.production import cancellation, projects, render_queue, shots, takes
from feedback.rights.passport import passport_of
from feedback.store import Studio, media
from feedback.trials import promotion
from generation.media.encode import read_provenance
from generation.models.adapter_files import WEIGHTS
from generation.models.loading import load_version
from generation.sampling import sample
from generation.workers import worker as worker_module
from generation.workers.__main__ import main
from generation.workers.entrance import work
from generation.workers.liveness import worker_is_alive
from generation.workers.worker import run_worker
from tests import preloaded
from tests.generation.conftest import add_brief, add_tuned_version, store_plate

ROOT = Path(__file__).parents[3]


def take_rows(studio: Studio, ids: list[int]) -> list[dict]:
    return [takes.get_take(studio, id) for id in ids]


def pixels_of(studio: Studio, sha256: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(media.path_of(studio, sha256).read_bytes())))


def test_still_is_drawn_stored_and_says_how_to_make_it_again(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2, 3, 4, 5])
    assert run_worker(studio, once=True) == 5
    for row in take_rows(studio, ids):
        assert (row["state"], row["version"], row["error"], row["progress"]) == ("done", "tiny", None, 1.0)
        archived = read_provenance(media.path_of(studio, row["media"]))
        assert archived is not None
        assert (archived["seed"], archived["version"], archived["take"]) == (row["seed"], "tiny", row["id"])
        assert archived["brief"]["prompt"] == "a red sun over the sea"
        assert archived["scheduler"]["shift"] == 3.0
        assert set(archived["libraries"]) >= {"torch", "diffusers", "transformers"}
        assert read_provenance(media.path_of(studio, row["rendition"])) is None
        np.testing.assert_array_equal(pixels_of(studio, row["media"]), pixels_of(studio, row["rendition"]))
        assert row["poster"] is None
        assert media.describe(studio, row["media"])["width"] == 32
    assert len({row["rendition"] for row in take_rows(studio, ids)}) == 5


def test_clip_is_drawn_with_its_poster(studio: Studio) -> None:
    brief = add_brief(studio, kind="clip", frames=5)
    (row,) = take_rows(studio, render_queue.queue_takes(studio, brief, [1]))
    run_worker(studio, once=True)
    row = takes.get_take(studio, row["id"])
    assert row["state"] == "done", row["error"]
    assert media.describe(studio, row["media"])["frames"] == 5
    for archived, bare in ((row["media"], row["rendition"]), (row["poster"], row["rendition_poster"])):
        assert read_provenance(media.path_of(studio, archived))["take"] == row["id"]
        assert read_provenance(media.path_of(studio, bare)) is None


def test_same_brief_seed_and_version_give_the_same_pixels(studio: Studio) -> None:
    brief = add_brief(studio)
    first = render_queue.queue_takes(studio, brief, [7])
    run_worker(studio, once=True)
    again = render_queue.queue_takes(studio, brief, [1, 2, 7, 3])
    run_worker(studio, once=True)
    (one,), rest = take_rows(studio, first), take_rows(studio, again)
    assert rest[2]["rendition"] == one["rendition"]  # the same sha256 of the whole file


def test_take_can_be_made_again_from_its_file_alone(studio: Studio) -> None:
    (id,) = render_queue.queue_takes(studio, add_brief(studio), [11])
    run_worker(studio, once=True)
    path = media.path_of(studio, takes.get_take(studio, id)["media"])
    provenance = read_provenance(path)
    assert provenance is not None
    loaded = load_version(studio, provenance["version"])
    assert loaded.base_sha256 == provenance["base_sha256"]
    (again,) = sample(loaded, provenance["brief"], [provenance["seed"]])
    np.testing.assert_array_equal(again[0], np.asarray(Image.open(path)))
    passport = passport_of(studio, id)
    assert passport["making"]["model"]["base_sha256"] == loaded.base_sha256
    kinds = [line.split(":")[0] for line in passport["missing"]]
    assert kinds == ["the approval of a supervisor", "the intended use"], "all that a worker knows is in it"


def test_takes_start_from_a_source_with_the_versions_adapters(studio: Studio, tmp_path: Path) -> None:
    """Takes differ by seed, version and source alone, and say what they started from."""
    add_tuned_version(studio)
    plates = [store_plate(studio, tmp_path, number) for number in range(2)]
    briefs = [add_brief(studio, steps=4, source_media=plate, strength=0.5) for plate in plates]
    ids = []
    for brief, version in ((briefs[0], "tiny"), (briefs[0], "v0001"), (briefs[1], "tiny")):
        ids += render_queue.queue_takes(studio, brief, [1, 2], version=version)
    again = render_queue.queue_takes(studio, briefs[0], [7, 2, 1], version="tiny")
    assert run_worker(studio, once=True) == 9
    rows = take_rows(studio, ids)
    assert len({row["rendition"] for row in rows}) == 6
    assert [row["rendition"] for row in take_rows(studio, again)[:0:-1]] == [row["rendition"] for row in rows[:2]]
    provenance = read_provenance(media.path_of(studio, rows[0]["media"]))
    assert provenance is not None
    assert (provenance["brief"]["source_media"], provenance["brief"]["strength"]) == (plates[0], 0.5)


def test_a_source_whose_file_is_gone_fails_its_takes_with_one_line(studio: Studio, tmp_path: Path) -> None:
    plate = store_plate(studio, tmp_path)
    media.path_of(studio, plate).unlink()
    (id,) = render_queue.queue_takes(studio, add_brief(studio, steps=4, source_media=plate), [1])
    run_worker(studio, once=True)
    take = takes.get_take(studio, id)
    assert take["state"] == "failed"
    assert f"{plate[2:]}.png is missing" in str(take["error"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prompt": "sea " * 64}, "the prompt is too long: 65 tokens, and this model reads at most 64"),
        ({"width": 40}, "size 40x32 cannot be drawn: sides are multiples of 16, such as 32x32"),
        ({"kind": "clip", "frames": 6}, "6 frames cannot be drawn: use 1 + a multiple of 4, such as 5"),
    ],
)
def test_undrawable_brief_fails_with_one_line_and_the_worker_goes_on(
    studio: Studio, changes: dict, reason: str
) -> None:
    bad = render_queue.queue_takes(studio, add_brief(studio, **changes), [1, 2])
    good = render_queue.queue_takes(studio, add_brief(studio), [1])
    assert run_worker(studio, once=True) == 1
    assert [(row["state"], row["error"]) for row in take_rows(studio, bad)] == [("failed", reason)] * 2
    assert takes.get_take(studio, good[0])["state"] == "done"


def test_empty_prompt_fails_with_one_line(studio: Studio) -> None:
    brief = add_brief(studio)
    with studio.writing() as db:
        db["briefs"].update(brief, {"prompt": "  "})
    (id,) = render_queue.queue_takes(studio, brief, [1])
    run_worker(studio, once=True)
    assert takes.get_take(studio, id)["error"] == "the prompt is empty: say what the take should show"


def test_unknown_version_fails_with_one_line(studio: Studio) -> None:
    add_tuned_version(studio)
    (id,) = render_queue.queue_takes(studio, add_brief(studio), [1], version="v0001")
    with studio.writing() as db:
        db["versions"].delete("v0001")
    run_worker(studio, once=True)
    row = takes.get_take(studio, id)
    assert row["state"] == "failed"
    assert "v0001" in row["error"]
    assert "\n" not in row["error"]


def test_version_with_adapter_draws_other_pixels_and_takes_of_a_broken_one_wait(studio: Studio) -> None:
    folder = add_tuned_version(studio)
    broken = add_tuned_version(studio, "v0002") / WEIGHTS
    broken.write_bytes(broken.read_bytes()[:-64])
    brief, another = add_brief(studio), add_brief(studio, "the sea")
    ids = [render_queue.queue_takes(studio, brief, [1], version=version)[0] for version in ("tiny", "v0001", "tiny")]
    (damaged,) = render_queue.queue_takes(studio, another, [1], version="v0002")
    assert run_worker(studio, once=True) == 3
    plain, tuned, last = take_rows(studio, ids)
    (waiting,) = take_rows(studio, [damaged])
    assert plain["rendition"] == last["rendition"] != tuned["rendition"]
    assert read_provenance(media.path_of(studio, tuned["media"]))["adapters"][0]["weight"] == 1.0
    assert (waiting["state"], waiting["attempts"]) == ("queued", 0)
    assert f"{broken} is not the registered one" in str(render_queue.obstacle(studio))
    assert folder.exists()


def test_base_that_is_not_there_or_broken_fails_with_one_line(studio: Studio, tmp_path: Path, tiny_base: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_base, broken)
    weights = broken / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    versions.register_candidate(studio, "gone", str(tmp_path / "nowhere"), [])
    versions.register_candidate(studio, "broken", str(broken), [])
    brief = add_brief(studio)
    ids = [render_queue.queue_takes(studio, brief, [1], version=version)[0] for version in ("gone", "broken")]
    run_worker(studio, once=True)
    for row, reason in zip(take_rows(studio, ids), ("nowhere", "broken"), strict=True):
        assert row["state"] == "failed"
        assert reason in row["error"]
        assert "\n" not in row["error"]


def test_production_counts_when_the_take_is_drawn(studio: Studio) -> None:
    """A running worker follows a promotion without a restart."""
    add_tuned_version(studio)
    brief, stop = add_brief(studio), Event()
    worker = Thread(target=run_worker, args=(studio,), kwargs={"stop": stop})
    worker.start()
    try:
        (before,) = render_queue.queue_takes(studio, brief, [1])
        wait_for(studio, before, "done")
        promotion.promote(studio, "v0001", force=True, reason="test")
        (after,) = render_queue.queue_takes(studio, brief, [1])
        wait_for(studio, after, "done")
    finally:
        stop.set()
        worker.join(20)
    assert [row["version"] for row in take_rows(studio, [before, after])] == ["tiny", "v0001"]


def test_promotion_counts_between_two_large_takes(studio: Studio) -> None:
    """Large pictures are drawn one by one: the second of one lease already belongs to the new version."""
    add_tuned_version(studio)
    ids = render_queue.queue_takes(studio, add_brief(studio, width=512, height=512, steps=1), [1, 2])

    def promote_once(drawn: list[int], share: float) -> None:
        if drawn == ids[:1]:
            promotion.promote(studio, "v0001", force=True, reason="test")

    assert run_worker(studio, once=True, on_progress=promote_once) == 2
    assert [(row["version"], row["attempts"]) for row in take_rows(studio, ids)] == [("tiny", 1), ("v0001", 1)]


def wait_for(studio: Studio, id: int, state: str, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while takes.get_take(studio, id)["state"] != state:
        assert time.monotonic() < deadline, f"take {id} is not {state}: {takes.get_take(studio, id)}"
        time.sleep(0.02)


def test_stopping_gives_the_takes_back(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio, steps=500), [1, 2])
    stop = Event()
    shares: list[float] = []

    def stop_soon(drawn: list[int], share: float) -> None:
        shares.append(share)
        stop.set()

    assert run_worker(studio, stop=stop, on_progress=stop_soon) == 0
    assert [row["state"] for row in take_rows(studio, ids)] == ["queued", "queued"]
    assert len(shares) == 1


def test_take_that_another_worker_took_over_is_left_to_it(studio: Studio) -> None:
    """As after a laptop's sleep: the lease ran out meanwhile. What the other worker has is neither failed nor finished."""
    (id,) = render_queue.queue_takes(studio, add_brief(studio), [1])

    def take_over(drawn: list[int], share: float) -> None:
        with studio.writing() as db:
            db["takes"].update(id, {"worker": "other", "lease_expires": moment(3600)})

    assert run_worker(studio, once=True, on_progress=take_over) == 0
    row = takes.get_take(studio, id)
    assert (row["state"], row["worker"], row["error"]) == ("leased", "other", None)


def test_cancelled_takes_are_left_between_two_steps_and_the_next_are_drawn(studio: Studio) -> None:
    brief = add_brief(studio, steps=500)
    ids = render_queue.queue_takes(studio, brief, [1, 2])
    (after,) = render_queue.queue_takes(studio, add_brief(studio), [3])
    shares: list[float] = []

    def withdraw(drawn: list[int], share: float) -> None:
        if drawn == ids:
            shares.append(share)
        if len(shares) == 1:
            cancellation.cancel_brief(studio, brief, actor="ada")

    assert run_worker(studio, once=True, on_progress=withdraw) == 1
    assert 0 < shares[-1] < 1
    assert [(row["state"], row["media"], row["error"]) for row in take_rows(studio, ids)] == [
        ("cancelled", None, None)
    ] * 2
    assert takes.get_take(studio, after)["state"] == "done"
    assert list(media.find_orphans(studio)) == []


def test_a_take_cancelled_beside_another_is_not_kept(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2])
    both = [Event(), Event()]

    def withdraw(drawn: list[int], share: float) -> None:
        both[share == 1].set()
        cancellation.cancel_takes(studio, ids[:1], actor="ada")

    assert run_worker(studio, once=True, on_progress=withdraw) == 1
    assert all(event.is_set() for event in both)  # drawn to the end for the other one's sake
    assert [row["state"] for row in take_rows(studio, ids)] == ["cancelled", "done"]
    assert list(media.find_orphans(studio)) == []


def test_a_worker_for_some_projects_draws_no_others_and_counts_for_nobody_else(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects.add_project(studio, "Q")
    shots.add_shot(studio, "Q", "T_010")
    other = render_queue.queue_takes(studio, add_brief(studio, shot="T_010"), [1])
    ids = render_queue.queue_takes(studio, add_brief(studio), [1])
    assert work(studio, once=True, projects=["P"]) == 1
    assert [row["state"] for row in take_rows(studio, ids + other)] == ["done", "queued"]
    monkeypatch.setattr(worker_module, "run_worker", lambda studio, **_: worker_is_alive(studio.folder))
    assert [work(studio, projects=["P"]), work(studio)] == [False, True]


def test_progress_reaches_the_database_while_drawing(studio: Studio) -> None:
    (id,) = render_queue.queue_takes(studio, add_brief(studio, steps=300), [1])
    stop, seen = Event(), []

    def look(drawn: list[int], share: float) -> None:
        seen.append(takes.get_take(studio, id)["progress"])

    run_worker(studio, stop=stop, once=True, on_progress=look)
    assert any(0 < share < 1 for share in seen)
    assert takes.get_take(studio, id)["state"] == "done"


def start_worker_process(studio: Studio, *more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [preloaded.python(), "-m", "generation.workers", "--studio", str(studio.folder), *more],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_takes_of_a_killed_worker_are_drawn_by_another(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio, steps=900), [1, 2])
    process = start_worker_process(studio, "--lease", "2")
    wait_for(studio, ids[0], "leased")
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    process.stderr.close()  # type: ignore[union-attr]
    assert [row["state"] for row in take_rows(studio, ids)] == ["leased", "leased"]
    with studio.writing() as db:  # so that the second worker need not draw 900 steps
        db["briefs"].update(takes.get_take(studio, ids[0])["brief"], {"steps": 2})
    assert run_worker(studio, once=True) == 0  # the lease still holds
    time.sleep(2.2)
    assert run_worker(studio, once=True) == 2
    assert [(row["state"], row["attempts"]) for row in take_rows(studio, ids)] == [("done", 2)] * 2


@pytest.mark.slow
def test_terminated_worker_gives_back_at_once(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio, steps=900), [1, 2])
    process = start_worker_process(studio)
    wait_for(studio, ids[0], "leased")
    assert worker_is_alive(studio.folder)
    process.terminate()
    assert process.wait(20) == 0, process.stderr.read()  # type: ignore[union-attr]
    process.stderr.close()  # type: ignore[union-attr]
    assert [row["state"] for row in take_rows(studio, ids)] == ["queued", "queued"]


def test_every_worker_is_in_the_liveness_record(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or `generate --wait` would draw beside it. By both doors: the command line's, and `python -m generation.workers`."""
    seen = []

    def run(studio: Studio, **options: object) -> int:
        seen.append((worker_is_alive(studio.folder), options["once"]))
        return 0

    monkeypatch.setattr(worker_module, "run_worker", run)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    assert main(["--studio", str(studio.folder), "--once"]) == 0
    work(studio, once=True)
    assert seen == [(True, True), (True, True)]
    assert not worker_is_alive(studio.folder)


def test_threads_are_taken_from_the_environment(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setenv("CIRCLETAKE_THREADS", "1")
    run_worker(studio, once=True)
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
    monkeypatch.setenv("CIRCLETAKE_THREADS", "many")
    with pytest.raises(Invalid, match="CIRCLETAKE_THREADS, processor threads, 'many' is no whole number"):
        run_worker(studio, once=True)


def test_worker_without_a_studio_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--studio", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
