"""A real Ray cluster of two machines: what is drawn on it, and what happens when its processes and machines die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import pytest

from feedback.errors import Refused
from feedback.production import cancellation, render_queue, takes
from feedback.store import Studio, media
from generation.models import loading
from generation.workers.entrance import work_on_ray
from generation.workers.liveness import worker_is_alive
from generation.workers.worker import run_worker
from tests.generation.conftest import add_brief, add_tuned_version, store_plate

ray: Any = pytest.importorskip("ray", reason="Ray is an optional extra: pip install 'circletake[ray]'")

STORE = 80 * 1024**2  # bytes; Ray takes no less
MANY = 900  # steps: enough to be killed in
PATIENCE = 120  # seconds; what is waited for takes a few, on a machine with nothing else to do


@pytest.fixture(scope="module")
def machines() -> Iterator[Any]:
    """Two, of which one is lost in the end."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 (Ray's name; its 15 would leave them nothing beside other tests)
    node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    cluster.second = cluster.add_node(**node)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def rows(studio: Studio, ids: list[int]) -> list[takes.Take]:
    return [takes.get_take(studio, id) for id in ids]


def states(studio: Studio, ids: list[int]) -> list[tuple[str, int]]:
    return [(row["state"], row["attempts"]) for row in rows(studio, ids)]


def queue(studio: Studio, prompt: str, seeds: list[int], **options: Any) -> list[int]:
    version = options.pop("version", None)
    return render_queue.queue_takes(studio, add_brief(studio, prompt, **options), seeds, version=version)


def set_steps(studio: Studio, id: int, steps: int) -> None:
    """So that what was long enough to be killed in is quickly drawn again."""
    with studio.writing() as db:
        db["briefs"].update(takes.get_take(studio, id)["brief"], {"steps": steps})


def drawing_processes() -> list[psutil.Process]:
    return [
        each for each in psutil.process_iter(["cmdline"]) if "ray::DrawingActor" in " ".join(each.info["cmdline"] or ())
    ]


def drawn_by_a_worker(studio: Studio, ids: list[int]) -> list[str | None]:
    """Renditions of the same briefs, seeds and versions as these takes have."""
    again = [
        render_queue.queue_takes(studio, row["brief"], [row["seed"]], version=row["version"])[0]
        for row in rows(studio, ids)
    ]
    assert run_worker(studio, once=True) == len(ids)
    return [row["rendition"] for row in rows(studio, again)]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_takes_are_drawn_on_machines_that_may_die(
    studio: Studio, machines: Any, tiny_base: Path, tmp_path: Path
) -> None:
    """One head throughout, since each actor has to load the libraries, which is most of the test's time."""
    add_tuned_version(studio)
    stop, done = Event(), []
    head = Thread(target=lambda: done.append(work_on_ray(studio, machines.address, stop=stop, actors=2)))
    plain = queue(studio, "a red sun over the sea", [1, 2, 3, 4, 5])
    other = queue(studio, "a forest", [1], version="v0001") + queue(studio, "a clip", [1], kind="clip", frames=5)
    other += queue(studio, "from a plate", [1], steps=4, source_media=store_plate(studio, tmp_path), strength=0.5)
    head.start()
    try:
        wait_until(lambda: {state for state, _ in states(studio, plain + other)} == {"done"})
        assert worker_is_alive(studio.folder)

        killed = queue(studio, "killed", [1, 2], steps=MANY) + queue(studio, "killed too", [3, 4], steps=MANY)
        wait_until(lambda: all(row["progress"] > 0 for row in rows(studio, killed)))
        for process in drawing_processes():
            os.kill(process.pid, signal.SIGKILL)
        for id in killed[::2]:
            set_steps(studio, id, 2)
        wait_until(lambda: states(studio, killed) == [("done", 2)] * 4)

        last = queue(studio, "lost", [1, 2], steps=MANY) + queue(studio, "lost or withdrawn", [3, 4], steps=MANY)
        wait_until(lambda: all(row["progress"] > 0 for row in rows(studio, last)))
        for id in last[::2]:
            set_steps(studio, id, 2)
        machines.remove_node(machines.second)
        wait_until(lambda: ("queued", 0) in states(studio, last))  # a machine that goes is no take's fault
        lost = [row["id"] for row in rows(studio, last) if row["state"] == "queued"]
        withdrawn = [id for id in last if id not in lost]
        cancellation.cancel_takes(studio, withdrawn, actor="ada")  # for which the other machine leaves them
        wait_until(lambda: states(studio, lost) == [("done", 1)] * 2)
    finally:
        stop.set()
        head.join(60)
    every = [*plain, *other, *killed, *lost]
    assert done == [len(every)]
    assert list(media.find_orphans(studio)) == []
    assert [row["state"] for row in rows(studio, withdrawn)] == ["cancelled"] * 2
    loading.forget_versions()
    assert [row["rendition"] for row in rows(studio, every)] == drawn_by_a_worker(studio, every)


def test_no_cluster_is_one_line(studio: Studio) -> None:
    reason = "no Ray cluster at 127.0.0.1:1: .*; start one with `ray start --head`"
    with pytest.raises(Refused, match=reason) as refusal:
        work_on_ray(studio, "127.0.0.1:1", stop=Event())
    assert "\n" not in str(refusal.value)
