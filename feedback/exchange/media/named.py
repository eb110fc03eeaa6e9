"""Copies of the selects' media under the names that the edit knows, MP4s with timecode and reel inside.

Nothing is encoded again: the packets are copied, and a timecode track is put beside them.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import av
from tqdm import tqdm

from feedback.durable_files import whole_file
from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.edit.timecode import has_timecode, timecode

FOLDER = "media"
CLIP = ".mp4"


def with_media(cut: Cut, out: Path) -> Cut:
    """The cut with its media in `out/media`, and locations relative to `out`, or as the project's path map has them.

    What is there already under that name is written anew. A take that stands twice in the cut comes once.
    """
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    unique = {clip.file: clip for clip in cut.clips if clip.location is not None}
    for file, clip in tqdm(unique.items(), desc="media", unit="take", disable=None, leave=False):
        copy_media(clip, folder / file, cut.settings.drop_frame)
    return replace(cut, clips=[relocated(clip, cut, folder) for clip in cut.clips])


def relocated(clip: Clip, cut: Cut, folder: Path) -> Clip:
    if clip.location is None:
        return clip
    mapped = cut.settings.path_map.apply(str(folder.resolve() / clip.file))
    return replace(clip, location=mapped or f"{FOLDER}/{clip.file}")


def copy_media(clip: Clip, target: Path, drop: bool) -> None:
    """Refused, naming the take, when the file cannot be read."""
    source = Path(clip.select["path"])
    try:
        with whole_file(target) as partial:
            if source.suffix == CLIP and has_timecode(clip.rate):
                copy_with_timecode(source, partial, clip, drop)
            else:
                shutil.copyfile(source, partial)
    except (OSError, av.FFmpegError) as error:
        raise Refused(f"the media of take {clip.select['take']} cannot be copied: {error}") from error


def copy_with_timecode(source: Path, target: Path, clip: Clip, drop: bool) -> None:
    """The same pictures in an MP4 that says 00:00:00:00 at its first frame, and its reel."""
    options = {"movflags": "+faststart"}
    with av.open(str(source)) as given, av.open(str(target), "w", format="mp4", options=options) as made:
        stream = given.streams.video[0]
        copied = made.add_stream_from_template(stream)
        copied.metadata["timecode"] = timecode(0, clip.rate, drop)
        copied.metadata["reel_name"] = clip.reel
        for packet in given.demux(stream):
            if packet.dts is None:
                continue
            packet.stream = copied
            made.mux(packet)


def bring_media(cut: Cut, out: Path, comes_along: bool) -> Cut:
    """The cut as it is written into `out`: with its media, or with those of the studio, as the path map has them."""
    if comes_along:
        return with_media(cut, out)
    path_map = cut.settings.path_map
    clips = [
        clip if clip.location is None else replace(clip, location=path_map.apply(clip.location) or clip.location)
        for clip in cut.clips
    ]
    return replace(cut, clips=clips)
