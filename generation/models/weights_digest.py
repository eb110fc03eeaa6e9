"""One digest over all weights of a model folder; each file is read once for as long as it stays as it is."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from feedback.durable_files import whole_file
from feedback.errors import Invalid

FILE = "weights_sha256.json"
SETTLED = 2.0  # seconds after its last change from which a file's times tell it from any later state of it

Stamp = list[int]


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weights_sha256(folder: Path, cache: Path | None = None) -> str:
    """Over the names and contents of all weight files; Invalid when there are none.

    `cache`: a folder in which the digest of each file is kept, with the size, times and inode that it had.
    """
    digest = hashlib.sha256()
    for name, sha256 in digests_of(folder, weight_files(folder), cache).items():
        digest.update(f"{name} {sha256}\n".encode())
    return digest.hexdigest()


def digests_of(folder: Path, files: Iterable[Path], cache: Path | None = None) -> dict[str, str]:
    """sha256 of each of these files of a folder, by its name within it; `cache` as for `weights_sha256`."""
    known = read_known(cache)
    digests, current = {}, {}
    for path in files:
        sha256, is_settled = sha256_of(path, known)
        digests[path.relative_to(folder).as_posix()] = sha256
        if is_settled:
            current[str(path.resolve())] = [stamp_of(path), sha256]
    if cache is not None and not current.items() <= known.items():
        # What cannot be kept, on a full or read-only disk, costs reading the files again.
        with suppress(OSError), whole_file(cache / FILE, durable=False) as partial:
            partial.write_text(json.dumps({**known, **current}))
    return digests


def weight_files(folder: Path) -> list[Path]:
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise Invalid(f"model folder {folder} holds no safetensors weights: nothing else is loaded, pickles never")
    return files


def sha256_of(path: Path, known: Mapping[str, list]) -> tuple[str, bool]:
    """(digest, whether it may be kept): one that changed a moment ago may change again within the clock's grain."""
    before = stamp_of(path)
    stamp, sha256 = known.get(str(path.resolve()), (None, ""))
    if stamp == before:
        return sha256, True
    sha256 = file_sha256(path)
    last_change = max(before[1], before[2]) / 1e9
    return sha256, stamp_of(path) == before and time.time() - last_change > SETTLED


def stamp_of(path: Path) -> Stamp:
    """What differs when a file was written to, or replaced."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def read_known(cache: Path | None) -> dict[str, list]:
    """By path; nothing where the file is missing or broken, which costs reading the weights again."""
    try:
        known = json.loads((cache / FILE).read_text()) if cache is not None else {}
        return {path: [stamp, str(sha256)] for path, (stamp, sha256) in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
