"""The Ray cluster as the head sees it: joined, measured, and given actors."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from feedback.errors import Refused, one_line
from generation.workers.ray.actor import DrawingActor
from generation.workers.ray.files import FileSender, RemoteFiles

PROCESSORS = 1  # that Ray sets aside for an actor; what it draws with is the number of threads
KNOCK = 10.0  # seconds
TRIES = "RAY_NUM_REDIS_GET_RETRIES"  # to reach the cluster, twenty unless somebody says otherwise
USAGE_REPORTS = "RAY_USAGE_STATS_ENABLED"  # to Ray's makers, where nobody says no


@contextmanager
def joined(address: str) -> Iterator[ModuleType]:
    """Ray, connected to the cluster at this address while the block runs; Refused without Ray or without a cluster."""
    os.environ.setdefault(USAGE_REPORTS, "0")
    os.environ.setdefault(TRIES, "2")  # of half a minute each, read when Ray is imported
    try:
        import ray
    except ImportError:
        raise Refused("Ray is not installed: install it with `pip install 'circletake[ray]'`") from None
    already = ray.is_initialized()
    if not already:
        try:
            knock(address)
            ray.init(address=address, log_to_driver=False, configure_logging=False)
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            reason = one_line(error)
            raise Refused(f"no Ray cluster at {address}: {reason}; start one with `ray start --head`") from None
    try:
        yield ray
    finally:
        if not already:
            ray.shutdown()


def knock(address: str) -> None:
    """OSError unless somebody answers at HOST:PORT; Ray itself tries for five minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK).close()


def usual_gpus(ray: ModuleType) -> float:
    """Of each actor: one where the cluster has any."""
    return 1.0 if ray.cluster_resources().get("GPU") else 0.0


def usual_actors(ray: ModuleType, gpus: float) -> int:
    """As many as the cluster's GPUs carry, or without any one on each machine."""
    if gpus:
        return max(1, int(ray.cluster_resources().get("GPU", 0) / gpus))
    return max(1, sum(node["Alive"] for node in ray.nodes()))


def start_actor(ray: ModuleType, sender: Any, gpus: float) -> Any:
    """A drawing process, on whichever machine has room: over all of them before a second one on any."""
    options = {"num_cpus": PROCESSORS, "num_gpus": gpus, "max_concurrency": 2, "scheduling_strategy": "SPREAD"}
    return ray.remote(**options)(DrawingActor).remote(RemoteFiles(sender))


def start_sender(ray: ModuleType) -> Any:
    """What sends models from this machine, a process on it."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(num_cpus=0, max_concurrency=8, scheduling_strategy=here)(FileSender).remote()


def is_alive(ray: ModuleType, node: str | None) -> bool:
    return any(each["NodeID"] == node and each["Alive"] for each in ray.nodes())
