"""How many takes come before a brief's in the queue, and how long it is until they are drawn, where that was measured.

The queue's own order (`render_queue`): the highest priority first, within it projects in turn, within a project the oldest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from feedback.clock import seconds_between
from feedback.store import Studio

SHOT = "shot"  # the purpose of takes that people queue
RECENT = 400  # takes, the last that were done, of which the times are measured

_WAITING = """
SELECT w.project, w.priority, w.brief, w.purpose, w.number, w.first, b.kind, b.width, b.height, b.frames, b.steps FROM (
    SELECT project, priority, brief, purpose, count(*) AS number, min(id) AS first FROM takes INDEXED BY takes_queued
    WHERE state = 'queued' GROUP BY project, priority, brief, purpose) w JOIN briefs b ON b.id = w.brief
ORDER BY w.priority DESC, w.first
"""
_DRAWING = """
SELECT t.brief, t.purpose, t.worker, t.progress, b.kind, b.width, b.height, b.frames, b.steps
FROM takes t INDEXED BY takes_leased_of_project JOIN briefs b ON b.id = t.brief WHERE t.state = 'leased'
"""
_DONE = """
SELECT t.brief, t.started, max(t.finished) AS finished, count(*) AS number, b.kind, b.width, b.height, b.frames, b.steps
FROM done_takes d JOIN takes t ON t.id = d.take JOIN briefs b ON b.id = t.brief
WHERE d.number > (SELECT max(number) FROM done_takes) - ? AND t.started IS NOT NULL AND t.finished IS NOT NULL
GROUP BY t.brief, t.started
"""


class Shape(NamedTuple):
    """What the time of a take depends on."""

    kind: str
    width: int
    height: int
    frames: int
    steps: int


class Waiting(NamedTuple):
    """Takes of one brief that are queued."""

    project: int
    priority: int
    brief: int
    purpose: str  # shot, or trial: nobody is told of those
    number: int
    first: int  # the id of the oldest
    shape: Shape


class Forecast(NamedTuple):
    before: int  # takes that are drawn before the first of these, those being drawn not counted
    seconds: float | None  # until the last is drawn; None where takes like one of those before it were not measured


class Queue(NamedTuple):
    """What waits, and what is being drawn."""

    waiting: list[Waiting]  # in the order of priority, and then of age
    drawing: dict[tuple[int, str], float | None]  # seconds that are left, by the brief and the purpose
    workers: int  # that draw at present


def measured_seconds(studio: Studio) -> dict[Shape, float]:
    """Seconds of a worker for one take, by shape: the median of the drawings among the RECENT takes.

    Takes of a brief that were leased together were drawn together, and share the time.
    """
    times: defaultdict[Shape, list[float]] = defaultdict(list)
    for _, started, finished, number, *shape in studio.tuples(_DONE, (RECENT,)):
        seconds = seconds_between(started, finished)
        if seconds > 0:  # the clock may have been set back
            times[Shape(*shape)].append(seconds / number)
    return {shape: median(each) for shape, each in times.items()}


def read_queue(studio: Studio, seconds: dict[Shape, float]) -> Queue:
    waiting = []
    for project, priority, brief, purpose, number, first, *shape in studio.tuples(_WAITING):
        waiting.append(Waiting(project, priority, brief, purpose, number, first, Shape(*shape)))
    drawing: dict[tuple[int, str], float | None] = {}
    workers = set()
    for brief, purpose, worker, progress, *shape in studio.tuples(_DRAWING):
        of_take = seconds.get(Shape(*shape))
        before = drawing.get((brief, purpose), 0.0)
        drawing[brief, purpose] = (
            None if of_take is None or before is None else before + of_take * (1 - min(1.0, progress or 0))
        )
        workers.add(worker)
    return Queue(waiting, drawing, max(1, len(workers)))


def forecast_briefs(studio: Studio, briefs: Sequence[int]) -> dict[int, Forecast]:
    """Of those of these briefs that have takes which are queued or being drawn; those of trials are no brief's own."""
    seconds = measured_seconds(studio)
    queue = read_queue(studio, seconds)
    return {brief: forecast for brief in briefs if (forecast := forecast_of(queue, seconds, brief))}


def forecast_of(queue: Queue, seconds: dict[Shape, float], brief: int) -> Forecast | None:
    own = [each for each in queue.waiting if each.brief == brief and each.purpose == SHOT]
    if not own:
        drawing = queue.drawing.get((brief, SHOT), 0.0)
        return Forecast(0, total([drawing], queue.workers)) if (brief, SHOT) in queue.drawing else None
    before, through = takes_before(queue.waiting, own[0]), takes_through(queue.waiting, own[-1])
    left = [*queue.drawing.values(), *(time_of(seconds, shape, number) for shape, number in through)]
    return Forecast(sum(number for _, number in before), total(left, queue.workers))


def takes_before(waiting: Iterable[Waiting], own: Waiting) -> list[tuple[Shape, int]]:
    """Shapes and numbers of the takes before the first of `own`."""
    ahead = [each for each in waiting if each.project == own.project and comes_before(each, own)]
    turns = sum(each.number for each in ahead if each.priority == own.priority)
    return [*((each.shape, each.number) for each in ahead), *of_others(waiting, own, turns)]


def takes_through(waiting: Iterable[Waiting], own: Waiting) -> list[tuple[Shape, int]]:
    """The same with `own`."""
    ahead = [each for each in waiting if each.project == own.project and comes_before(each, own)]
    turns = sum(each.number for each in ahead if each.priority == own.priority) + own.number - 1
    return [*((each.shape, each.number) for each in ahead), (own.shape, own.number), *of_others(waiting, own, turns)]


def comes_before(each: Waiting, own: Waiting) -> bool:
    return (-each.priority, each.first) < (-own.priority, own.first)


def of_others(waiting: Iterable[Waiting], own: Waiting, turns: int) -> list[tuple[Shape, int]]:
    """What other projects draw meanwhile: all that is more urgent, and of the same priority a take for each turn."""
    left: defaultdict[int, int] = defaultdict(lambda: turns)
    drawn = []
    for each in waiting:
        if each.project == own.project or each.priority < own.priority:
            continue
        number = each.number if each.priority > own.priority else min(each.number, left[each.project])
        if each.priority == own.priority:
            left[each.project] -= number
        drawn += [(each.shape, number)] if number else []
    return drawn


def time_of(seconds: dict[Shape, float], shape: Shape, number: int) -> float | None:
    return None if shape not in seconds else number * seconds[shape]


def total(times: Sequence[float | None], workers: int) -> float | None:
    known = [each for each in times if each is not None]
    return sum(known) / workers if len(known) == len(times) else None
