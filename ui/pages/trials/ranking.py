"""All versions that met in trials, as a table with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from feedback.trials.ranking import RankedVersion, Ranking, WinRate
from ui.languages import _


@dataclass(frozen=True)
class RankRow:
    """A version as the page shows it."""

    rank: int
    name: str
    state: str
    average: WinRate  # against the average of its group
    average_text: str
    production_text: str  # empty for production itself, and where they never met
    pairs: int
    met: str


def rank_groups(ranking: Ranking) -> list[list[RankRow]]:
    """The rows of each group that trials join, production's first."""
    return [
        [rank_row(each) for each in rows] for _number, rows in groupby(ranking["versions"], lambda each: each["group"])
    ]


def rank_row(version: RankedVersion) -> RankRow:
    against = version["against_production"]
    return RankRow(
        rank=version["rank"],
        name=version["version"],
        state=version["state"],
        average=version,
        average_text=describe_rate(version),
        production_text=describe_rate(against) if against else "",
        pairs=version["pairs"],
        met=", ".join(version["met"]),
    )


def describe_rate(rate: WinRate) -> str:
    percent = {name: f"{100 * rate[name]:.0f}" for name in ("rate", "low", "high")}  # type: ignore[literal-required]
    return _("{rate} % ({low} to {high})", **percent)


def describe_unmet(names: Iterable[str]) -> str:
    """Empty where every version met another."""
    listed = ", ".join(names)
    return _("Without a trial that is over and counts: {names}.", names=listed) if listed else ""
