"""A frozen network whose weights are shared out: each process holds a part, and has a block's whole only while it works.

torch's FSDP2 (`fully_shard`, arXiv 2304.11277), block by block. The adapter's weights are whole in every process, and their
gradients are added up by the step. A block is moved to the device as it is shared out, so the device never has the whole.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor

from feedback.errors import Refused
from finetune.memory.machine import SHARE, free_bytes
from finetune.processes import Processes
from finetune.settings import MemorySettings

VIEW = ".*returned a view tensor"  # a warning about in-place sums on outputs; predictions are never changed in place


def must_shard(
    networks: Sequence[torch.nn.Module], settings: MemorySettings, processes: Processes, device: torch.device
) -> bool:
    """Whether the recipe says so, or the networks do not fit otherwise; Refused for what does not go together with it."""
    impossible = [name for name in ("base_4bit", "compile") if getattr(settings, name)]
    if settings.shard == "on" and processes.is_alone:
        raise Refused(
            "recipe field memory.shard is on, and there is one process: start more with --processes, or set it to auto"
        )
    if settings.shard == "on" and impossible:
        raise Refused(
            f"recipe field memory.shard: a network is not shared out with memory.{impossible[0]}: set one to false"
        )
    if settings.shard != "auto" or processes.is_alone or impossible or device.type == "cpu":
        return settings.shard == "on"
    return processes.any(sum(held_bytes(network) for network in networks) > SHARE * free_bytes(device))


def shard(network: torch.nn.Module, device: torch.device, processes: Processes) -> None:
    """Shares out all weights that do not train; they may be in the processor's memory."""
    mesh = init_device_mesh(device.type, (processes.count,))
    trained = {weight for weight in network.parameters() if weight.requires_grad}
    warnings.filterwarnings("ignore", VIEW, UserWarning)
    for part in (*blocks_of(network), network):
        fully_shard(part, mesh=mesh, ignored_params=trained, reshard_after_forward=True)


def blocks_of(network: torch.nn.Module) -> list[torch.nn.Module]:
    """What a network is made of one after another: the members of its lists."""
    return [block for part in network.children() if isinstance(part, torch.nn.ModuleList) for block in part]


def is_sharded(network: torch.nn.Module) -> bool:
    return isinstance(network, FSDPModule)


def held_here(weight: torch.Tensor) -> torch.Tensor:
    """The part of a weight that this process holds."""
    return weight.to_local() if isinstance(weight, DTensor) else weight


def held_bytes(network: torch.nn.Module) -> int:
    """Of the weights that do not train, in this process."""
    return sum(held_here(weight).nbytes for weight in network.parameters() if not weight.requires_grad)
