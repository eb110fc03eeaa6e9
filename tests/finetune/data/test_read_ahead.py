"""Batches read in the background are those that would have been read at once, and there are never many of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from feedback.store import Studio
from finetune.data.batches import Batch
from finetune.data.examples import Example
from finetune.data.read_ahead import MOST, ReadAhead
from finetune.training.loop import run_training
from tests.finetune.judged import prepared


def example(number: int) -> Example:
    return Example(number, f"prompt {number}", "left", "right", 1.0, 1.0, 0.0, 0.0, 0.0)


class Reader:
    """Reads batches of nothing, and keeps who read which."""

    def __init__(self) -> None:
        self.read: list[tuple[int, str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        self.gate.wait(10)
        if draws[0] < 0:
            raise OSError("no such file")
        self.read.append((draws[0], threading.current_thread().name))
        return Batch(*(torch.full((1,), float(draws[0])) for _ in range(3)), {}, (float(draws[0]),))


def test_batch_that_was_begun_is_the_one_that_is_taken() -> None:
    reader = Reader()
    ahead = ReadAhead(reader)
    ahead.begin([example(1)], [7])
    ahead.begin([example(1)], [7])
    assert float(ahead.take([example(1)], [7]).t) == 7
    assert float(ahead.take([example(2)], [8]).t) == 8
    assert [number for number, _ in reader.read] == [7, 8]  # once each
    assert reader.read[0][1] != reader.read[1][1] == threading.current_thread().name
    ahead.close()


def test_no_more_than_a_few_wait_in_memory() -> None:
    reader = Reader()
    ahead = ReadAhead(reader)
    reader.gate.clear()
    for number in range(10):
        ahead.begin([example(number)], [number])
    assert len(ahead.begun) == MOST
    reader.gate.set()
    assert [float(ahead.take([example(number)], [number]).t) for number in range(10)] == list(range(10))
    assert len(reader.read) <= 11
    ahead.close()


def test_what_cannot_be_read_is_said_where_it_is_taken() -> None:
    ahead = ReadAhead(Reader())
    ahead.begin([example(1)], [-1])
    with pytest.raises(OSError, match="no such file"):
        ahead.take([example(1)], [-1])
    ahead.close()


def test_thread_ends_with_the_training(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c")
    readers: set[threading.Thread] = set()
    read = trainer.cache.ahead.read

    def reading(examples: Sequence[Example], draws: Sequence[int]) -> Batch:
        readers.add(threading.current_thread())
        return read(examples, draws)

    trainer.cache.ahead.read = reading
    run_training(trainer, lambda share: None, lambda: False, quiet=True)
    in_the_background = [thread for thread in readers if thread.name.startswith("read ahead")]
    assert in_the_background
    assert not any(thread.is_alive() for thread in in_the_background)
