"""What goes over HTTP of rewrites of briefs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from feedback.production.briefs import LONGEST_PROMPT
from ui.api.schemas.common import Body


class ProposeBody(Body):
    prompt: Annotated[str, Field(max_length=5 * LONGEST_PROMPT)]
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(0, description="Another one gives other proposals.")


class Proposal(BaseModel):
    writer: str
    prompt: str = Field(description="The prompt as it was written, with the addition behind it.")
    addition: str


class Proposed(BaseModel):
    proposals: list[Proposal]


class Comparison(BaseModel):
    """Two wordings of a brief of which pairs wait to be drawn or judged."""

    id: int = Field(description="Of the rewrite.")
    brief: int
    written: str
    prompt: str = Field(description="The rewritten one.")
    pairs: int
    judged: int
    to_draw: int


class RefusedTuning(BaseModel):
    """Why the newest tuning kept no writer."""

    pairs: int = Field(description="Decided pairs of wordings of briefs that were held out.")
    accuracy: float = Field(description="Share of them that is ordered as the verdict was.")
    needed: int | None = Field(description="About how many more would show it; null where hardly any number would.")


class Writing(BaseModel):
    writer: str | None = Field(description="Who offers rewrites; null where nobody does.")
    learned: bool = Field(description="Whether it learned from this studio, or is as it comes.")
    judged: int = Field(description="Blind pairs of its wording and the written one.")
    wins: float = Field(description="Of these, with half of each tie.")
    low: float = Field(description="The win rate is between these, 95 % sure, at every number of pairs.")
    high: float
    stopped: str | None = Field(description="The writer that offers no more since it did not win.")
    refused: RefusedTuning | None = Field(description="Where tuning kept no writer since the last one.")
    comparisons: list[Comparison]
