"""Failed logins are slowed down, per name and address, and per address over all names.

Nobody is shut out for long by what others type: waits are short, a success clears them, and a browser in which a person
has signed in before counts its own failures for that person only.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PER_NAME = 5  # free failures for one name from one address
PER_ADDRESS = 20  # free failures from one address, whatever the names
FIRST_WAIT = 5.0  # seconds; each further failure doubles the wait
LONGEST_WAIT = 60.0  # for one name from one address: fewer than 1,500 guesses a day
LONGEST_WAIT_OF_ADDRESS = 20.0  # an office may have one address
FORGET_AFTER = 1800.0  # seconds without a failure
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
        self._secret = secrets.token_bytes(32)

    def proof(self, name: str) -> str:
        """What a browser is given in which this person has signed in; good until the server is started again."""
        return hmac.digest(self._secret, name.encode("utf-8", "replace"), "sha256").hex()

    def place(self, name: str, address: str, proof: str) -> str:
        """Where a try counts: at the browser that has the name's proof, or else at the address."""
        known = hmac.compare_digest(proof.encode("utf-8", "replace"), self.proof(name).encode())
        return f"browser {proof}" if known else address

    def wait(self, name: str, place: str) -> float:
        """Seconds until the next try is allowed; 0 when it is."""
        with self._lock:
            own = self._wait((name, place), PER_NAME, LONGEST_WAIT)
            return max(own, self._wait(("", place), PER_ADDRESS, LONGEST_WAIT_OF_ADDRESS))

    def fail(self, name: str, place: str) -> None:
        """Counts one failed login."""
        with self._lock:
            self._forget_old()
            for key in ((name, place), ("", place)):
                failures = self._counted(key)
                self._failures[key] = _Failures(failures.count + 1 if failures else 1, self._clock())

    def succeed(self, name: str, place: str) -> None:
        """Clears what was counted for the name and for the place. Guesses at other names keep their own counts."""
        with self._lock:
            self._failures.pop((name, place), None)
            self._failures.pop(("", place), None)

    def _wait(self, key: tuple[str, str], free: int, longest: float) -> float:
        failures = self._counted(key)
        if failures is None or failures.count < free:
            return 0.0
        pause = min(longest, FIRST_WAIT * 2.0 ** min(failures.count - free, 20))
        return max(0.0, failures.last + pause - self._clock())

    def _counted(self, key: tuple[str, str]) -> _Failures | None:
        failures = self._failures.get(key)
        return failures if failures and failures.last > self._clock() - FORGET_AFTER else None

    def _forget_old(self) -> None:
        if len(self._failures) < MOST_KEYS // 2:
            return
        horizon = self._clock() - FORGET_AFTER
        kept = sorted(((k, f) for k, f in self._failures.items() if f.last > horizon), key=lambda item: item[1].last)
        self._failures = dict(kept[-MOST_KEYS // 2 :])
