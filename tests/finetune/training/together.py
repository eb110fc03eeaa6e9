"""Tuning in several processes: `Team` runs one order after another in two that are connected by gloo.

The libraries take seconds to load. So one process loads them, opens no studio, and forks two children for each order.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import preloaded
from tests.forked import settle_threads_of_children
from ui.commands.processes import free_port

ROOT = Path(__file__).parents[3]
COUNT = 2


class Team:
    """A process that gives orders to pairs of children; start it once."""

    def __init__(self) -> None:
        command = [preloaded.python(), "-m", "tests.finetune.training.together"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)

    def give(self, order: str, *given: Any) -> list[int]:
        """How each child ended: its exit code, or the signal below zero."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(
            json.dumps([order, [str(each) if isinstance(each, Path) else each for each in given]]),
            file=self.process.stdin,
        )
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def main() -> None:
    import torch

    torch.set_num_threads(1)
    settle_threads_of_children()
    import finetune.jobs.tune  # noqa: F401 (loaded once, here)
    import tests.finetune.training.orders  # noqa: F401

    for line in sys.stdin:
        order, given = json.loads(line)
        port = free_port()
        children = [start(number, port, order, given) for number in range(COUNT)]
        codes = {pid: os.waitstatus_to_exitcode(status) for pid, status in (os.wait() for _ in children)}
        print(json.dumps([codes[pid] for pid in children]), flush=True)


def start(number: int, port: int, order: str, given: list[Any]) -> int:
    """Forks the process of this number."""
    child = os.fork()
    if child:
        return child
    signal.alarm(120)  # whoever waits for ever fails
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(COUNT)}
    os.environ.update({**address, "RANK": str(number), "LOCAL_RANK": str(number), "LOCAL_WORLD_SIZE": str(COUNT)})
    from tests.finetune.training import orders

    try:
        getattr(orders, order)(*given)
        os._exit(0)
    except BaseException as error:
        import traceback

        if os.environ.get("TRACE"):
            traceback.print_exc()
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(3)


if __name__ == "__main__":
    main()
