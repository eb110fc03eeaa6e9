"""Hostile model folders and adapters: nothing executed, nothing fetched, one line, within 2 s and 500 MB."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from feedback.store import Studio
from feedback.trials import promotion
from tests.faults import hostile
from tests.tiny_pipelines.wan import tiny_wan
from tests.torture.table import Row, read_progress, write_progress

COUNT = 60
SECONDS, MEMORY = 2.0, 500 * 1024  # KiB, as the kernel counts
HANGS = 60.0  # seconds until a command that does not end is killed

# Whoever connects, resolves a name, starts a program, or opens a pickle is written down, and stopped.
WATCHED = """
import atexit, sys
from pathlib import Path
marker = Path(sys.argv.pop(1))
# Not what the kernel says of a process that has ended: that counts what it was started from, too.
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    marker.with_name("peak").write_text(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
atexit.register(peak)
def watch(event, words):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "pickle.find_class"):
        marker.write_text(f"{event} {words}")
        raise SystemExit(9)
sys.addaudithook(watch)
from ui.cli import main
main(prog_name="circletake")
"""


@dataclass(frozen=True)
class Refusal:
    code: int
    line: str
    seconds: float
    kilobytes: int

    def faults(self, marker: Path) -> list[str]:
        wrong = [] if self.code == 1 else [f"exit code {self.code}"]
        wrong += [] if self.line.strip().count("\n") == 0 and self.line.strip() else [f"not one line: {self.line!r}"]
        wrong += [f"{self.seconds:.1f} s"] if self.seconds > SECONDS else []
        wrong += [f"{self.kilobytes // 1024} MB"] if self.kilobytes > MEMORY else []
        return wrong + ([f"executed or fetched: {marker.read_text()}"] if marker.exists() else [])


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` of the hostile folders, beginning with another one for each seed."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / "executed"
    names = sorted(hostile.folders(marker))
    chosen = [names[(seed + k * max(1, len(names) // count)) % len(names)] for k in range(min(count, len(names)))]
    progress = read_progress(folder, "done")
    model, studio = prepare(folder)
    for name in chosen:
        if name not in progress:
            progress[name] = bring(folder, model, studio, name, marker)
            write_progress(folder, "done", progress)
    bad = [f"{name}: {', '.join(progress[name])}" for name in chosen if progress[name]]
    goal = f"nothing executed, nothing fetched, one line, within {SECONDS:.0f} s and {MEMORY // 1024} MB"
    counted = f"{len(chosen) - len(bad)} of {len(chosen)}" + (f"; {'; '.join(bad)}" if bad else "")
    return Row("Hostile model folders", "folders refused", goal, counted, not bad)


def prepare(folder: Path) -> tuple[Path, Path]:
    model, studio = folder / "model", folder / "studio"
    if not (studio / "studio.db").is_file():
        tiny_wan(model)
        promotion.ensure_starter(Studio.create(studio))
    return model, studio


def bring(folder: Path, model: Path, studio: Path, name: str, marker: Path) -> list[str]:
    """What is wrong with the answer to one folder."""
    copy = folder / "hostile"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(model, copy, symlinks=True)
    hostile.folders(marker)[name](copy)
    marker.unlink(missing_ok=True)
    return refused(["versions", "add", "hostile", "--base", str(copy), "--studio", str(studio)], marker).faults(marker)


def refused(words: list[str], marker: Path) -> Refusal:
    peak = marker.with_name("peak")
    peak.write_text(str(2**40))  # of one that was killed
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHED, str(marker), *words],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    ending = Timer(HANGS, process.kill)
    ending.start()
    line = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    ending.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    # Of the processor: by the clock on the wall it would depend on what runs beside.
    return Refusal(process.returncode, line, usage.ru_utime + usage.ru_stime, int(peak.read_text()))
