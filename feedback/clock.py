"""The one clock of the record: ISO-8601, UTC, microseconds, so that text order is time order.

And one for leases, which nobody sets: seconds since the machine was started, those of its sleep among them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")


def now(seconds_ahead: float = 0) -> str:
    """The time now, or `seconds_ahead` seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds_ahead)).isoformat(timespec="microseconds")


def seconds_between(earlier: str, later: str) -> float:
    """From one moment of the record to another; below zero when the clock was set back in between."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


@cache
def boot() -> str:
    """Which start of the machine this is."""
    return BOOT.read_text().strip() if BOOT.is_file() else "boot"


def moment(seconds_ahead: float = 0) -> str:
    """Now, or `seconds_ahead` seconds from now, on this machine since its start; text order is time order within one start."""
    elapsed = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    return f"{boot()} {max(elapsed + seconds_ahead, 0.0):017.6f}"


def last_moment() -> str:
    """After every moment of this start of the machine."""
    return f"{boot()} ~"
