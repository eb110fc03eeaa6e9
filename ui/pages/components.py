"""Small pieces that several pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from feedback.errors import Refused
from feedback.store import Studio, media
from ui.api.media import media_address
from ui.rendering import render


def line(text: str, refused: bool = False) -> str:
    """One line of state, or of refusal."""
    return render("line.html", text=text, refused=refused)


def refusal(error: Refused) -> str:
    return line(str(error), refused=True)


def add_html(template: str, module: str, *, elem_id: str | None = None, **values: object) -> gr.HTML:
    """A template as a component, started by the `start` of a module under ui/static once it is on the page."""
    script = render("on_load.js", module=module)
    return gr.HTML(render(template, **values), js_on_load=script, apply_default_css=False, elem_id=elem_id)


@dataclass(frozen=True)
class TakePicture:
    """What a page shows of a take. Never the archived file: that one tells who made it."""

    id: int
    state: str  # queued, leased, done, failed or cancelled
    progress: float  # 0 to 1
    error: str | None
    media: str | None  # the address of the rendition
    is_clip: bool


def picture_of(studio: Studio, take: Mapping[str, Any]) -> TakePicture:
    rendition = take["rendition"] if take["state"] == "done" else None
    return TakePicture(
        id=take["id"],
        state=take["state"],
        progress=min(1.0, max(0.0, take["progress"] or 0.0)),
        error=take["error"],
        media=media_address(studio, rendition),
        is_clip=rendition is not None and media.describe(studio, rendition)["ext"].lstrip(".") == "mp4",
    )
