"""Copies of the selects' media under the names that the edit knows, MP4s with timecode and reel inside.

As H.264 nothing is encoded again: the packets are copied, and a timecode track is put beside them.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import av
from tqdm import tqdm

from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.edit.timecode import has_timecode, timecode
from feedback.exchange.files import make_folder, whole_file
from feedback.exchange.media.frames import UNOPENED, open_clip
from feedback.exchange.media.movies import ENDINGS, H264, movie
from feedback.exchange.media.pictures import pictures_of

FOLDER = "media"
REEL = ("reel_name", "com.apple.proapps.reel")  # FFmpeg's name, and that of Apple's programs
OF_THE_FILE = ("major_brand", "minor_version", "compatible_brands", "encoder")


def with_media(cut: Cut, out: Path, codec: str = H264) -> Cut:
    """The cut with its media in `out/media`, and locations relative to `out`, or as the project's path map has them.

    What is there already under that name is written anew. A take that stands twice in the cut comes once. `codec`: H264
    copies the pictures as they are, PRORES encodes clips anew.
    """
    folder = out / FOLDER
    make_folder(folder)
    named = replace(cut, clips=[replace(clip, file=file_in(clip, codec)) for clip in cut.clips])
    unique = {clip.file: clip for clip in named.clips if clip.location is not None}
    for file, clip in tqdm(unique.items(), desc="media", unit="take", disable=None, leave=False):
        copy_media(clip, folder / file, cut.settings.drop_frame, codec)
    return replace(named, clips=[relocated(clip, cut, folder) for clip in named.clips])


def file_in(clip: Clip, codec: str) -> str:
    """The name of its media in that codec."""
    return clip.file if clip.is_held else str(Path(clip.file).with_suffix("")) + ENDINGS[codec]


def relocated(clip: Clip, cut: Cut, folder: Path) -> Clip:
    if clip.location is None:
        return clip
    mapped = cut.settings.path_map.apply(str(folder.resolve() / clip.file))
    return replace(clip, location=mapped or f"{FOLDER}/{clip.file}")


def copy_media(clip: Clip, target: Path, drop: bool, codec: str) -> None:
    """Refused, naming the take, when the file cannot be read."""
    source = Path(clip.select["path"])
    start = timecode(0, clip.rate, drop) if has_timecode(clip.rate) else ""
    try:
        with whole_file(target) as partial:
            if clip.is_held:
                shutil.copyfile(source, partial)
            elif codec == H264:
                copy_with_timecode(source, partial, clip.reel, start)
            else:
                encode_again(clip, partial, codec, start)
    except (OSError, av.FFmpegError) as error:
        why = error.strerror or error
        raise Refused(f"the media of take {clip.select['take']} cannot be copied to {target.name}: {why}") from error


def copy_with_timecode(source: Path, target: Path, reel: str, start: str) -> None:
    """The same pictures in an MP4 that says its reel, what its first frame is called, and how it was made."""
    options = {"movflags": "+faststart+use_metadata_tags"}
    with (
        open_clip(source, stream_options=[UNOPENED]) as given,
        av.open(str(target), "w", format="mp4", options=options) as made,
    ):
        stream = given.streams.video[0]
        copied = made.add_stream_from_template(stream)
        kept = {name: text for name, text in given.metadata.items() if name not in OF_THE_FILE}
        made.metadata.update({**kept, **dict.fromkeys(REEL, reel)})
        if start:
            copied.metadata["timecode"] = start
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.stream = copied
                made.mux(packet)


def encode_again(clip: Clip, target: Path, codec: str, start: str) -> None:
    """The whole of a clip's media."""
    whole = replace(clip, select={**clip.select, "frame_in": 0, "frame_out": clip.select["frames"] - 1})
    size = clip.select["width"], clip.select["height"]
    with movie(target, codec, size, clip.rate, start, clip.reel) as made:
        for picture in pictures_of(whole):
            made.write(picture)


def bring_media(cut: Cut, out: Path, comes_along: bool, codec: str = H264) -> Cut:
    """The cut as it is written into `out`: with its media, or with those of the studio, as the path map has them."""
    if comes_along:
        return with_media(cut, out, codec)
    path_map = cut.settings.path_map
    clips = [
        clip if clip.location is None else replace(clip, location=path_map.apply(clip.location) or clip.location)
        for clip in cut.clips
    ]
    return replace(cut, clips=clips)
