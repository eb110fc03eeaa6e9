"""The systemd units: as systemd reads them, with commands that exist, and hardly exposed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from tests.deploy.commands import DEPLOY, PROGRAM, check_command

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
MOST_EXPOSED = 25  # tenths, of systemd's own measure; a unit without a word about it has 96

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (Debian package systemd)"
)


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, env=environment, timeout=60)


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a program that is there: systemd looks for it."""
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        (folder / unit.name).write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    return folder


@needs_systemd
def test_systemd_takes_every_unit(units: Path) -> None:
    done = analyze("verify", *units.iterdir())
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_systemd_would_refuse_a_broken_unit(units: Path, tmp_path: Path) -> None:
    text = (units / "circletake-nightly.service").read_text()
    broken = tmp_path / "circletake-nightly.service"
    broken.write_text(text.replace("Type=exec", "Type=oneshot").replace("UMask=0027", "UMaks=0027"))
    done = analyze("verify", broken)
    assert "UMaks" in done.stderr
    assert done.returncode != 0


@needs_systemd
@pytest.mark.parametrize("name", [unit.name for unit in SERVICES])
def test_services_may_do_little_beside_their_work(units: Path, name: str) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", units / name)
    assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_services_start_what_circletake_has(unit: Path) -> None:
    (line,) = re.findall(rf"^ExecStart={PROGRAM} (.*)$", unit.read_text(), re.M)
    assert check_command(shlex.split(line.replace("%i", "0"))) in ("serve", "worker", "nightly")


def test_a_command_that_is_not_there_would_be_seen() -> None:
    with pytest.raises(click.NoSuchOption):
        check_command(["nightly", "--schedule"])


def test_the_timer_starts_the_night() -> None:
    assert (DEPLOY / "systemd" / "circletake-nightly.timer").with_suffix(".service") in UNITS
