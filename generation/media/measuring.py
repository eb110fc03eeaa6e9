"""Files that people bring are measured before the studio keeps them, within bounds of time and memory.

A few hundred bytes may claim to be pixels by the gigabyte. What is refused here is never decoded, and what is kept can be.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image

from generation.media.decode import FORMATS, decode_still, open_clip, readable

MOST_BYTES = 256 * 1024**2
MOST_STILL = 2**25  # pixels: 8K, 7680x4320
MOST_CLIP = 4096 * 2304  # pixels of each frame: a decoder keeps up to 16 of them
MOST_SCANS = 64  # of a progressive JPEG: the whole picture is worked over for each, and cameras write about ten
DECODED, DECODED_FRAMES = 2**26, 256  # pixels and frames of a clip that are decoded to see that they can be
MOST_CHUNKS = 2**15  # of a PNG, which Pillow reads one by one: a file of 256 MiB has no more of the usual length
PNG = b"\x89PNG\r\n\x1a\n"
CHUNK = 12  # bytes of a chunk besides its content
START_OF_SCAN = b"\xff\xda"


def read_bounded(path: Path, name: str) -> bytes:
    """A file's content; Invalid when it cannot be read, or is larger than what is taken for a source."""
    with readable(name):
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ValueError(f"it has {size} bytes, give at most {MOST_BYTES}, in fewer pixels or frames")
        return path.read_bytes()


def measure_media(file: bytes, is_clip: bool, name: str) -> tuple[int, int, int]:
    """(width, height, frames) of a file's content; Invalid when it cannot be read, or is too large to be."""
    with readable(name):
        return measure_clip(file) if is_clip else measure_still(file)


def measure_still(file: bytes) -> tuple[int, int, int]:
    if file.startswith(PNG) and has_more_chunks(file, MOST_CHUNKS):
        raise ValueError(f"it has more than {MOST_CHUNKS} chunks, save it again as a plain PNG")
    with Image.open(io.BytesIO(file), formats=FORMATS) as image:
        check_size(image.width, image.height, MOST_STILL)
        if image.format == "JPEG" and file.count(START_OF_SCAN) > MOST_SCANS:
            raise ValueError(f"it has {file.count(START_OF_SCAN)} scans, save it again as a plain JPEG")
    _, height, width, _ = decode_still(io.BytesIO(file)).shape
    return width, height, 1


def has_more_chunks(png: bytes, most: int) -> bool:
    place = len(PNG)
    for _ in range(most):
        if place + CHUNK > len(png):
            return False
        place += CHUNK + int.from_bytes(png[place : place + 4])
    return place + CHUNK <= len(png)


def check_size(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise ValueError(f"it is {width} x {height}, scale it to at most {most} pixels")


def measure_clip(file: bytes) -> tuple[int, int, int]:
    with open_clip(io.BytesIO(file)) as opened:
        stream = opened.streams.video[0]
        check_size(stream.width, stream.height, MOST_CLIP)
        stream.codec_context.options = {"max_pixels": str(MOST_CLIP)}  # of what the header does not say
        decoded: list[tuple[int, int]] = []
        packets, left = 0, min(DECODED_FRAMES, DECODED // max(1, stream.width * stream.height))
        for packet in opened.demux(stream):
            packets += bool(packet.size) and not packet.is_discard
            if len(decoded) <= left:
                decoded += frames_in(packet)
    # Of a long clip, whose end is not decoded, every packet is taken for a frame.
    return *decoded[0], len(decoded) if len(decoded) <= left else packets


def frames_in(packet: av.Packet) -> Iterator[tuple[int, int]]:
    for frame in packet.decode():
        check_size(frame.width, frame.height, MOST_CLIP)
        yield frame.width, frame.height
