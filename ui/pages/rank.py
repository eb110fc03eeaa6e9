"""The ranking page: several takes of a brief, ordered by number keys. Its behaviour is in ui/static/rank."""

from __future__ import annotations

from ui.context import ReviewOptions
from ui.pages.components import add_html


def build_rank(options: ReviewOptions) -> None:
    add_html("rank.html", "rank/main.js", elem_id="rank", options=options)
