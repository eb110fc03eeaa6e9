"""`python -m benchmarks.library`: a film of new shots for the speed, and a long one for the memory.

Both readings of the first film, into a library and plain, are made in turns in one process, several times, and the medians
are compared: how fast the machine is at that moment is in both. The long film is the first one again and again: nearly all
of its frames are near-duplicates, so that it says nothing about the speed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.library.films import decode, render, repeat
from feedback.rights.licences import add_licence
from feedback.store import Studio
from generation.library.adding import Adding, Request
from generation.library.choice import Choice

MEBIBYTE = 1024 * 1024


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processors."""
    start, computed = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - start, time.process_time() - computed


def new_library(folder: Path) -> Studio:
    studio = Studio.create(folder)
    add_licence(studio, "benchmark", holder="nobody", uses=["training"])
    return studio


def read(studio: Studio, path: Path, threads: int, choice: Choice, on_progress: Any = None) -> Any:
    more = {"on_progress": on_progress} if on_progress else {}
    return Adding(studio, Request(path, "Film", "benchmark", choice=choice, threads=threads), **more).run()


def measure_speed(folder: Path, film: Path, seconds: int, rounds: int, threads: int) -> dict[str, Any]:
    """Times the real time that a film lasts, with clips and without, and the ratio to plain decoding."""
    choices = {"frames and clips": Choice(), "frames": Choice(clip_seconds=0)}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in (*choices, "decoding")}
    kept: dict[str, Any] = {}
    for number in range(rounds):
        times["decoding"].append(timed(lambda: decode(film, threads)))
        for name, choice in choices.items():
            studio = new_library(folder / f"{name} {number}")
            adding = Adding(studio, Request(film, "Film", "benchmark", choice=choice, threads=threads))
            times[name].append(timed(adding.run))
            kept[name] = {"stills": adding.outcome.stills, "clips": adding.outcome.clips}
    medians = {name: [statistics.median(each) for each in zip(*runs, strict=True)] for name, runs in times.items()}
    return {name: {**ratios(seconds, *of, *medians["decoding"]), **kept.get(name, {})} for name, of in medians.items()}


def ratios(film: float, wall: float, processor: float, decoding: float, decoding_processor: float) -> dict[str, float]:
    """All in seconds. Processor time says what two cores would do that have nothing else to do."""
    return {
        "x_real_time": film / wall,
        "of_decoding": wall / decoding,
        "processor_seconds": processor,
        "of_decoding_in_processor_time": processor / decoding_processor,
        "film_for_each_processor_second": film / processor,
    }


def measure_memory(folder: Path, film: Path, threads: int) -> dict[str, Any]:
    """Resident memory while a long film is read: after a tenth of it, the most after that, and at the end, in MiB."""
    process, seen = psutil.Process(), list[tuple[float, float]]()

    def note(name: str, done: int, total: int) -> None:
        seen.append((done / total, process.memory_info().rss / MEBIBYTE))

    seconds, _ = timed(lambda: read(new_library(folder / "long"), film, threads, Choice(), note))
    after = [each for share, each in seen if share >= 0.1]
    return {"seconds": seconds, "after_a_tenth": after[0], "most_after_that": max(after), "at_the_end": after[-1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120, help="of the film of new shots")
    parser.add_argument("--repeats", type=int, default=60, help="of it in the long film; 0 for none")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="that decode")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = render(folder / "film.mp4", given.seconds, (width, height))
        results: dict[str, Any] = {"megabits": film.stat().st_size * 8e-6 / given.seconds}
        results["speed"] = measure_speed(folder, film, given.seconds, given.rounds, given.threads)
        if given.repeats:
            long = repeat(film, folder / "long.mp4", given.repeats)
            hours = given.seconds * given.repeats / 3600
            results["memory"] = {"hours": hours, **measure_memory(folder, long, given.threads)}
    print(json.dumps(results) if given.json else as_text(results))


def as_text(results: dict[str, Any]) -> str:
    lines = [f"a film of {results['megabits']:.1f} Mbit/s"]
    for name, row in results["speed"].items():
        kept = f", {row['stills']} stills, {row['clips']} clips" if "stills" in row else ""
        lines.append(
            f"{name}: {row['x_real_time']:.1f} x real time, {row['of_decoding']:.2f} of decoding;"
            f" {row['processor_seconds']:.1f} s of processors, {row['of_decoding_in_processor_time']:.2f} of decoding,"
            f" {row['film_for_each_processor_second']:.1f} s of film for each{kept}"
        )
    if "memory" in results:
        row = results["memory"]
        lines.append(
            f"{row['hours']:.1f} h of film in {row['seconds']:.0f} s: {row['after_a_tenth']:.0f} MiB after a tenth,"
            f" {row['most_after_that']:.0f} at most after that, {row['at_the_end']:.0f} at the end"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
