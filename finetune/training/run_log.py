"""Where the curves of a run go as it trains: a file in its folder, from which the Models page draws, and whatever the recipe's
`log` names. What is logged changes nothing that is learned; a logger that fails is left out, and the run goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

from feedback.clock import now
from feedback.errors import Refused, one_line
from feedback.models import run_curves
from finetune.settings import Recipe


class Logger(Protocol):
    """Another program's log of one run."""

    name: str

    def write(self, step: int, values: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


@dataclass
class RunLog:
    """Of one run in this sitting. Without a folder nothing is written."""

    folder: Path | None = None
    steps: int = 0  # at most
    loggers: list[Logger] = field(default_factory=list)
    sitting: str = field(default_factory=now)

    def point(self, step: int, values: Mapping[str, float]) -> None:
        """Values at a step, those that are no finite numbers left out."""
        usable = {name: value for name, value in values.items() if isfinite(value)}
        if self.folder is None or not usable:
            return
        run_curves.add_point(self.folder, self.sitting, step, self.steps, usable)
        for logger in list(self.loggers):
            self.guard(logger, lambda logger=logger: logger.write(step, usable))  # type: ignore[misc]

    def close(self) -> None:
        for logger in list(self.loggers):
            self.guard(logger, logger.close)

    def guard(self, logger: Logger, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # whatever another program's log raises is no reason to lose a run
            self.loggers.remove(logger)
            print(f"{logger.name} is left out: {one_line(error)}", file=sys.stderr)


UNWRITTEN = RunLog()


class TensorBoard:
    """Event files in the run's folder, for `tensorboard --logdir`."""

    name = "tensorboard"

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(folder / "tensorboard"))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()


class Trackio:
    """Trackio's own database, in the studio's folder unless TRACKIO_DIR names another; a run of its project "circletake"."""

    name = "trackio"

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        os.environ.setdefault("TRACKIO_DIR", str(folder.parent / "trackio"))  # it is read as the library loads
        config: dict[str, Any] = {"method": recipe.method, "max_steps": recipe.optimiser.max_steps}
        quiet: dict[str, Any] = {"embed": False, "auto_log_cpu": False, "auto_log_gpu": False}
        with redirect_stdout(sys.stderr):  # stdout is for the command's answer
            import trackio

            self.finish = trackio.finish  # and not the run's own: at exit it would be finished again, on stdout
            self.run = trackio.init("circletake", f"run {folder.name}", config=config, resume="allow", **quiet)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        self.run.log(dict(values), step=step)

    def close(self) -> None:
        with redirect_stdout(sys.stderr):
            self.finish()


KINDS: dict[str, Callable[[Path, Recipe], Logger]] = {"tensorboard": TensorBoard, "trackio": Trackio}


def refuse_missing_loggers(recipe: Recipe) -> None:
    """Refused, before anything is written, where a logger of the recipe is not installed."""
    missing = [name for name in recipe.log if find_spec(name) is None]
    if missing:
        names = ",".join(missing)
        raise Refused(f"recipe field log: {names} is not installed: pip install 'circletake[{names}]', or leave it out")


@contextmanager
def open_log(folder: Path, recipe: Recipe, is_first: bool = True) -> Iterator[RunLog]:
    """The log of the run in this folder; in processes but the first one, one that writes nothing."""
    log = RunLog(folder, recipe.optimiser.max_steps, open_loggers(folder, recipe)) if is_first else RunLog()
    try:
        yield log
    finally:
        log.close()


def open_loggers(folder: Path, recipe: Recipe) -> list[Logger]:
    opened: Sequence[Logger | None] = [open_logger(name, folder, recipe) for name in recipe.log]
    return [each for each in opened if each is not None]


def open_logger(name: str, folder: Path, recipe: Recipe) -> Logger | None:
    try:
        return KINDS[name](folder, recipe)
    except Exception as error:
        print(f"{name} is left out: {one_line(error)}", file=sys.stderr)
        return None
