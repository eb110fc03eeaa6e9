"""The processes of one run: which of them this is, how work is dealt out to them, and what they tell each other.

Whoever starts them (`circletake tune --processes`, torchrun, accelerate) sets RANK, WORLD_SIZE, LOCAL_RANK and the address of
the first. Decisions travel between processors (gloo), so that no GPU is waited for; sums of tensors go between the devices
that the tensors are on (NCCL, or gloo). A process that ends closes its connections, which every other one notices at its next
exchange: it then raises ProcessLost. Nothing times out while processes live: some wait while the first fits a reward model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from feedback.errors import Interrupted, Refused
from finetune.errors import ProcessLost, RefusedByFirst

MEETING = timedelta(minutes=30)  # until all are there
WAITING = timedelta(days=7)
LOST = (
    "gloo",
    "nccl",
    "connection closed",
    "connection reset",
    "broken pipe",
)  # in what libraries say of a lost process
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class Processes:
    """This process among all of a run. Alone, everything here gives back what it was given."""

    number: int = 0
    count: int = 1
    in_step: bool = False  # whether all must go through a network equally often, since each holds a part of its weights
    answered: bool = False  # whether the first has given the others a run, or let them go

    @property
    def is_first(self) -> bool:
        """The one that has the studio's database, writes checkpoints and registers."""
        return self.number == 0

    @property
    def is_alone(self) -> bool:
        return self.count == 1

    def most(self, numbers: Sequence[int]) -> list[int]:
        """The highest that any process has of each number."""
        return self.reduced(numbers, dist.ReduceOp.MAX)

    def least(self, number: int) -> int:
        return self.reduced([number], dist.ReduceOp.MIN)[0]

    def any(self, flag: bool) -> bool:
        """Whether it is so in any process."""
        return bool(self.most([int(flag)])[0])

    def reduced(self, numbers: Sequence[int], operation: Any) -> list[int]:
        if self.is_alone:
            return list(numbers)
        together = torch.tensor(list(numbers))
        with noticing_lost():
            dist.all_reduce(together, operation)
        return together.tolist()

    def add_up(self, tensors: Sequence[torch.Tensor]) -> None:
        """Each of these, of one number format and device, becomes its sum over all processes; in one exchange."""
        if self.is_alone or not tensors:
            return
        flat = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        with noticing_lost():
            dist.all_reduce(flat)
        for tensor, total in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.detach().copy_(total.view_as(tensor))

    def from_first(self, make: Callable[[], Result]) -> Result:
        """What the first process makes, in all of them. Where it refuses, the others raise RefusedByFirst."""
        if self.is_alone:
            return make()
        box: list[Any] = [made_or_refused(make) if self.is_first else None]
        with noticing_lost():
            dist.broadcast_object_list(box, 0, device=torch.device("cpu"))
        made, refusal = box[0]
        if refusal is None:
            return made
        raise refusal if self.is_first else RefusedByFirst(str(refusal))

    def gathered(self, value: Item) -> list[Item]:
        """Every process's value, in their order."""
        if self.is_alone:
            return [value]
        values: list[Any] = [None] * self.count
        with noticing_lost():
            dist.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Until all are here: what others wrote before is then on the disk."""
        self.any(False)

    def places(self, kinds: Sequence[Hashable]) -> list[int]:
        """Which items this process works on; `kinds`: of each, those alike taking as many passes through a network.

        In step, everybody gets equally many of a kind, so some are worked on twice.
        """
        alike: dict[Hashable, list[int]] = {}
        for place, kind in enumerate(kinds):
            alike.setdefault(kind if self.in_step else None, []).append(place)
        return [place for group in alike.values() for place in self.dealt(group)]

    def dealt(self, items: Sequence[Item]) -> list[Item]:
        """This process's share; in step, as many as the others', the first one once more."""
        own = list(items[self.number :: self.count])
        if self.in_step and len(own) < -(-len(items) // self.count):
            own.append(items[0])
        return own

    def spread(
        self, items: Sequence[Item], work: Callable[[Item], Result], kind_of: Callable[[Item], Hashable]
    ) -> list[Result]:
        """What `work` gives for each item, each worked on by one of the processes; results are on the processor."""
        places = self.places([kind_of(item) for item in items])
        return self.merged({place: work(items[place]) for place in places}, len(items))

    def merged(self, results: Mapping[int, Result], count: int) -> list[Result]:
        """All processes' results, by their places."""
        everywhere: dict[int, Result] = {}
        for each in self.gathered(results):
            everywhere |= each
        return [everywhere[place] for place in range(count)]

    @contextmanager
    def dismissing_others(self) -> Iterator[None]:
        """Around what may begin a run, in the first process: the others end, too, where it ends without one."""
        self.answered = False
        try:
            yield
        finally:
            if not self.is_alone and not self.answered:
                self.answer(None)

    def answer(self, run: Any) -> None:
        """In the first process: to the others, which wait to be given a run."""
        self.answered = True
        self.from_first(lambda: run)


def made_or_refused(make: Callable[[], Result]) -> tuple[Result | None, Exception | None]:
    try:
        return make(), None
    except (Refused, Interrupted) as refusal:
        return None, refusal


@contextmanager
def noticing_lost() -> Iterator[None]:
    """ProcessLost when an exchange fails because another process is gone."""
    try:
        yield
    except RuntimeError as error:
        if not tells_of_lost_process(error):
            raise
        raise ProcessLost(f"another process of the run ended: {error}") from error


def tells_of_lost_process(error: BaseException) -> bool:
    """Whether an error is what a library raises when another process is gone; for exchanges that are not made here."""
    return isinstance(error, dist.DistError) or any(word in str(error).lower() for word in LOST)


def started_together() -> bool:
    """Whether this process is one of several of a run."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


@cache
def join() -> Processes:
    """This process among those that it was started with, to which it is connected once."""
    if not started_together():
        return Processes()
    if not dist.is_initialized():
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        store, number, count = next(dist.rendezvous("env://", timeout=MEETING))
        dist.init_process_group(backend, store=store, rank=number, world_size=count, timeout=WAITING)
    return Processes(dist.get_rank(), dist.get_world_size())
