"""A studio's day through the public doors only: what the commands and the pictures of the docs take for granted."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from tests import preloaded
from tests.ui import serving

PASSWORD = "a long pass phrase"
TIE = 2.0  # levels of 255 by which two takes must differ in warmth to be told apart


@dataclass(frozen=True)
class Day:
    """One studio, and the environment in which its commands run."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        binaries = Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": f"{preloaded.programs()}:{binaries}:{os.environ['PATH']}",
            "CIRCLETAKE_STUDIO": str(self.folder),
        }

    def run(self, command: str, stdin: str | None = None) -> dict[str, Any]:
        """`circletake COMMAND --json`; its answer. CalledProcessError when it is refused."""
        words = ["circletake", *shlex.split(command), "--json"]
        done = subprocess.run(
            words, env=self.environment, input=stdin, text=True, stdout=subprocess.PIPE, cwd=self.folder.parent
        )
        done.check_returncode()
        return json.loads(done.stdout)

    def add_person(self, name: str, role: str) -> None:
        self.run(f"user add {name} --role {role} --password-stdin --agrees", stdin=PASSWORD + "\n")

    def token(self, name: str) -> str:
        return self.run(f"user token {name}")["token"]

    @contextmanager
    def serving(self, *options: str) -> Iterator[str]:
        """The address of `circletake serve` with its worker."""
        port = serving.free_port()
        process = serving.start(self.folder, port, *options)
        try:
            serving.healthy(port, process, seconds=300)
            yield f"http://127.0.0.1:{port}"
        finally:
            serving.stop(process)


def client(address: str, token: str | None = None) -> httpx.Client:
    """Without a token, whom `serve --demo` signs in."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=address, headers=headers, timeout=60)


def wait_for_takes(person: httpx.Client, done: int | None = None, seconds: float = 3000) -> None:
    """Returns when that many takes are drawn, or all of them."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        queue = answer(person.get("/api/state"))["queue"]
        if not queue["queued"] + queue["leased"] or queue["done"] >= (done or 10**9):
            return
        time.sleep(0.5)
    raise TimeoutError(f"takes are still waiting after {seconds:.0f} s: {queue}")


def judge(person: httpx.Client, pairs: int) -> int:
    """Judges up to `pairs` pairs of stills as somebody who prefers warm pictures; how many. Clips are skipped."""
    judged, seen = 0, set[tuple[Any, ...]]()
    while judged < pairs:
        offered = [pair for pair in answer(person.get("/api/pairs?count=8")) if sides(pair) not in seen]
        if not offered:
            break
        for pair in offered[: pairs - judged]:
            seen.add(sides(pair))
            judged += cast(person, pair)
    return judged


def sides(pair: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted((str(pair["left"]["take"]), str(pair["right"]["take"]))))


def cast(person: httpx.Client, pair: dict[str, Any]) -> bool:
    """Whether it was judged."""
    clip = pair["left"]["kind"] == "clip"
    verdict = "skip" if clip else warmer(*(person.get(pair[side]["media"]).content for side in ("left", "right")))
    ballot = {"uid": str(uuid.uuid4()), "verdict": verdict, "elapsed_ms": 2100}
    answer(person.post("/api/ballots", json={**ballot, **{side: pair[side]["take"] for side in ("left", "right")}}))
    return not clip


def warmer(left: bytes, right: bytes) -> str:
    """The verdict of somebody who prefers red over blue."""
    difference = warmth(left) - warmth(right)
    return "tie" if abs(difference) < TIE else "left" if difference > 0 else "right"


def warmth(picture: bytes) -> float:
    """Red less blue, in levels of 255, over the whole picture."""
    pixels = np.asarray(Image.open(BytesIO(picture)).convert("RGB"), dtype=np.float32)
    return float((pixels[..., 0] - pixels[..., 2]).mean())


def answer(response: httpx.Response) -> Any:
    assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
    return response.json()
