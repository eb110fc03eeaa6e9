"""`python -m benchmarks.house_style`: measures point by point; progress on stderr, results on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.house_style.options import parse, requested_points
from benchmarks.house_style.points import Point
from benchmarks.house_style.records import (
    Record,
    append_record,
    best_opponents,
    group_line,
    group_means,
    read_records,
    table,
)
from feedback.errors import Refused


def main(words: Sequence[str] | None = None) -> int:
    options = parse(words)
    try:
        with work_folder(options) as work:
            result = measure(options, work)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: the same command with the same --out goes on from here", file=sys.stderr)
        return 130
    print(json.dumps(result) if options.json else as_text(result))
    return 0


@contextmanager
def work_folder(options: argparse.Namespace) -> Iterator[Path]:
    """Without --work or --out nothing is kept: what is printed was then measured in this very run."""
    folder = options.work or (options.out.with_suffix(".work") if options.out else None)
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="circletake-house-style-") as temporary:
        yield Path(temporary)


def measure(options: argparse.Namespace, work: Path) -> Record:
    from benchmarks.house_style.measuring import ceiling_keys, measure_ceiling, measure_point
    from benchmarks.house_style.run import BenchmarkRun

    points = requested_points(options)
    run = BenchmarkRun(work, points[0].setup, options.pictures)
    measured = measure_missing(points, options.out, lambda point: measure_point(run, point))
    ceiling: list[Record] = []
    for taste in dict.fromkeys(point.raters.taste for point in points):
        if not options.no_ceiling:
            keys = list(ceiling_keys(run, taste).values())
            ceiling += ceiling_of(keys, options.out, lambda taste=taste: measure_ceiling(run, taste))  # type: ignore[misc]
    draw_plot(options, measured, ceiling)
    return summed_up(options, measured, ceiling)


def measure_missing(points: Sequence[Point], out: Path | None, measure: Callable[[Point], Record]) -> list[Record]:
    """The points' records in their order; those that `out` holds already are not measured again."""
    done = read_records(out)
    for number, point in enumerate(points, 1):
        if point.key not in done:
            print(f"point {number} of {len(points)}: {point.learner.name}, {point.x or point.pairs}", file=sys.stderr)
            done[point.key] = measure(point)
            append_record(out, done[point.key])
            print(table([done[point.key]]), file=sys.stderr)
    return [done[point.key] for point in points]


def ceiling_of(keys: Sequence[str], out: Path | None, measure: Callable[[], list[Record]]) -> list[Record]:
    done = read_records(out)
    if any(key not in done for key in keys):
        for record in measure():
            done[record["key"]] = record
            append_record(out, record)
    return [done[key] for key in keys]


def draw_plot(options: argparse.Namespace, measured: list[Record], ceiling: list[Record]) -> None:
    from benchmarks.house_style.plot import save_plot

    path = options.plot or (options.out.with_suffix(".png") if options.out else None)
    if path is not None:
        save_plot(path, measured, ceiling, options.curve)
        print(f"plot: {path}", file=sys.stderr)


def summed_up(options: argparse.Namespace, measured: list[Record], ceiling: list[Record]) -> Record:
    """The first point's own figures, then everything else."""
    opponents = {name: record and record["name"] for name, record in best_opponents(measured).items()}
    rest = {"points": measured, "groups": group_means(measured), "opponent": opponents, "ceiling": ceiling}
    return {**measured[0], "curve": options.curve, **rest}


def as_text(result: Record) -> str:
    parts = [table(result["points"])]
    if result["curve"] == "tastes" and result["groups"]:
        parts.append("\n".join(group_line(group, mean) for group, mean in result["groups"].items()))
    if result["ceiling"]:
        parts.append("the renderer's best of k against plain renders\n" + table(result["ceiling"]))
    if any(result["opponent"].values()):
        parts.append(f"opponent: {result['opponent']}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
