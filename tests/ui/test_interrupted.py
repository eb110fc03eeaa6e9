"""An interrupted command says so in one line, and how to continue."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback.errors import Interrupted
from ui.cli import main

LINE = "run 1 was interrupted: the same command again continues it"


@pytest.mark.parametrize(
    ("command", "job"), [("tune", "finetune.jobs.tune.tune"), ("nightly", "finetune.jobs.nightly.nightly")]
)
def test_interrupted_run_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, job: str
) -> None:
    def interrupted(*given: object, **named: object) -> None:
        raise Interrupted(LINE)

    monkeypatch.setattr(job, interrupted)
    folder = str(tmp_path / "studio")
    assert CliRunner().invoke(main, ["init", folder]).exit_code == 0
    result = CliRunner().invoke(main, [command, "--studio", folder])
    assert (result.exit_code, result.stderr.strip()) == (1, LINE)
