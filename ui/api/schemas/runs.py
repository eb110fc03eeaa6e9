"""What goes over HTTP of a tuning run that is followed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class NightAtWork(BaseModel):
    """Who spends a night, and where it is."""

    host: str
    process: int
    started: str = Field(description="UTC.")
    stage: str = Field(description="preflight, backup, advance, snapshot, tune, evaluate, register, draw, trial, …")
    stage_since: str = Field(description="UTC.")
    project: str | None = Field(description="That it is for alone.")
    is_alive: bool = Field(description="Whether it gave a sign of life lately; else the next night takes it over.")


class RunCurve(BaseModel):
    name: str = Field(description="What was measured, such as loss or heldout_accuracy.")
    points: list[tuple[int, float]] = Field(description="(step, value), 400 of them at most.")


class FollowedRun(BaseModel):
    """A tuning run as far as it is."""

    id: int
    state: Literal["running", "done", "refused", "failed"]
    method: str
    version: str | None
    reason: str | None = Field(description="Why it was refused or has failed.")
    started: str = Field(description="UTC.")
    finished: str | None
    share: float = Field(description="Of the whole run, 0 to 1.")
    step: int = Field(description="Of training; 0 before the first one that was measured.")
    steps: int = Field(description="At most.")
    seconds_left: float | None = Field(description="Of training; null before that is known, or when it does not train.")
    gain: float | None = Field(description="That people are expected to see, where takes were drawn to measure it.")
    curves: list[RunCurve]


class Followed(BaseModel):
    night: NightAtWork | None = Field(description="The one that goes on, on whatever machine.")
    run: FollowedRun | None = Field(description="Null before the first one.")
