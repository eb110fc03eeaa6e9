"""The writer for the pages: a process of its own that keeps the language model in memory for as long as briefs are written.

So torch is never loaded in the web process, and a worker that draws for minutes keeps nobody waiting. It is started with the
first question (seconds), answers the next ones at once, and ends when nobody has asked for a while.
"""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from feedback.errors import Refused
from feedback.store import Studio
from finetune.child_processes import end_process

IDLE = 600.0  # seconds without a question, after which it ends
PATIENCE = 180.0  # seconds for an answer: a large language model takes that long to load
GRACE = 5.0


@dataclass
class WriterProcess:
    """Asks the writer of one studio."""

    studio: Studio
    python: str = sys.executable
    patience: float = PATIENCE
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, prompt: str, seed: int, count: int) -> list[dict[str, Any]]:
        """Proposals as `finetune.prompts.jobs.Proposal` has them. Refused with the writer's own line, or when it is silent."""
        with self._lock:  # one at a time: it is one small model
            process = self._running()
            try:
                answer = self._exchange(process, {"prompt": prompt, "seed": seed, "count": count})
            except (OSError, ValueError):
                self._end()
                raise Refused(
                    "the prompt writer does not answer: try again, or see `circletake prompts rewrite`"
                ) from None
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["proposals"]

    def close(self) -> None:
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            words = [self.python, "-m", "ui.cli", "prompts", "answer", "--studio", str(self.studio.folder)]
            # A group of its own, so that Ctrl-C in the terminal reaches the web process only, which ends it.
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(words, text=True, bufsize=1, process_group=0, **pipes)  # type: ignore[call-overload]
        assert self._process is not None
        return self._process

    def _exchange(self, process: subprocess.Popen[str], question: dict[str, Any]) -> dict[str, Any]:
        """ValueError where no whole answer comes in time."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        if not says_something(process.stdout, self.patience):
            raise ValueError("no answer")
        return json.loads(process.stdout.readline())

    def _end(self) -> None:
        if self._process is None:
            return
        end_process(self._process, GRACE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None


def says_something(stream: IO[str], seconds: float) -> bool:
    """Whether there is something to read, or its end, within so many seconds. `select.select` refuses files from 1024 on, and a
    web server has a file for each of its connections.
    """
    with selectors.DefaultSelector() as waiting:
        waiting.register(stream, selectors.EVENT_READ)
        return bool(waiting.select(seconds))


def questions_in(stream: IO[str], idle: float = IDLE) -> Iterator[dict[str, Any]]:
    """In the writer's own process: each question, until nobody has asked for `idle` seconds or the web process has ended."""
    while says_something(stream, idle):
        line = stream.readline()
        if not line:
            return
        yield json.loads(line)
