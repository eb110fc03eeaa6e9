"""`watch`: pictures and clips that other tools write to a folder become takes, so that people judge them too."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from feedback.errors import Refused
from feedback.fields import clean_text
from ui.commands.production.shots import split_place
from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.store import Studio
    from generation.intake.taking import Taken, Target
    from generation.intake.watching import Pass, Refusal, Watch


@click.command()
@click.argument("watched", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--brief", type=int, help="The brief that the takes are of.")
@click.option("--shot", metavar="PROJECT/SHOT", help="Or a shot: files get a brief of their own prompt and size.")
@click.option("--prompt", help="With --shot: of the brief.  [default: what each file says]")
@click.option("--model", help="What drew them.  [default: what each file says]")
@click.option("--cut", is_flag=True, help="With --brief: take the middle of pictures of other proportions.")
@click.option(
    "--once/--forever", default=True, help="Go through the folder once, or until told to stop.  [default: once]"
)
@click.option(
    "--every", type=click.FloatRange(0.5), default=5.0, show_default=True, help="With --forever: seconds between looks."
)
@with_studio
def watch(
    watched: Path,
    brief: int | None,
    shot: str | None,
    prompt: str | None,
    model: str | None,
    cut: bool,
    once: bool,
    every: float,
    folder: Path,
    as_json: bool,
) -> None:
    """Take pictures (PNG, JPEG, WebP) and clips (MP4) in FOLDER as takes that were made elsewhere, each once."""
    if (brief is None) == (shot is None):
        raise click.UsageError("give --brief ID or --shot PROJECT/SHOT")
    if brief is not None and prompt is not None:
        raise click.UsageError("--prompt is for --shot: a brief has its own")
    if shot is not None and cut:
        raise click.UsageError("--cut is for --brief: with --shot the brief has the file's size")
    from generation.intake.taking import Target

    studio = open_studio(folder)
    target = Target(brief, shot_of(studio, shot), prompt, model, cut)
    check_target(studio, target)
    outcome = go_through(studio, watched, target, None if once else every)
    counts = f"{len(outcome.taken)} taken, {outcome.known} known, {len(outcome.refused)} refused"
    waiting = f", {len(outcome.waiting)} still being written" if outcome.waiting else ""
    answer(asdict(outcome), as_json, f"{counts}{waiting}")


def go_through(studio: Studio, watched: Path, target: Target, every: float | None) -> Pass:
    """One look at the folder, or one every few seconds until SIGTERM or Ctrl-C."""
    from feedback.signals import stopping_on_signals
    from generation.intake.watching import Watch

    with stopping_on_signals() as stop, tqdm(unit="file", leave=False, disable=None, file=sys.stderr) as bar:

        def report(done: int, count: int) -> None:
            bar.total, bar.n = count, done
            bar.refresh()

        watcher = Watch(studio, watched, target, stop, on_file=say, on_progress=report)
        return watcher.look() if every is None else look_again_and_again(watcher, every)


def look_again_and_again(watcher: Watch, every: float) -> Pass:
    """A share that is out of reach for a while is waited for."""
    from generation.intake.watching import Pass

    total = Pass()
    while not watcher.stop.is_set():
        try:
            total.add(watcher.look())
        except (Refused, OSError) as reason:
            say_line(f"{reason}; looking again in {every:g} s")
        watcher.stop.wait(every)
    return total


def shot_of(studio: Studio, place: str | None) -> int | None:
    """The id of PROJECT/SHOT."""
    from feedback.production import shots

    if place is None:
        return None
    project, code = split_place(place)
    return shots.find_shot(studio, code, project)["id"]


def check_target(studio: Studio, target: Target) -> None:
    """Before a file is looked at: the brief or the shot is there and open."""
    from feedback.production import briefs, shots

    shots.check_open(studio, target.shot if target.brief is None else briefs.get_brief(studio, target.brief)["shot"])  # type: ignore[arg-type]


def say(outcome: Taken | Refusal) -> None:
    """One line for each file that was taken or refused."""
    from generation.intake.watching import Refusal

    if isinstance(outcome, Refusal):
        say_line(outcome.reason)
    else:
        say_line(f"{outcome.file}: take {outcome.take} of brief {outcome.brief}")


def say_line(line: str) -> None:
    """Without escapes for the terminal, whatever a file is called."""
    tqdm.write(" ".join(clean_text(line).split()), file=sys.stderr)
