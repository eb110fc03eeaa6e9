"""Child processes of tests that need not load the libraries: `python()` stands for `sys.executable`.

`ui.cli` loads torch or Gradio, for four to ten seconds of a processor's time, in each process that draws, tunes or serves.
So one process of a test run loads them (`loader.py`), and forks a child for each `python() -m MODULE`. A small program in
between (`command.py`) is what the test started: its input and output, environment, folder and exit code are the child's,
and a signal to the one is a signal to the other. Whatever cannot be forked like this is run by Python itself.

A test about what is loaded, or about a tree of processes, uses `sys.executable`.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = "CIRCLETAKE_TESTS_PRELOADED"  # the environment's: where the loader of this test run is found
ONE_THREAD = {"OMP_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Libraries that start threads as they are loaded, which a fork would not have."""
SOCKET, LOCK, OWNER, PYTHON, CIRCLETAKE = "socket", "lock", "owner", "python", "bin/circletake"


def open_folder() -> None:
    """Once in a test run, by the process that starts the others."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="circletake-preloaded-")
    (Path(os.environ[FOLDER]) / OWNER).write_text(str(os.getpid()))


def close_folder() -> None:
    """The loader ends when its folder is gone, or the process that opened it."""
    shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


def python() -> str:
    """The path of a program that takes the words of `sys.executable`; what it starts is loaded already."""
    if sys.platform != "linux" or FOLDER not in os.environ:
        return sys.executable
    folder = Path(os.environ[FOLDER])
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / SOCKET).exists():
            start_loader(folder)
    return str(folder / PYTHON)


def programs() -> str:
    """The folder of a `circletake` that starts likewise, to come first in PATH."""
    path = Path(python())
    return str((path.parent / CIRCLETAKE).parent if path.name == PYTHON else path.parent)


def start_loader(folder: Path) -> None:
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.preloaded.loader", str(folder)]
    with (folder / "log").open("ab") as log:
        loader = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    while not (folder / SOCKET).exists():
        if loader.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
        time.sleep(0.05)
    write_program(folder / PYTHON, folder, "")
    write_program(folder / CIRCLETAKE, folder, "-m ui.cli")


def write_program(path: Path, folder: Path, words: str) -> None:
    path.parent.mkdir(exist_ok=True)
    start = [sys.executable, "-I", "-S", str(Path(__file__).with_name("command.py")), sys.executable]
    path.write_text(f'#!/bin/sh\nexec {shlex.join([*start, str(folder / SOCKET)])} {words} "$@"\n')
    path.chmod(0o755)
