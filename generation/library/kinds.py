"""What a file is, by its first bytes and never by its name: a film, a picture, or something else, which is named."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from feedback.errors import Invalid

Kind = Literal["film", "still"]
HEAD = 4096

STILLS = ((b"\xff\xd8\xff", 0), (b"BM", 0), (b"II*\x00", 0), (b"MM\x00*", 0))
FILMS = (
    *((b"\x1aE\xdf\xa3", 0), (b"\x00\x00\x01\xba", 0), (b"\x00\x00\x01\xb3", 0), (b"FLV\x01", 0), (b"OggS", 0)),
    *((b"\x06\x0e+4\x02\x05\x01\x01\x0d\x01\x02\x01\x01", 0), (b"0&\xb2u\x8ef\xcf\x11", 0)),
)
BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # that a QuickTime file begins with
PICTURE_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "a HEIC picture"),
    **dict.fromkeys((b"avif", b"avis"), "an AVIF picture"),
    b"crx ": "a camera's raw file",
}
# What has a name of its own, and what helps.
OTHERS = (
    *((b"v/1\x01", "an EXR: grade it, and export it as PNG or 16-bit TIFF"),),
    *((b"SDPX", "a DPX: grade it, and export it as PNG or 16-bit TIFF"), (b"XPDS", "a DPX: export it as PNG or TIFF")),
    *((b"8BPS", "a Photoshop file: export it as PNG or TIFF"), (b"%PDF", "a PDF: export its pictures")),
    *((b"#?RADIANCE", "a Radiance picture: grade it, and export it as PNG"), (b"<svg", "an SVG: export it as PNG")),
    *(
        (b"PK\x03\x04", "an archive: unpack it"),
        (b"\x1f\x8b", "an archive: unpack it"),
        (b"7z\xbc\xaf", "an archive: unpack it"),
    ),
    *(
        (b"ID3", "sound without pictures"),
        (b"fLaC", "sound without pictures"),
        (b"#EXTM3U", "a list of other files: add those"),
    ),
    *(
        (b"FUJIFILM", "a camera's raw file: develop it, and export it as PNG or TIFF"),
        (b"version https://git-lfs", "a Git LFS pointer: fetch its content"),
    ),
)
RAW_TIFF = (".cr2", ".nef", ".arw", ".dng", ".orf", ".pef", ".rw2", ".sr2")  # TIFFs whose first picture is a preview


def kind_of(path: Path) -> Kind:
    """Invalid says what the file is, where it is neither, and what helps."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Invalid("it is empty")
    if not head.strip(b"\x00"):
        raise Invalid("it holds nothing but zeros: copy it again")
    check_not_other(head, path)
    return of_bytes(head)


def check_not_other(head: bytes, path: Path) -> None:
    for start, words in OTHERS:
        if head.startswith(start):
            raise Invalid(f"it is {words}")
    brands = [head[place : place + 4] for place in (8, 16, 20, 24)] if head[4:8] == b"ftyp" else []
    for brand in brands[:1] + [each for each in brands[1:] if brands[:1] == [b"mif1"]]:
        if brand in PICTURE_BRANDS:
            raise Invalid(f"it is {PICTURE_BRANDS[brand]}: export it as JPEG, PNG or TIFF")
    if path.suffix.lower() in RAW_TIFF:
        raise Invalid("it is a camera's raw file: develop it, and export it as PNG or TIFF")


def of_bytes(head: bytes) -> Kind:
    """A moving GIF or PNG is a film."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "film" if b"acTL" in head[: head.find(b"IDAT") % HEAD] else "still"
    if head[:4] == b"RIFF":
        if head[8:12] == b"WEBP":
            return "still"
        if head[8:12] == b"AVI ":
            return "film"
        raise Invalid("it is sound without pictures" if head[8:12] == b"WAVE" else "it is no picture and no film")
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "film"
    if any(head[place : place + len(start)] == start for start, place in STILLS):
        return "still"
    if head[4:8] in BOXES or any(head.startswith(start) for start, _ in FILMS) or is_transport_stream(head):
        return "film"
    raise Invalid("it is no picture and no film of a kind that is read here")


def is_transport_stream(head: bytes) -> bool:
    """A sync byte each 188 bytes, or each 192 as cameras write them."""
    return any(
        len(head) > start + 4 * step and all(head[start + k * step] == 0x47 for k in range(5))
        for start, step in ((0, 188), (4, 192))
    )
