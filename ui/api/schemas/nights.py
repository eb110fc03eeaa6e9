"""What goes over HTTP of nights that are started from the pages, of before and after, and of the demo's guide."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Step = Literal["judge", "tune", "compare", "trial", "promote", "done"]


class NightEnded(BaseModel):
    done: bool
    reason: str = Field(description="One line, where it was not done.")


class Night(BaseModel):
    """Whether a night is under way, and how far."""

    running: bool
    stopping: bool
    part: Literal["starting", "learning", "drawing"]
    share: float = Field(
        description="Of the tuning run, 0 to 1; also of an interrupted one that the next night continues."
    )
    started: str | None = Field(description="UTC; null when it was started elsewhere.")
    ended: NightEnded | None = Field(description="How the last one ended that was started here.")


class Comparison(BaseModel):
    """One prompt and seed, drawn by both versions."""

    prompt: str
    kind: Literal["still", "clip"]
    width: int
    height: int
    before: str = Field(description="Addresses.")
    after: str


class BeforeAfter(BaseModel):
    version: str
    reference: str = Field(description="The version that it was tuned from.")
    comparisons: list[Comparison]
    seen_by: list[str] = Field(description="Who has seen them, in the order in which they first did.")


class Guide(BaseModel):
    """How far the demo is, from the first verdict to a promoted version."""

    step: Step
    decided: int = Field(description="Pairs of which somebody chose one take.")
    enough: int = Field(description="How many of them to begin with.")
    version: str | None = Field(description="The candidate, or the tuned version in production.")
    trial_pairs: int
    trial_left: int = Field(description="Of these, how many are still to be judged or drawn.")
    proven: bool
    baseline: str | None = Field(description="What the version plays its trial against; null before there is one.")
    trial_judged: int = Field(description="Pairs with a verdict; 0 until the trial is over.")
    trial_won: int = Field(description="Of these, how many the version won; 0 until the trial is over.")
    night: Night | None = Field(description="Null where this server cannot tune.")
