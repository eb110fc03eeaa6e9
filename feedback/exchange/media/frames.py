"""One frame of a clip: exactly the one of that number, decoded from the keyframe before it and no further back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from feedback.errors import Invalid, one_line

OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0"}
"""A clip is read from itself alone: FFmpeg would follow addresses and other files that some formats name."""

UNOPENED = {"skip_frame": "all"}
"""FFmpeg would decode the first frame to learn what the index says already, which takes longer than all else here."""


def open_clip(path: Path, **more: Any) -> Any:
    """The container of an MP4, and of nothing that only has its name."""
    return av.open(str(path), format="mp4", options=OPTIONS, **more)


def decode_frame(path: Path, number: int) -> Any:
    """Frame `number` (from 0) of an MP4 as PyAV has it, not yet converted to RGB, so that a smaller picture of it costs less.

    Invalid when it cannot be read or has no such frame.
    """
    try:
        with open_clip(path, stream_options=[UNOPENED]) as file:
            return frame_of(file, path, number)
    except (av.FFmpegError, OSError, ValueError, IndexError, MemoryError) as error:
        raise Invalid(f"media file {path} cannot be read: {one_line(error)}") from error


def frame_of(file: Any, path: Path, number: int) -> Any:
    stream = file.streams.video[0]
    stream.codec_context.thread_count = 1  # whoever reads many clips reads several at once
    times, keys = times_of(file, stream)
    if not 0 <= number < len(times):
        raise Invalid(f"media file {path} has {len(times)} frames and no frame {number}")
    for packet in packets_before(file, stream, keys, times[number]):
        is_it = packet.pts == times[number]
        stream.codec_context.skip_frame = "DEFAULT" if is_it else "NONREF"  # nothing is made from those others
        frames = packet.decode()
        if is_it:
            frames += stream.codec_context.decode(None)  # at once, and not after the frames that it would come behind
        for frame in frames:
            if frame.pts == times[number]:
                return frame
    raise Invalid(f"frame {number} of media file {path} cannot be read")


def times_of(file: Any, stream: Any) -> tuple[list[int], list[int]]:
    """When each frame is shown, in order, and when each keyframe is; nothing is decoded for it."""
    packets = [(packet.pts, packet.is_keyframe) for packet in file.demux(stream) if is_shown(packet)]
    return sorted(pts for pts, _ in packets), sorted(pts for pts, is_key in packets if is_key)


def is_shown(packet: Any) -> bool:
    return packet.pts is not None and not packet.is_discard


def packets_before(file: Any, stream: Any, keys: list[int], time: int) -> Iterator[Any]:
    """The packets from the last keyframe that is shown at `time` or before it; from the first where seeking misses it."""
    key = keys[max(0, bisect_right(keys, time) - 1)] if keys else 0
    file.seek(key, stream=stream)
    packets = file.demux(stream)
    first = next(packets, None)
    if first is None or first.pts is None or first.pts > key or not first.is_keyframe:
        file.seek(0, stream=stream)
        packets = file.demux(stream)
    else:
        yield first
    yield from packets
