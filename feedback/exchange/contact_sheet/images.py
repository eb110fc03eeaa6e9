"""The pages of the PDF as PNG beside it, rendered from the PDF itself, so that both look the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2 as pdfium
from PIL import Image, PngImagePlugin
from tqdm import tqdm

SIZE = 1754, 1240
"""Pixels of a page: 150 to the inch."""
KEY, MADE_HERE = "Software", "Circletake contact sheet"


def count_pages(pdf: Path) -> int:
    with closing(pdfium.PdfDocument(pdf)) as document:
        return len(document)


def write_images(pdf: Path, folder: Path, stem: str) -> None:
    """Into a folder: STEM_01.png and so on, each like the page of that number."""
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, MADE_HERE)
    with closing(pdfium.PdfDocument(pdf)) as document:
        digits = max(2, len(str(len(document))))
        numbers = tqdm(range(len(document)), desc="pages", unit="page", disable=None, leave=False)
        for number in numbers:
            image = render_page(document, number)
            # Little is gained by compressing pictures harder, and it takes most of the time.
            image.save(folder / f"{stem}_{number + 1:0{digits}d}.png", pnginfo=info, compress_level=1)


def render_page(document: pdfium.PdfDocument, number: int) -> Image.Image:
    with closing(document[number]) as page, closing(page.render(scale=SIZE[0] / page.get_width())) as bitmap:
        return bitmap.to_pil().crop((0, 0, *SIZE)).convert("RGB")


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
    return TemporaryDirectory(prefix=f"{path.name}.", suffix=".partial", dir=path.parent)
