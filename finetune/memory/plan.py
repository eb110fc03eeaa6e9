"""What a run does so that it fits into memory: what the recipe says, and what measuring found.

Each use of a network is first tried on one item, and what that took says how many go through at a time. If memory runs
out all the same, half as many do. Where one alone does not fit, activations are computed twice instead of being kept, and
the VAE works in tiles. What was found goes into checkpoints, so that a run that is continued adds up in the same order.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any, TypeVar

import torch

from feedback.errors import Refused, one_line
from finetune.memory.machine import (
    GIB,
    SHARE,
    free_bytes,
    give_back,
    limited_activations,
    measured_growth,
    peak_bytes,
)
from finetune.memory.parts import Parts
from finetune.memory.sharding import held_here
from finetune.memory.uses import Use, key_of, size_of
from finetune.metrics import MemoryMetrics
from finetune.processes import Processes
from finetune.settings import MemorySettings
from generation.models.loading import Loaded, load_again
from generation.workers.machine_faults import is_out_of_memory

log = logging.getLogger(__name__)
# Of latents, over all items at a time. Two items of 32x32 took as long each as eight, of a network of 44 M weights.
PLACES_ON_A_PROCESSOR = 2048
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class MemoryPlan:
    """How many items go through a network at a time, and what else saves memory."""

    settings: MemorySettings
    device: torch.device
    networks: Sequence[Any]  # those that are trained, of diffusers
    parts: Parts  # the others
    pieces: dict[str, int] = field(default_factory=dict)  # by use and shape: most at a time
    checkpointing: bool = False
    notes: list[str] = field(default_factory=list)  # what was done for want of memory, a line each
    peak: int = 0  # bytes, as far as it was read
    processes: Processes = field(default_factory=Processes)

    def use_checkpointing(self) -> None:
        for network in self.networks:
            network.enable_gradient_checkpointing()
        self.checkpointing = True

    def size(self, use: Use, shape: Sequence[int], most: int, *, costs_to_split: bool = False) -> int:
        """How many items of this shape go through at a time, of `most` that there may be; as many in all, in step.

        `costs_to_split`: whether it takes longer in pieces, so that it is split for want of memory alone.
        """
        fixed = self.settings.micro_batch
        usual = most if costs_to_split else self.enough(use, shape, most)
        size = min(most, usual if fixed == "auto" else fixed, self.pieces.get(key_of(use, shape), most))
        return self.processes.least(size) if self.processes.in_step and use.denoiser else size

    def enough(self, use: Use, shape: Sequence[int], most: int) -> int:
        """How many keep the device busy: on a processor a few, which then take less memory in the same time."""
        if not use.gradient or self.device.type != "cpu":
            return most
        return max(1, PLACES_ON_A_PROCESSOR // (use.items * prod(shape[1:])))

    def in_pieces(
        self, use: Use, shape: Sequence[int], items: Sequence[Item], most: int, work: Callable[[Sequence[Item]], Result]
    ) -> list[Result]:
        """What `work` gives for the items, as many of them at a time as fit; it may be called again with fewer.

        Refused, in one line, when not even one fits.
        """
        results: list[Result] = []
        start = 0
        while start < len(items):
            self.measure(use, shape, most, lambda: work(items[:1]))
            some = items[start : start + self.size(use, shape, most)]
            result, shortage = attempted(lambda some=some: work(some))  # type: ignore[misc]
            if shortage is None:
                results.append(result)  # type: ignore[arg-type]
                start += len(some)
            else:
                self.use_less(use, shape, len(some), shortage)
        return results

    def measure(self, use: Use, shape: Sequence[int], most: int, one: Callable[[], Any]) -> None:
        """Tries one item of a use and a shape that are new, and plans how many of `most` go through at a time.

        Its results are thrown away, and chance is as it was.
        """
        key = key_of(use, shape)
        while key not in self.pieces and (most > 1 or use.gradient):
            growth, shortage = self.growth_of(use, one)
            if shortage is None:
                self.pieces[key] = self.fitting(use, shape, most, growth)
            else:
                self.use_less(use, shape, 1, shortage)

    def growth_of(self, use: Use, one: Callable[[], Any]) -> tuple[int, str | None]:
        """(bytes that one item took, what was short)."""
        # What a sharded network gathers for a moment is kept by nobody, and is not told from what is.
        whole = use.gradient and not self.processes.in_step
        limit = int(SHARE * free_bytes(self.device)) if whole else sys.maxsize
        self.read_peak()
        with unchanged_chance(self.device), measured_growth(self.device) as growth:
            if use.gradient:
                with limited_activations(self.device, limit, self.weights()):
                    _, shortage = attempted(one)
            else:
                _, shortage = attempted(one)
        return growth.bytes, shortage

    def weights(self) -> list[torch.Tensor]:
        return [held_here(weight) for network in self.networks for weight in network.parameters()]

    def fitting(self, use: Use, shape: Sequence[int], most: int, growth: int) -> int:
        """The largest halving of `most` that fits into what is free, each item taking `growth` bytes."""
        size, free = most, free_bytes(self.device)
        while size > 1 and size * growth > SHARE * free:
            size //= 2
        if size < most and self.settings.micro_batch == "auto":
            self.note(
                f"{size} instead of {most} {use.item}s of {size_of(shape)} at a time ({use.name}): one takes"
                f" {growth / GIB:.2f} GiB, and {free / GIB:.1f} are free"
            )
        return size if self.settings.micro_batch == "auto" else most

    def use_less(self, use: Use, shape: Sequence[int], size: int, shortage: str) -> None:
        """After `size` items did not fit: fewer at a time, or what else saves memory. Refused when nothing is left."""
        gc.collect()  # whatever the failed attempt left in circles
        give_back(self.device)
        what = f"{use.item}s of {size_of(shape)}" if shape else f"{use.item}s"
        if self.processes.in_step and use.denoiser:  # the others wait in the middle of the network
            advice = f"set memory.micro_batch to {size // 2}" if size > 1 else self.advice(use)
            raise Refused(f"{size} of the {what} do not fit into memory ({use.name}): {advice}")
        if size > 1:
            self.pieces[key_of(use, shape)] = size // 2
            self.note(f"{size // 2} instead of {size} {what} at a time ({use.name}): {shortage}")
        elif use.gradient and not self.checkpointing and self.settings.gradient_checkpointing == "auto":
            self.use_checkpointing()
            self.pieces = {key: most for key, most in self.pieces.items() if not key.startswith(f"{use.name} ")}
            self.note(f"gradient checkpointing from here on, since not one of the {what} fits without it: {shortage}")
        elif use.vae and not self.parts.tiling and self.settings.vae_tiling == "auto" and self.parts.can_tile:
            self.parts.use_tiling()
            self.note(f"the VAE works in tiles from here on, since not one of the {what} fits whole: {shortage}")
        else:
            raise Refused(f"not one of the {what} fits into memory ({use.name}): {self.advice(use)}")

    def advice(self, use: Use) -> str:
        """What a person can do once nothing that is automatic is left."""
        if use.gradient and not self.checkpointing:
            return "set memory.gradient_checkpointing to auto"
        if use.vae and not self.parts.tiling and self.parts.can_tile:
            return "set memory.vae_tiling to auto"
        if self.device.type == "cuda" and not use.vae and not self.settings.base_4bit:
            return "set memory.base_4bit to true, use a GPU with more memory, or learn from smaller takes"
        return "use a machine with more memory, or learn from smaller takes"

    def note(self, line: str) -> None:
        """For the log at once, and for the run's metrics."""
        self.notes.append(line)
        log.warning(line)

    def read_peak(self) -> int:
        self.peak = max(self.peak, peak_bytes(self.device))
        return self.peak

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "pieces": dict(self.pieces),
            "checkpointing": self.checkpointing,
            "tiling": self.parts.tiling,
            "notes": list(self.notes),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """What `state` gave, as far as the recipe leaves it open."""
        self.pieces, self.notes = dict(state["pieces"]), list(state["notes"])
        if state["checkpointing"] and self.settings.gradient_checkpointing == "auto":
            self.use_checkpointing()
        if state["tiling"] and self.settings.vae_tiling == "auto":
            self.parts.use_tiling()

    def describe(self) -> MemoryMetrics:
        return {
            "peak_bytes": self.read_peak(),
            "pieces": dict(sorted(self.pieces.items())),
            "gradient_checkpointing": self.checkpointing,
            "vae_tiling": self.parts.tiling,
            "offload": self.parts.offloading,
            "sharded": self.processes.in_step,
            "notes": list(self.notes),
        }


def make_plan(
    loaded: Loaded,
    trained: Sequence[torch.nn.Module],
    device: torch.device,
    settings: MemorySettings,
    processes: Processes | None = None,
) -> MemoryPlan:
    """For a loaded version some of whose networks are trained. What the recipe asks for outright is done.

    Processes that go in step cannot begin gradient checkpointing in the middle: with auto it is on from the start.
    """
    again = partial(load_again, loaded.base, device.type)
    parts = Parts(loaded.pipe, trained, loaded.family.denoisers, device, again, settings.offload)
    processes = processes or Processes()
    plan = MemoryPlan(settings, device, trained, parts, processes=processes)
    if settings.gradient_checkpointing == "on" or (processes.in_step and settings.gradient_checkpointing == "auto"):
        plan.use_checkpointing()
    if settings.vae_tiling == "on":
        plan.parts.use_tiling()
    return plan


def attempted(work: Callable[[], Result]) -> tuple[Result | None, str | None]:
    """(its result, None), or (None, what it says) when memory ran out: the error itself would keep tensors alive."""
    try:
        return work(), None
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return None, one_line(error)


@contextmanager
def unchanged_chance(device: torch.device) -> Iterator[None]:
    """Random numbers go on afterwards as if the block had drawn none."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield
