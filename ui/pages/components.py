"""Small pieces of HTML that several pages show. Everything that people wrote is escaped here."""

from __future__ import annotations

from html import escape
from typing import Any

from feedback import media
from feedback.errors import Refused
from feedback.studio import Studio


def line(text: str, refused: bool = False) -> str:
    """One line of state, or of refusal."""
    return f'<div class="ct-line{" ct-refused" if refused else ""}" role="status">{escape(text)}</div>'


def refusal(error: Refused) -> str:
    return line(str(error), refused=True)


def progress(share: float) -> str:
    """A thin bar, `share` from 0 to 1."""
    return f'<div class="ct-progress"><i style="width:{100 * min(1.0, max(0.0, share)):.0f}%"></i></div>'


def picture(studio: Studio, take: dict[str, Any]) -> str:
    """The take's rendition, or why there is none yet. Never the archived file: that one tells who made it."""
    if take["state"] == "failed":
        return f'<div class="ct-wait">{escape(take["error"] or "failed")}</div>'
    if take["state"] != "done":
        word = "drawing" if take["state"] == "leased" else "queued"
        return f'<div class="ct-wait">{word}{progress(take["progress"] or 0)}</div>'
    file = media.describe(studio, take["rendition"])
    address = f"/media/{take['rendition']}.{file['ext']}"
    if file["ext"] == "mp4":
        return f'<div class="ct-clip"><video src="{address}" muted loop controls preload="metadata"></video></div>'
    return f'<img src="{address}" alt="take {take["id"]}" loading="lazy">'
