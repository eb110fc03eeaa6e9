"""What every request handler needs to know about the process it runs in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from feedback.production.queue_limits import QueueLimits
from feedback.report.morning import ReportOptions
from feedback.store import Studio
from feedback.trials.deciders import BY_HAND, PromotionRule
from finetune.jobs.night_process import NightProcess
from finetune.prompts.process import WriterProcess

SCOPE_KEY = "circletake.context"


@dataclass(frozen=True)
class Limits:
    """What one signed-in person may ask for."""

    body_bytes: int = 1024 * 1024  # of one request
    upload_bytes: int = 64 * 1024 * 1024  # of one request that brings files
    requests_per_second: float = 100.0  # on average; ten seconds' worth may come at once
    queue: QueueLimits = field(default_factory=QueueLimits)


@dataclass(frozen=True)
class ReviewOptions:
    """How the review page behaves."""

    # After how many milliseconds on screen a verdict can be about what was seen: nobody answers sooner.
    shortest_look_ms: int = 150
    # The number of a clip's first frame: 1001 as in visual effects, or 0.
    first_frame: int = 1001
    # The studio's own tags; the first nine have a digit each.
    tags: tuple[str, ...] = ()
    # Whether a verdict that both takes are bad asks for a tag that says why.
    both_bad_asks_tag: bool = False
    # How ordinary pairs are dealt, a key of feedback.pair_selection.next_pairs.RANDOM_SHARES.
    pair_selection: str = "random"


@dataclass(frozen=True)
class AppContext:
    studio: Studio
    # True signs every caller in as the demo supervisor; `circletake serve` allows it on loopback only.
    demo: bool = False
    # How long a login lasts, in hours.
    session_hours: float = 12.0
    # Scheme, host and port that browsers see, where a proxy changes the Host header; empty: the Host header itself.
    public_origin: str = ""
    limits: Limits = field(default_factory=Limits)
    review: ReviewOptions = field(default_factory=ReviewOptions)
    # Who may read /metrics without an account; empty: nobody.
    metrics_token: str = ""
    # What starts nights from the pages; None where no worker runs beside the server.
    nights: NightProcess | None = None
    # What rewrites briefs; None likewise.
    writer: WriterProcess | None = None
    # Who puts a proven candidate into production at night, as the page Models says it.
    promotion_rule: PromotionRule = BY_HAND
    # What an hour of the machine costs.
    report: ReportOptions = field(default_factory=ReportOptions)


def context_of(connection: HTTPConnection) -> AppContext:
    """The context of the app that serves this request; pages mounted below the main app share it."""
    return connection.scope[SCOPE_KEY]


def limits_of(connection: HTTPConnection) -> Limits:
    return context_of(connection).limits


def studio_of(request: Request) -> Studio:
    return context_of(request).studio


OpenStudio = Annotated[Studio, Depends(studio_of)]
