"""Texts that tools leave in PNG chunks, EXIF and MP4 metadata, and what they say of a file's making."""

from __future__ import annotations

import io
from typing import Any

from PIL import ExifTags, Image

from generation.intake.comfyui_graph import read_graph
from generation.intake.made_with import MadeWith, parse_json
from generation.intake.parameters_text import read_parameters
from generation.media.decode import FORMATS, UNREADABLE, open_clip

NAMES = ("prompt", "workflow", "parameters", "comment")
MAKE, MODEL, USER_COMMENT = 0x010F, 0x0110, 0x9286  # tags of EXIF, where JPEG and WebP have it


def read_made_with(data: bytes, ext: str) -> MadeWith:
    """How a file was made; nothing of what its texts do not say, or say in a form that nobody reads. Never raises."""
    texts = texts_of_clip(data) if ext == "mp4" else texts_of_still(data)
    wrapped = parse_json(texts.get("comment"))  # as a node for videos has both in one
    graph = texts.get("prompt") or (wrapped.get("prompt") if isinstance(wrapped, dict) else None)
    made = read_graph(graph if isinstance(graph, dict) else parse_json(graph))
    return made or read_parameters(texts.get("parameters")) or MadeWith()


def texts_of_still(data: bytes) -> dict[str, str]:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            image.load()  # chunks may stand behind the picture
            texts = {name: text for name in NAMES if isinstance(text := image.info.get(name), str)}
            return texts or texts_of_exif(image)
    except (*UNREADABLE, RecursionError):
        return {}


def texts_of_exif(image: Image.Image) -> dict[str, str]:
    """`prompt:{…}` in Make and `workflow:{…}` in Model; `parameters` in the user's comment."""
    exif, texts = image.getexif(), {}
    for tag in (MAKE, MODEL):
        name, colon, text = str(exif.get(tag, "")).partition(":")
        if colon and name.lower() in NAMES:
            texts[name.lower()] = text
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(USER_COMMENT)
    if isinstance(comment, bytes):
        texts["parameters"] = text_of_comment(comment)
    return texts


def text_of_comment(comment: bytes) -> str:
    """Eight bytes that name the encoding, then the text."""
    code, text = comment[:8].rstrip(b"\x00"), comment[8:]
    if code == b"UNICODE":  # in either order of bytes: the first of the text's letters is a Latin one
        return text.decode("utf-16-be" if text[:1] == b"\x00" else "utf-16-le", "replace")
    return text.decode("utf-8", "replace")


def texts_of_clip(data: bytes) -> dict[str, str]:
    try:
        with open_clip(io.BytesIO(data)) as opened:
            metadata: dict[str, Any] = {name.lower(): text for name, text in opened.metadata.items()}
            return {name: metadata[name] for name in NAMES if isinstance(metadata.get(name), str)}
    except UNREADABLE:
        return {}
