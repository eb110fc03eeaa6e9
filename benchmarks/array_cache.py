"""Arrays that took long to make, cached in files whose names are digests of what they were made from."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from feedback.durable_files import whole_file

Arrays = dict[str, np.ndarray]
SECONDS = "seconds"


def cached_arrays(path: Path, make: Callable[[], Arrays]) -> tuple[Arrays, float]:
    """The arrays in an .npz file, made and written whole where it is missing, and the seconds that making them took."""
    if not path.is_file():
        began = time.monotonic()
        arrays = make()
        write_arrays(path, {**arrays, SECONDS: np.array(time.monotonic() - began)})
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    return arrays, float(arrays.pop(SECONDS))


def write_arrays(path: Path, arrays: Arrays) -> None:
    with whole_file(path, durable=False) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
