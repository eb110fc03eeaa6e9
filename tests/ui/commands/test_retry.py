"""`retry`: failed takes are queued again, and nobody else's are by who may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedback.production import render_queue
from feedback.store import Studio
from tests.ui.commands.test_cli import folder, run, run_json

__all__ = ["folder"]


@pytest.fixture
def failed(folder: Path) -> list[int]:
    studio = Studio.open(folder)
    ids = render_queue.queue_takes(studio, 1, [71, 72, 73])
    for take in render_queue.lease_takes(studio, "w", 3):
        render_queue.fail_take(studio, take["id"], "w", "its adapter is damaged")
    studio.close()
    return ids


def test_failed_takes_are_queued_again(folder: Path, failed: list[int]) -> None:
    assert run_json(folder, "retry", str(failed[0]), "1") == {"queued": [failed[0]], "not_failed": [1]}
    assert run_json(folder, "retry", "--brief", "1", "--by", "ana")["queued"] == failed[1:]
    assert run_json(folder, "retry", "--all") == {"queued": [], "not_failed": []}


def test_all_failed_takes_are_queued_again_by_a_supervisor(folder: Path, failed: list[int]) -> None:
    refused = run(folder, "retry", "--all", "--by", "ana")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert run_json(folder, "retry", "--all", "--by", "sue")["queued"] == failed
    studio = Studio.open(folder)
    assert studio.value("SELECT actor FROM events WHERE action = 'takes.retry'") == "sue"


@pytest.mark.parametrize("words", [[], ["1", "--all"], ["--brief", "1", "--all"]])
def test_one_way_of_naming_takes_is_given(folder: Path, words: list[str]) -> None:
    assert run(folder, "retry", *words).exit_code == 2


def test_a_take_that_there_is_not_is_named(folder: Path) -> None:
    assert "no take 999" in run(folder, "retry", "999").stderr
