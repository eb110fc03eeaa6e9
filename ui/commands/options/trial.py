"""How far a trial trusts one person: the options of whatever opens trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

PEOPLE = click.option(
    "--people",
    type=click.IntRange(1, 100),
    help="Of the trial that is opened: how many must have judged.  [default: 3]",
)
SHARE = click.option(
    "--share",
    type=click.FloatRange(0.05, 1),
    help="And how much of what counts may come from one of them.  [default: a third]",
)
PAIRS = click.option(
    "--pairs",
    type=click.IntRange(1, 10_000),
    default=48,
    show_default=True,
    help="Of the trial that is opened: how many, on briefs that were judged.",
)


def with_limits(command: Callable[..., Any]) -> Callable[..., Any]:
    """`pairs`; `people` and `share`, None where not given, as `feedback.trials.counting.check_limits` takes them."""
    return PAIRS(PEOPLE(SHARE(command)))
