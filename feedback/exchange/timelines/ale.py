"""Selects as an Avid Log Exchange file: a bin of clips with the columns an assistant editor expects."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio

from feedback.errors import Refused
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.timelines.edl import REEL
from feedback.exchange.timelines.otio import clip_of, one_line, rate_of, refusing_rates_without_timecode
from feedback.judgements.selects import SelectDetails

COLUMNS = (
    "Name",
    "Tape",
    "Tracks",
    "Start",
    "End",
    "Scene",
    "Take",
    "Circled",
    "Version",
    "Seed",
    "Stars",
    "Prompt",
    "Comments",
)


def write_ale(selects: list[SelectDetails], path: Path) -> int:
    """Returns the number of clips read back. Refused when the selects do not share one frame rate."""
    rates = sorted({rate_of(select) for select in selects})
    if len(rates) > 1:
        raise Refused(f"an ALE has one frame rate and these selects have {', '.join(map(str, rates))}: export otio")
    bin_ = otio.schema.SerializableCollection(children=[logged_clip(select) for select in selects])
    with refusing_rates_without_timecode(rates[0], "an ALE"), whole_file(path) as partial:
        text = otio.adapters.write_to_string(bin_, adapter_name="ale", columns=list(COLUMNS), fps=rates[0])
        # Editing systems know 23.976, not 23.976023976023978.
        text = text.replace(f"FPS\t{rates[0]}", f"FPS\t{rates[0]:.6g}", 1)
        partial.write_text(text, encoding="utf-8")
        again = otio.adapters.read_from_string(partial.read_text(encoding="utf-8"), adapter_name="ale", fps=rates[0])
        count = len(again)
        check_count(path, count, len(selects))
    return count


def logged_clip(select: SelectDetails) -> otio.schema.Clip:
    clip = clip_of(select)
    comments = " | ".join(f"{note['person']}: {one_line(note['text'])}" for note in select["notes"])
    values = {
        "Tape": REEL.format(select["take"] % 1_000_000),
        "Tracks": "V",
        "Scene": select["shot"],
        "Take": select["take"],
        "Circled": "Y" if select["status"] == "circled" else "",
        "Version": select["version"],
        "Seed": select["seed"],
        "Stars": "" if select["stars"] is None else f"{select['stars']:.1f}",
        "Prompt": select["prompt"],
        "Comments": comments,
    }
    # A tab or a line end inside a cell would move every cell after it.
    clip.metadata["ALE"] = {key: one_line(str(value)) for key, value in values.items()}
    return clip
