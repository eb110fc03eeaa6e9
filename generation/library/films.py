"""Films, read frame by frame: what they say of themselves, and their frames with their times, from anywhere on.

FFmpeg reads nothing but the file itself: no format that names other files is open, and no protocol but "file".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter

from feedback.errors import Invalid, one_line
from generation.library.pictures import UPRIGHT, Matrix, display_matrix, shown_size, turned_size

FORMATS = (
    *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "mxf", "flv"),
    *("asf", "ogg", "gif", "apng"),
)
OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0", "format_whitelist": ",".join(FORMATS), "ignore_loop": "1"}
MOST_PIXELS = 8192 * 4352  # of a frame: 8K with room for its macroblocks
LOOKED_AT = 12  # frames that are decoded to see what a film is
TRIED = 500  # packets within which a first frame has to come
FASTEST = Fraction(60)  # frames a second of clips; what is faster is thinned
MOST_DAMAGED = 10_000  # packets of a film that may be unreadable
ENDS_EARLY = 1.0  # seconds that may be missing at the end before it is said


@dataclass(frozen=True)
class Facts:
    """What a film is, as its first frames and its header say."""

    width: int  # pixels, as it is shown
    height: int
    rate: Fraction  # frames a second, on average
    seconds: float | None  # that its header promises
    ratio: float  # of a pixel's width to its height
    turn: Matrix
    interlaced: bool
    detail: dict[str, Any] = field(default_factory=dict)  # for people: codec, pixel format, transfer, …


@dataclass
class Damage:
    """What of a film could not be decoded."""

    packets: int = 0


@contextmanager
def readable() -> Iterator[None]:
    """What FFmpeg says of a broken film becomes one line. What a disk or a network says stays an OSError."""
    try:
        yield
    except av.FFmpegError as error:
        if isinstance(error, OSError) and not isinstance(error, ValueError | EOFError):
            raise
        raise Invalid(f"it cannot be read as a film: {one_line(error.strerror or error)}") from error
    except (ValueError, IndexError, MemoryError, OverflowError, ZeroDivisionError) as error:
        raise Invalid(f"it cannot be read as a film: {one_line(error)}") from error


@contextmanager
def opened(path: Path, threads: int) -> Iterator[tuple[Any, Any]]:
    """(container, stream of pictures); Invalid when there is none."""
    with readable(), av.open(str(path.absolute()), container_options=OPTIONS, metadata_errors="replace") as container:
        streams = [each for each in container.streams.video if not is_cover(each)]
        if not streams:
            raise Invalid("no pictures are in it, only sound or data, or its end is missing")
        stream = max(streams, key=lambda each: each.width * each.height)
        if stream.width * stream.height > MOST_PIXELS:
            raise Invalid(f"it is {stream.width} x {stream.height}: scale it to at most {MOST_PIXELS} pixels a frame")
        if stream.metadata.get("alpha_mode") == "1":
            raise Invalid("it is a WebM with transparency, which is not read: export it as ProRes 4444 or as PNGs")
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # of what the header does not say
        stream.thread_type, stream.codec_context.thread_count = "AUTO", threads
        yield container, stream


def is_cover(stream: Any) -> bool:
    """A picture that belongs to a piece of music."""
    return bool(int(stream.disposition) & int(av.stream.Disposition.attached_pic))


def read_facts(path: Path) -> Facts:
    """Invalid says why it cannot be read."""
    with opened(path, 1) as (container, stream):
        frames = first_frames(container, stream)
        first = frames[0]
        rate = rate_of(stream)
        ratio, turn = float(stream.sample_aspect_ratio or 1) or 1.0, display_matrix(first)
        width, height = turned_size(shown_size(first, ratio, max(first.width, first.height) * 16), turn)
        interlaced = sum(bool(frame.interlaced_frame) for frame in frames) * 2 > len(frames)
        return Facts(
            *(width, height, rate, seconds_of(container, stream), ratio, turn, interlaced),
            detail=describe(stream, first, interlaced, ratio, turn),
        )


def first_frames(container: Any, stream: Any) -> list[Any]:
    frames: list[Any] = []
    for number, packet in enumerate(container.demux(stream)):
        try:
            frames += packet.decode()
        except av.error.InvalidDataError:
            if number > TRIED:
                break
        if len(frames) >= LOOKED_AT or (number > TRIED and not frames):
            break
    if not frames:
        raise Invalid("none of its frames can be decoded")
    return frames


def rate_of(stream: Any) -> Fraction:
    """Frames a second; of a film of variable rate its average. 24 where nothing sensible is known."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and Fraction(1, 10) <= rate <= 1000:
            return Fraction(rate).limit_denominator(100_000)
    return Fraction(24)


