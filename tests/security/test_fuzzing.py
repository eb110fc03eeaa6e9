"""The row of `make torture` about fuzzing, with a small count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture import api_fuzzing


@pytest.mark.slow
def test_no_request_crashes_or_holds_the_server(tmp_path: Path) -> None:
    row = api_fuzzing.run(250, tmp_path, seed=3)
    assert row.reached, row.counted
