"""How long people wait in studios of many sizes, against the goals, and each size against the one before.

    python -m benchmarks.studio_size --json
    python -m benchmarks.studio_size --takes 1000 --takes 10000 --whole-dry-run --json

Each studio is made first (`benchmarks.studio_size.filling`): 16 takes a brief, 4 briefs a shot, a ballot on nearly each
take by one of 20 people, stars, statuses, notes and tags, a file and descriptors for each take. It is measured in a new
process. `ratio` is how much longer what reads all judgements takes than in the size before, divided by how many times
more takes there are: 1 is linear. It is of CPU seconds, which other work on the machine hardly changes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.studio_size.filling import fill_studio
from benchmarks.studio_size.measuring import measure_studio
from feedback.maintenance import doctor

SIZES = (1000, 10_000, 50_000, 200_000)
# By size, in the units of what is measured; a studio of another size is held to the next larger one's.
GOALS: dict[int, dict[str, float]] = {
    1000: {"first_pair": 0.3, "next_pair_ms_p95": 20, "board": 0.2, "dry_run_reading": 3},
    10_000: {"first_pair": 0.5, "next_pair_ms_p95": 30, "board": 0.2, "dry_run_reading": 5},
    50_000: {"first_pair": 1, "next_pair_ms_p95": 60, "board": 0.2, "dry_run_reading": 10},
    200_000: {"first_pair": 3, "next_pair_ms_p95": 120, "board": 0.2, "dry_run_reading": 30},
}
LINEAR = ("dry_run_reading", "export")


def goals_of(takes: int) -> dict[str, float]:
    return next((GOALS[size] for size in SIZES if takes <= size), GOALS[SIZES[-1]])


def measure(takes: int, folder: Path, whole_dry_run: bool = False) -> dict[str, Any]:
    """Fills a studio and measures it in a process of its own; what missed its goal is named."""
    fill_studio(folder / "studio", takes).close()
    words = [str(folder / "studio"), str(folder / "out"), *(["whole"] if whole_dry_run else [])]
    code = "import sys; from benchmarks.studio_size.__main__ import measure_here; measure_here(*sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout.rstrip("\n").split("\n")[-1])
    missed = [name for name, goal in goals_of(takes).items() if measured[name] > goal]
    return {"takes": takes, **measured, "missed": missed}


def measure_here(studio: str, out: str, whole: str = "") -> None:
    measured = measure_studio(Path(studio), Path(out), bool(whole))
    from feedback.store import Studio

    findings = doctor.check(Studio.open(studio))
    # How full this machine's disk is says nothing about the studio.
    amiss = [each["detail"] for each in findings if not each["ok"] and each["name"] != "disk"]
    print(json.dumps({**measured, "doctor": amiss or "ok"}))


def with_ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each size with `ratio` by what is compared; the first has none to be compared with."""
    for before, row in pairwise(rows):
        more = row["takes"] / before["takes"]
        now, then = row["cpu_seconds"], before["cpu_seconds"]
        row["ratio"] = {name: round(now[name] / then[name] / more, 2) for name in LINEAR}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, action="append", help=f"may be repeated; {SIZES} unless given")
    parser.add_argument("--whole-dry-run", action="store_true", help="measure `tune --dry-run` with its model too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = []
    for takes in options.takes or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(takes, Path(folder), options.whole_dry_run))
            print(rows[-1], file=sys.stderr)
    result = {"benchmark": "studio_size", "sizes": with_ratios(rows)}
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name}: {value}" for row in rows for name, value in row.items()))


if __name__ == "__main__":
    main()
