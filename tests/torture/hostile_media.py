"""Hostile pictures, clips and other files as sources: nothing executed or fetched, one line, within 2 s and 500 MB."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from feedback.errors import Refused
from feedback.store import Studio, media
from generation.media.sources import SourceFiles, open_source, store_source
from generation.request import request_of
from tests.faults import hostile_media
from tests.torture.table import Row, read_progress, write_progress

COUNT = 100
BRIEF = {"prompt": "", "negative_prompt": "", "width": 48, "height": 32, "steps": 3, "guidance": 1.0}
SECONDS, MEMORY = 2.0, 500 * 1024  # of the processor; KiB
HANGS = 60  # seconds until one that does not end is killed
STARTED = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pickle.find_class")


def run(count: int, folder: Path, seed: int) -> Row:
    """At least `count` of them, where there are as many; those that are only names are tried each time."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "studio", ignore_errors=True)
    Studio.create(folder / "studio").close()
    progress = read_progress(folder, "done")
    with Listener() as listener, Reader() as reader:
        makers = hostile_media.files(listener.url)
        names = sorted(makers)
        step = max(1, len(names) // count)
        chosen = names if count >= COUNT else [names[(seed + step * k) % len(names)] for k in range(count)]
        for name in chosen:
            if name not in progress:
                path = folder / "hostile.png"
                remove(path)
                makers[name](path)
                progress[name] = bring(reader, folder / "studio", str(path), listener)
                remove(path)
                write_progress(folder, "done", progress)
        for name, path in hostile_media.names(listener.url).items():
            progress[name] = bring(reader, folder / "studio", path, listener)
    bad = [f"{name}: {', '.join(wrong)}" for name, wrong in progress.items() if wrong]
    goal = f"nothing executed, nothing fetched, one line, within {SECONDS:.0f} s and {MEMORY // 1024} MB"
    counted = f"{len(progress) - len(bad)} of {len(progress)}" + (f"; {'; '.join(bad)}" if bad else "")
    return Row("Hostile media", "files read or refused", goal, counted, not bad)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    elif os.path.lexists(path):
        path.unlink()


class Listener:
    """A server that nobody is to ask: counts who connects, and hangs up."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.connections = 0
        self.thread = threading.Thread(target=self.listen, daemon=True)

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def __enter__(self) -> Listener:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class Reader:
    """A process without the libraries that draw, which has a child of its own read each file."""

    def __enter__(self) -> Reader:
        words = [sys.executable, "-c", "from tests.torture.hostile_media import serve; serve()"]
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *error: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)

    def read(self, studio: Path, path: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([str(studio), path]), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def serve() -> None:
    for line in sys.stdin:
        studio, path = json.loads(line)
        print(json.dumps(answer_of_child(Path(studio), Path(path))), flush=True)


def answer_of_child(studio: Path, path: Path) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.write(writer, json.dumps(answer(studio, path))[:60_000].encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    _, status, usage = os.wait4(child, 0)
    ended = {"error": f"ended by signal {os.WTERMSIG(status)}", "refused": "", "started": [], "kilobytes": 0}
    outcome = ended if status else json.loads(text)
    # Of the processor: by the clock on the wall it would depend on what runs beside.
    return {**outcome, "seconds": usage.ru_utime + usage.ru_stime}


def bring(reader: Reader, studio: Path, path: str, listener: Listener) -> list[str]:
    """What is wrong with how a file is met."""
    before = listener.connections
    outcome = reader.read(studio, path)
    wrong = [outcome["error"]] if outcome["error"] else []
    wrong += [f"started: {outcome['started']}"] if outcome["started"] else []
    wrong += [f"{outcome['seconds']:.1f} s"] if outcome["seconds"] > SECONDS else []
    wrong += [f"{outcome['kilobytes'] // 1024} MB"] if outcome["kilobytes"] > MEMORY else []
    wrong += ["fetched"] if listener.connections > before else []
    refusal = outcome["refused"]
    return wrong + ([f"not a short line: {refusal[:80]!r}"] if len(refusal) > 700 or not refusal.isprintable() else [])


def answer(studio_folder: Path, path: Path) -> dict[str, Any]:
    """What the studio says of a file: nothing when it was kept and could be drawn from."""
    signal.alarm(HANGS)
    resource.setrlimit(resource.RLIMIT_CPU, (HANGS, HANGS))
    started: list[str] = []
    sys.addaudithook(lambda event, words: started.append(event) if event.startswith(STARTED) else None)
    outcome = {"refused": "", "error": ""}
    try:
        studio = Studio.open(studio_folder)
        sha256 = store_source(studio, path)
        row = media.describe(studio, sha256)
        is_clip = row["ext"] == "mp4"
        kept = {"source_media": sha256, "kind": "clip" if is_clip else "still", "frames": min(row["frames"], 81)}
        open_source(SourceFiles(media.path_of(studio, sha256).read_bytes(), is_clip), request_of({**BRIEF, **kept}))
    except Refused as refusal:
        outcome["refused"] = str(refusal)
    except BaseException as error:
        outcome["error"] = f"{type(error).__name__}: {error}"
    return {**outcome, "started": started, "kilobytes": peak()}


def peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
