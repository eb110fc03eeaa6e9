"""The pages of the PDF as PNG beside it, rendered from the PDF itself, so that both look the same."""

from __future__ import annotations

import re
import struct
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2 as pdfium
from PIL import Image
from tqdm import tqdm

from feedback.durable_files import PARTIAL
from feedback.exchange.contact_sheet.pictures import WORKERS

SIZE = 1754, 1240
"""Pixels of a page: 150 to the inch."""
UP, RGB = 2, 2  # as PNG numbers its filters and its kinds of colour
KEY, MADE_HERE = "Software", "Circletake contact sheet"


def count_pages(pdf: Path) -> int:
    with closing(pdfium.PdfDocument(pdf)) as document:
        return len(document)


def write_images(pdf: Path, folder: Path, stem: str) -> None:
    """Into a folder: STEM_01.png and so on, each like the page of that number.

    One page is rendered while a few others are compressed, which gives other threads their turn.
    """
    with closing(pdfium.PdfDocument(pdf)) as document, ThreadPoolExecutor(max_workers=WORKERS) as pool:
        digits = max(2, len(str(len(document))))
        writing = deque[Future[None]]()
        for number in tqdm(range(len(document)), desc="pages", unit="page", disable=None, leave=False):
            path = folder / f"{stem}_{number + 1:0{digits}d}.png"
            writing.append(pool.submit(write_png, path, render_page(document, number)))
            if len(writing) > WORKERS:
                writing.popleft().result()
        for last in writing:
            last.result()


def render_page(document: pdfium.PdfDocument, number: int) -> np.ndarray:
    """uint8 [H, W, 3]."""
    with closing(document[number]) as page:
        bitmap = page.render(scale=SIZE[0] / page.get_width(), rev_byteorder=True)
        with closing(bitmap):
            return np.ascontiguousarray(bitmap.to_numpy()[: SIZE[1], : SIZE[0], :3])


def write_png(path: Path, pixels: np.ndarray) -> None:
    """uint8 [H, W, 3]. Each row is written as what differs from the row above, and runs of the same are made short.

    Pillow's writer tries five ways for each row, which takes several times as long and saves a tenth.
    """
    height, width, _ = pixels.shape
    rows = np.empty((height, 1 + width * 3), np.uint8)
    rows[:, 0] = UP
    rows[:, 1:] = pixels.reshape(height, -1)
    rows[1:, 1:] -= pixels.reshape(height, -1)[:-1]
    packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
    data = packer.compress(rows.data) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"tEXt", f"{KEY}\0{MADE_HERE}".encode("latin-1")), (b"IDAT", data), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, content) for name, content in chunks))


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def replace_images(made: Path, folder: Path, stem: str) -> None:
    """Puts the new pages where those of an earlier sheet are, of which none stays; other files do."""
    for old in earlier_pages(folder, stem):
        old.unlink()
    for new in sorted(made.iterdir()):
        new.replace(folder / new.name)


def earlier_pages(folder: Path, stem: str) -> Iterator[Path]:
    """Pages of that name which were written here, as they say themselves."""
    name = re.compile(re.escape(stem) + r"_\d{2,}\.png")
    return (path for path in folder.iterdir() if name.fullmatch(path.name) and is_made_here(path))


def is_made_here(path: Path) -> bool:
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return image.info.get(KEY) == MADE_HERE
    except (OSError, ValueError, SyntaxError):
        return False


def folder_beside(path: Path) -> TemporaryDirectory[str]:
    """For pages that are not whole yet, on the same disk."""
    return TemporaryDirectory(prefix=f"{path.name}.", suffix=PARTIAL, dir=path.parent)
