"""Folders for machines that do not have them: the same files come out, or none."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Thread

import pytest

from feedback.errors import Invalid, NotFound
from generation.models.loading import weights_sha256
from generation.workers.ray import files
from generation.workers.ray.files import FileSender, local_folder, read_manifest, weights_sha256_of

NOWHERE = Path("/nowhere/at/all")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr(files, "PIECE", 10)
    return tmp_path / "cache"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "feature"
    (folder / "unet").mkdir(parents=True)
    (folder / "model_index.json").write_text("{}")
    (folder / "unet" / "weights.safetensors").write_bytes(bytes(range(95)))
    (folder / "weights.bin").write_bytes(b"a pickle")
    return folder


@pytest.fixture
def sender(model: Path) -> FileSender:
    sender = FileSender()
    sender.offer("/studio/feature", str(model))
    return sender


def test_a_folder_that_is_not_here_is_fetched_once_and_is_the_same(
    sender: FileSender, model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = local_folder(sender, "/studio/feature", NOWHERE)
    assert copy.name == "feature"  # by which provenance knows it
    assert cache in copy.parents
    assert read_manifest(copy) == read_manifest(model)
    assert not (copy / "weights.bin").exists()
    monkeypatch.setattr(sender, "read", None)
    assert local_folder(sender, "/studio/feature", NOWHERE) == copy


def test_shared_storage_is_read_where_it_is_unless_it_holds_something_else(
    sender: FileSender, model: Path, tmp_path: Path
) -> None:
    assert local_folder(sender, "/studio/feature", model) == model
    other = shutil.copytree(model, tmp_path / "other")
    assert local_folder(sender, "/studio/feature", other) == other
    (other / "unet" / "weights.safetensors").write_bytes(bytes(reversed(range(95))))
    assert local_folder(sender, "/studio/feature", other) != other
    assert local_folder(sender, "/studio/feature", other, weights_by_size=True) == other
    (other / "model_index.json").write_text("[]")
    assert local_folder(sender, "/studio/feature", other, weights_by_size=True) != other


def test_weights_have_the_hash_that_loading_gives_them(tiny_base: Path) -> None:
    assert weights_sha256_of(read_manifest(tiny_base)) == weights_sha256(tiny_base)


def test_what_changes_while_it_is_sent_is_not_kept(sender: FileSender, model: Path, cache: Path) -> None:
    sender.manifest("/studio/feature")
    (model / "unet" / "weights.safetensors").write_bytes(b"\0" * 95)
    with pytest.raises(Invalid, match=r"/studio/feature/unet/weights.safetensors changed while"):
        local_folder(sender, "/studio/feature", NOWHERE)
    assert not [path for path in cache.rglob("*") if path.is_file() and path.name != "lock"]


def test_two_actors_of_a_machine_fetch_one_copy(sender: FileSender) -> None:
    reads: list[int] = []
    real = sender.read
    sender.read = lambda *each: reads.append(each[2]) or real(*each)  # type: ignore[method-assign]
    folders: list[Path] = []
    threads = [
        Thread(target=lambda: folders.append(local_folder(sender, "/studio/feature", NOWHERE))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 1
    assert reads == [0, 2, 0, *range(10, 95, 10), 95]


def test_only_what_was_offered_is_read(sender: FileSender, tmp_path: Path) -> None:
    (tmp_path / "models" / "secret").write_text("x")
    with pytest.raises(NotFound, match=r"no file '\.\./secret'"):
        sender.read("/studio/feature", "../secret", 0)
    for name in (str(tmp_path), "/studio"):
        with pytest.raises(NotFound, match="no folder of this studio's models"):
            sender.manifest(name)
