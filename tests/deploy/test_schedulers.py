"""The line for cron, and the batch script for Slurm, which is run: with real nights, and signals as Slurm sends them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feedback.store import Studio
from finetune.jobs.night.lease import night_lease
from tests.deploy.commands import DEPLOY, PROGRAM, check_command
from tests.factories import new_studio

SCRIPT = DEPLOY / "slurm" / "nightly.sbatch"
ROOT = DEPLOY.parent


def test_cron_starts_what_circletake_has() -> None:
    lines = (DEPLOY / "cron" / "circletake").read_text().splitlines()
    (line,) = (line for line in lines if line and line[0] not in "#" and "=" not in line.split()[0])
    minute, hour, *days, user, words = line.split(maxsplit=6)
    assert re.fullmatch(r"\d+", minute)
    assert re.fullmatch(r"\d+-\d+", hour)
    assert (days, user) == (["*", "*", "*"], "circletake")
    program, *rest = shlex.split(re.split(r" >", words)[0])
    assert (program, check_command(rest)) == (PROGRAM, "nightly")


def test_bash_reads_the_batch_script() -> None:
    done = subprocess.run(["bash", "-n", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(
    shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") is None,
    reason="shellcheck is not installed (it is in the extra dev)",
)
def test_shellcheck_has_nothing_to_say() -> None:
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    done = subprocess.run([str(program), SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return new_studio(tmp_path / "studio")


def start(studio: Studio, program: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    """The script as Slurm would start it, with a `scontrol` that writes down what it is given."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    write_program(tools / "scontrol", f'echo "$@" >> {shlex.quote(str(folder / "scontrol.log"))}')
    write_program(tools / "circletake", program)
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "SLURM_JOB_ID": "17",
        "CIRCLETAKE_STUDIO": str(studio.folder),
        "CIRCLETAKE_PROGRAM": str(tools / "circletake"),
        **more,
    }
    words = ["bash", str(SCRIPT)]
    return subprocess.Popen(
        words, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def write_program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/bash\n{line}\n")
    path.chmod(0o755)


def requeued(folder: Path) -> str:
    log = folder / "scontrol.log"
    return log.read_text() if log.exists() else ""


NIGHT = f'exec {shlex.quote(sys.executable)} -m ui.cli "$@"'


def test_a_job_with_nothing_to_learn_ends_well(studio: Studio, tmp_path: Path) -> None:
    job = start(studio, NIGHT, tmp_path)
    lines, errors = job.communicate(timeout=120)
    assert job.returncode == 0, errors
    assert '"stage": "snapshot", "state": "refused"' in lines
    assert requeued(tmp_path) == ""


def test_a_job_beside_another_night_goes_back_to_the_queue(studio: Studio, tmp_path: Path) -> None:
    with night_lease(studio) as lease:
        lease.begin()
        job = start(studio, NIGHT, tmp_path)
        _, errors = job.communicate(timeout=120)
        assert job.returncode == 75
        assert "a night is already going on in process" in errors
        assert requeued(tmp_path) == "requeue 17\n"
        often = start(studio, NIGHT, tmp_path, SLURM_RESTART_COUNT="10")
        often.communicate(timeout=120)
    assert (often.returncode, requeued(tmp_path)) == (75, "requeue 17\n")


def test_the_signal_before_the_end_reaches_the_night(studio: Studio, tmp_path: Path) -> None:
    """What it starts here takes a while to end, as a night does that writes its checkpoint."""
    stubborn = "trap 'sleep 0.5; exit 75' TERM; touch begun; while true; do sleep 0.05; done"
    job = start(studio, stubborn, tmp_path)
    until = time.monotonic() + 20
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    job.send_signal(signal.SIGTERM)
    job.communicate(timeout=30)
    assert (job.returncode, requeued(tmp_path)) == (75, "requeue 17\n")


def test_a_job_without_a_studio_says_so(studio: Studio, tmp_path: Path) -> None:
    job = start(studio, "true", tmp_path, CIRCLETAKE_STUDIO="")
    _, errors = job.communicate(timeout=20)
    assert job.returncode != 0
    assert "name the folder of the studio" in errors
