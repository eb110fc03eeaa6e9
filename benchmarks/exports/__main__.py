"""Seconds and memory of exports of many selects, format by format.

    python -m benchmarks.exports --selects 1000 --json
    python -m benchmarks.exports --selects 1000 --format contact-sheet --studio DIR --against before.json --json

The studio is made once (`benchmarks.exports.filling`): a third stills, the rest clips of 16 frames, no two alike, with
stars and notes. `--studio DIR` keeps it, or takes the one that is there. Each format is exported in new processes;
`seconds` is the median of `--repeats`, `memory_mb` how far the process grew at most, `to_csv` how much longer it takes
than the table alone, and `to_before` than in an earlier answer (`--against`), such as that of an older commit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from tqdm import tqdm

from benchmarks.exports.filling import PROJECT, fill_studio
from feedback.exchange.export import SELECT_FORMATS, export_selects
from feedback.store import Studio

# Of 1,000 selects, on two cores that are otherwise idle.
GOALS = {"contact-sheet": {"seconds": 10.0, "memory_mb": 300.0}}
GOAL = {"seconds": 3.0}
MEGABYTE = 1024 * 1024


def measure_here(studio: str, format: str, out: str) -> None:
    """Prints what one export took in this process; what it needs is loaded before."""
    before, opened = psutil.Process().memory_info().rss, Studio.open(studio)
    began, computed = time.perf_counter(), time.process_time()
    made = export_selects(opened, PROJECT, format, out)
    seconds, cpu = time.perf_counter() - began, time.process_time() - computed
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    opened.close()
    measured = {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2)}
    print(json.dumps({**measured, "memory_mb": round((peak - before) / MEGABYTE), "count": made["count"]}))


def measure_once(studio: Path, format: str) -> dict[str, Any]:
    code = "import sys; from benchmarks.exports.__main__ import measure_here; measure_here(*sys.argv[1:])"
    with tempfile.TemporaryDirectory() as out:
        words = [sys.executable, "-c", code, str(studio), format, out]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.rstrip("\n").split("\n")[-1])


def measure(studio: Path, format: str, repeats: int) -> dict[str, Any]:
    runs = [measure_once(studio, format) for _ in range(repeats)]
    times = {name: statistics.median(run[name] for run in runs) for name in ("seconds", "cpu_seconds")}
    return {**times, "memory_mb": max(run["memory_mb"] for run in runs), "count": runs[0]["count"]}


def with_ratios(measured: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How much longer each format takes than the table, and than before; and which goals it missed."""
    result = {}
    for name, values in measured.items():
        extra: dict[str, Any] = {}
        for key, other in (("to_csv", measured.get("csv")), ("to_before", before.get(name))):
            if other and other["seconds"]:
                extra[key] = round(values["seconds"] / other["seconds"], 2)
        goals = GOALS.get(name, GOAL)
        extra["missed"] = [key for key, goal in goals.items() if values[key] > goal]
        result[name] = {**values, **extra}
    return result


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--selects", type=int, default=1000)
    parser.add_argument(
        "--format", action="append", choices=SELECT_FORMATS, help="more than once; csv is always measured"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--studio", type=Path, help="a folder for the studio, which is kept")
    parser.add_argument("--against", type=Path, help="an earlier answer of this command")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure_formats(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if not folder.exists():
        fill_studio(folder, options.selects).close()
    formats = list(dict.fromkeys(["csv", *(options.format or SELECT_FORMATS)]))
    steps = tqdm(formats, desc="formats", unit="format", disable=None, leave=False)
    measured = {format: measure(folder, format, options.repeats) for format in steps}
    before = json.loads(options.against.read_text())["formats"] if options.against else {}
    rest = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    return {"selects": measured["csv"]["count"], **rest, "formats": with_ratios(measured, before)}


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        answer = measure_formats(options.studio or Path(folder) / "studio", options)
    print(json.dumps(answer, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
