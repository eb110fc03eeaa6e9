"""`circletake watch`: once and for ever, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.generation.intake import files
from tests.ui.commands.test_cli import folder, run, run_json

__all__ = ["folder"]


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    made = tmp_path / "watched"
    made.mkdir()
    (made / "good.png").write_bytes(files.comfyui_png(1))
    (made / "bad.png").write_bytes(files.comfyui_png(2)[:500])
    return made


def test_one_pass(folder: Path, watched: Path) -> None:
    done = run_json(folder, "watch", str(watched), "--shot", "TEST/T_010")
    assert [row["file"] for row in done["taken"]] == ["good.png"]
    assert [row["file"] for row in done["refused"]] == ["bad.png"]
    again = run(folder, "watch", str(watched), "--shot", "TEST/T_010")
    assert again.stdout == "0 taken, 1 known, 1 refused\n"
    assert again.stderr.startswith("bad.png cannot be read")
    listed = run(folder, "versions", "list").stdout
    assert "elsewhere-sd_model_v1-5  outside" in listed
    assert run_json(folder, "versions", "list")["outside"][0]["takes"] == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--brief", "1", "--shot", "TEST/T_010"],
        ["--brief", "1", "--prompt", "x"],
        ["--shot", "TEST/T_010", "--cut"],
        ["--shot", "T_010"],
    ],
)
def test_wrong_usage(folder: Path, watched: Path, words: list[str]) -> None:
    assert run(folder, "watch", str(watched), *words).exit_code == 2


@pytest.mark.parametrize("words", [["--brief", "999"], ["--shot", "TEST/NONE"]])
def test_what_is_not_there_is_refused_in_one_line(folder: Path, watched: Path, words: list[str]) -> None:
    refused = run(folder, "watch", str(watched), *words)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_for_ever_until_told_to_stop(folder: Path, watched: Path) -> None:
    words = [sys.executable, "-m", "ui.cli", "watch", str(watched), "--shot", "TEST/T_010"]
    words += ["--forever", "--every", "0.5", "--json", "--studio", str(folder)]
    process = subprocess.Popen(
        words, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    lines = [process.stderr.readline() for _ in range(2)]
    assert sorted(line.split()[0] for line in lines) == ["bad.png", "good.png:"]
    (watched / "later.png").write_bytes(files.comfyui_png(3))
    assert process.stderr.readline().startswith("later.png: take ")
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert [row["file"] for row in json.loads(out)["taken"]] == ["good.png", "later.png"]


def test_killed_watch_goes_on(folder: Path, watched: Path) -> None:
    """SIGKILL after the first file; the next run takes what is left, and each file is one take."""
    for number in range(10, 30):
        (watched / f"{number}.png").write_bytes(files.comfyui_png(number))
    words = [sys.executable, "-m", "ui.cli", "watch", str(watched), "--shot", "TEST/T_010", "--studio", str(folder)]
    process = subprocess.Popen(words, cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    process.kill()
    process.communicate()
    done = run_json(folder, "watch", str(watched), "--shot", "TEST/T_010")
    assert done["known"] >= 1
    assert len(done["taken"]) + done["known"] == 21
    assert run_json(folder, "versions", "list")["outside"][0]["takes"] == 21
    findings = json.loads(run(folder, "doctor", "--json").stdout)["findings"]
    bad = [finding["name"] for finding in findings if not finding["ok"]]
    assert set(bad) <= {"orphaned media"}, "a file may be stored whose row was not written any more"
