"""Being event to stop: once politely, twice as ever."""

from __future__ import annotations

import os
import signal
from threading import Event, Thread

import pytest

from feedback.signals import stopping_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_does_what_it_did(number: signal.Signals) -> None:
    received: list[int] = []
    before = signal.signal(number, lambda got, frame: received.append(got))
    stop = Event()
    try:
        with stopping_on_signals(stop) as event:
            assert event is stop
            assert not stop.is_set()
            os.kill(os.getpid(), number)
            assert stop.is_set()
            assert received == []
            os.kill(os.getpid(), number)
            assert received == [number]
        os.kill(os.getpid(), number)
        assert received == [number] * 2
    finally:
        signal.signal(number, before)


def test_another_thread_leaves_the_signals_as_they_are() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def run() -> None:
        with stopping_on_signals() as event:
            seen.append((signal.getsignal(signal.SIGTERM) is before, event.is_set()))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(True, False)]
