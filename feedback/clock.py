"""The one clock of the record: ISO-8601, UTC, microseconds, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now(seconds_ahead: float = 0) -> str:
    """The time now, or `seconds_ahead` seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds_ahead)).isoformat(timespec="microseconds")


def seconds_between(earlier: str, later: str) -> float:
    """From one moment of the record to another; below zero when the clock was set back in between."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
