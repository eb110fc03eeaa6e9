"""`library check` and `similar`: whether takes, or a picture from elsewhere, are copies of what the studio has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from feedback.errors import Interrupted, Invalid, Refused
from ui.commands.library.adding import on_a_line
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.copies.checks import Match
    from feedback.store import Studio
    from generation.copies.backlog import Progress

COLUMNS = ["take", "like", "percent", "", "of"]
MOST_LEFT_OUT = 5  # named in one answer


@click.command("check")
@click.option("--take", "takes", type=int, multiple=True, help="Only this take, now; may be repeated.")
@with_studio
def check_takes(takes: tuple[int, ...], folder: Path, as_json: bool) -> None:
    """Compare takes with the library and with takes of other shots, look for faces, and list what is marked.

    Takes that were compared already are only compared again where the library has grown. Given again after an interruption, it
    goes on where it was.
    """
    studio = open_studio(folder)
    from generation.opencv import need_opencv

    need_opencv()
    if takes:
        show_takes(studio, takes, as_json)
    else:
        progress = work(studio)
        answer({**vars(progress), **of_studio(studio)}, as_json, in_words(studio, progress))


def work(studio: Studio) -> Progress:
    """All that is left to do, one process at a time."""
    from feedback.signals import stopping_on_signals
    from finetune.jobs.locks import only_one
    from generation.copies.backlog import Backlog

    backlog = Backlog(studio, newer=True)
    lock = only_one(studio.runs_folder / "check.lock", "comparing takes with the library")
    with lock, stopping_on_signals() as stop:
        with tqdm(total=backlog.left(), unit="picture", leave=False, disable=None, file=sys.stderr) as bar:
            progress = backlog.run(stop, lambda done: bar.update())
        if stop.is_set():
            raise Interrupted("interrupted; what is compared is kept, and the same command goes on from there")
    return progress


def of_studio(studio: Studio) -> dict[str, Any]:
    """What is marked, and by which threshold."""
    from feedback.copies import checks, threshold
    from feedback.copies.faces import takes_with_faces, with_faces_nobody_allowed

    limit = threshold.threshold_of(studio)
    faces = sorted(with_faces_nobody_allowed(studio, takes_with_faces(studio)))
    return {
        "threshold": limit.value,
        "set_by": limit.frames,
        "marked": checks.all_marked(studio, limit),
        "faces": faces,
    }


def in_words(studio: Studio, progress: Progress) -> str:
    known = of_studio(studio)
    basis = (
        f"set by {known['set_by']} frames"
        if known["set_by"]
        else "the usual one: the library is too small to set its own"
    )
    lines = [
        f"{progress.described} files of the library described, {progress.compared} takes compared,"
        f" {progress.measured} frames measured; marked from {known['threshold']:.0%} on, {basis}"
    ]
    lines += [f"{progress.read} files read for similar pictures"] if progress.read else []
    lines += [progress.encoder_problem] if progress.encoder_problem else []
    lines += [f"library item {row['item']}: {row['reason']}" for row in progress.left_out[:MOST_LEFT_OUT]]
    if known["marked"]:
        lines.append(table([row_of(match) for match in known["marked"]], COLUMNS))
    if known["faces"]:
        lines.append(f"faces that nobody allowed: takes {', '.join(map(str, known['faces']))}")
    return "\n".join(lines + ([] if known["marked"] or known["faces"] else ["no take is marked"]))


def row_of(match: Match) -> list[str]:
    where = f"library item {match['item']}" if match["item"] else f"take {match['other']}"
    notes = [
        *(["mirrored"] if match["mirrored"] else []),
        *(["excluded"] if match["excluded"] else []),
        *(["starts from it"] if match["is_source"] else []),
    ]
    of = on_a_line(match["title"] or "")
    return [str(match["take"]), where, f"{match['likeness']:.0%}", ", ".join(notes), of]


def show_takes(studio: Studio, takes: tuple[int, ...], as_json: bool) -> None:
    """Compares these takes anew and says what they are most alike."""
    from feedback.copies import checks, threshold
    from feedback.copies.faces import with_faces_nobody_allowed
    from feedback.production.takes import get_take
    from generation.copies.checking import Known, check_take

    for take in takes:
        if get_take(studio, take)["state"] != "done":
            raise Refused(f"take {take} is not drawn yet: there is nothing to compare")
    known = Known(studio)
    for take in takes:
        check_take(known, take)
    limit = threshold.threshold_of(studio)
    matches = checks.matches_of(studio, takes, limit)
    faces = sorted(with_faces_nobody_allowed(studio, takes))
    problems = [
        f"take {take}: {row['problem']}"
        for take in takes
        if (row := checks.find_check(studio, take)) and row["problem"]
    ]
    rows = [[*row_of(match), "marked" if match["is_marked"] else ""] for match in matches]
    lines = [
        table(rows, [*COLUMNS, "mark"]) if rows else "nothing like it is known",
        f"marked from {limit.value:.0%} on",
        *problems,
    ]
    lines += [f"faces that nobody allowed: takes {', '.join(map(str, faces))}"] if faces else []
    data = {"threshold": limit.value, "set_by": limit.frames, "takes": matches, "faces": faces, "problems": problems}
    answer(data, as_json, "\n".join(lines))


@click.command("similar")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@with_studio
def show_similar(path: Path, folder: Path, as_json: bool) -> None:
    """What a picture or a clip from elsewhere is most alike: of the library and of all takes."""
    studio = open_studio(folder)
    from feedback.copies import checks, threshold
    from generation.copies.checking import Known, most_alike_file
    from generation.media.decode import decode_frames
    from generation.media.measuring import measure_media, read_bounded
    from generation.opencv import need_opencv

    need_opencv()
    if not path.exists():
        raise Invalid(f"there is no file {path}")
    name = f"file {path}"
    is_clip = path.suffix.lower() == ".mp4"
    content = read_bounded(path, name)
    measure_media(content, is_clip, name)  # before it is decoded: a small file may claim to be very many pixels
    alike = most_alike_file(Known(studio), decode_frames(content, is_clip, name))
    limit = threshold.threshold_of(studio)
    matches = checks.matches_of_file(studio, alike, limit)
    rows = [[*row_of(match)[1:], "marked" if match["is_marked"] else ""] for match in matches]
    text = table(rows, [*COLUMNS[1:], "mark"]) if rows else "nothing like it is known"
    data = {"threshold": limit.value, "set_by": limit.frames, "matches": matches}
    answer(data, as_json, f"{text}\nmarked from {limit.value:.0%} on")
