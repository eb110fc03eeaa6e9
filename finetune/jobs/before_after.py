"""Draws some judged prompts with a new version and, with the same seeds, with the version that it was tuned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event

import numpy as np
from tqdm import tqdm

from feedback.errors import Interrupted, Refused, one_line
from feedback.models import runs, versions
from feedback.models.before_after import BeforeAfter, Comparison, Side, folder_of, has_before_after, write_before_after
from feedback.production.briefs import get_brief
from feedback.signals import stopping_on_signals
from feedback.store import Studio
from finetune.digests import digest
from finetune.jobs.trial_lifecycle import trial_briefs
from finetune.run_start import read_reference
from generation.drawable import is_drawable
from generation.media.archive import EncodedFile, bare_mp4, bare_png
from generation.media.sources import with_source
from generation.models.loading import Loaded, load_version
from generation.request import BriefRow, Request, request_of
from generation.sampling import BriefAndSeed, sample_each

COMPARISONS = 6


def draw_missing(
    studio: Studio, *, quiet: bool, stop: Event | None = None, whose: runs.Whose | None = None
) -> list[str]:
    """Draws before and after of the newest candidate, unless they are there; a line where they cannot be drawn.

    `whose`: the newest one for this person and project.

    Raises Interrupted when it is asked to stop: the next night draws them.
    """
    run = runs.newest_done(studio, whose)
    version = run["version"] if run else None
    if version is None or versions.get_version(studio, version)["state"] != "candidate":
        return []
    if has_before_after(studio, version):
        return []
    try:
        draw_before_after(studio, version, quiet, stop)
    except Interrupted:
        raise
    except (Refused, OSError, RuntimeError) as error:  # no picture is a reason to lose the night's version
        return [f"before and after of {version} were not drawn: {one_line(error)}"]
    return []


def draw_before_after(studio: Studio, version: str, quiet: bool, stop: Event | None = None) -> None:
    """Six prompts by both versions, into the folder of the version's run. Raises Interrupted when it is asked to stop."""
    number, folder = versions.get_version(studio, version)["run"], folder_of(studio, version)
    if number is None or folder is None:
        raise Refused(f"no run of this studio made {version}: there is nothing before it")
    reference = read_reference(studio.folder / runs.get_run(studio, number)["folder"])
    tuned = load_version(studio, version)
    requests = choose_requests(studio, tuned, trial_briefs(studio, version))
    with (
        stopping_on_signals(stop) as stopping,
        tqdm(desc="before and after", total=100, unit="%", disable=quiet) as bar,
    ):

        def report(share: float) -> None:
            if stopping.is_set():
                raise Interrupted(f"before and after of {version} are not drawn yet: the next night draws them")
            bar.update(round(100 * share) - bar.n)

        # One after the other: versions of one base share its pipeline.
        after = sample_each(tuned, requests, lambda share: report(share / 2))
        before = sample_each(load_version(studio, reference), requests, lambda share: report((1 + share) / 2))
    files: dict[str, bytes] = {}
    comparisons = [
        describe(number, request, {"before": first, "after": second}, files)
        for number, ((request, _), first, second) in enumerate(zip(requests, before, after, strict=True))
    ]
    write_before_after(folder, BeforeAfter(version=version, reference=reference, comparisons=comparisons), files)


def choose_requests(studio: Studio, loaded: Loaded, briefs: Sequence[int]) -> list[BriefAndSeed]:
    """The first briefs that can be drawn, each with a seed that follows from it and that no take is given."""
    rows = (get_brief(studio, number) for number in briefs)
    usable = [brief for brief in rows if is_drawable(studio, loaded, brief)][:COMPARISONS]
    return [
        (with_source(studio, brief), int(digest(str(brief["id"]), "before and after")[:15], 16) + 2**32)
        for brief in usable
    ]


def describe(
    number: int, brief: BriefRow | Request, sides: Mapping[Side, np.ndarray], files: dict[str, bytes]
) -> Comparison:
    """Adds the files of both sides, uint8 [F, H, W, 3], to `files`. They do not tell which version drew them."""
    names: dict[Side, str] = {}
    for side, pixels in sides.items():
        file = encode(pixels, brief)
        names[side] = f"{number}_{side}.{file.ext}"
        files[names[side]] = file.data
    request = request_of(brief)
    size = {"width": request.width, "height": request.height}
    return Comparison(prompt=request.prompt, kind=request.kind, **size, **names)  # type: ignore[typeddict-item]


def encode(pixels: np.ndarray, brief: BriefRow | Request) -> EncodedFile:
    request = request_of(brief)
    return bare_png(pixels) if request.kind == "still" else bare_mp4(pixels, request.fps)
