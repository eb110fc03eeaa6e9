"""The process that draws queued takes: lease, load, sample, store, and on to the next, whatever happens to one.

It is entered by `generation.workers.entrance`, which says that it is there and hears the signals. A worker that dies
leaves its leases to run out, and another one draws those takes. SIGTERM and SIGINT end it between two denoising steps
and give its takes back at once; takes that were cancelled are left likewise. So do faults of the machine, such as a full
disk: they fail no take and use up no attempt, and the worker pauses before it tries again.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

import torch
from tqdm import tqdm

from feedback.errors import one_line
from feedback.fields import check_whole
from feedback.production.render_queue import (
    LeasedTake,
    LeaseLost,
    check_lease,
    fail_take,
    finish_take,
    give_back,
    lease_takes,
    projects_named,
)
from feedback.store import Studio
from generation.copies.backlog import IdleComparing
from generation.media.archive import store_take
from generation.media.descriptor_extraction import extract_more_descriptors, keep_descriptor
from generation.media.sources import with_source
from generation.models.checking import check_brief
from generation.models.loading import Loaded, forget_versions, load_version
from generation.sampling import MOST_SIDE_BY_SIDE, group_size
from generation.workers.backoff import TRIES, Backoff
from generation.workers.drawing import DrawnTake, Failure, Outcome, Stopped, draw_takes, failure_of
from generation.workers.lease_renewal import LeaseRenewal
from generation.workers.machine_faults import machine_fault

log = logging.getLogger(__name__)

IDLE = 0.3  # seconds until an empty queue is read again
LEASE = 120.0  # seconds; renewed twice a second while the worker lives

MOST_THREADS = 1024
THREADS = "CIRCLETAKE_THREADS"  # environment; fewer leave the machine to its people, and change the last bits of pixels

OnProgress = Callable[[list[int], float], None]


@dataclass(frozen=True)
class Worker:
    """One worker's place in its studio."""

    studio: Studio
    name: str  # unique among all workers, living and dead: leases are held under it
    stop: Event
    on_progress: OnProgress | None
    lease_seconds: float
    projects: Sequence[int] = ()  # ids of those that it draws for; none for all
    compare: bool = True  # takes with the library and with others, while there is nothing to draw
    backoff: Backoff = field(default_factory=Backoff)


def run_worker(
    studio: Studio,
    *,
    stop: Event | None = None,
    once: bool = False,
    worker_name: str | None = None,
    on_progress: OnProgress | None = None,
    lease_seconds: float = LEASE,
    projects: Sequence[str] = (),
    compare: bool = True,
) -> int:
    """Draws until `stop` is set, or with `once` until the queue is empty; returns how many takes were done.

    It also returns, with takes still queued, when it has lost its device (a new process may find it again) and, with
    `once`, when the machine stands in the way time after time: `feedback.production.render_queue.obstacle` says what does.
    `on_progress(take ids, share)` is called after each denoising step. `projects`: codes of those to draw for, all of
    them unless given; NotFound for one that there is not. `compare`: whether takes are compared with the library while there is
    nothing to draw. Invalid when the environment's CIRCLETAKE_THREADS is no number of threads.
    """
    use_threads(os.environ.get(THREADS))
    bound = projects_named(studio, projects)
    worker = Worker(studio, worker_name or unique_name(), stop or Event(), on_progress, lease_seconds, bound, compare)
    try:
        return draw_queue(worker, once)
    finally:
        release(worker)


def unique_name(beginning: str | None = None) -> str:
    """Of a worker, among all that were and will be."""
    return f"{beginning or f'{socket.gethostname()}-{os.getpid()}'}-{secrets.token_hex(3)}"


def draw_queue(worker: Worker, once: bool) -> int:
    """The worker's day: one lease after the other, and with nothing to draw descriptors of takes that have none; then takes
    are compared with the library and with others.

    Large pictures are drawn one by one. What was leased beside them goes back each time, so that other workers can
    have it and so that a promotion in between counts.
    """
    done = 0
    described: int | None = 0  # the last take that was given a descriptor; None when all have one
    comparing = IdleComparing(worker.studio)
    while not worker.stop.is_set():
        drawn = draw_next(worker)
        done += drawn or 0
        fault = worker.backoff.met
        if fault and fault.memory:
            free_memory()
        worker.backoff.wait(worker.stop, drawn or 0)
        if (fault and fault.lost_device) or (once and worker.backoff.in_a_row >= TRIES):
            break
        if drawn is not None:
            comparing.begin()
            continue
        if described is not None:
            described = extract_more_descriptors(worker.studio, described)
        elif worker.compare and comparing.step(monotonic()):
            continue
        elif once:
            break
        else:
            worker.stop.wait(IDLE)
    return done


def draw_next(worker: Worker) -> int | None:
    """One lease: how many of its takes were done, or None when there was nothing to draw.

    A fault of the machine is noted in the worker's backoff, and the takes go back with what stands in the way; what the
    database could not take back is still the worker's, and goes back the next time.
    """
    drawn = 0
    try:
        leased = lease(worker)
        if not leased:
            return None
        drawn = draw_leased(worker, leased)
        fault = worker.backoff.met
        give_back(worker.studio, worker.name, fault.reason if fault else None)
    except Exception as error:
        fault = machine_fault(error)
        if fault is None:
            raise
        worker.backoff.meet(fault)
    return drawn


