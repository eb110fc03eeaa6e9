"""Models and adapters for machines that do not have the studio's folders: sent in pieces, kept by their content.

A machine that sees a folder under the studio's own path, on shared storage, reads it there if it holds the same files.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, Protocol

from feedback.durable_files import whole_folder
from feedback.errors import Invalid, NotFound

CACHE = "CIRCLETAKE_CACHE"  # environment of a drawing machine
PIECE = 8 * 1024**2  # bytes sent at once: Ray's object stores may be small
WEIGHTS = ".safetensors"
NEVER_READ = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".msgpack", ".h5", ".onnx")  # pickles, and other libraries' files


@dataclass(frozen=True)
class FileInfo:
    sha256: str
    size: int  # bytes


Manifest = Mapping[str, FileInfo]
"""The files of a folder by their paths in it, in POSIX form."""


class FileSource(Protocol):
    """Where a drawing machine gets the studio's folders, by the names under which the studio knows them."""

    def manifest(self, name: str) -> Manifest: ...

    def read(self, name: str, file: str, offset: int) -> bytes:
        """At most PIECE bytes of a file; none at its end."""
        ...


class FileSender:
    """Reads the folders that it was given; a Ray actor on the studio's machine, which never opens the database."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}
        self._manifests: dict[str, Manifest] = {}
        self._lock = Lock()

    def offer(self, name: str, folder: str) -> None:
        """From now on this folder may be read."""
        self._folders[name] = Path(folder)

    def manifest(self, name: str) -> Manifest:
        """Every file is read for it, once."""
        with self._lock:
            if name not in self._manifests:
                self._manifests[name] = read_manifest(self._folder(name))
            return self._manifests[name]

    def read(self, name: str, file: str, offset: int) -> bytes:
        if file not in self.manifest(name):
            raise NotFound(f"no file {file!r} in {name}")
        with (self._folder(name) / file).open("rb") as source:
            source.seek(offset)
            return source.read(PIECE)

    def _folder(self, name: str) -> Path:
        if name not in self._folders:
            raise NotFound(f"{name!r} is no folder of this studio's models")
        return self._folders[name]


class Unreachable(Exception):
    """The studio's machine does not answer."""


class RemoteFiles:
    """A FileSender as seen from another process; Unreachable when it is gone."""

    def __init__(self, sender: Any) -> None:
        self._sender = sender
        self._manifests: dict[str, Manifest] = {}

    def manifest(self, name: str) -> Manifest:
        if name not in self._manifests:
            self._manifests[name] = answer_of(self._sender.manifest.remote(name))
        return self._manifests[name]

    def read(self, name: str, file: str, offset: int) -> bytes:
        return answer_of(self._sender.read.remote(name, file, offset))


def answer_of(reference: Any) -> Any:
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayActorError as error:
        raise Unreachable("the process that sends models from the studio's machine is gone") from error


def read_manifest(folder: Path) -> dict[str, FileInfo]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in NEVER_READ]
    return {path.relative_to(folder).as_posix(): info_of(path) for path in paths}


def info_of(path: Path) -> FileInfo:
    with path.open("rb") as file:
        return FileInfo(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def weights_sha256_of(manifest: Manifest) -> str:
    """What `generation.models.weights_digest.weights_sha256` says of a folder with these files."""
    digest = hashlib.sha256()
    for file in sorted(map(PurePosixPath, manifest)):
        if file.suffix == WEIGHTS:
            digest.update(f"{file} {manifest[str(file)].sha256}\n".encode())
    return digest.hexdigest()


def local_folder(source: FileSource, name: str, here: Path, *, weights_by_size: bool = False) -> Path:
    """The studio's folder of that name on this machine: `here` where it holds the same, or else a copy of it.

    `weights_by_size`: for whoever compares the weights when they are loaded, and so reads them once.
    """
    return here if holds(here, source.manifest(name), weights_by_size) else fetched_folder(source, name)


def holds(folder: Path, manifest: Manifest, weights_by_size: bool = False) -> bool:
    """Whether these files are in a folder."""
    for file, info in manifest.items():
        path = folder / file
        if not path.is_file() or path.stat().st_size != info.size:
            return False
        if not (weights_by_size and path.suffix == WEIGHTS) and info_of(path) != info:
            return False
    return True


def fetched_folder(source: FileSource, name: str) -> Path:
    """A copy of a folder in this machine's cache, fetched if need be; whole and checked, or not there at all."""
    manifest = source.manifest(name)
    content = json.dumps({file: asdict(info) for file, info in manifest.items()}, sort_keys=True)
    target = cache_folder() / hashlib.sha256(content.encode()).hexdigest()[:32] / PurePosixPath(name).name
    with one_at_a_time(target.parent):
        if not target.is_dir():
            with whole_folder(target) as partial:
                for file, info in manifest.items():
                    fetch_file(source, name, file, info, partial / file)
    return target


def cache_folder() -> Path:
    """May be emptied at any time that nobody draws."""
    return Path(os.environ.get(CACHE) or Path.home() / ".cache" / "circletake" / "models")


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Several actors of a machine need the same folder at the same moment: one fetches it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch_file(source: FileSource, name: str, file: str, info: FileInfo, path: Path) -> None:
    """Invalid when it changed since the studio's machine read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, offset = hashlib.sha256(), 0
    with path.open("wb") as target:
        while piece := source.read(name, file, offset):
            digest.update(piece)
            offset += target.write(piece)
    if digest.hexdigest() != info.sha256:
        raise Invalid(f"{name}/{file} changed while it was drawn with: start the worker again")
