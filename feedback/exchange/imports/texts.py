"""Text files of any program: UTF-8 with a byte order mark or without, UTF-16, Windows' Latin letters."""

from __future__ import annotations

import codecs
from pathlib import Path

from feedback.errors import Invalid, NotFound

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LOOKED_AT = 4096  # bytes


def read_bytes(path: Path, most: int) -> bytes:
    """A file's content. NotFound or Invalid for what is no file, or larger than `most` bytes."""
    if not path.is_file():
        raise NotFound(f"no file {path}: give the file of a cut or of preferences")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Invalid(f"{path.name} has more than {most} bytes: give a smaller file, such as one reel or a part")
    return data


def decoded(data: bytes, name: str) -> str:
    """Its text, with a newline at each end of a line; Invalid for what is no text."""
    text = decode(data, name)
    if "\0" in text:
        raise Invalid(f"{name} is no text: it has bytes of zero; export it again as text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes, name: str) -> str:
    encoding = next((each for mark, each in BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)
    encoding = encoding or unmarked_utf16(data[:LOOKED_AT]) or "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise Invalid(f"{name} is no {encoding} text at byte {error.start}: export it as UTF-8") from None
    # Five bytes mean nothing in Windows' letters; they are written as what stands for no letter.
    return data.decode("cp1252", errors="replace")


def unmarked_utf16(data: bytes) -> str | None:
    """Every second byte of Latin text is zero in it."""
    pairs = len(data) // 2
    if pairs and data[1::2].count(0) > 0.7 * pairs and not data[::2].count(0):
        return "utf-16-le"
    if pairs and data[::2].count(0) > 0.7 * pairs and not data[1::2].count(0):
        return "utf-16-be"
    return None
