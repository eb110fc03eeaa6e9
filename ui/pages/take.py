"""The page of one take, `/take?take=NUMBER`: picture or player, notes, how it was made. Its behaviour is in ui/static/take."""

from __future__ import annotations

from ui.context import ReviewOptions
from ui.pages.components import add_html
from ui.pages.review import VIEWS


def build_take(options: ReviewOptions) -> None:
    views = [each for each in VIEWS if each[1] != "actual"]  # those of two takes
    add_html("take.html", "take/main.js", elem_id="take", options=options, views=views)
