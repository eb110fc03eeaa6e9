"""`command.py PYTHON SOCKET WORDS`: what `PYTHON WORDS` does, by a fork of the process that listens at SOCKET.

Runs without the site's packages, in some milliseconds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import suppress


def main(python: str, address: str, *words: str) -> None:
    connection = ask(address, words) if words[:1] == ("-m",) else None
    if connection is None:
        os.execv(python, [python, *words])
    answers = connection.makefile()
    child = int(answers.readline())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda number, frame: pass_on(child, number))
    end_as(int(answers.readline()))


def pass_on(child: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, number)


def ask(address: str, words: tuple[str, ...]) -> socket.socket | None:
    """A connection that gives the child's number and how it ended; None when nobody forks here."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except OSError:
        return None
    # The child is killed when the other end of this pipe is closed: when this process ends, however it ends.
    life, _ = os.pipe()
    here = {"process": os.getpid(), "folder": os.getcwd(), "environment": dict(os.environ)}
    order = json.dumps({"words": words, **here}).encode()
    socket.send_fds(connection, [len(order).to_bytes(8, "big")], [0, 1, 2, life])
    os.close(life)
    connection.sendall(order)
    return connection


def end_as(code: int) -> None:
    """With the child's exit code, or by the signal that ended it."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
