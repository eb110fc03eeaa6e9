"""What a run logs as it trains: its curves always, TensorBoard and trackio where they are installed."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from math import nan
from pathlib import Path

import pytest

from feedback.errors import Invalid, Refused
from feedback.models import runs
from feedback.models.run_curves import curves_of, read_points
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.settings import trains_alike
from finetune.training import run_log
from finetune.training.run_log import open_log, refuse_missing_loggers
from tests.finetune.judged import quick

RECIPE = quick(max_winner_error=2)


def test_a_run_leaves_its_curves(studio: Studio) -> None:
    tune(studio, RECIPE, progress=False)
    folder = studio.folder / runs.list_runs(studio)[0]["folder"]
    curves = {curve["name"]: curve["points"] for curve in curves_of(read_points(folder))}
    assert [step for step, _ in curves["heldout_loss"]] == [3, 6]
    assert curves["loss"][-1][0] == 6
    log = runs.list_runs(studio)[0]["metrics"]["log"]  # type: ignore[index]
    assert dict(curves["heldout_loss"])[6] in [entry["heldout_loss"] for entry in log if entry["step"] == 6]


def test_what_is_not_installed_is_refused_before_anything_is_written(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"log: trackio is not installed: pip install 'circletake\[trackio\]', or leave"):
        tune(studio, quick(log=["trackio"]), progress=False)
    assert not runs.list_runs(studio)
    with pytest.raises(Invalid, match=r"recipe field log: .* is not a list of some of tensorboard, trackio"):
        quick(log=["wandb"])


def test_where_a_run_is_logged_makes_no_other_run() -> None:
    assert trains_alike(RECIPE, quick(max_winner_error=2, log=["tensorboard"]))


def test_a_logger_that_fails_is_left_out_and_the_run_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        name = "broken"

        def write(self, step: int, values: object) -> None:
            raise OSError("no space left")

        def close(self) -> None:
            raise AssertionError("it was left out")

    with open_log(tmp_path, RECIPE) as log:
        log.loggers.append(Broken())
        log.point(1, {"loss": 0.5, "gradient": nan})
        log.point(2, {"loss": 0.4})
    assert [each["values"] for each in read_points(tmp_path)] == [{"loss": 0.5}, {"loss": 0.4}]
    assert capsys.readouterr().err == "broken is left out: no space left\n"


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    with open_log(tmp_path, RECIPE, is_first=False) as log:
        log.point(1, {"loss": 0.5})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(find_spec("tensorboard") is None, reason="tensorboard is not installed: circletake[tensorboard]")
def test_tensorboard_reads_what_a_run_logged(studio: Studio) -> None:
    refuse_missing_loggers(quick(log=["tensorboard"]))
    tune(studio, quick(max_winner_error=2, log=["tensorboard"]), progress=False)
    events = importlib.import_module("tensorboard.backend.event_processing.event_accumulator")
    folder = studio.folder / runs.list_runs(studio)[0]["folder"]
    reader = events.EventAccumulator(str(folder / "tensorboard"))
    reader.Reload()
    curves = {curve["name"]: curve["points"] for curve in curves_of(read_points(folder))}
    assert set(reader.Tags()["scalars"]) == set(curves)
    logged = [(each.step, pytest.approx(each.value)) for each in reader.Scalars("heldout_loss")]
    assert logged == curves["heldout_loss"]


@pytest.mark.skipif(find_spec("trackio") is None, reason="trackio is not installed: circletake[trackio]")
def test_trackio_reads_what_a_run_logged(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(studio.runs_folder / "trackio"))
    tune(studio, quick(max_winner_error=2, log=["trackio"]), progress=False)
    storage = importlib.import_module("trackio.sqlite_storage").SQLiteStorage
    assert storage.get_runs("circletake") == ["run 0001"]
    rows = storage.get_logs("circletake", "run 0001")
    assert [row["step"] for row in rows if "heldout_loss" in row] == [3, 6]
    assert capsys.readouterr().out == "", "stdout is for the command's answer"
