"""The networks of a pipeline that are not trained: on the device only while they encode or draw.

On a GPU they wait in the processor's memory. On a processor they are dropped, but for other denoisers, and are read from
disk again when they are needed: what stays of them are their shapes and configurations (torch's "meta" device).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from accelerate import cpu_offload_with_hook
from accelerate.hooks import UserCpuOffloadHook

from finetune.memory.machine import SHARE, free_bytes, give_back
from finetune.memory.sharding import is_sharded
from finetune.settings import Switch

VAE = "vae"
META = torch.device("meta")
Networks = dict[str, torch.nn.Module]


@dataclass
class Parts:
    """Where the networks of one pipeline are."""

    pipe: Any
    trained: Sequence[torch.nn.Module]
    denoisers: Collection[str]  # names of parts that are never dropped, adapters being merged into them
    device: torch.device
    load_again: Callable[[Mapping[str, torch.nn.Module]], Networks]  # all parts but those it is given
    offload: Switch = "auto"
    offloading: bool = field(default=False, init=False)  # whether some were on the device only while they worked
    tiling: bool = field(default=False, init=False)  # whether the VAE works in tiles

    @property
    def on_processor(self) -> bool:
        return self.device.type == "cpu"

    @property
    def others(self) -> Networks:
        """Those that are not trained, by name."""
        trained = {id(network) for network in self.trained}
        return {name: part for name, part in self.networks.items() if id(part) not in trained}

    @property
    def networks(self) -> Networks:
        return {name: part for name, part in self.pipe.components.items() if isinstance(part, torch.nn.Module)}

    @property
    def texts(self) -> list[str]:
        """Names of the parts that read prompts, and of whatever else is neither VAE nor denoiser."""
        return [name for name in self.others if name != VAE and name not in self.denoisers]

    def encoding_media(self) -> AbstractContextManager[None]:
        """The VAE on the device."""
        return self.at_work([VAE], [])

    def encoding_prompts(self) -> AbstractContextManager[None]:
        """The text encoders on the device."""
        return self.at_work([], self.texts)

    def drawing(self) -> AbstractContextManager[None]:
        """The whole pipeline on the device."""
        return self.at_work([VAE], [*self.texts, *(name for name in self.denoisers if name in self.networks)])

    @contextmanager
    def at_work(self, resident: Sequence[str], in_turn: Sequence[str]) -> Iterator[None]:
        """These parts on the device; with offload, each of `in_turn` only while it works, and trained ones not otherwise."""
        self.restore_dropped()
        parts = self.networks
        needed = [parts[name] for name in (*resident, *in_turn)]
        if self.on_processor or not self.must_offload(needed):
            place(needed, self.device)
            yield
            return
        self.offloading = True
        with self.trained_away():
            place([parts[name] for name in resident], self.device)
            with taking_turns([part for part in needed[len(resident) :] if self.may_move(part)], self.device):
                yield
            self.send_away()

    @contextmanager
    def trained_away(self) -> Iterator[None]:
        """The trained networks off the device, as far as they can be moved."""
        movable = [network for network in self.trained if self.may_move(network)]
        place(movable, torch.device("cpu"))
        give_back(self.device)
        try:
            yield
        finally:
            place(movable, self.device)

    def may_move(self, part: torch.nn.Module) -> bool:
        """Weights in 4 bits stay where they were made, and so do parts of weights whose rest is elsewhere."""
        return not getattr(part, "is_loaded_in_4bit", False) and not is_sharded(part)

    def must_offload(self, needed: Sequence[torch.nn.Module]) -> bool:
        """Whether these parts, beside what is on the device already, do not fit."""
        if self.offload != "auto":
            return self.offload == "on"
        return sum(bytes_of(part, self.device) for part in needed) > SHARE * free_bytes(self.device)

    def send_away(self) -> None:
        """Off the device, until they are needed again."""
        for name, part in self.others.items():
            if not self.on_processor:
                part.to("cpu")
            elif name not in self.denoisers:
                part.to(META)
        give_back(self.device)

    def restore_dropped(self) -> None:
        """Reads from disk what was dropped."""
        present = {name: part for name, part in self.networks.items() if not is_dropped(part)}
        if len(present) < len(self.networks):
            for name, part in self.load_again(present).items():
                setattr(self.pipe, name, part)
            if self.tiling:
                self.use_tiling()

    @property
    def can_tile(self) -> bool:
        return hasattr(self.pipe.vae, "enable_tiling")

    def use_tiling(self) -> None:
        self.pipe.vae.enable_tiling()
        self.tiling = True


def place(parts: Sequence[torch.nn.Module], device: torch.device) -> None:
    for part in parts:
        part.to(device)


def is_dropped(part: torch.nn.Module) -> bool:
    return any(weight.device == META for weight in part.parameters())


def bytes_of(part: torch.nn.Module, elsewhere: torch.device) -> int:
    """Of the weights that are not on the device yet."""
    return sum(weight.nbytes for weight in part.parameters() if weight.device.type != elsewhere.type)


@contextmanager
def taking_turns(parts: Sequence[torch.nn.Module], device: torch.device) -> Iterator[None]:
    """Each of these on the device from the moment it is called until another is (accelerate's offload with hooks)."""
    hooks: list[UserCpuOffloadHook] = [cpu_offload_with_hook(part, device)[1] for part in parts]
    for before, hook in pairwise([*hooks[-1:], *hooks]):
        if before is not hook:
            hook.hook.prev_module_hook = before
    try:
        yield
    finally:
        for hook in hooks:
            hook.offload()
            hook.remove()
