"""What the machine refuses is the system's error, whatever the library makes of it."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from finetune.tensor_files import save_tensors


@pytest.fixture
def small_files() -> Iterator[None]:
    """Nothing above 64 KiB can be written, as on a disk that is full by then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_write_that_is_refused_is_an_error_of_the_system(tmp_path: Path, small_files: None) -> None:
    save_tensors({"x": torch.zeros(8)}, tmp_path / "small.safetensors")
    with pytest.raises(OSError, match="File too large") as refusal:
        save_tensors({"x": torch.zeros(2**16)}, tmp_path / "large.safetensors")
    assert refusal.value.errno == errno.EFBIG
