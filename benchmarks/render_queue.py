"""The render queue of a large studio: a real database file, real leases, renewals and finishes, and workers that only
pretend to draw, in time that only pretends to pass.

    python -m benchmarks.render_queue --json
    python -m benchmarks.render_queue --takes 1000000 --queued 100000 --workers 1000 --json

Ten projects of very different sizes have takes queued, those of the odd ones last twenty times as long. Of the workers
some die, and are replaced; some sleep until their lease has run out, and then try to finish all the same. Some leases are
made by one query instead, which joins and sorts all that is queued: it must name the same take. The ratio is how much
longer they last, with the same writes.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tqdm import tqdm

from feedback.production import briefs, projects, render_queue, shots
from feedback.production.render_queue import LeasedTake, LeaseLost
from feedback.store import Studio
from feedback.trials import promotion
from generation.media.archive import Files

PROJECTS, BRIEFS = 10, 40  # briefs of each project
LEASE, RENEWAL = 120.0, 30.0  # seconds
QUICK, SLOW = 6.0, 120.0  # seconds that a batch takes, on average
DEATHS, SLEEPS = 0.01, 0.01  # shares of leases
IDLE = 10.0  # seconds until an empty queue is read again
PATIENCE = 4 * LEASE  # seconds without a lease after which a worker leaves: whatever was held has come back by then
BATCH = 4
FILE = "f" * 64  # the one picture of all takes
COMPARED = 50  # leases, every second of them by the one query
ONE_QUERY = """
SELECT t.id, t.brief, t.priority, s.project, t.requested_version, t.rewrite
FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot
LEFT JOIN (SELECT s.project, count(*) AS number FROM takes l JOIN briefs b ON b.id = l.brief JOIN shots s ON s.id = b.shot
    WHERE l.state = 'leased' AND l.lease_expires >= '{now}' GROUP BY s.project) drawing ON drawing.project = s.project
LEFT JOIN queue_turns q ON q.project = s.project
WHERE t.state = 'queued' OR (t.state = 'leased' AND t.lease_expires < '{now}')
ORDER BY t.priority DESC, coalesce(drawing.number, 0), q.turn, t.id LIMIT 1
"""
FILL = """
WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < :rows)
INSERT INTO takes (brief, seed, state, media, rendition, priority, created)
SELECT 1 + CAST(:briefs * {share} AS INTEGER), k, :state, :file, :file, CASE WHEN k % 1000 = 0 THEN 1 ELSE 0 END, :now FROM n
"""
EVEN = "(k * 0.6180339887 - CAST(k * 0.6180339887 AS INTEGER))"
SKEWED = " * ".join([EVEN] * 4)  # more than half of what is queued is the first project's, the last one has a fortieth


class Clock:
    """Seconds of the simulation, and the record's clock by them."""

    began = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self, ahead: float = 0) -> str:
        return (self.began + timedelta(seconds=self.seconds + ahead)).isoformat(timespec="microseconds")


@dataclass
class Simulation:
    """Workers, what happens when, and what was counted."""

    studio: Studio
    clock: Clock
    rng: random.Random
    total: int  # takes to draw
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    number: int = 0  # of events so far, and of workers
    last_lease: float = 0.0  # when
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    finished: Counter[int] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    worked: list[tuple[float, int, float]] = field(default_factory=list)  # (when, project, seconds) of each batch

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.events, (self.clock.seconds + seconds, self.number, event))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.times[what].append(time.perf_counter() - began)


def run(simulation: Simulation, workers: int) -> None:
    """Until nothing is queued or held any more."""
    for number in range(workers):
        simulation.after(simulation.rng.random() * QUICK, partial(lease, simulation, f"w{number}"))
    with tqdm(total=simulation.total, desc="takes", unit="take", file=sys.stderr, mininterval=2) as bar:
        while simulation.events:
            simulation.clock.seconds, _, event = heapq.heappop(simulation.events)
            event()
            bar.update(len(simulation.finished) - bar.n)


