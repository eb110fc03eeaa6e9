"""The header on top of every page: wordmark, pages, who is signed in."""

from __future__ import annotations

from ui.pages.components import add_html

PAGES = (
    ("Review", "/"),
    ("Rank", "/rank"),
    ("Board", "/board"),
    ("Selects", "/selects"),
    ("Briefs", "/briefs"),
    ("Projects", "/projects"),
    ("Sessions", "/sessions"),
    ("Agreement", "/agreement"),
    ("Models", "/models"),
    ("People", "/people"),
)
UNLISTED = (("Summary", "/summary"), ("Take", "/take"), ("Account", "/account"))  # pages that others lead to


def build_header(here: str, demo: bool) -> None:
    """Adds the header; `here` is the page's name. Below it stands, in the demo, what to do next."""
    add_html("header.html", "header.js", pages=PAGES, here=here)
    if demo:
        add_html("guide.html", "guide/guide.js")
