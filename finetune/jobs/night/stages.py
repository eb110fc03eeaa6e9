"""The stages of a night, and a line of JSON for each beginning and end: in the studio, and to whoever follows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, TypedDict

from feedback.clock import now
from feedback.errors import Interrupted, Refused, one_line
from feedback.json_lines import json_line, lines_of
from feedback.models import nights
from feedback.store import Studio
from feedback.store.time_zone import day_in
from finetune.jobs.night.lease import Lease

STAGES = (
    "preflight",  # may the night begin
    "backup",
    "advance",  # what was judged in open trials
    "snapshot",  # the judgements as they are
    "tune",
    "evaluate",
    "register",
    "draw",  # before and after
    "trial",  # of the new version
    "prompts",  # the prompt writer, where asked for
    "report",
)
"""In their order."""
StageState = Literal["started", "done", "skipped", "refused", "failed", "interrupted"]


class StageLine(TypedDict):
    """A line of a night: that a stage began, or how it ended."""

    time: str  # UTC
    night: int | None  # None of one that was refused before it began
    project: str | None  # the night's, where it is for one
    stage: str  # of `STAGES`
    state: StageState
    seconds: float  # since the stage began
    result: str  # what came of it, in a line
    error: str | None  # why it was skipped, refused, interrupted or has failed


OnLine = Callable[[StageLine], None]


class StageLog:
    """Writes the lines of one night, and into the record at which stage it is. One stage is open at a time."""

    def __init__(self, lease: Lease, night: nights.Night, follow: OnLine | None = None) -> None:
        self.lease, self.night, self.follow = lease, night, follow
        self.path = lines_of_day(lease.studio, day_in(lease.studio, night["started"]))
        self.open: str | None = None
        self.began = 0.0

    def begin(self, stage: str, came: str = "") -> None:
        """The stage before, if it is another one, is done: `came` says what came of it. Raises Interrupted."""
        if stage == self.open:
            return
        self.done(came)
        self.open, self.began = stage, time.monotonic()  # what is asked to stop now is interrupted at this stage
        self.lease.check()
        nights.enter_stage(self.lease.studio, self.night["id"], self.lease.holder, stage)
        self.write(stage, "started")

    def done(self, came: str = "") -> None:
        self.end("done", came)

    def skip(self, why: str) -> None:
        self.end("skipped", error=why)

    def end(self, state: StageState, came: str = "", error: str | None = None) -> None:
        """The open stage has ended like this; nothing where none is open."""
        if self.open is not None:
            stage, self.open = self.open, None
            self.write(stage, state, came, error)

    def write(self, stage: str, state: StageState, came: str = "", error: str | None = None) -> None:
        seconds = round(time.monotonic() - self.began, 3) if state != "started" else 0.0
        line = line_of(stage, state, self.night, seconds, came, error)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:  # in one write, so that a killed process leaves whole lines
            file.write(json_line(line))
        if self.follow is not None:
            self.follow(line)

    @contextmanager
    def telling_failures(self) -> Iterator[None]:
        """What ends the block ends the open stage: a refusal, an interruption or a failure."""
        try:
            yield
        except Refused as error:
            self.end("refused", error=one_line(error))
            raise
        except (Interrupted, KeyboardInterrupt) as error:
            self.end("interrupted", error=one_line(error))
            raise
        except Exception as error:
            self.end("failed", error=one_line(error))
            raise


def line_of(
    stage: str,
    state: StageState,
    night: nights.Night | None = None,
    seconds: float = 0.0,
    came: str = "",
    error: str | None = None,
) -> StageLine:
    number, project = (night["id"], night["project"]) if night else (None, None)
    return StageLine(
        time=now(), night=number, project=project, stage=stage, state=state, seconds=seconds, result=came, error=error
    )


def lines_of_day(studio: Studio, day: str) -> Path:
    """The file with the lines of the nights that began on a day of the studio's (2026-11-27)."""
    return studio.runs_folder / "nights" / f"{day}.jsonl"


def read_lines(studio: Studio, day: str) -> list[StageLine]:
    """All of them, the first one first; none where no night began. A line that a loss of power cut off is left out."""
    path = lines_of_day(studio, day)
    return list(whole_lines(path)) if path.is_file() else []


def whole_lines(path: Path) -> Iterator[StageLine]:
    for line in lines_of(path):
        with suppress(ValueError):
            yield json.loads(line)
