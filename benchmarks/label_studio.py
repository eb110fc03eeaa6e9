"""A verdict over HTTP, beside the same over the API of Label Studio: how long until it is acknowledged.

    python -m venv /tmp/label-studio && /tmp/label-studio/bin/pip install label-studio
    python -m benchmarks.label_studio --label-studio /tmp/label-studio/bin/label-studio --json

Both servers run on this machine, each on a SQLite database of its own, and get verdicts in turn: one of ours, one of
theirs. `ratio` is how much longer theirs takes, the median of the ratios of neighbours. Label Studio is no dependency.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.browser import PASSWORD, process, wait_for
from benchmarks.public_interfaces import Client, free_port
from benchmarks.review_page.__main__ import make_studio, percentile
from feedback.people import tokens

TOKEN = "0123456789abcdef0123456789abcdef01234567"
CONFIG = """<View><Image name="left" value="$left"/><Image name="right" value="$right"/>
<Choices name="verdict" toName="left"><Choice value="left"/><Choice value="right"/></Choices></View>"""
SIDE = 64  # pixels of our takes: no picture is sent here


@contextmanager
def label_studio(program: str, folder: Path) -> Iterator[str]:
    """Its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    words = ["start", "--no-browser", "--data-dir", str(folder), "--internal-host", "127.0.0.1", "--port", str(port)]
    words += ["--username", "ana@example.com", "--password", PASSWORD, "--user-token", TOKEN]
    settings = {"LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "COLLECT_ANALYTICS": "false"}
    started = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, **settings})  # fmt: skip
    try:
        wait_for(address, started, 300)
        yield address
    finally:
        started.terminate()
        started.wait(30)


def ask(address: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=60) as answer:
        return json.loads(answer.read())


def make_tasks(address: str, count: int) -> list[int]:
    """Ids of so many pairs of a new project."""
    project = ask(address, "/api/projects", {"title": "pairs", "label_config": CONFIG})["id"]
    pairs = [{"left": f"http://127.0.0.1/{number}", "right": f"http://127.0.0.1/{number}b"} for number in range(count)]
    ask(address, f"/api/projects/{project}/import", pairs)
    deadline, there = time.monotonic() + 60, list[dict[str, Any]]()
    while len(there) < count and time.monotonic() < deadline:
        there = ask(address, f"/api/tasks?project={project}&page_size={count}")["tasks"]
    return [task["id"] for task in there]


def annotate(address: str, task: int, verdict: str) -> None:
    choice = {"from_name": "verdict", "to_name": "left", "type": "choices", "value": {"choices": [verdict]}}
    ask(address, f"/api/tasks/{task}/annotations", {"result": [choice], "lead_time": 1.2})


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def take_turns(client: Client, theirs: str, verdicts: int) -> list[tuple[float, float]]:
    """(ours, theirs) of each verdict."""
    tasks, times, pairs = make_tasks(theirs, verdicts), list[tuple[float, float]](), list[dict[str, Any]]()
    for number, task in enumerate(tqdm(tasks, desc="verdicts", file=sys.stderr, disable=None)):
        pairs = pairs or client.pairs()
        pair, verdict = pairs.pop(0), ("left", "right")[number % 2]
        ours = milliseconds(lambda pair=pair, verdict=verdict: client.cast(pair, verdict))  # type: ignore[misc]
        times.append((ours, milliseconds(lambda task=task, verdict=verdict: annotate(theirs, task, verdict))))  # type: ignore[misc]
    return times


def measure(program: str, verdicts: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        studio = make_studio(Path(place) / "studio", "still", SIDE, verdicts + 20)
        token = tokens.issue_token(studio, "ana")
        studio.close()
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        serve = ("ui.cli", "serve", "--studio", f"{place}/studio", "--port", str(port), "--no-worker")
        with process(*serve, address=address), label_studio(program, Path(place) / "theirs") as theirs:
            times = take_turns(Client(address, token), theirs, verdicts)
    sides = {"circletake": [ours for ours, _ in times], "label_studio": [other for _, other in times]}
    figures = {
        name: {"median": round(statistics.median(values), 1), "p95": round(percentile(values, 95), 1)}
        for name, values in sides.items()
    }
    ratio = round(statistics.median(other / ours for ours, other in times), 2)
    return {"benchmark": "label_studio", "verdicts": len(times), **figures, "ratio": ratio}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label-studio", required=True, metavar="PROGRAM")
    parser.add_argument("--verdicts", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = measure(given.label_studio, given.verdicts)
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
