"""Whole under its name or not there at all, whoever else writes and whatever fails."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feedback.durable_files import remove_partials, whole_file, whole_folder, write_bytes, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "list.csv"
    with whole_file(path) as partial:
        partial.write_text("half")
        assert names(path.parent) == [partial.name]
        assert partial.name.startswith("list.csv.")
        assert partial.suffix == ".partial"
    assert names(path.parent) == ["list.csv"]
    write_text(path, "a\r\nb\u2028")
    assert path.read_bytes() == "a\r\nb\u2028".encode()


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    write_bytes(path, b"old")

    def fail() -> None:
        with whole_file(path) as partial:
            partial.write_text("half")
            raise OSError(28, "the disk is full")

    with pytest.raises(OSError, match="disk is full") as reason:
        fail()
    assert reason.value.filename == str(path)
    assert names(tmp_path) == ["list.csv"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("fail_at", ["writing", "renaming"])
def test_a_folder_is_swapped_whole_or_not_at_all(tmp_path: Path, fail_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "set"
    for number in (1, 2):
        with whole_folder(path) as partial:
            write_text(partial / "inside" / f"{number}.txt", "x")
    assert names(path / "inside") == ["2.txt"]
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if fail_at == "renaming" and target == path and (self / "broken").exists():
            raise OSError("the power is gone")
        return real(self, target)

    def replace() -> None:
        with whole_folder(path) as partial:
            write_text(partial / "broken", "x")
            if fail_at == "writing":
                raise OSError("the power is gone")

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="power"):
        replace()
    assert names(tmp_path) == ["set"]
    assert names(path / "inside") == ["2.txt"]


def test_many_writers_of_one_file_leave_one_of_them_whole(tmp_path: Path) -> None:
    path = tmp_path / "shared"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_bytes(path, bytes([number]) * 100_000), range(24)))
    assert len(set(path.read_bytes())) == 1
    assert names(tmp_path) == ["shared"]


def test_bytes_are_on_the_disk_before_the_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real_sync, real_rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda handle: order.append("sync") or real_sync(handle))
    monkeypatch.setattr(Path, "rename", lambda self, to: order.append("rename") or real_rename(self, to))
    write_bytes(tmp_path / "take.png", b"x")
    assert order == ["sync", "rename", "sync"]
    order.clear()
    with whole_file(tmp_path / "cached", durable=False) as partial:
        partial.write_bytes(b"x")
    assert order == ["rename"]


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "step-000009.12345678.partial").mkdir()
    (tmp_path / "step-000009.12345678.partial" / "state.json").write_text("{")
    (tmp_path / "take.png.12345678.partial").write_text("half")
    (tmp_path / "take.png").write_text("whole")
    remove_partials(tmp_path)
    assert names(tmp_path) == ["take.png"]


def test_nothing_else_writes_beside_a_name() -> None:
    """One module knows how a file becomes whole."""
    root = Path(__file__).parent.parent.parent
    folders = ("feedback", "generation", "finetune", "ui", "benchmarks")
    others = {
        path.relative_to(root).as_posix()
        for folder in folders
        for path in (root / folder).rglob("*.py")
        if "os.replace(" in path.read_text() or '".partial"' in path.read_text()
    }
    assert others == {"feedback/durable_files.py"}
