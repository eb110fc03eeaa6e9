"""How often one person may ask: so many requests a second on average, and a reserve for pages that load."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

RESERVE = 10.0  # seconds' worth of requests that may come at once
MOST_PEOPLE = 10_000  # who are remembered; the one silent longest is forgotten


class RequestRate:
    """A token bucket for each person, in memory."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[int, tuple[float, float]] = OrderedDict()  # (requests left, when that was)

    def wait(self, person: int) -> float:
        """0 for a request that may come, which is then counted; else the seconds until the next one may."""
        with self._lock:
            now, most = self._clock(), self.per_second * RESERVE
            left, before = self._left.pop(person, (most, now))
            left = min(most, left + (now - before) * self.per_second)
            allowed = left >= 1
            self._left[person] = (left - 1 if allowed else left, now)
            while len(self._left) > MOST_PEOPLE:
                self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.per_second
