"""Failed logins are slowed down, per name and address, and per address over all names."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PER_NAME = 5  # free failures for one name from one address
PER_ADDRESS = 20  # free failures from one address, whatever the names
FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0  # seconds; each further failure doubles the wait
FORGET_AFTER = 3600.0  # seconds without a failure
MOST_KEYS = 10_000  # so that guessing names from many addresses cannot fill the memory


@dataclass
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures in memory; a restart forgets them, which costs an attacker more than it gives."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[tuple[str, str], _Failures] = {}

    def wait(self, name: str, address: str) -> float:
        """Seconds until the next try is allowed; 0 when it is."""
        with self._lock:
            return max(self._wait((name, address), PER_NAME), self._wait(("", address), PER_ADDRESS))

    def fail(self, name: str, address: str) -> None:
        """Counts one failed login."""
        with self._lock:
            self._forget_old()
            for key in ((name, address), ("", address)):
                failures = self._failures.setdefault(key, _Failures(0, 0.0))
                failures.count, failures.last = failures.count + 1, self._clock()

    def succeed(self, name: str, address: str) -> None:
        """Clears the name's count; the address keeps its own, or one known password would free all guesses."""
        with self._lock:
            self._failures.pop((name, address), None)

    def _wait(self, key: tuple[str, str], free: int) -> float:
        failures = self._failures.get(key)
        if failures is None or failures.count < free:
            return 0.0
        pause = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures.count - free, 20))
        return max(0.0, failures.last + pause - self._clock())

    def _forget_old(self) -> None:
        if len(self._failures) < MOST_KEYS // 2:
            return
        horizon = self._clock() - FORGET_AFTER
        kept = sorted(((k, f) for k, f in self._failures.items() if f.last > horizon), key=lambda item: item[1].last)
        self._failures = dict(kept[-MOST_KEYS // 2 :])