def clip_rate(rate: Fraction) -> Fraction:
    return rate / math.ceil(rate / FASTEST)


def seconds_of(container: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration and container.duration > 0 else None


def describe(stream: Any, frame: Any, interlaced: bool, ratio: float, turn: Matrix) -> dict[str, Any]:
    context = stream.codec_context
    odd: dict[str, Any] = {"pixel_ratio": round(ratio, 4)} if ratio != 1 else {}
    odd |= {"turn": [round(value / 65536) for value in turn]} if turn != UPRIGHT else {}
    odd |= {"interlaced": True} if interlaced else {}
    return {
        "codec": context.name,
        "coded": [frame.width, frame.height],
        "pixels": frame.format.name,
        "transfer": int(frame.color_trc),
        "primaries": int(frame.color_primaries),
        "matrix": int(frame.colorspace),
        **odd,
    }


@dataclass(frozen=True)
class TimedFrame:
    number: int  # from 0
    seconds: float  # from the beginning
    frame: Any


class FilmReader:
    """The frames of a film in order, from a place in it on."""

    def __init__(self, path: Path, facts: Facts, threads: int = 2) -> None:
        self.path, self.facts, self.threads, self.damage = path, facts, threads, Damage()

    def frames(self, number: int = 0, seconds: float = 0.0) -> Iterator[TimedFrame]:
        """From frame `number` on, which is shown at `seconds`."""
        if number and not self._can_seek(seconds):
            yield from (each for each in self._decoded(0.0, 0, None) if each.number >= number)
            return
        yield from self._decoded(seconds, number, seconds if number else None)

    def _can_seek(self, seconds: float) -> bool:
        """Whether a keyframe at that time or before it is found without reading all that is before."""
        with opened(self.path, 1) as (container, stream):
            try:
                seek(container, stream, seconds)
                first = next((frame for packet in container.demux(stream) for frame in packet.decode()), None)
            except av.FFmpegError:
                return False
            time = None if first is None else time_of(first, stream)
            return time is not None and time <= seconds + self._moment

    @property
    def _moment(self) -> float:
        """Half of a frame."""
        return 0.5 / float(self.facts.rate)

    def _decoded(self, seconds: float, number: int, seek_to: float | None) -> Iterator[TimedFrame]:
        last = seconds - 2 * self._moment
        with opened(self.path, self.threads) as (container, stream):
            if seek_to is not None:
                seek(container, stream, seek_to)
            for frame in self._all_frames(container, stream):
                time = time_of(frame, stream)
                if seek_to is not None and time is not None and time < seek_to - self._moment / 2:
                    continue  # between the keyframe and where to go on
                if time is None or time <= last:  # times that go back, or that there are none of
                    time = last + 2 * self._moment
                last = time
                yield TimedFrame(number, time, frame)
                number += 1

    def _all_frames(self, container: Any, stream: Any) -> Iterator[Any]:
        graph = Deinterlacer(stream) if self.facts.interlaced else None
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                self.damage.packets += 1
                if self.damage.packets > MOST_DAMAGED:
                    raise Invalid(f"more than {MOST_DAMAGED} of its packets cannot be decoded") from None
                continue
            for frame in frames:
                yield from graph.through(frame) if graph else (frame,)
        if graph:
            yield from graph.rest()


def seek(container: Any, stream: Any, seconds: float) -> None:
    start = stream.start_time or 0
    container.seek(start + round(seconds / stream.time_base), stream=stream, backward=True)


def time_of(frame: Any, stream: Any) -> float | None:
    """Seconds from the beginning of the film, which need not be at 0 of its clock."""
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base - (stream.start_time or 0) * stream.time_base)


class Deinterlacer:
    """Two fields become one picture without combs, by FFmpeg's bwdif; frames that are not interlaced pass as they are."""

    def __init__(self, stream: Any) -> None:
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(template=stream, time_base=stream.time_base)
        worker = self._graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
        sink = self._graph.add("buffersink")
        source.link_to(worker)
        worker.link_to(sink)
        self._graph.configure()

    def through(self, frame: Any) -> Iterator[Any]:
        self._graph.push(frame)
        yield from self._pull()

    def rest(self) -> Iterator[Any]:
        self._graph.push(None)
        yield from self._pull()

    def _pull(self) -> Iterator[Any]:
        while True:
            try:
                yield self._graph.pull()
            except (BlockingIOError, EOFError):
                return
