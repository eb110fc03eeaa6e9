"""Scripts, style sheets and the catalogues of languages, served under the hash of them all: GET /web/{hash}/{name}.

One hash for the whole folder, so that modules import each other by relative paths and a page never mixes two releases.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

from feedback.errors import NotFound
from ui.languages.catalogues import LANGUAGES, SOURCE, read_catalogue

FOLDER = Path(__file__).parent / "static"
PREFIX = "/web/"  # /static and /assets are Gradio's
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
CACHE = "public, max-age=31536000, immutable"


@cache
def read_files() -> dict[str, bytes]:
    """Every file that is served, by its path below the folder. Read once: what is not in here cannot be asked for."""
    paths = sorted(path for path in FOLDER.rglob("*") if path.suffix in TYPES)
    catalogues = {
        name_of_catalogue(language): read_catalogue(language).as_module().encode()
        for language in LANGUAGES
        if language != SOURCE  # which is a file
    }
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths} | catalogues


def name_of_catalogue(language: str) -> str:
    return f"languages/{language}.js"


@cache
def content_hash() -> str:
    """Of the names and contents of all files."""
    digest = hashlib.sha256()
    for name, content in read_files().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def address_of(name: str) -> str:
    """The path that serves a file; NotFound when there is no such file."""
    if name not in read_files():
        raise NotFound(f"no file {name!r} in {FOLDER}")
    return f"{PREFIX}{content_hash()}/{name}"


def read_text(name: str) -> str:
    return read_files()[name].decode()


def routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    router.add_api_route(PREFIX + "{version}/{name:path}", get_file, methods=["GET"])
    return router


def get_file(version: str, name: str) -> Response:
    """Open to everybody: the login page has a style sheet, and nothing here is of any studio."""
    content = read_files().get(name)
    if content is None or version != content_hash():
        raise NotFound(f"there is no {name[:80]!r} of this release; load the page again")
    return Response(content, media_type=TYPES[Path(name).suffix], headers={"Cache-Control": CACHE})
