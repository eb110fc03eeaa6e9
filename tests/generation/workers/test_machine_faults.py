"""A fault of the machine fails no take: each is given back, at no attempt, and drawn when the fault is mended."""

from __future__ import annotations

import errno
import logging
import os
import re
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import av
import numpy as np
import pytest
import torch

from feedback.errors import Invalid
from feedback.maintenance import doctor
from feedback.production import render_queue, takes
from feedback.store import Studio, media
from generation.media.encode import encode_clip
from generation.workers import backoff
from generation.workers.machine_faults import machine_fault
from generation.workers.worker import run_worker
from tests.generation.conftest import add_brief


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(backoff, "LONGEST_PAUSE", 0.2)


@contextmanager
def working(studio: Studio) -> Iterator[Thread]:
    stop = Event()
    worker = Thread(target=run_worker, args=(studio,), kwargs={"stop": stop})
    worker.start()
    try:
        yield worker
    finally:
        stop.set()
        worker.join(30)


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def states(studio: Studio, ids: list[int]) -> list[tuple[str, int]]:
    rows = (takes.get_take(studio, id) for id in ids)
    return [(row["state"], row["attempts"]) for row in rows]


def finding(studio: Studio, name: str) -> dict:
    return next(each for each in doctor.check(studio) if each["name"] == name)


@pytest.fixture
def small_disk(studio: Studio) -> Iterator[Path]:
    """The studio's media folder on a file system of one page, which only root can make."""
    folder = studio.media_folder
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_gives_takes_back_until_there_is_room(
    studio: Studio, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2, 3])
    with caplog.at_level(logging.ERROR), working(studio) as worker:
        wait_until(lambda: len(caplog.records) > 3)
        assert worker.is_alive()
        wait_until(lambda: render_queue.obstacle(studio))
        assert "No space left on device" in str(render_queue.obstacle(studio))
        wait_until(lambda: not finding(studio, "queue")["ok"])
        assert render_queue.queue_state(studio)["failed"] == 0
        subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
        wait_until(lambda: render_queue.queue_state(studio)["done"] == 3)
    assert states(studio, ids) == [("done", 1)] * 3
    assert render_queue.obstacle(studio) is None
    assert finding(studio, "queue")["ok"]
    assert [path for path in small_disk.rglob("*") if path.suffix == ".partial"] == []
    assert {record.getMessage().split(":")[0] for record in caplog.records} == {"takes go back to the queue"}


