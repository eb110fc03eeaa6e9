"""Pictures, clips and other files as somebody who means harm would bring them, each written to a path."""

from __future__ import annotations

import io
import os
import random
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from pathlib import Path

import av
import numpy as np
from PIL import Image

from generation.media.encode import encode_clip

Maker = Callable[[Path], None]
PNG = b"\x89PNG\r\n\x1a\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script><image href="{url}"/></svg>'


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def zeros(size: int) -> bytes:
    """So many zeros, compressed."""
    packer, block = zlib.compressobj(9), bytes(2**20)
    parts = [packer.compress(block) for _ in range(size // len(block))]
    return b"".join([*parts, packer.compress(bytes(size % len(block))), packer.flush()])


def png(width: int, height: int, *more: bytes, depth: int = 8, colour: int = 2, data: bytes | None = None) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = zlib.compress(b"\x00" * 100) if data is None else data
    return PNG + head + b"".join(more) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@cache
def picture(format: str, size: int = 64, **options: object) -> bytes:
    sink, pixels = io.BytesIO(), np.random.default_rng(1).integers(0, 256, (size, size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(sink, format, **options)
    return sink.getvalue()


@cache
def clip(frames: int = 9, width: int = 32, height: int = 32) -> bytes:
    return encode_clip(np.zeros((frames, height, width, 3), np.uint8), Fraction(24))


@cache
def large_clip() -> bytes:
    """Of 4608x4608 pixels, in a few kilobytes."""
    return clip(1, 4608, 4608)


@cache
def sound() -> bytes:
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.rate = 48000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return sink.getvalue()


def animated(format: str, frames: int) -> bytes:
    sink = io.BytesIO()
    images = [Image.new("RGB", (16, 16), (number % 256, 0, 0)) for number in range(frames)]
    images[0].save(sink, format, save_all=True, append_images=images[1:])
    return sink.getvalue()


def scans(count: int, size: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = picture("JPEG", size, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def flipped(data: bytes, number: int) -> bytes:
    chance, changed = random.Random(number), bytearray(data)
    for _ in range(8):
        changed[chance.randrange(16, len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def patched(data: bytes, box: bytes, at: int, value: bytes) -> bytes:
    """A box of an MP4 with other content `at` bytes after its name."""
    place = data.index(box) + len(box) + at
    return data[:place] + value + data[place + len(value) :]


def referring(url: bytes) -> bytes:
    """A clip whose data are elsewhere, says its header, at an address of as many bytes as there is room for."""
    data = clip()
    entry = struct.pack(">I4sI", 12 + len(url) + 1, b"url ", 0) + url + b"\x00"
    place = data.index(b"url ") - 4
    grown = len(entry) - 12
    changed = data[:place] + entry + data[place + 12 :]
    for box in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        where = changed.index(box) - 4
        (size,) = struct.unpack(">I", changed[where : where + 4])
        changed = changed[:where] + struct.pack(">I", size + grown) + changed[where + 4 :]
    return changed


def written(data: bytes | Callable[[], bytes]) -> Maker:
    return lambda path: void(path.write_bytes(data if isinstance(data, bytes) else data()))


def void(_: object) -> None:
    return None


def sparse(path: Path) -> None:
    path.write_bytes(picture("PNG"))
    os.truncate(path, 20 * 1024**3)


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def zipped(count: int, name: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(count):
            file.writestr(name.format(number), bytes(2**20))
    return sink.getvalue()


def pictures() -> dict[str, Maker]:
    sizes = [(2**31 - 1, 1), (100_000, 100_000), (65_535, 65_535), (8193, 4097), (0, 0), (1, 2**31 - 1)]
    cases: dict[str, Maker] = {f"png that says {w}x{h}": written(partial(png, w, h)) for w, h in sizes}
    cases |= {
        f"png of depth {d} and colour {c}": written(png(8, 8, depth=d, colour=c)) for d, c in ((3, 2), (16, 3), (8, 9))
    }
    return cases | {
        "png bomb of one bit": written(lambda: png(30_000, 30_000, depth=1, colour=0, data=zeros(112_530_000))),
        "png bomb of grey": written(lambda: png(16_000, 16_000, colour=0, data=zeros(256_016_000))),
        "png of the largest size": written(lambda: png(7680, 4320, data=zeros(99_537_120))),
        "png with more data than pixels": written(lambda: png(8, 8, data=zeros(2**28))),
        "png with a text bomb": written(lambda: png(8, 8, chunk(b"zTXt", b"Comment\x00\x00" + zeros(2**28)))),
        "png with a profile bomb": written(lambda: png(8, 8, chunk(b"iCCP", b"x\x00\x00" + zeros(2**28)))),
        "png with many chunks": written(lambda: png(8, 8, chunk(b"tEXt", b"a\x00b") * 200_000)),
        "png with endless exif": written(lambda: png(8, 8, chunk(b"eXIf", b"MM\x00*" + b"\xff" * 2**20))),
        "png with a looping exif": written(lambda: png(8, 8, chunk(b"eXIf", b"MM\x00*\x00\x00\x00\x08" * 9000))),
        "png without pixels": written(PNG + chunk(b"IEND", b"")),
        "png without a palette": written(png(8, 8, colour=3)),
        "png animated for long": written(lambda: animated("PNG", 3000)),
        "jpeg of a thousand scans": written(lambda: scans(1000, 1024)),
        "jpeg of twenty thousand scans": written(lambda: scans(20_000, 256)),
        "jpeg that says 65535x65535": written(lambda: larger_jpeg(picture("JPEG"))),
        "jpeg with a broken exif": written(lambda: picture("JPEG", exif=b"Exif\x00\x00MM\x00*" + b"\xff" * 60_000)),
        "jpeg with a broken profile": written(lambda: picture("JPEG", icc_profile=b"\xff" * 60_000)),
        "jpeg and a page": written(picture("JPEG") + b"<html><script>alert(1)</script></html>"),
        "jpeg and an archive": written(lambda: picture("JPEG") + zipped(1, "../../out.txt")),
        "jpeg called png": written(picture("JPEG")),
        "webp of many frames": written(lambda: animated("WEBP", 500)),
        "webp that says 16777216x16777216": written(
            lambda: b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + b"\x10" + bytes(3) + b"\xff" * 6
        ),
        "webp with no picture": written(b"RIFF\x04\x00\x00\x00WEBP"),
    }


def larger_jpeg(data: bytes) -> bytes:
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :]


def damaged() -> dict[str, Maker]:
    """Cut and flipped at several places."""
    whole = {"png": picture("PNG"), "jpeg": picture("JPEG"), "webp": picture("WEBP"), "mp4": clip()}
    cases: dict[str, Maker] = {}
    for kind, data in whole.items():
        cases |= {f"{kind} cut at {part}/7": written(data[: len(data) * part // 7]) for part in range(1, 7)}
        cases |= {f"{kind} with other bits, {number}": written(flipped(data, number)) for number in range(4)}
    return cases


def clips(url: str) -> dict[str, Maker]:
    return {
        "mp4 of nothing": written(b"\x00\x00\x00\x20ftypisom" + bytes(16)),
        "mp4 of noise": written(lambda: b"\x00\x00\x00\x20ftypisom" + random.Random(1).randbytes(2**20)),
        "mp4 of sound": written(lambda: sound()),
        "mp4 of 20,000 frames": written(lambda: clip(20_000, 16, 16)),
        "mp4 of a large frame": written(lambda: large_clip()),
        "mp4 whose header says small": written(lambda: patched(large_clip(), b"avc1", 24, struct.pack(">HH", 32, 32))),
        "mp4 that says 65535x65535": written(lambda: patched(clip(), b"avc1", 24, b"\xff\xff\xff\xff")),
        "mp4 of four billion samples": written(lambda: patched(clip(), b"stsz", 4, struct.pack(">II", 1, 2**32 - 2))),
        "mp4 of a billion samples": written(lambda: patched(clip(), b"stsz", 4, struct.pack(">II", 1, 2**30))),
        "mp4 of endless times": written(lambda: patched(clip(), b"stts", 8, b"\xff\xff\xff\xff\x00\x00\x00\x01")),
        "mp4 of another codec": written(lambda: clip().replace(b"avc1", b"png ", 2)),
        "mp4 of raw frames": written(lambda: clip().replace(b"avc1", b"raw ", 2)),
        "mp4 that refers to an address": written(lambda: referring(f"{url}/data.mp4".encode())),
        "mp4 that refers to a file": written(lambda: referring(b"file:///etc/passwd")),
        "mp4 in mp4 in mp4": written(b"\x00\x00\x00\x20ftypisom" + bytes(16) + nested(5000)),
        "playlist": written(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}/a.ts\n#EXT-X-ENDLIST\n".encode()),
        "playlist that begins as mp4": written(f"#EXTftypM3U\n#EXTM3U\n#EXTINF:1,\n{url}/a.ts\n".encode()),
        "playlist of a local file": written(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        "list of files": written(f"ffconcat version 1.0\nfile {url}/a.mp4\nfile /etc/passwd\n".encode()),
        "session description": written(b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
        "manifest": written(f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}/</BaseURL></Period></MPD>'.encode()),
    }


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = struct.pack(">I", len(data) + 8) + b"moov" + data
    return data


def others(url: str) -> dict[str, Maker]:
    bomb = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;&b;">]><svg>&c;</svg>'
    script = b"%!PS\n(/etc/passwd) (r) file pop showpage\n"
    return {
        "svg with a script": written(SVG.format(url=f"{url}/a.png").encode()),
        "svg with entities": written(bomb.encode()),
        "postscript": written(script),
        "pdf": written(b"%PDF-1.4\n1 0 obj<</OpenAction<</S/URI/URI(" + url.encode() + b")>>>>endobj\n"),
        "gif": written(lambda: animated("GIF", 50)),
        "tiff": written(picture("TIFF")),
        "bmp": written(picture("BMP")),
        "text": written(b"not a picture"),
        "page": written(b"<html><script>alert(1)</script></html>"),
        "archive that leads out": written(lambda: zipped(2, "../../{}.png")),
        "archive bomb": written(lambda: zipped(200, "{}.png")),
        "program": written(b"\x7fELF" + bytes(100)),
        "pickle": written(b"\x80\x04cos\nsystem\nX\x04\x00\x00\x00true\x85R."),
        "nothing": written(b""),
        "one byte": written(b"\x89"),
        "folder": lambda path: path.mkdir(),
        "link to a secret": lambda path: path.symlink_to("/etc/passwd"),
        "link to zeros": lambda path: path.symlink_to("/dev/zero"),
        "link to itself": lambda path: path.symlink_to(path.name),
        "pipe that nobody writes to": lambda path: os.mkfifo(path),
        "socket": bound,
        "endless file": sparse,
    }


def files(url: str) -> dict[str, Maker]:
    """By what each is; `url`: an address that notices whoever asks it."""
    return {**pictures(), **damaged(), **clips(url), **others(url)}


def names(url: str) -> dict[str, str]:
    """What is given in the place of a file's name."""
    return {
        "an address": f"{url}/a.png",
        "a file's address": "file:///etc/passwd",
        "a list of files": f"concat:{url}/a.mp4|/etc/passwd",
        "a device": "/dev/zero",
        "random numbers": "/dev/urandom",
        "a name with an end": "a\x00b.png",
        "a name of two lines": "a\nb\x1b[31m.png",
        "a name without end": "a" * 100_000,
        "memory": "/proc/self/mem",
    }
