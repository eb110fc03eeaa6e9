"""The header on top of every page: wordmark, pages, who is signed in."""

from __future__ import annotations

from ui.pages.components import add_html

PAGES = (
    ("Review", "/"),
    ("Rank", "/rank"),
    ("Board", "/board"),
    ("Selects", "/selects"),
    ("Briefs", "/briefs"),
    ("Models", "/models"),
    ("People", "/people"),
)


def build_header(here: str) -> None:
    """Adds the header; `here` is the page's name."""
    add_html("header.html", "header.js", pages=PAGES, here=here)
