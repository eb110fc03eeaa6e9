"""The one command that trains the starter, on splits of a few scenes and for seconds: every stage ends with its file."""

from __future__ import annotations

import json
import sys
from functools import partial

import pytest

from benchmarks.synthetic import report
from benchmarks.synthetic.composition_reader import READER
from benchmarks.synthetic.training import __main__ as command_line
from benchmarks.synthetic.training import composition, decoder, denoiser
from generation.models.limits import read_limits
from generation.starter import WEIGHTS


@pytest.fixture
def command(monkeypatch, tmp_path, splits):
    monkeypatch.setattr(command_line, "SPLITS", splits)
    monkeypatch.setattr(decoder, "BATCH", 2)
    monkeypatch.setattr(denoiser, "compile_blocks", lambda model: None)
    monkeypatch.setattr(denoiser, "LOG_STEPS", 1)
    monkeypatch.setattr(report, "draw_takes", partial(report.draw_takes, steps=2))

    def run(*options: str) -> None:
        minutes = ["--denoiser-minutes", "0.05", "--decoder-minutes", "0.02"]
        monkeypatch.setattr(sys, "argv", ["train", "--work", str(tmp_path), *minutes, *options])
        command_line.main()

    return run, tmp_path


def test_one_command_trains_exports_and_measures(command, splits, capsys):
    run, work = command
    committed = (WEIGHTS / "model_index.json").stat().st_mtime_ns
    run("--processes", "1", "--takes", "2")
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) == {str(split.shape) for split in splits}
    assert set(figures["clip of 128x128, 5 frames"]) == {
        "takes_per_second",
        "agreement",
        "block_energy",
        "moves",
        "moves_when_silent",
    }
    assert json.loads((work / "report" / "figures.json").read_text()) == figures
    sheets = {"starter_stills_256.jpg", "starter_stills_128.jpg", "starter_clips_128.jpg", "starter_loss.png"}
    assert {path.name for path in (work / "report").iterdir()} == sheets | {"figures.json"}
    assert read_limits(work / "weights").shapes == tuple(split.shape for split in splits)
    assert (WEIGHTS / "model_index.json").stat().st_mtime_ns == committed

    run("--stage", "export", "--out", str(work / "elsewhere"))
    assert read_limits(work / "elsewhere") == read_limits(work / "weights")


def test_the_composition_reader_is_trained_by_a_stage_of_its_own(command, monkeypatch, capsys):
    run, work = command
    monkeypatch.setattr(composition, "CODED", 3)
    few = partial(composition.train_composition, scenes=12, held_out=6, steps=2)
    monkeypatch.setattr(composition, "train_composition", few)
    committed = READER.read_bytes()
    run("--stage", "composition")
    assert 0 <= json.loads(capsys.readouterr().out)["composition"]["centre"] <= 1
    assert (work / "composition" / READER.name).stat().st_size == len(committed)
    assert READER.read_bytes() == committed
