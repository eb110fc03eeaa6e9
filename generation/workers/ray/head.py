"""The head: leases takes for actors on many machines, and stores what they draw. It alone opens the database.

One thread does everything, in rounds: whoever is idle gets takes, what was drawn is stored, leases are renewed. Each
actor leases under a name of its own, so that the takes of one that dies are known at once: they go back to the queue,
and cost an attempt unless it was the whole machine that went.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from types import ModuleType
from typing import Any

import torch

from feedback.errors import one_line
from feedback.models import versions
from feedback.production.render_queue import LeasedTake, end_leases, give_back, projects_named, renew_leases
from feedback.store import Studio
from generation.media.sources import read_files
from generation.models.base_models import base_folder
from generation.models.pinning import check_pinned
from generation.workers.backoff import FIRST_PAUSE, LONGEST_PAUSE, TRIES
from generation.workers.drawing import failure_of
from generation.workers.machine_faults import machine_fault
from generation.workers.ray import cluster
from generation.workers.ray.actor import Job
from generation.workers.worker import (
    LEASE,
    THREADS,
    Worker,
    fail_takes,
    keep_takes,
    lease,
    release,
    unique_name,
    use_threads,
)

log = logging.getLogger(__name__)

POLL = 0.3  # seconds until an empty queue is read again
RENEWAL = 1.0  # seconds; all leases in one transaction


@dataclass(eq=False)
class Slot:
    """The place of one actor: when one dies, another takes it."""

    worker: Worker  # the name that it leases under
    actor: Any
    answer: Any  # what it was asked and has not answered: which machine it is on, or a job
    node: str | None = None  # Ray's id of its machine, once it has all libraries
    takes: list[LeasedTake] = field(default_factory=list)  # that it draws
    share: float = 0.0  # how far it is, 0 to 1
    share_answer: Any = None
    lost: set[int] = field(default_factory=set)  # takes of it that nobody waits for any more
    resumes: float = 0.0  # when it may lease again
    deaths: int = 0  # in a row


@dataclass(frozen=True)
class Plan:
    """What the head was started with."""

    studio: Studio
    stop: Event
    actors: int
    gpus: float  # of each
    lease_seconds: float
    projects: Sequence[int]  # ids of those to draw for; none for all
    name: str | None  # that the actors' names begin with


def run_head(
    ray: ModuleType,
    studio: Studio,
    *,
    stop: Event,
    once: bool = False,
    actors: int | None = None,
    gpus_per_actor: float | None = None,
    projects: Sequence[str] = (),
    worker_name: str | None = None,
    lease_seconds: float = LEASE,
) -> int:
    """Draws until `stop` is set, or with `once` until the queue is empty; returns how many takes were done.

    `ray` is connected. `projects`: codes of those to draw for, all of them unless given. `worker_name` begins the names
    that actors lease under.
    """
    use_threads(os.environ.get(THREADS))
    gpus = cluster.usual_gpus(ray) if gpus_per_actor is None else gpus_per_actor
    count = actors or cluster.usual_actors(ray, gpus)
    head = Head(ray, Plan(studio, stop, count, gpus, lease_seconds, projects_named(studio, projects), worker_name))
    log.info("%d actors are to draw, with %g GPUs each", count, gpus)
    try:
        return head.run(once)
    finally:
        head.release()


class Head:
    def __init__(self, ray: ModuleType, plan: Plan) -> None:
        self.ray, self.plan, self.done = ray, plan, 0
        self.sender = cluster.start_sender(ray)
        self.offered: set[str] = set()
        self.renewed = monotonic()
        self.slots = [self.new_slot() for _ in range(plan.actors)]

    def run(self, once: bool) -> int:
        while not self.plan.stop.is_set():
            has_leased = self.lease_for_idle()
            if once and not has_leased and self.is_finished():
                break
            self.collect()
            if monotonic() - self.renewed > RENEWAL:
                self.renew()
        return self.done

    def is_finished(self) -> bool:
        """Nobody draws, and nothing is left that could be drawn now."""
        idle = [slot for slot in self.slots if slot.answer is None]
        waiting = any(slot.resumes > monotonic() and slot.worker.backoff.in_a_row < TRIES for slot in idle)
        return bool(idle) and not waiting and not any(slot.takes for slot in self.slots)

    def new_slot(self, deaths: int = 0) -> Slot:
        plan = self.plan
        worker = Worker(plan.studio, unique_name(plan.name), plan.stop, None, plan.lease_seconds, plan.projects)
        actor = cluster.start_actor(self.ray, self.sender, plan.gpus)
        return Slot(worker, actor, actor.node.remote(), deaths=deaths)

    def lease_for_idle(self) -> bool:
        """Gives every idle actor takes while there are any; whether there were."""
        has_leased = False
        for slot in self.slots:
            if slot.answer is not None or slot.resumes > monotonic():
                continue
            try:
                takes = lease(slot.worker)
            except Exception as error:
                self.meet(slot, error)
                break
            if takes:
                has_leased = True
                self.start(slot, takes)
            elif not slot.worker.backoff.set_aside():
                break
        return has_leased

    def start(self, slot: Slot, takes: list[LeasedTake]) -> None:
        try:
            job = self.job_of(takes)
        except Exception as error:
            fail_takes(slot.worker, takes, failure_of(error))
            self.settle(slot, 0)
            return
        slot.takes, slot.share, slot.lost = takes, 0.0, set()
        slot.answer = slot.actor.draw.remote(job)

    def job_of(self, takes: list[LeasedTake]) -> Job:
        version = versions.get_version(self.plan.studio, takes[0]["version"])
        check_pinned(self.plan.studio, version["name"])
        self.offer(version["base"], str(base_folder(version["base"])))
        for adapter in version["adapters"]:
            self.offer(adapter["folder"], str(self.plan.studio.folder / adapter["folder"]))
        return Job(
            brief=takes[0]["brief_row"],
            takes=tuple((take["id"], take["seed"]) for take in takes),
            version=version["name"],
            base=version["base"],
            adapters=tuple(version["adapters"]),
            studio_folder=str(self.plan.studio.folder),
            threads=torch.get_num_threads(),
            source=read_files(self.plan.studio, takes[0]["brief_row"]),
        )

    def offer(self, name: str, folder: str) -> None:
        if name not in self.offered:
            self.ray.get(self.sender.offer.remote(name, folder))
            self.offered.add(name)

    def collect(self) -> None:
        """Waits a moment for answers, and stores what was drawn."""
        slots = {slot.answer: slot for slot in self.slots if slot.answer is not None}
        if not slots:
            self.plan.stop.wait(POLL)
            return
        answered, _ = self.ray.wait(list(slots), num_returns=len(slots), timeout=POLL if self.is_hungry() else RENEWAL)
        for answer in answered:
            self.read(slots[answer])

    def is_hungry(self) -> bool:
        return any(slot.answer is None for slot in self.slots)

    def read(self, slot: Slot) -> None:
        """One answer: of a job, its takes; of an actor that has just started, its machine."""
        answer, slot.answer = slot.answer, None
        try:
            content = self.ray.get(answer)
        except self.ray.exceptions.RayError as error:
            self.replace(slot, error)
            return
        if slot.node is None:
            slot.node = content
            return
        slot.deaths = 0
        drawn = [take for take in slot.takes if take["id"] in content]
        done = keep_takes(slot.worker, drawn, content)
        log.info("%d of takes %s done on %s", done, [take["id"] for take in drawn], slot.node[:8])
        self.settle(slot, done)

    def settle(self, slot: Slot, done: int) -> None:
        """After a job: what is left of it goes back to the queue, with what stood in the way."""
        self.done += done
        slot.takes = []
        fault = slot.worker.backoff.met
        try:
            give_back(self.plan.studio, slot.worker.name, fault.reason if fault else None)
        except Exception as error:
            self.meet(slot, error)
        slot.resumes = monotonic() + slot.worker.backoff.pause_after(done)
        if fault and fault.lost_device:
            self.put_in_place(slot, slot.deaths)

    def meet(self, slot: Slot, error: Exception) -> None:
        """A fault of this machine, such as a locked database, makes the slot wait; anything else is raised."""
        fault = machine_fault(error)
        if fault is None:
            raise error
        slot.worker.backoff.meet(fault)
        slot.resumes = monotonic() + slot.worker.backoff.pause_after(0)

    def replace(self, slot: Slot, error: Exception) -> None:
        """A dead actor's takes go back, and another actor is started, later each time that one dies."""
        name, studio = slot.worker.name, self.plan.studio
        log.error("an actor is gone, its takes %s go back: %s", [take["id"] for take in slot.takes], one_line(error))
        try:
            if slot.node and cluster.is_alive(self.ray, slot.node):
                end_leases(studio, name)  # a take that kills its actor must use up its attempts
            else:
                give_back(studio, name)
        except sqlite3.Error as reason:
            log.error("takes of %s wait for their lease to run out: %s", name, one_line(reason))
        self.put_in_place(slot, slot.deaths + 1)

    def put_in_place(self, slot: Slot, deaths: int) -> None:
        """A new actor for one that is dead or of no more use."""
        self.end(slot.actor)
        fresh = self.new_slot(deaths)
        fresh.resumes = monotonic() + min(FIRST_PAUSE * 2 ** min(deaths, 16), LONGEST_PAUSE) if deaths > 1 else 0.0
        self.slots[self.slots.index(slot)] = fresh

    def renew(self) -> None:
        """Extends all leases in one transaction, and asks each actor how far it is and tells it what is cancelled."""
        self.renewed = monotonic()
        drawing = [slot for slot in self.slots if slot.takes]
        self.read_shares(drawing)
        try:
            with self.plan.studio.writing():
                for slot in drawing:
                    shares = {take["id"]: slot.share for take in slot.takes if take["id"] not in slot.lost}
                    slot.lost |= renew_leases(self.plan.studio, slot.worker.name, shares, slot.worker.lease_seconds)
        except Exception as error:  # a busy disk must not end the drawing; the next renewal tries again
            log.warning("the leases of %d actors could not be renewed: %s", len(drawing), one_line(error))
        for slot in drawing:
            if slot.share_answer is None:
                slot.share_answer = slot.actor.progress.remote(sorted(slot.lost))

    def read_shares(self, drawing: list[Slot]) -> None:
        pending = {slot.share_answer: slot for slot in drawing if slot.share_answer is not None}
        answered, _ = self.ray.wait(list(pending), num_returns=len(pending), timeout=0) if pending else ([], [])
        for answer in answered:
            slot = pending[answer]
            slot.share_answer = None
            try:
                slot.share = self.ray.get(answer)
            except self.ray.exceptions.RayError as error:
                log.debug("%s", one_line(error))  # the job's own answer says so, too

    def release(self) -> None:
        """Ends the actors, and gives back what they still hold."""
        for slot in self.slots:
            release(slot.worker)
        for actor in (*(slot.actor for slot in self.slots), self.sender):
            self.end(actor)

    def end(self, actor: Any) -> None:
        with suppress(Exception):  # it may be dead, and so may the cluster
            self.ray.kill(actor)
