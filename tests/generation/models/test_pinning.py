"""A base that has changed draws no take unseen: it is refused by the names of its files, and its takes wait."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from feedback.errors import Conflict, Invalid
from feedback.models import base_pins, versions
from feedback.production import render_queue
from feedback.store import Studio
from generation.models import loading, pinning, weights_digest
from generation.models.pinning import BaseChanged, check_base_of_versions, check_pinned, files_of
from generation.models.weights_digest import weights_sha256
from generation.workers import backoff
from generation.workers.worker import run_worker
from tests.generation.conftest import add_brief


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_base, tmp_path / "base")


@pytest.fixture
def pinned(studio: Studio, base: Path) -> Studio:
    versions.register_candidate(studio, "own", str(base), [])
    base_pins.pin_base(studio, "own", files_of(str(base)))
    return studio


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"
CHANGES = {
    f"{WEIGHTS} changed": lambda base: flip(base / WEIGHTS),
    "scheduler/scheduler_config.json changed": lambda base: (base / "scheduler/scheduler_config.json").write_text("{}"),
    "model_index.json changed": lambda base: (base / "model_index.json").write_text(
        (base / "model_index.json").read_text() + " "
    ),
    "tokenizer/tokenizer_config.json is missing": lambda base: (base / "tokenizer/tokenizer_config.json").unlink(),
    "vae/more.safetensors is new": lambda base: shutil.copy(base / WEIGHTS, base / "vae/more.safetensors"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_base_is_refused_by_the_name_of_its_file(pinned: Studio, base: Path, change: str) -> None:
    check_pinned(pinned, "own")
    CHANGES[change](base)
    with pytest.raises(BaseChanged, match=rf"{change}.*circletake versions add NAME") as refusal:
        loading.load_version(pinned, "own")
    assert "\n" not in str(refusal.value)


def test_what_is_not_loaded_may_change(pinned: Studio, base: Path) -> None:
    (base / "limits.json").write_text("{}")
    (base / "README.md").write_text("read me")
    for path in base.rglob("*"):
        os.utime(path)
    check_pinned(pinned, "own")


def test_an_unpinned_version_gets_its_pin_when_it_is_loaded(studio: Studio, base: Path) -> None:
    versions.register_candidate(studio, "own", str(base), [])
    assert base_pins.pin_of(studio, "own") is None
    loading.load_version(studio, "own")
    assert base_pins.pin_of(studio, "own") == files_of(str(base))
    flip(base / WEIGHTS)
    loading.forget_versions()
    with pytest.raises(BaseChanged):
        loading.load_version(studio, "own")


def test_another_version_may_have_what_the_folder_holds_now(pinned: Studio, base: Path) -> None:
    flip(base / WEIGHTS)
    versions.register_candidate(pinned, "new", str(base), [])
    loading.load_version(pinned, "new")
    with pytest.raises(BaseChanged):
        loading.load_version(pinned, "own")  # although the folder is in memory
    with pytest.raises(Conflict, match="under a new name"):
        base_pins.pin_base(pinned, "own", files_of(str(base)))


def test_files_are_read_once_and_in_full_for_the_doctor(
    pinned: Studio, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_digest, "SETTLED", -1.0)
    read: list[Path] = []
    real = weights_digest.file_sha256
    monkeypatch.setattr(weights_digest, "file_sha256", lambda path: read.append(path) or real(path))
    check_pinned(pinned, "own")
    first = len(read)
    assert first > 3
    check_pinned(pinned, "own")
    check_base_of_versions(pinned, str(base), read_again=False)
    assert len(read) == first
    check_base_of_versions(pinned, str(base), read_again=True)
    assert len(read) == 2 * first
    flip(base / WEIGHTS)
    with pytest.raises(BaseChanged):
        check_base_of_versions(pinned, str(base), read_again=False)


def test_the_starter_comes_with_circletake(studio: Studio) -> None:
    check_pinned(studio, "starter")
    base_pins.pin_base(studio, "starter", {"a": "b"})
    assert base_pins.pins(studio).keys() == set()


def test_takes_of_a_changed_base_wait_and_others_are_drawn(
    pinned: Studio, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(backoff, "LONGEST_PAUSE", 0.1)
    original = (base / WEIGHTS).read_bytes()
    flip(base / WEIGHTS)
    render_queue.queue_takes(pinned, add_brief(pinned), [1, 2], version="own")
    render_queue.queue_takes(pinned, add_brief(pinned, "the sea"), [1, 2])
    stop = Event()
    worker = Thread(target=run_worker, args=(pinned,), kwargs={"stop": stop})
    worker.start()
    try:
        wait_for(lambda: render_queue.queue_state(pinned)["done"] == 2)
        wait_for(lambda: f"{WEIGHTS} changed" in (render_queue.obstacle(pinned) or ""))
        assert render_queue.queue_state(pinned)["failed"] == 0
        (base / WEIGHTS).write_bytes(original)
        wait_for(lambda: render_queue.queue_state(pinned)["done"] == 4)
        assert render_queue.obstacle(pinned) is None
    finally:
        stop.set()
        worker.join(30)


def wait_for(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_whose_base_was_changed_meanwhile_registers_nothing(pinned: Studio, base: Path) -> None:
    before = weights_sha256(base)
    assert pinning.files_tuned_on(pinned, str(base), before) == files_of(str(base))
    flip(base / WEIGHTS)
    with pytest.raises(Invalid, match="was changed while the run tuned it"):
        pinning.files_tuned_on(pinned, str(base), before)


@pytest.mark.parametrize("content", ["", "{", "[]", None])
def test_a_pinned_base_without_its_index_has_changed(pinned: Studio, base: Path, content: str | None) -> None:
    """So that its takes wait for the file instead of failing for good."""
    index = base / "model_index.json"
    index.unlink() if content is None else index.write_text(content)
    with pytest.raises(BaseChanged, match=r"model_index\.json.*version own was pinned with other files"):
        check_pinned(pinned, "own")
