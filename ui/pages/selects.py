"""The selects of a sequence, `/selects?project=CODE&sequence=S`, for supervisors. Its behaviour is in ui/static/selects."""

from __future__ import annotations

from ui.context import ReviewOptions
from ui.pages.board import FORMATS
from ui.pages.components import add_html


def build_selects(options: ReviewOptions) -> None:
    add_html("selects.html", "selects/main.js", elem_id="selects", options=options, formats=FORMATS)
