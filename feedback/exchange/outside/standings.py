"""How takes of models outside do in the comparisons that people made with takes of other versions."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from feedback.statistics import wilson_interval
from feedback.store import Studio

# A verdict on two takes of one version says nothing of it. Ties are half a win, both bad is a loss of both.
_VERDICTS = """
SELECT o.version, count(*) AS judged, total(CASE WHEN b.verdict = 'tie' THEN 0.5
    WHEN b.verdict IN ('left', 'right') THEN (b.verdict = 'left') = (b."left" = o.take) ELSE 0 END) AS wins
FROM outside_takes o JOIN current_ballots b ON o.take IN (b."left", b."right")
JOIN takes other ON other.id = CASE WHEN b."left" = o.take THEN b."right" ELSE b."left" END
WHERE b.verdict <> 'skip' AND b.doubt IS NULL AND other.version IS NOT o.version GROUP BY o.version
"""
_VERSIONS = """
SELECT v.name, v.model, v.created, count(o.take) AS takes FROM outside_versions v
LEFT JOIN outside_takes o ON o.version = v.name GROUP BY v.name ORDER BY v.created, v.name
"""


class OutsideVersion(TypedDict):
    """A model outside as its takes show it."""

    name: str
    model: str  # as its files or whoever brought them called it
    created: str
    takes: int
    judged: int  # verdicts on its takes and those of other versions
    wins: float  # of them; a tie is half of one
    low: float  # of a 95 % interval of its win rate
    high: float


def list_outside_versions(studio: Studio) -> list[OutsideVersion]:
    """Oldest first."""
    verdicts = {row["version"]: row for row in studio.rows(_VERDICTS)}
    return [with_verdicts(row, verdicts.get(row["name"])) for row in studio.rows(_VERSIONS)]


def with_verdicts(row: dict[str, Any], verdicts: dict[str, Any] | None) -> OutsideVersion:
    judged, wins = (verdicts["judged"], verdicts["wins"]) if verdicts else (0, 0.0)
    low, high = wilson_interval(wins, judged)
    return cast(OutsideVersion, {**row, "judged": judged, "wins": wins, "low": low, "high": high})


def standing_in_words(version: OutsideVersion) -> str:
    if not version["judged"]:
        return f"{version['takes']} takes, not compared with other versions' yet"
    rate, low, high = (
        round(100 * each) for each in (version["wins"] / version["judged"], version["low"], version["high"])
    )
    return f"{version['takes']} takes, preferred in {rate} % of {version['judged']} verdicts ({low}-{high} %)"
