"""Small pieces that several pages show."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from feedback.errors import Refused
from feedback.production.takes import Take
from feedback.store import Studio, media
from ui.api.names import name_for, rendition_address
from ui.languages import _, lazy
from ui.rendering import render
from ui.security.access import Person


def line(text: str, refused: bool = False) -> str:
    """One line of state, or of refusal."""
    return render("line.html", text=text, refused=refused)


def refusal(error: Refused) -> str:
    return line(str(error), refused=True)


def add_html(template: str, module: str, *, elem_id: str | None = None, **values: object) -> gr.HTML:
    """A template as a component, started by the `start` of a module under ui/static once it is on the page."""
    script = render("on_load.js", module=module)
    content = lazy(lambda: render(template, **values))
    return gr.HTML(content, js_on_load=script, apply_default_css=False, elem_id=elem_id)


def add_heading(text: str) -> None:
    """The page's heading, for those who do not see that the header marks the page."""
    gr.HTML(lazy(lambda: render("heading.html", text=_(text))), apply_default_css=False)


@dataclass(frozen=True)
class TakePicture:
    """What a page shows of a take. Never the archived file: that one tells who made it."""

    id: int  # as the person who looks at the page knows it
    state: str  # queued, leased, done, failed or cancelled
    progress: float  # 0 to 1
    error: str | None
    media: str | None  # the address of the rendition
    is_clip: bool


def picture_of(studio: Studio, take: Take, person: Person) -> TakePicture:
    rendition = take["rendition"] if take["state"] == "done" else None
    return TakePicture(
        id=name_for(studio, person, take["id"]),
        state=take["state"],
        progress=min(1.0, max(0.0, take["progress"] or 0.0)),
        error=take["error"],
        media=rendition_address(studio, person, take) if rendition else None,
        is_clip=rendition is not None and media.describe(studio, rendition)["ext"].lstrip(".") == "mp4",
    )
