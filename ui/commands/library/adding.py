"""`library add`: films and pictures of the studio, from wherever they lie."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from feedback.errors import Interrupted
from feedback.fields import clean_text
from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio
    from generation.library.adding import Outcome, Request

THREADS = min(8, os.cpu_count() or 2)


@click.command("add")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--title", required=True, help="The film, series or collection that it is of; made if there is none.")
@click.option("--licence", help="The recorded licence of a new title.")
@click.option("--person", "people", multiple=True, help="Who is in all of it; may be repeated.")
@click.option("--recursive", is_flag=True, help="Folders in the folder, too.")
@click.option("--size", type=int, default=1024, show_default=True, help="Longest side of kept frames, in pixels.")
@click.option("--clip-size", type=int, default=512, show_default=True, help="Longest side of kept clips, in pixels.")
@click.option("--every", type=float, default=4.0, show_default=True, help="Seconds of a shot for each frame of it.")
@click.option("--clip-seconds", type=float, default=2.0, show_default=True, help="Length of clips; 0 for none.")
@click.option(
    "--clip-every", type=float, default=30.0, show_default=True, help="Seconds of a shot for each clip of it."
)
@click.option(
    "--captioner",
    type=click.Path(path_type=Path),
    help="Folder of an image-to-text model that describes what has no caption.",
)
@click.option(
    "--threads", type=click.IntRange(1, 64), default=THREADS, help="That decode.  [default: all processors, at most 8]"
)
@with_studio
def add_to_library(
    path: Path,
    title: str,
    licence: str | None,
    people: tuple[str, ...],
    recursive: bool,
    size: int,
    clip_size: int,
    every: float,
    clip_seconds: float,
    clip_every: float,
    captioner: Path | None,
    threads: int,
    folder: Path,
    as_json: bool,
) -> None:
    """Read a film, a picture or a folder of them, and keep frames and clips that a model can learn from.

    Given again after an interruption, it goes on where it was. Files stay where they are.
    """
    studio = open_studio(folder)
    from generation.library.adding import Request
    from generation.library.choice import Choice

    choice = Choice(size=size, clip_size=clip_size, every=every, clip_seconds=clip_seconds, clip_every=clip_every)
    request = Request(path, title, licence, people, recursive, choice, threads)
    outcome, captions = work(studio, request, captioner)
    data = {**asdict(outcome), "captions": captions}
    answer(data, as_json, in_words(studio, outcome, title, captions))
    if outcome.interrupted:
        raise Interrupted("interrupted; what is read is kept, and the same command goes on from there")


def work(studio: Studio, request: Request, captioner: Path | None) -> tuple[Outcome, int]:
    """One at a time for a studio; stops between two parts of a film when it is told to."""
    from feedback.signals import stopping_on_signals
    from finetune.jobs.locks import only_one

    with ExitStack() as during:
        during.enter_context(only_one(studio.runs_folder / "library.lock", "reading into the library"))
        model = open_captioner(captioner)  # before hours of reading
        stop = during.enter_context(stopping_on_signals())
        outcome = read(studio, request, stop)
        captions = describe(studio, request.title, model, stop) if model and not stop.is_set() else 0
        outcome.interrupted = outcome.interrupted or stop.is_set()
    return outcome, captions


def open_captioner(folder: Path | None) -> Any:
    if folder is None:
        return None
    from generation.library.captioner import Captioner

    return Captioner(folder)


def read(studio: Studio, request: Request, stop: threading.Event) -> Outcome:
    from generation.library.adding import Adding

    with tqdm(unit="B", unit_scale=True, leave=False, disable=None, file=sys.stderr) as bar:

        def show(name: str, done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.set_postfix_str(on_a_line(name)[-40:])

        return Adding(studio, request, stop, show, lambda path, reason: say(f"{path}: {reason}")).run()


def describe(studio: Studio, title: str, model: Any, stop: threading.Event) -> int:
    from feedback.library.titles import get_title
    from generation.library.captioner import caption_items

    with tqdm(unit="caption", leave=False, disable=None, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        return caption_items(studio, model, get_title(studio, title)["id"], stop, show)


def in_words(studio: Studio, outcome: Outcome, title: str, captions: int) -> str:
    from feedback.library.report import as_text, report

    files = f"{outcome.read} files read, {outcome.known} known, {len(outcome.left_out)} left out"
    later = f", {len(outcome.to_retry)} could not be read now" if outcome.to_retry else ""
    described = f", {captions} captions written" if captions else ""
    head = f"{files}{later}: {outcome.stills} stills and {outcome.clips} clips are new{described}"
    return f"{head}\n{on_lines(as_text(report(studio, title)))}"


def on_lines(text: str) -> str:
    """Without escapes for the terminal, whatever a file is called."""
    return "\n".join(clean_text(line) for line in text.split("\n"))


def on_a_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def say(line: str) -> None:
    tqdm.write(on_a_line(line), file=sys.stderr)
