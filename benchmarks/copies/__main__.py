"""`python -m benchmarks.copies`: how many copies of library frames are marked, and how many other pictures.

Half of the pictures are the library. The threshold is set as the product sets it, from the library's own frames, and never
sees the other half: they are the distinct frames of which at most 1 % may be marked.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image
from tqdm import tqdm

from benchmarks.copies.changes import GOAL, MORE
from benchmarks.copies.pictures import make_pictures
from feedback.copies.threshold import DEFAULT, HIGHEST, LOWEST, SAMPLE, cut
from generation.copies.describing import Description, describe
from generation.copies.nearest import nearest
from generation.copies.searching import Index

MEBIBYTE = 1024 * 1024


class Library:
    """Described frames, in memory."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths, self.index = paths, Index()
        self.frames = [describe(pixels_of(path)) for path in tqdm(paths, "library", file=sys.stderr)]
        for frame in self.frames:
            self.index.add(frame)

    def nearest(self, picture: Description, without: tuple[int, ...] = ()) -> tuple[int | None, float]:
        """(place, likeness) of the most alike frame."""
        matches = nearest(picture, self.index, self.frames.__getitem__, without)
        return (matches[0].place, float(matches[0].likeness)) if matches else (None, 0.0)


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def kind_of(path: Path) -> str:
    return path.name.partition("-")[0]


_asking: Asking  # set before processes are forked, so that each has the library


class Asking:
    """Looks for pictures in a library."""

    def __init__(self, library: Library, distinct: list[Path], seed: int, processes: int) -> None:
        self.library, self.distinct, self.seed, self.processes = library, distinct, seed, processes

    def all(self, name: str, places: Iterable[int]) -> list[tuple[int | None, float]]:
        """(place, likeness) of the most alike frame, for each place in the library, or for `distinct` among those."""
        global _asking
        _asking = self
        questions = [(name, int(place)) for place in places]
        with multiprocessing.get_context("fork").Pool(self.processes) as pool:
            return list(tqdm(pool.imap(ask, questions, 4), name, len(questions), file=sys.stderr))

    def ask(self, name: str, place: int) -> tuple[int | None, float]:
        if name == "own":
            return self.library.nearest(self.library.frames[place], (place,))
        if name == "distinct":
            return self.library.nearest(describe(pixels_of(self.distinct[place])))
        random = np.random.default_rng([self.seed, len(name), place])
        return self.library.nearest(describe({**GOAL, **MORE}[name](pixels_of(self.library.paths[place]), random)))


def ask(question: tuple[str, int]) -> tuple[int | None, float]:
    """In a process of the pool."""
    return _asking.ask(*question)


def own_likenesses(asking: Asking, most: int) -> list[float]:
    """Of frames of the library, each to the most alike other one."""
    places = np.random.default_rng(0).permutation(len(asking.library.paths))[:most]
    return [value for _, value in asking.all("own", places)]


def measure_copies(asking: Asking, name: str, count: int, threshold: float) -> dict[str, Any]:
    """Found: the take is marked, and the frame that it is a copy of is the one that is named."""
    paths = asking.library.paths
    places = np.resize(np.random.default_rng(asking.seed).permutation(len(paths)), count)
    rows = []
    for place, (near, value) in zip(places, asking.all(name, places), strict=True):
        is_marked = value >= threshold
        rows.append((kind_of(paths[place]), is_marked, is_marked and near == int(place), value))
    return shares(rows)


def measure_distinct(asking: Asking, threshold: float) -> dict[str, Any]:
    rows, named = [], []
    answers = asking.all("distinct", range(len(asking.distinct)))
    for path, (near, value) in zip(asking.distinct, answers, strict=True):
        rows.append((kind_of(path), value >= threshold, False, value))
        if value >= threshold and near is not None:
            named.append([path.name, asking.library.paths[near].name, round(value, 3)])
    return {**shares(rows), "named": named}


def shares(rows: list[tuple[str, bool, bool, float]]) -> dict[str, Any]:
    """Of (kind, marked, the right one named, likeness)."""

    def of(part: list[tuple[str, bool, bool, float]]) -> dict[str, Any]:
        values = sorted(row[3] for row in part)
        return {
            "count": len(part),
            "marked": sum(row[1] for row in part),
            "right": sum(row[2] for row in part),
            "lowest": [round(value, 3) for value in values[:5]],
            "median": round(statistics.median(values), 3),
            "highest": [round(value, 3) for value in values[-5:]],
        }

    kinds = sorted({row[0] for row in rows})
    return {**of(rows), "kinds": {kind: of([row for row in rows if row[0] == kind]) for kind in kinds}}


