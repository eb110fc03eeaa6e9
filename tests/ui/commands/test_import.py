"""`circletake import`: cuts and preferences from the command line, and what starts from a cut."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from tests.docs.pages import ROOT
from tests.generation.intake.test_preferences import shade
from tests.ui.commands.test_cli import folder, run_json
from tests.ui.commands.test_cli import run as run_any

__all__ = ["folder"]
CUT = "shot,sequence,fps,frame_in,frame_out,plate\nAGM_010,,24,0,47,plate.png\nAGM_020,S,25,3,3,gone.png\n"


def run(folder: Path, *words: str, status: int = 0) -> Result:
    done = run_any(folder, *words)
    assert done.exit_code == status, done.output
    return done


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 64), (200, 10, 10)).save(tmp_path / "plate.png")
    path = tmp_path / "cut.csv"
    path.write_text(CUT)
    return path


def test_a_cut(folder: Path, cut: Path) -> None:
    refused = run(folder, "import", "cut", str(cut), "--project", "AGM", status=1)
    assert refused.stderr.splitlines()[-1].startswith("no project 'AGM': make it with --make-project")
    rehearsed = run_json(folder, "import", "cut", str(cut), "--project", "AGM", "--make-project", "--dry-run")
    made = run_json(folder, "import", "cut", str(cut), "--project", "AGM", "--make-project")
    assert rehearsed == {**made, "dry_run": True}
    assert [change["name"] for change in made["changes"]] == ["AGM", "AGM/AGM_010", "AGM/AGM_020"]
    again = run(folder, "import", "cut", str(cut), "--project", "AGM")
    assert again.stdout == "2 clips of 2 shots in AGM: nothing changes\n"
    assert again.stderr == "1 media of the cut become no plates: gone.png is not there\n"
    listed = run_json(folder, "shot", "list", "--project", "AGM")["shots"]
    assert [(shot["shot"], shot["frames"], bool(shot["plate"])) for shot in listed] == [
        ("AGM_010", "0-47", True),
        ("AGM_020", "3-3", False),
    ]


def test_clips_of_a_shot_begin_from_its_cut(folder: Path, cut: Path) -> None:
    run(folder, "import", "cut", str(cut), "--project", "AGM", "--make-project")
    words = ["generate", "--prompt", "a storm", "--shot", "AGM_010", "--takes", "1"]
    clip = run(folder, *words, "--kind", "clip")
    assert clip.stderr.startswith("the cut has 48 frames of AGM_010")
    run_json(folder, *words, "--source", "plate")
    missing = run(folder, *words[:3], "--shot", "AGM_020", "--source", "plate", status=1)
    assert missing.stderr.startswith("shot AGM_020 has no plate: import a cut")
    assert "--source plate is for --shot" in run(folder, *words[:3], "--source", "plate", status=2).stderr


def test_a_name_in_a_file_writes_no_escapes(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("shot,title,fps\nA,\x1b[31mred\x07,24\n\x1b[31m,,\n")
    done = run(folder, "import", "cut", str(path), "--project", "AGM", "--make-project", status=1)
    assert "\x1b" not in done.stdout + done.stderr
    assert "line 3" in done.stderr


def a_set(path: Path, count: int) -> Path:
    for number in range(2 * count):
        (path.parent / f"{number}.jpg").write_bytes(shade(number))
    rows = [{"prompt": f"{n}", "chosen": f"{2 * n}.jpg", "rejected": f"{2 * n + 1}.jpg"} for n in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_preferences(folder: Path, tmp_path: Path) -> None:
    path = a_set(tmp_path / "my set.jsonl", 2)
    path.write_text(path.read_text() + '{"prompt": "x"}\n')
    refused = run(folder, "import", "preferences", str(path), "--project", "SET", status=1)
    assert "no project 'SET'" in refused.stderr
    done = run_json(folder, "import", "preferences", str(path), "--project", "SET", "--make-project")
    assert (done["taken"], done["known"], done["refused"]) == (2, 0, 1)
    assert done["refusals"] == [{"where": "row 3", "reason": "chosen is no picture: give bytes, or the path of a file"}]
    again = run(folder, "import", "preferences", str(path), "--project", "SET")
    counts = "0 verdicts taken, 2 known, 0 undecided, 1 refused"
    assert again.stdout == f"{counts} in SET/import-my-set, by import-my-set\n"
    people = {person["name"]: person for person in run_json(folder, "user", "list")["people"]}
    assert people["import-my-set"]["disabled"]


@pytest.mark.timeout(120)
def test_an_import_that_is_ended_goes_on(folder: Path, tmp_path: Path) -> None:
    path = a_set(tmp_path / "set.jsonl", 60)
    words = [
        "import",
        "preferences",
        str(path),
        "--project",
        "SET",
        "--make-project",
        "--studio",
        str(folder),
        "--json",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", *words],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    while process.poll() is None and len(list((folder / "media").rglob("*.jpg"))) < 5:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    done = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == 0
    assert 0 < done["taken"] < 60
    assert not done["whole"]
    rest = run_json(folder, *words[:6])
    assert (rest["taken"], rest["known"], rest["whole"]) == (60 - done["taken"], done["taken"], True)
