"""`python -m benchmarks.library_learning`: measures point by point; progress on stderr, results on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

import benchmarks.library_learning
from benchmarks.house_style.options import setup_of
from benchmarks.house_style.points import STARTER, BenchmarkSetup, Raters
from benchmarks.house_style.records import Record, append_record, read_records
from benchmarks.house_style.run import BenchmarkRun
from benchmarks.library_learning.plot import save_plot
from benchmarks.library_learning.points import LibraryPoint, measure


def main(words: Sequence[str] | None = None) -> int:
    options = parse(words)
    with ExitStack() as stack:
        folder = options.work or (options.out.with_suffix(".work") if options.out else None)
        work = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="circletake-library-")))
        records = measure_all(options, work)
    if options.plot:
        save_plot(options.plot, records)
    print(json.dumps(records) if options.json else "\n".join(map(line_of, records)))
    return 0


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.library_learning",
        description=benchmarks.library_learning.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--taste", action="append", help="NAME or FILE.py:FUNCTION; may be repeated")
    parser.add_argument("--frames", default="0,500", help="sizes of the library, separated by commas")
    parser.add_argument("--pairs", default="0,50,100", help="judged pairs, likewise")
    parser.add_argument(
        "--no-adapter", action="store_true", help="train no library adapter: frames beside judgements alone"
    )
    parser.add_argument("--beside", default="auto", help="library.pairs_weight: auto, or a number")
    parser.add_argument("--recipe", type=Path, help="YAML of further settings of the run on the library")
    parser.add_argument("--base", default=STARTER)
    parser.add_argument("--kind", choices=("still",), default="still")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--takes", type=int, default=BenchmarkSetup.takes)
    parser.add_argument("--held-out", type=int, default=BenchmarkSetup.held_out)
    parser.add_argument("--compare", type=int, default=BenchmarkSetup.compare)
    parser.add_argument("--steps", type=int, default=BenchmarkSetup.steps)
    parser.add_argument("--size", type=int)
    parser.add_argument("--label-noise", type=float, default=Raters.label_noise)
    parser.add_argument("--out", type=Path, help="append records to this file; points found in it are not repeated")
    parser.add_argument("--work", type=Path, help="keep takes and studios here")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of production above each version")
    parser.add_argument("--plot", type=Path, help="draw a PNG of wins over frames")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(words)


def measure_all(options: argparse.Namespace, work: Path) -> list[Record]:
    setup = setup_of(argparse.Namespace(**{**vars(options), "frames": None}))
    values: dict[str, Any] = yaml.safe_load(options.recipe.read_text()) if options.recipe else {}
    run, done, records = BenchmarkRun(work, setup, options.pictures), read_records(options.out), []
    for point in points_of(options, setup, values):
        if point.key not in done:
            print(f"{point.raters.taste}: {point.name}", file=sys.stderr)
            done[point.key] = measure(run, point)
            append_record(options.out, done[point.key])
            print(line_of(done[point.key]), file=sys.stderr)
        records.append(done[point.key])
    return records


def points_of(options: argparse.Namespace, setup: BenchmarkSetup, values: dict[str, Any]) -> list[LibraryPoint]:
    frames, pairs = ([int(word) for word in text.split(",")] for text in (options.frames, options.pairs))
    beside = options.beside if options.beside == "auto" else float(options.beside)
    adapter, recipe = not options.no_adapter, json.dumps(values, sort_keys=True)
    start = Raters(label_noise=options.label_noise)
    return [
        LibraryPoint(setup, replace(start, taste=taste), count, judged, adapter, beside, recipe)
        for taste in options.taste or [Raters.taste]
        for judged in pairs
        for count in frames
        if count or judged
    ]


def line_of(record: Record) -> str:
    head = f"{record['taste']}: {record['name']}"
    if record.get("win_rate") is None:
        return f"{head}: refused, {record.get('reason')}"
    held = "held" if record["held_quality"] else "NOT held"
    weight = (record.get("library_pairs") or {}).get("weight")
    chosen = "" if weight is None else f", weight beside judgements {weight:g}"
    return (
        f"{head}: won {100 * record['win_rate']:.1f} %, content {record['content_change_mean']:+.1f},"
        f" realism x{record['realism_ratio']:.2f}, variety x{record['variety_ratio']:.2f}, {held}{chosen}"
    )


if __name__ == "__main__":
    sys.exit(main())
