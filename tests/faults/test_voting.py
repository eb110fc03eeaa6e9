"""The rows of `make torture` about voting, with a small count."""

from __future__ import annotations

from pathlib import Path

from tests.torture import killed_server, repeated_requests


def test_a_server_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    row = killed_server.run(2, tmp_path, seed=1, each=25)
    assert row.reached, row.counted


def test_what_is_sent_several_times_is_one_row(tmp_path: Path) -> None:
    row = repeated_requests.run(40, tmp_path, seed=1)
    assert row.reached, row.counted
