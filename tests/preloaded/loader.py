"""`python -m tests.preloaded.loader FOLDER`: loads the libraries, then forks a child for each order at FOLDER/socket.

It has one thread, opens no studio, and ends when its folder is gone, or the process that opened it.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import random
import runpy
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.forked import settle_threads_of_children
from tests.preloaded import OWNER, PYTHON, SOCKET

LIBRARIES = ("finetune.jobs.tune", "generation.workers.worker", "ui.app", "ui.pages", "gradio", "uvicorn")
POLL = 1.0  # seconds between two looks at the folder


def main(folder: Path) -> None:
    load()
    gc.collect()
    gc.freeze()  # what is loaded stays in the memory that the children share
    with socket.socket(socket.AF_UNIX) as listener:
        listener.settimeout(POLL)
        listener.bind(str(folder / "coming"))
        listener.listen(64)
        (folder / "coming").rename(folder / SOCKET)  # whoever sees the name can connect
        owner, module = Path("/proc", (folder / OWNER).read_text()), None
        while module is None and folder.exists() and owner.exists():
            module = serve_one(listener, folder)
    if module:  # this is a child by now
        run(module)


def run(module: str) -> None:
    """As `python -m` does, but for taking apart all that is loaded, at the end. Does not return."""
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as leave:
        code = exit_code_of(leave)
    except BaseException as error:
        traceback.print_exc()
        if isinstance(error, KeyboardInterrupt):
            code = 128 + signal.SIGINT
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def exit_code_of(leave: SystemExit) -> int:
    if leave.code is None or isinstance(leave.code, int):
        return leave.code or 0
    print(leave.code, file=sys.stderr)
    return 1


def load() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    importlib.import_module("ui.app").routes_of_every_studio()
    settle_threads_of_children()
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise RuntimeError(f"the libraries have started {threads - 1} threads, which a fork would not have")


def serve_one(listener: socket.socket, folder: Path) -> str | None:
    """Forks for the next order, if one comes soon. In the child, the module to run."""
    reap()
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        return None
    with connection:
        return None if os.fork() else watch_over(connection, folder)


def reap() -> None:
    """Of earlier children, those who waited for them."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def watch_over(connection: socket.socket, folder: Path) -> str:
    """Forks the child, and ends with it: tells its number, then its exit code, or the signal below zero.

    In the child, the module to run.
    """
    try:
        connection.settimeout(None)
        order, files = read_order(connection)
        child = os.fork()
        if not child:
            return become(order, files, folder)
        for file in files:
            os.close(file)
        with suppress(BrokenPipeError):  # whoever asked was killed, and with it the child
            connection.sendall(f"{child}\n".encode())
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            connection.sendall(f"{code}\n".encode())
    except BaseException:
        traceback.print_exc()
    os._exit(0)


def read_order(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    length, files, *_ = socket.recv_fds(connection, 8, 4)
    with connection.makefile("rb") as answers:
        return json.loads(answers.read(int.from_bytes(length, "big"))), files


def become(order: dict[str, Any], files: list[int], folder: Path) -> str:
    """Takes the order's input and output, environment, folder and words; the module to run."""
    *pipes, life = files
    for number, file in enumerate(pipes):
        os.dup2(file, number)
        os.close(file)
    fcntl.fcntl(life, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)  # sent when the pipe's other end closes
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.path[0] = order["folder"]
    _, module, *words = order["words"]
    sys.argv[:] = [module, *words]
    sys.executable = str(folder / PYTHON)  # what this process starts is forked likewise
    os.getppid = lambda: parent_of(order["process"])
    seed_chance()
    return module


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[1])


def seed_chance() -> None:
    """Two processes draw different numbers."""
    import numpy as np

    random.seed()
    np.random.seed()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
