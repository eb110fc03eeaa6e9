"""Whether training still works: losses, gradients and weights are finite, and the loss does not run away.

Reading a number waits for the device, so a step only leaves its numbers here, where they are. They are read together: before
every evaluation and checkpoint, and every few steps. A checkpoint or an evaluation therefore never sees weights that are not
numbers, and what is refused names the step at which it happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from statistics import median

import torch

from finetune.errors import NotAccepted
from finetune.settings import OptimiserSettings

READ_EVERY = 10  # steps at most
MEDIAN_OF = 50  # the last losses that a loss is compared with
FEWEST = 10  # of them before anything is compared
TIMES = 10.0  # the median: a loss above it is too high
IN_A_ROW = 5  # steps with too high a loss, after which training stops
SMALL = 1e-4  # losses around it are nothing to run away from
Numbers = dict[str, torch.Tensor]


@dataclass
class Watch:
    """The numbers of the steps since they were last read, and the losses before."""

    settings: OptimiserSettings
    weights: Sequence[torch.nn.Parameter]
    unread: list[Numbers] = field(default_factory=list)  # of each step, each a scalar on the device
    losses: list[float] = field(default_factory=list)  # of the last steps that were not too high
    too_high: int = 0  # steps in a row
    last: dict[str, float] = field(default_factory=dict)  # parts of the last step's loss

    def add(self, loss: torch.Tensor, norm: torch.Tensor, parts: Numbers) -> None:
        """Of one step: its loss, the norm of its gradient, and the parts of its loss. Nothing is read."""
        self.unread.append({"loss": loss, "gradient": norm, **{f"part {name}": value for name, value in parts.items()}})

    def read(self, step: int) -> dict[str, float]:
        """The parts of the loss at `step`, the last one; NotAccepted names the first step that went wrong."""
        if self.unread:
            rows, finite = self.read_together()
            for number, row in enumerate(rows, start=step - len(rows) + 1):
                self.check(number, row)
            self.refuse_unless(finite, step, "the adapter's weights")
            self.last = {name.removeprefix("part "): row[name] for name in row if name.startswith("part ")}
        return self.last

    def read_together(self) -> tuple[list[dict[str, float]], bool]:
        """(the numbers of each step, whether the weights are finite), in one transfer."""
        unread, self.unread = self.unread, []
        finite = torch.stack([weight.detach().isfinite().all() for weight in self.weights]).all()
        flat = torch.stack([*(value.double() for row in unread for value in row.values()), finite.double()]).tolist()
        numbers = iter(flat)
        return [{name: next(numbers) for name in row} for row in unread], bool(flat[-1])

    def check(self, step: int, row: dict[str, float]) -> None:
        for name in ("loss", "gradient"):
            self.refuse_unless(isfinite(row[name]), step, f"the {name}")
        if len(self.losses) < FEWEST or row["loss"] <= TIMES * max(self.usual, SMALL):
            self.losses, self.too_high = [*self.losses, row["loss"]][-MEDIAN_OF:], 0
            return
        self.too_high += 1
        if self.too_high >= IN_A_ROW:
            raise NotAccepted(
                f"Training diverged: at steps {step - IN_A_ROW + 1} to {step} the loss was above {TIMES:g} times its median"
                f" before, {self.usual:.3g}. Lower optimiser.learning_rate, which is {self.settings.learning_rate:g}."
            )

    @property
    def last_loss(self) -> float:
        """Of the last step that was read; no number before there was one."""
        return self.losses[-1] if self.losses else nan

    @property
    def usual(self) -> float:
        """The running median; of sizes, since some losses fall below zero."""
        return median(abs(loss) for loss in self.losses)

    def refuse_unless(self, finite: bool, step: int, what: str) -> None:
        if finite:
            return
        if step == 1 and what == "the loss":
            raise NotAccepted(
                "Step 1: the loss was no finite number before anything was learned. Check the base model"
                " (circletake doctor), and delete the studio's cache folder."
            )
        precision = ", or set optimiser.mixed_precision to no" if self.settings.mixed_precision != "no" else ""
        verb = "were" if what.endswith("weights") else "was"
        raise NotAccepted(
            f"Training stopped at step {step}: {what} {verb} no longer finite. Lower optimiser.learning_rate, which is"
            f" {self.settings.learning_rate:g}{precision}."
        )

    def state(self) -> dict[str, object]:
        """For a checkpoint; everything was read before."""
        return {"losses": self.losses, "too_high": self.too_high}

    def restore(self, state: dict[str, object]) -> None:
        self.losses, self.too_high = list(state["losses"]), int(state["too_high"])  # type: ignore[call-overload]
