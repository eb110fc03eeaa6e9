"""How far a trial trusts one person: the options of whatever opens trials; and who promotes what it proves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from feedback.trials.deciders import PromotionRule

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
PROMOTE = click.option(
    "--promote/--by-hand",
    default=None,
    help="Put a proven candidate into production, when people enough have judged.  [default: $CIRCLETAKE_PROMOTION, else by hand]",
)


def promotion_rule(promote: bool | None) -> PromotionRule:
    """The studio's, but for who promotes, where the command says so."""
    from ui.settings import read_settings

    rule = read_settings().promotion_rule
    return rule if promote is None else replace(rule, automatic=promote)


def with_limits(command: Callable[..., Any]) -> Callable[..., Any]:
    """`pairs`; `people` and `share`, None where not given, as `feedback.trials.counting.check_limits` takes them."""
    return PAIRS(PEOPLE(SHARE(command)))
