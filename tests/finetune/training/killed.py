"""Tuning in processes that kill themselves (SIGKILL) at a chosen instant: `Killer` runs one per order.

The libraries take seconds to load. So one process loads them, opens no studio, and forks a child for each order.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import preloaded
from tests.forked import settle_threads_of_children

ROOT = Path(__file__).parents[3]
INSTANTS = ("step", "write")  # after a step; just before a file, a manifest, a name or a removal of a checkpoint


class Killer:
    """A process that tunes in children; start it once."""

    def __init__(self) -> None:
        command = [preloaded.python(), "-m", "tests.finetune.training.killed"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, **pipes)

    def tune_until(self, studio: Path, recipe: dict[str, Any], instant: str, count: int) -> bool:
        """Tunes the studio in `studio` until the `count`-th instant of this kind; whether it was killed then."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([str(studio), recipe, instant, count]), file=self.process.stdin, flush=True)
        status = int(self.process.stdout.readline())
        assert status in (0, signal.SIGKILL), f"tuning ended with status {status}"
        return status == signal.SIGKILL

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def main() -> None:
    import torch

    torch.set_num_threads(1)
    settle_threads_of_children()
    import finetune.jobs.tune  # noqa: F401 (loaded once, here)

    for line in sys.stdin:
        child = os.fork()
        if not child:
            tune_and_die(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) or os.WEXITSTATUS(status), flush=True)


def tune_and_die(studio: str, recipe: dict[str, Any], instant: str, count: int) -> None:
    from feedback.store import Studio
    from finetune.jobs.tune import tune
    from finetune.recipe import recipe_from

    arm(instant, count)
    try:
        tune(Studio.open(studio), recipe_from(recipe), progress=False)
        os._exit(0)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(3)


def arm(instant: str, count: int) -> None:
    """Has this process killed at the `count`-th instant."""
    from finetune.training import checkpoint, loop

    left = [count]

    def tick() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def ticking(work: Callable[..., Any], when: Callable[..., bool] = lambda *given: True) -> Callable[..., Any]:
        def ticked(*given: Any, **named: Any) -> Any:
            if when(*given):
                tick()
            return work(*given, **named)

        return ticked

    if instant == "step":
        take_step = loop.take_step
        loop.take_step = lambda *given: [take_step(*given), tick()][0]
        return
    checkpoint.save_tensors = ticking(checkpoint.save_tensors)
    checkpoint.write_manifest = ticking(checkpoint.write_manifest)
    of_checkpoint = lambda path, *given: "checkpoints" in str(path)  # noqa: E731
    Path.rename = ticking(Path.rename, of_checkpoint)  # type: ignore[method-assign]
    Path.write_text = ticking(Path.write_text, of_checkpoint)  # type: ignore[method-assign]
    shutil.rmtree = ticking(shutil.rmtree, of_checkpoint)  # type: ignore[assignment]


if __name__ == "__main__":
    main()