def measure_times(library: Library, sizes: list[int], checks: int) -> list[dict[str, Any]]:
    """Of one check at libraries of these sizes, of the same frames again and again, and what memory they take."""
    rows, process = [], psutil.Process()
    for size in sizes:
        before = process.memory_info().rss
        index = Index()
        for number in range(size):
            index.add(library.frames[number % len(library.frames)])
        seconds = [time_check(library, index, number) for number in range(checks)]
        held = (process.memory_info().rss - before) / MEBIBYTE
        walls, processors = zip(*seconds, strict=True)
        times = {"seconds": statistics.median(walls), "processor_seconds": statistics.median(processors)}
        rows.append({"frames": size, **times, "mebibytes": round(held, 1)})
    return rows


def time_check(library: Library, index: Index, number: int) -> tuple[float, float]:
    """Describing and comparing one picture that is not in the library."""
    pixels = pixels_of(library.paths[number % len(library.paths)])[::-1]
    start, computed = time.perf_counter(), time.process_time()
    nearest(describe(pixels), index, lambda place: library.frames[place % len(library.frames)])
    return time.perf_counter() - start, time.process_time() - computed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--photos", type=Path, action="append", default=[], help="folder of photographs; may be repeated"
    )
    parser.add_argument(
        "--abstract", type=Path, action="append", default=[], help="likewise, of pictures with little in them"
    )
    parser.add_argument("--pictures", type=Path, default=Path("out/copies"), help="where pictures are kept")
    parser.add_argument("--counts", default="photo=600,scene=1200,take=300,abstract=0")
    parser.add_argument("--copies", type=int, default=1000, help="of each kind that the goal names")
    parser.add_argument("--more", type=int, default=200, help="of each other kind")
    parser.add_argument("--sizes", default="500,10000", help="libraries whose checks are timed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    counts = {name: int(count) for name, _, count in (part.partition("=") for part in given.counts.split(","))}
    paths = make_pictures(given.pictures, given.photos, given.abstract, counts, given.seed)
    kept = [path for path in paths if int(path.stem.partition("-")[2]) < counts.get(kind_of(path), 0)]
    results = measure(kept, given)
    print(json.dumps(results) if given.json else as_text(results))


def measure(paths: list[Path], given: argparse.Namespace) -> dict[str, Any]:
    library = Library(paths[::2])
    asking = Asking(library, paths[1::2], given.seed, given.processes)
    own = own_likenesses(asking, SAMPLE)
    threshold = cut(own)
    results: dict[str, Any] = {"library": len(library.paths), "threshold": round(threshold, 4)}
    results["bounds"] = [LOWEST, DEFAULT, HIGHEST]
    results["own"] = [round(value, 3) for value in sorted(own)[-20:]]
    results["distinct"] = measure_distinct(asking, threshold)
    print(json.dumps(results), file=sys.stderr)
    results["copies"] = {}
    for changes, count in ((GOAL, given.copies), (MORE, given.more)):
        for name in changes if count else ():
            results["copies"][name] = measure_copies(asking, name, count, threshold)
            print(name, json.dumps(results["copies"][name]), file=sys.stderr)
    results["times"] = measure_times(library, [int(size) for size in given.sizes.split(",") if size], 9)
    return results


def as_text(results: dict[str, Any]) -> str:
    distinct = results["distinct"]
    lines = [
        f"a library of {results['library']} frames sets the threshold {results['threshold']:.3f}",
        f"distinct: {distinct['marked']} of {distinct['count']} marked ({distinct['marked'] / distinct['count']:.2%})",
    ]
    for name, row in results["copies"].items():
        kinds = ", ".join(f"{kind} {part['right'] / part['count']:.1%}" for kind, part in row["kinds"].items())
        lines.append(f"{name}: {row['right'] / row['count']:.2%} of {row['count']} found ({kinds})")
    for row in results["times"]:
        lines.append(f"{row['frames']} frames: {row['seconds']:.2f} s a check, {row['mebibytes']} MiB")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
