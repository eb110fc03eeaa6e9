"""Files that raters get, made as long as others of their shape: the length of a compressed picture tells of its content.

The padding is part of the file, where readers skip it: a private chunk of a PNG, a `free` box of an MP4. So every answer
about it, a range among them, is that of an ordinary file.
"""

from __future__ import annotations

import zlib

PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
PNG_CHUNK = b"paDd"  # ancillary, private, safe to copy: https://www.w3.org/TR/png-3/#5Chunk-naming-conventions
CHUNK_BYTES = 12  # length, name and checksum
BOX_BYTES = 8
PAGE = 4096


def pad(data: bytes, ext: str, width: int, height: int, frames: int) -> bytes:
    """The same picture or clip, as long as `padded_length` says. What is padded already, or no such file, stays as it is."""
    if ext == "png" and data.endswith(PNG_END):
        length = padded_length(ext, len(data), width, height, frames, CHUNK_BYTES)
        return data if length == len(data) else pad_png(data, length)
    if ext == "mp4":
        length = padded_length(ext, len(data), width, height, frames, BOX_BYTES)
        return data if length == len(data) else data + free_box(length - len(data))
    return data


def padded_length(ext: str, length: int, width: int, height: int, frames: int, least: int) -> int:
    """Bytes of a file of this shape: one length for all stills, for clips that length or a double of it, and so on.

    `least`: what the padding takes at least. A still's is that of its pixels without compression. A clip's is one bit a
    pixel and frame, which H.264 at our quality seldom needs.
    """
    bits = 24 if ext == "png" else 1
    pixels = width * height * frames
    longest = pixels * bits // 8 + height * frames + pixels * bits // 8000 + PAGE
    bucket = -(-longest // PAGE) * PAGE
    while length != bucket and length + least > bucket:
        bucket *= 2
    return bucket


def pad_png(data: bytes, length: int) -> bytes:
    content = bytes(length - len(data) - CHUNK_BYTES)
    checksum = zlib.crc32(PNG_CHUNK + content)
    chunk = len(content).to_bytes(4) + PNG_CHUNK + content + checksum.to_bytes(4)
    return data[: -len(PNG_END)] + chunk + PNG_END


def free_box(length: int) -> bytes:
    """An MP4 box that players skip (ISO/IEC 14496-12, 8.1.2), of so many bytes."""
    return length.to_bytes(4) + b"free" + bytes(length - BOX_BYTES)


JPEG_SEGMENT = 65_533  # bytes of a comment (ITU-T T.81, B.2.4.5), which readers skip
SEGMENT_BYTES = 4


def pad_jpeg(data: bytes, width: int, height: int, bits: int) -> bytes:
    """A JPEG with comments behind its first marker: one length for all of a size, or a double of it.

    `bits`: of a pixel, which pictures of its quality seldom need.
    """
    bucket = -(-(width * height * bits // 8 + PAGE) // PAGE) * PAGE
    while len(data) + SEGMENT_BYTES > bucket:
        bucket *= 2
    comments, left = b"", bucket - len(data)
    while left:
        # Never so much that what is left is too little for a comment.
        size = left if left <= JPEG_SEGMENT + SEGMENT_BYTES else min(JPEG_SEGMENT + SEGMENT_BYTES, left - SEGMENT_BYTES)
        comments += b"\xff\xfe" + (size - 2).to_bytes(2) + bytes(size - SEGMENT_BYTES)
        left -= size
    return data[:2] + comments + data[2:]
