"""What goes over HTTP of how versions rank, and of how many judgements are still needed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class WinRate(BaseModel):
    """An expected win rate with its 95 % interval, 0 to 1."""

    rate: float
    low: float
    high: float


class RankedVersion(WinRate):
    """A version among those that trials join; `rate` is against the average of them."""

    version: str
    state: Literal["candidate", "production", "retired", "rejected"]
    rank: int
    group: int = Field(
        description="Versions of two groups never met, and cannot be compared. Production's is the first."
    )
    pairs: int = Field(description="That count.")
    met: list[str]
    against_production: WinRate | None = Field(description="Null for production itself and for other groups.")


class Ranking(BaseModel):
    """Of trials that are over."""

    production: str
    versions: list[RankedVersion] = Field(description="By group, the best first.")
    unmet: list[str] = Field(description="Versions that met nobody in a trial that is over and counts.")


class Needed(BaseModel):
    """More judgements until a trial is decided; a number is null where it is farther than is looked ahead."""

    win_rate: float | None = Field(description="The true one that is assumed; null: as what was judged suggests.")
    decided: float = Field(description="Share of simulated futures that end as far as is looked ahead.")
    proven: float = Field(description="Share that end with the candidate proven.")
    median: int | None
    low: int | None = Field(description="One future of ten ends sooner.")
    high: int | None = Field(description="One of ten later.")


class TrialNeeds(BaseModel):
    trial: int
    candidate: str
    baseline: str
    judged: int
    left: int = Field(description="Pairs that are there to be judged.")
    raters: int
    needed: int = Field(description="People, before anything is proven.")
    at_rates: list[Needed] = Field(description="These read nothing of what was won or lost.")
    as_judged: Needed | None = Field(description="Only for whoever has looked at the trial.")


class NightNeeds(BaseModel):
    run: int | None = Field(description="The last one for the studio.")
    learned_from: int
    new: int = Field(description="Judgements since; before any run, pairs with a preference.")
    first: int | None = Field(description="How many of these the first run needs; null after it.")
    points: int = Field(description="Runs that the learning curve goes through.")
    known: bool = Field(description="Whether there is a curve.")
    accuracy: float | None = Field(description="Of the last run: share of held-out verdicts that were predicted.")
    median: int | None = Field(description="New judgements that make a night better; null where it is not known.")
    low: int | None
    high: int | None
    worth_it: bool | None


class AgreementNeeds(BaseModel):
    judgements: int = Field(description="That do not count, since their people have not agreed to be learned from.")
    people: list[str]


class JudgementsNeeded(BaseModel):
    night: NightNeeds
    trials: list[TrialNeeds] = Field(description="The open ones.")
    agreement: AgreementNeeds