def lease(simulation: Simulation, worker: str) -> None:
    compared = simulation.counts["leases"] % max(1, simulation.total // BATCH // COMPARED) == 0
    takes = compare(simulation, worker) if compared else lease_timed(simulation, worker, "lease")
    if takes:
        simulation.counts["leases"] += 1
        simulation.last_lease = simulation.clock.seconds
        begin(simulation, worker, takes)
    elif simulation.clock.seconds < simulation.last_lease + PATIENCE:
        simulation.after(IDLE, lambda: lease(simulation, worker))


def lease_timed(simulation: Simulation, worker: str, how: str) -> list[LeasedTake]:
    """Polls of an empty queue are counted apart."""
    began = time.perf_counter()
    takes = render_queue.lease_takes(simulation.studio, worker, BATCH, LEASE)
    simulation.times[how if takes else "poll"].append(time.perf_counter() - began)
    return takes


def compare(simulation: Simulation, worker: str) -> list[LeasedTake]:
    """Leases in turn as ever and by the one query; both have to lease what that query names."""
    query = ONE_QUERY.format(now=simulation.clock.now())
    chosen = simulation.studio.value(query)
    simulation.counts["compared"] += 1
    if simulation.counts["compared"] % 2:
        takes = lease_timed(simulation, worker, "lease")
    else:
        with patch.object(render_queue, "_NEXT", query):
            takes = lease_timed(simulation, worker, "one query")
    simulation.counts["chosen otherwise"] += bool(takes) and takes[0]["id"] != chosen
    return takes


def begin(simulation: Simulation, worker: str, takes: list[LeasedTake]) -> None:
    project = (takes[0]["brief"] - 1) // BRIEFS
    seconds = (SLOW if project % 2 else QUICK) * (0.5 + simulation.rng.random())
    chance = simulation.rng.random()
    if chance < DEATHS:
        simulation.counts["died"] += 1
        simulation.number += 1
        simulation.after(1, partial(lease, simulation, f"w{simulation.number}"))
        return
    asleep = chance < DEATHS + SLEEPS
    simulation.counts["slept"] += asleep
    simulation.worked.append((simulation.clock.seconds, project, seconds))
    if not asleep:
        renew_until(simulation, worker, takes, simulation.clock.seconds + seconds)
    simulation.after(seconds + 2 * LEASE * asleep, lambda: finish(simulation, worker, takes))


def renew_until(simulation: Simulation, worker: str, takes: list[LeasedTake], end: float) -> None:
    if simulation.clock.seconds + RENEWAL < end:
        simulation.after(RENEWAL, lambda: renew(simulation, worker, takes, end))


def renew(simulation: Simulation, worker: str, takes: list[LeasedTake], end: float) -> None:
    with simulation.timed("renew"):
        render_queue.renew_leases(simulation.studio, worker, {take["id"]: 0.5 for take in takes}, LEASE)
    renew_until(simulation, worker, takes, end)


def finish(simulation: Simulation, worker: str, takes: list[LeasedTake]) -> None:
    files: Files = {"media": FILE, "poster": None, "rendition": FILE, "rendition_poster": None}
    for take in takes:
        try:
            with simulation.timed("finish"):
                render_queue.finish_take(
                    simulation.studio, take["id"], worker, **files, provenance={"seed": take["seed"]}
                )
            simulation.finished[take["id"]] += 1
        except LeaseLost:
            simulation.counts["refused"] += 1
    lease(simulation, worker)


def fill(studio: Studio, clock: Clock, done: int, queued: int) -> None:
    """Takes by SQL; through `queue_takes` a million would take an hour."""
    promotion.ensure_starter(studio)
    for number in range(PROJECTS):
        projects.add_project(studio, f"P{number}")
        shot = shots.add_shot(studio, f"P{number}", "S_010")["id"]
        for _ in range(BRIEFS):
            briefs.write_brief(studio, shot, "a house by day", author="benchmark")
    picture = {"sha256": FILE, "ext": "png", "mime": "image/png", "bytes": 1, "width": 1, "height": 1, "frames": 1}
    values = {"briefs": PROJECTS * BRIEFS, "file": FILE, "now": clock.now()}
    with studio.writing() as db:
        db.table("media").insert({**picture, "created": clock.now()})
        db.execute(FILL.format(share=EVEN), {**values, "rows": done, "state": "done"})
        db.execute(FILL.format(share=SKEWED), {**values, "rows": queued, "state": "queued", "file": None})


def least_share(simulation: Simulation) -> float:
    """Of the workers' time while every project had takes queued: what the poorest got, by what an equal share is.

    Until a project has begun four fifths of its batches: what dead workers held comes back long after the rest.
    """
    begun: dict[int, list[float]] = defaultdict(list)
    for when, project, _ in simulation.worked:
        begun[project].append(when)
    end = min(starts[len(starts) * 4 // 5] for starts in begun.values())
    seconds: dict[int, float] = dict.fromkeys(begun, 0.0)
    for when, project, each in simulation.worked:
        seconds[project] += max(0.0, min(each, end - when))
    return min(seconds.values()) * len(seconds) / max(1e-9, sum(seconds.values()))


def describe(simulation: Simulation, workers: int, takes: int, seconds: float) -> dict[str, Any]:
    lease_ms, one_query_ms = ([1000 * each for each in simulation.times[name]] for name in ("lease", "one query"))
    state = render_queue.queue_state(simulation.studio)
    return {
        "benchmark": "render_queue",
        "takes": takes,
        "queued": simulation.total,
        "workers": workers,
        "leases": simulation.counts["leases"],
        "leases_a_second": round(1000 / statistics.mean(lease_ms)),
        **{f"lease_ms_p{share}": round(percentile(lease_ms, share), 3) for share in (50, 99)},
        **{
            f"{name}_ms_p50": round(1000 * percentile(simulation.times[name], 50), 3)
            for name in ("poll", "renew", "finish")
        },
        "lease_by_one_query_ms_p50": round(percentile(one_query_ms, 50), 3),
        "ratio": round(percentile(one_query_ms, 50) / percentile(lease_ms, 50), 1),
        "chosen_otherwise": simulation.counts["chosen otherwise"],
        "workers_died": simulation.counts["died"],
        "finished_too_late": simulation.counts["refused"],
        "lost": takes - state["done"] - state["failed"],
        "failed": state["failed"],
        "done_twice": sum(number > 1 for number in simulation.finished.values()),
        "least_share_of_a_project": round(least_share(simulation), 3),
        "simulated_hours": round(simulation.last_lease / 3600, 2),
        "seconds": round(seconds, 1),
    }


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)] if values else 0.0


def simulate(folder: Path, takes: int, queued: int, workers: int, seed: int = 0) -> dict[str, Any]:
    """Fills a studio in `folder` and draws what is queued; what was measured."""
    clock, began = Clock(), time.perf_counter()
    studio = Studio.create(folder)
    fill(studio, clock, takes - queued, queued)
    simulation = Simulation(studio, clock, random.Random(seed), queued)
    with patch.multiple(render_queue, now=clock.now, moment=clock.now, last_moment=lambda: "~"):
        run(simulation, workers)
    result = describe(simulation, workers, takes, time.perf_counter() - began)
    studio.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=100_000, help="in the studio, most of them done")
    parser.add_argument("--queued", type=int, help="of them; a tenth unless given, 5000 at most")
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    queued = options.queued or min(options.takes // 10, 5000)
    with tempfile.TemporaryDirectory() as folder:
        result = simulate(Path(folder) / "studio", options.takes, queued, options.workers, options.seed)
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
