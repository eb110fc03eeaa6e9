"""Cuts without a studio, for readers that are not ours."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, cast

from hypothesis import strategies as st

from feedback.exchange.edit.cut import Cut, cut_of
from feedback.exchange.edit.settings import CLIP_NAME, MEDIA_NAME, EditSettings, PathMap
from feedback.exchange.edit.timecode import RATES
from feedback.judgements.selects import SelectDetails
from feedback.production.projects import Project

LONGEST = 400  # frames of a clip


class Given(NamedTuple):
    """What one select is."""

    kind: str
    first: int
    last: int
    frames: int
    notes: Sequence[tuple[int, int]] = ()


@st.composite
def selects(draw: st.DrawFn) -> Given:
    kind = draw(st.sampled_from(["clip", "still"]))
    first = 0 if kind == "still" else draw(st.integers(0, LONGEST - 1))
    last = draw(st.integers(first, LONGEST - 1))
    frames = 1 if kind == "still" else draw(st.integers(last + 1, LONGEST))
    spans = st.tuples(st.integers(0, LONGEST - 1), st.integers(0, LONGEST - 1)).map(lambda span: (min(span), max(span)))
    return Given(kind, first, last, frames, draw(st.lists(spans, max_size=3)))


class Setting(NamedTuple):
    rate: Fraction
    drop: bool
    given: list[Given]


settings_of_cuts = st.builds(
    Setting, st.sampled_from(RATES), st.booleans(), st.lists(selects(), min_size=1, max_size=8)
)


def make_cut(rate: Fraction, drop: bool, given: Sequence[Given]) -> Cut:
    """Takes 1, 2, ... of shots AGM_104_010, 020, ..., one after the other."""
    project = cast(
        Project, {"code": "AGM", "title": "The keeper", "fps_num": rate.numerator, "fps_den": rate.denominator}
    )
    settings = EditSettings(drop, CLIP_NAME, MEDIA_NAME, 1001, PathMap(()))
    return cut_of(
        project, settings, [details(number, rate, each) for number, each in enumerate(given, start=1)], "2026-11-27"
    )


def details(take: int, rate: Fraction, given: Given) -> SelectDetails:
    ending = "mp4" if given.kind == "clip" else "png"
    path = Path(f"/srv/media/{take:064x}.{ending}")
    row: dict[str, Any] = {
        "select": take,
        "take": take,
        "seed": take,
        "brief": 1,
        "position": 1,
        "raters": 0,
        "stars": None,
        "project": "AGM",
        "project_title": "The keeper",
        "sequence": "AGM_104",
        "shot": f"AGM_104_{10 * take:03d}",
        "shot_title": "",
        "prompt": "a storm",
        "negative_prompt": "",
        "version": "v0001",
        "kind": given.kind,
        "status": "circled",
        "circled_by": "ana",
        "media": f"{take:064x}",
        "poster": None,
        "path": path,
        "picture": path,
        "fps_num": rate.numerator,
        "fps_den": rate.denominator,
        "shot_fps_num": rate.numerator,
        "shot_fps_den": rate.denominator,
        "frame_in": given.first,
        "frame_out": given.last,
        "width": 64,
        "height": 64,
        "frames": given.frames,
        "notes": [note(first, last) for first, last in given.notes],
    }
    return cast(SelectDetails, row)


def note(first: int, last: int) -> dict[str, Any]:
    return {
        "person": "ben",
        "text": "too dark",
        "region": None,
        "frame_in": first,
        "frame_out": last,
        "created": "2026",
    }