def lease(worker: Worker) -> list[LeasedTake]:
    """The next takes in the queue that this worker may draw now; after a fault, those that it still has go back first."""
    if worker.backoff.in_a_row:
        give_back(worker.studio, worker.name)
    aside, seconds = worker.backoff.set_aside(), worker.lease_seconds
    return lease_takes(worker.studio, worker.name, MOST_SIDE_BY_SIDE, seconds, without=aside, projects=worker.projects)


def free_memory() -> None:
    """Lets go of every version in memory; the next take loads its own again."""
    forget_versions()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def release(worker: Worker) -> None:
    """Gives back what is still held when the worker ends; a database that cannot be written lets the leases run out."""
    try:
        give_back(worker.studio, worker.name)
    except sqlite3.Error as error:
        log.error("takes of worker %s wait for their lease to run out: %s", worker.name, one_line(error))


def use_threads(count: str | None) -> None:
    """Draws with this many processor threads from now on; None leaves the number as it is, one per core."""
    if count is None:
        return
    torch.set_num_threads(check_whole(f"{THREADS}, processor threads,", count, 1, MOST_THREADS))


def draw_leased(worker: Worker, takes: list[LeasedTake]) -> int:
    """Draws as many leased takes, all of one brief and version, as go side by side; returns how many were done.

    Never raises for a take's sake. Takes that are left over stay leased.
    """
    with LeaseRenewal(worker.studio, worker.name, [take["id"] for take in takes], worker.lease_seconds) as renewal:
        try:
            loaded = load_version(worker.studio, takes[0]["version"])
            check_brief(loaded, takes[0]["brief_row"])
        except Exception as error:
            fail_takes(worker, takes, failure_of(error))
            return 0
        return draw_side_by_side(worker, loaded, takes[: group_size(loaded, takes[0]["brief_row"])], renewal)


def draw_side_by_side(worker: Worker, loaded: Loaded, takes: list[LeasedTake], renewal: LeaseRenewal) -> int:
    """Draws and stores takes of one group, and returns how many were done; none once nobody waits for them any more."""
    began, brief, ids = monotonic(), takes[0]["brief_row"], [take["id"] for take in takes]
    with tqdm(total=brief["steps"], desc=f"takes {ids}", leave=False, disable=None, file=sys.stderr) as bar:

        def report(share: float) -> None:
            if worker.stop.is_set() or renewal.lost.issuperset(ids):
                raise Stopped
            renewal.report(ids, share)
            bar.update(round(share * brief["steps"]) - bar.n)
            if worker.on_progress:
                worker.on_progress(ids, share)

        try:
            outcomes = draw_takes(
                loaded, with_source(worker.studio, brief), [(take["id"], take["seed"]) for take in takes], report
            )
        except Stopped:
            return 0
    done = keep_takes(worker, takes, outcomes)
    log.info("%d of takes %s done by %s in %.1f s", done, ids, loaded.name, monotonic() - began)
    return done


def keep_takes(worker: Worker, takes: Sequence[LeasedTake], outcomes: Mapping[int, Outcome]) -> int:
    """Stores what was drawn, and marks failed what could not be; returns how many takes were done."""
    done = 0
    for take in takes:
        outcome = outcomes[take["id"]]
        if isinstance(outcome, Failure):
            fail_takes(worker, [take], outcome)
        else:
            done += keep_take(worker, take, outcome)
    return done


def keep_take(worker: Worker, take: LeasedTake, drawn: DrawnTake) -> bool:
    """Stores one drawn take, unless somebody withdrew it; a failure here is this take's alone."""
    try:
        check_lease(worker.studio, take["id"], worker.name)  # before its files are there, which nothing would refer to
        files = store_take(worker.studio, drawn.files)
        finish_take(worker.studio, take["id"], worker.name, **files, provenance=drawn.provenance)
    except LeaseLost as loss:
        log.info("%s", loss)
        return False
    except Exception as error:
        fail_takes(worker, [take], failure_of(error))
        return False
    keep_descriptor(worker.studio, files["rendition"], drawn.descriptor)
    return True


def fail_takes(worker: Worker, takes: Sequence[LeasedTake], failure: Failure) -> None:
    """Marks takes failed with one line; what nobody foresaw also goes to the log in full.

    A fault of the machine fails none: they stay leased, to be given back.
    """
    if failure.fault is not None:
        worker.backoff.meet(failure.fault, takes[0]["brief"])
        return
    ids = [take["id"] for take in takes]
    log.error("takes %s failed: %s", ids, "\n".join(filter(None, (failure.line, failure.trace))))
    for id in ids:
        try:
            fail_take(worker.studio, id, worker.name, failure.line)
        except LeaseLost as loss:  # cancelled, or another worker leased it after a long sleep
            log.warning("%s", loss)
