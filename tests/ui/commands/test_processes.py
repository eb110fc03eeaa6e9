"""`tune --processes 2`: two real processes that end together, with one answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.models import runs
from feedback.store import Studio
from tests import preloaded
from tests.finetune.judged import judge_briefs, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan
from tests.ui.serving import free_port, processes_of
from ui.cli import main
from ui.commands.processes import exit_code_of, wait_for, words_of

ROOT = Path(__file__).parents[3]
RECIPE = """
method: sft
optimiser: {max_steps: 300, save_steps: 2, per_device_train_batch_size: 4, warmup_steps: 1}
noise_levels: {draws_per_pair: 4}
evaluation: {eval_steps: 300, draws: 2, max_winner_error: 9, min_heldout_accuracy: 0}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    studio = tiny_studio(tmp_path / "studio", tiny_wan(tmp_path / "tiny"))
    judge_briefs(studio)
    studio.close()
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return studio.folder


def start(folder: Path) -> subprocess.Popen[str]:
    words = [
        "tune",
        "--processes",
        "2",
        "--studio",
        str(folder),
        "--recipe",
        str(folder.parent / "recipe.yaml"),
        "--json",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([preloaded.python(), "-m", "ui.cli", *words], cwd=ROOT, env=environment, **pipes)


def wait_for_checkpoint(folder: Path, launcher: subprocess.Popen[str]) -> None:
    while launcher.poll() is None:
        if any(folder.glob("runs/0001/checkpoints/step-??????")):
            return
        time.sleep(0.05)
    raise AssertionError(launcher.communicate()[1])


def lines_of(text: str) -> list[str]:
    """Without progress bars."""
    return [
        line for line in text.replace("\r", "\n").split("\n") if line.strip() and "|" not in line and "it/s" not in line
    ]


def test_killed_process_ends_the_command_with_one_line(folder: Path) -> None:
    launcher = start(folder)
    wait_for_checkpoint(folder, launcher)
    second = next(process for process in processes_of(folder) if process.environ().get("RANK") == "1")
    second.send_signal(signal.SIGKILL)
    out, err = launcher.communicate(timeout=60)
    assert (launcher.returncode, out) == (1, "")
    reason = "run 1 was interrupted, since one of its 2 processes ended: the same command again continues it"
    assert lines_of(err) == [reason]
    studio = Studio.open(folder)
    assert [row["state"] for row in runs.list_runs(studio)] == ["running"]
    studio.close()


def test_accelerate_launch_starts_one_run(folder: Path) -> None:
    """Its processes find each other as those of `--processes` do: one answers, the other is silent."""
    recipe = folder.parent / "recipe.yaml"
    recipe.write_text(RECIPE.replace("300", "4"))
    launcher = "--cpu --num_processes 2 --num_machines 1 --mixed_precision no --dynamo_backend no"
    words = [*launcher.split(), "--main_process_port", str(free_port()), "-m", "ui.cli", "tune", "--json"]
    command = [preloaded.python(), "-m", "accelerate.commands.launch", *words, "--studio", folder, "--recipe", recipe]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "candidate"
    studio = Studio.open(folder)
    assert [row["state"] for row in runs.list_runs(studio)] == ["done"]
    studio.close()


WAITING = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *given: sys.exit(0))
print("ready", flush=True)
signal.pause()
"""


def test_all_processes_are_stopped_together() -> None:
    processes = [subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE) for _ in range(3)]
    assert all(process.stdout is not None and process.stdout.readline() == b"ready\n" for process in processes)
    wait_for(processes, lambda: True)
    assert [process.wait() for process in processes] == [0, 0, 0]


@pytest.mark.parametrize(
    ("codes", "failed", "expected", "line"),
    [
        ([0, 0], None, 0, ""),
        ([2, 1], 0, 2, ""),
        ([1, -9], 1, 1, ""),
        ([-9, 1], 0, 1, "process 0 of 2 ended (SIGKILL): the same command again continues the run\n"),
        (
            [-9, 1],
            1,
            1,
            "process 0 of 2 was ended, since process 1 had failed: the same command again continues the run\n",
        ),
    ],
)
def test_first_process_answers(
    codes: list[int], failed: int | None, expected: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    end = "import os, sys; n = int(sys.argv[1]); sys.exit(n) if n >= 0 else os.kill(os.getpid(), -n)"
    processes = [subprocess.Popen([sys.executable, "-c", end, str(code)]) for code in codes]
    for process in processes:
        process.wait()
    assert exit_code_of(processes, failed) == expected
    assert capsys.readouterr().err == line


def test_several_processes_in_what_a_launcher_started_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = CliRunner().invoke(main, ["tune", "--processes", "2", "--studio", str(folder)])
    assert (done.exit_code, done.stderr) == (1, "--processes is for a command that no launcher started: leave it out\n")


def test_dry_run_is_of_one_process(folder: Path) -> None:
    done = CliRunner().invoke(main, ["tune", "--dry-run", "--processes", "2", "--studio", str(folder)])
    assert done.exit_code == 2
    assert "--dry-run measures one process: leave --processes out" in done.stderr


def test_children_are_given_the_words_of_the_command(tmp_path: Path) -> None:
    """Options that may be repeated as often as they were."""
    tune = main.commands["tune"]  # type: ignore[attr-defined]
    given = ["--processes", "2", "--method", "sft", "--from", "library", "--title", "One", "--title", "Two", "--json"]
    for words in (given, ["--studio", str(tmp_path), "--since", "2026-11-20"]):
        context = tune.make_context("tune", list(words))
        again = tune.make_context("tune", words_of(context))
        assert {**again.params, "processes": None} == {**context.params, "processes": None}
