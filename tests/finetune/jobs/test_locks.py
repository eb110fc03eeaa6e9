"""One run of a kind at a time, and whoever comes second hears of a process that really has the lock."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from feedback.errors import Conflict
from finetune.jobs import locks
from finetune.jobs.locks import only_one


def dead_process() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_the_second_hears_who_is_first(tmp_path: Path) -> None:
    with (
        only_one(tmp_path / "lock", "a night"),
        pytest.raises(Conflict) as refusal,
        only_one(tmp_path / "lock", "a night"),
    ):
        pass
    assert str(refusal.value) == f"a night is already going on in process {os.getpid()}: wait for it to end"
    with only_one(tmp_path / "lock", "a night"):
        pass


def test_a_dead_process_that_had_the_lock_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    with only_one(tmp_path / "lock", "a night"):
        (tmp_path / "lock").write_text(str(dead_process()))
        with pytest.raises(Conflict, match="going on in another process: wait"), only_one(tmp_path / "lock", "a night"):
            pass


def test_one_that_has_just_got_the_lock_is_waited_for(tmp_path: Path) -> None:
    with only_one(tmp_path / "lock", "a night"):
        (tmp_path / "lock").write_text("")
        threading.Timer(0.1, lambda: (tmp_path / "lock").write_text(str(os.getpid()))).start()
        with pytest.raises(Conflict, match=f"process {os.getpid()}"), only_one(tmp_path / "lock", "a night"):
            pass