def test_a_limit_on_files_gives_takes_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without root: the kernel refuses the bytes of a file, and of no other."""
    ids, real = render_queue.queue_takes(studio, add_brief(studio), [1, 2]), media.write_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def write_with_little_room(path: Path, data: bytes) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            real(path, data)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    monkeypatch.setattr(media, "write_bytes", write_with_little_room)
    assert run_worker(studio, once=True) == 0  # and it ends: whoever asked for the queue once does not wait for good
    assert states(studio, ids) == [("queued", 0)] * 2
    assert re.fullmatch(
        rf"File too large \({studio.media_folder}/.+\.png\): raise the limit on the size of files",
        str(render_queue.obstacle(studio)),
    )
    assert not list(studio.media_folder.rglob("*.partial"))
    monkeypatch.setattr(media, "write_bytes", real)
    assert run_worker(studio, once=True) == 2
    assert states(studio, ids) == [("done", 1)] * 2


def test_a_locked_database_ends_no_worker(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1])
    with studio.writing() as db:
        db.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(studio.database_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.ERROR), working(studio) as worker:
        wait_until(lambda: len(caplog.records) > 2)
        assert worker.is_alive()
        other.execute("ROLLBACK")
        wait_until(lambda: states(studio, ids) == [("done", 1)])
    assert "the database cannot be used, database is locked: another program holds it" in caplog.text


def test_a_database_that_locks_while_a_take_is_drawn_costs_no_attempt(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2])
    with studio.writing() as db:
        db.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(studio.database_path, isolation_level=None, check_same_thread=False)
    stop, seen = Event(), []

    def lock(drawn: list[int], share: float) -> None:
        seen.append(share)
        if len(seen) == 1:
            other.execute("BEGIN IMMEDIATE")

    worker = Thread(target=run_worker, args=(studio,), kwargs={"stop": stop, "on_progress": lock})
    worker.start()
    try:
        wait_until(lambda: seen and seen[-1] == 1)
        time.sleep(0.3)  # the take is drawn, and can neither be finished nor given back
        assert worker.is_alive()
        other.execute("ROLLBACK")
        wait_until(lambda: states(studio, ids) == [("done", 1)] * 2)
    finally:
        stop.set()
        worker.join(30)


def test_takes_without_enough_memory_wait_while_smaller_ones_are_drawn(studio: Studio) -> None:
    large = render_queue.queue_takes(studio, add_brief(studio, prompt="a large sea"), [1])
    small = render_queue.queue_takes(studio, add_brief(studio), [1, 2])

    def use_memory(drawn: list[int], share: float) -> None:
        if drawn == large:
            torch.empty(1 << 50)

    assert run_worker(studio, once=True, on_progress=use_memory) == 2
    assert states(studio, large + small) == [("queued", 0), ("done", 1), ("done", 1)]
    assert "out of memory: free some, or ask for smaller takes" in str(render_queue.obstacle(studio))
    assert run_worker(studio, once=True) == 1


def test_a_worker_that_lost_its_device_leaves_and_keeps_no_take(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2])

    def lose(drawn: list[int], share: float) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure\nCompile with `TORCH_USE_CUDA_DSA`")

    assert run_worker(studio, on_progress=lose) == 0  # without `once`: only a new process can go on
    assert states(studio, ids) == [("queued", 0)] * 2
    assert "the device is lost" in str(render_queue.obstacle(studio))


def test_faults_of_a_take_still_fail_it(studio: Studio) -> None:
    ids = render_queue.queue_takes(studio, add_brief(studio), [1, 2])

    def break_down(drawn: list[int], share: float) -> None:
        raise ValueError("these numbers do not fit")

    assert run_worker(studio, once=True, on_progress=break_down) == 0
    assert states(studio, ids) == [("failed", 1)] * 2
    assert takes.get_take(studio, ids[0])["error"] == "ValueError: these numbers do not fit"


def raised(deed: Callable[[], object]) -> Exception:
    try:
        deed()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def fill_database() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (x)")
    db.execute("PRAGMA max_page_count = 3")
    for _ in range(9):
        db.execute("INSERT INTO t VALUES (?)", ("x" * 4000,))


def write_readonly_database() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("PRAGMA query_only = ON")
    db.execute("CREATE TABLE t (x)")


def write_clip_to_full_disk() -> None:
    with av.open("/dev/full", "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def read_through_library() -> None:
    try:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "adapter.safetensors")
    except OSError as error:
        raise Invalid("adapter file is broken") from error


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (lambda: Path("/dev/full").write_bytes(b"x"), "No space left on device"),
        (write_clip_to_full_disk, "No space left on device"),
        (fill_database, "database or disk is full: make room"),
        (write_readonly_database, "readonly database"),
        (lambda: torch.empty(1 << 50), "out of memory"),
        (lambda: np.empty(1 << 50), "out of memory"),
        (read_through_library, r"Input/output error \(adapter.safetensors\): check the disk"),
    ],
)
def test_faults_of_the_machine_as_libraries_raise_them(deed: Callable[[], object], reason: str) -> None:
    fault = machine_fault(raised(deed))
    assert fault is not None
    assert re.search(reason, fault.reason)
    assert "\n" not in fault.reason


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.EACCES, errno.ESTALE])
def test_errors_of_the_system_that_no_take_can_help(number: int) -> None:
    assert machine_fault(OSError(number, os.strerror(number)))


@pytest.mark.parametrize(
    "deed",
    [
        lambda: Path("/nowhere/at/all").read_bytes(),
        lambda: int("x"),
        lambda: torch.zeros(2) @ torch.zeros(3),
        lambda: sqlite3.connect(":memory:").execute("SELECT * FROM nothing"),
        lambda: encode_clip(np.zeros((1, 31, 31, 3), np.uint8), 24),
    ],
)
def test_faults_that_are_the_takes_own(deed: Callable[[], object]) -> None:
    assert machine_fault(raised(deed)) is None


def test_a_kernel_that_was_asked_for_what_cannot_be_is_the_takes_own_fault() -> None:
    assert machine_fault(RuntimeError("CUDA error: device-side assert triggered")) is None
