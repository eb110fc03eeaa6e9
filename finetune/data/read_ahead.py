"""The next batch is read while the network works on this one. A batch is the same whoever reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from finetune.data.batches import Batch
from finetune.data.examples import Example

MOST = 2  # batches in memory beside the one that is worked on
Key = tuple[tuple[str, ...], tuple[int, ...]]


class ReadAhead:
    """One thread that reads batches which are needed soon."""

    def __init__(self, read: Callable[[Sequence[Example], Sequence[int]], Batch]) -> None:
        self.read = read
        self.begun: dict[Key, Future[Batch]] = {}
        self.reader: ThreadPoolExecutor | None = None

    def begin(self, examples: Sequence[Example], draws: Sequence[int]) -> None:
        """Has it read in the background; the oldest that nobody took is forgotten where there are too many."""
        key = key_of(examples, draws)
        if key in self.begun:
            return
        if self.reader is None:
            self.reader = ThreadPoolExecutor(1, "read ahead")
        while len(self.begun) >= MOST:
            self.begun.pop(next(iter(self.begun))).cancel()
        self.begun[key] = self.reader.submit(self.read, list(examples), list(draws))

    def take(self, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        """The batch, read by now or read at once."""
        begun = self.begun.pop(key_of(examples, draws), None)
        return self.read(examples, draws) if begun is None else begun.result()

    def close(self) -> None:
        """Ends the thread."""
        if self.reader is not None:
            self.reader.shutdown(cancel_futures=True)
        self.begun, self.reader = {}, None


def key_of(examples: Sequence[Example], draws: Sequence[int]) -> Key:
    return tuple(example.key for example in examples), tuple(draws)
