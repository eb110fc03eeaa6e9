"""What Z-Image has alone: tables of positions that end."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.models.loading import load_base
from tests.tiny_pipelines.z_image import MOST_PLACES, tiny_z_image

STEP = 8  # pixels a side that a token stands for


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (MOST_PLACES * STEP, STEP, None),
        ((MOST_PLACES + 1) * STEP, STEP, "at most 1024 pixels a side"),
        (STEP, (MOST_PLACES + 1) * STEP, "at most 1024 pixels a side"),
        (STEP, 2 * STEP + 3, "multiples of 8, such as 8x16"),
    ],
)
def test_sizes_end_where_the_positions_do(tmp_path: Path, width: int, height: int, message: str | None) -> None:
    pipe, family, _ = load_base(str(tiny_z_image(tmp_path)), "cpu")
    reason = family.refuse_size(pipe, width, height, 1)
    assert (reason is None) if message is None else (reason is not None and message in reason)
