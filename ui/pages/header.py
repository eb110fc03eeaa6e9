"""The header on top of every page: wordmark, pages, who is signed in."""

from __future__ import annotations

from ui.languages import N_
from ui.pages.components import add_html

PAGES = (
    (N_("Review"), "/"),
    (N_("Rank"), "/rank"),
    (N_("Board"), "/board"),
    (N_("Selects"), "/selects"),
    (N_("Storyboard"), "/storyboard"),
    (N_("Briefs"), "/briefs"),
    (N_("Projects"), "/projects"),
    (N_("Library"), "/library"),
    (N_("Sessions"), "/sessions"),
    (N_("Agreement"), "/agreement"),
    (N_("Report"), "/report"),
    (N_("Models"), "/models"),
    (N_("Rights"), "/rights"),
    (N_("People"), "/people"),
)
UNLISTED = (
    (N_("Summary"), "/summary"),
    (N_("Take"), "/take"),
    (N_("Account"), "/account"),
    (N_("Ledger"), "/ledger"),
)  # pages that others lead to


def build_header(here: str, demo: bool) -> None:
    """Adds the header; `here` is the page's name. Below it stands, in the demo, what to do next."""
    add_html("header.html", "header.js", pages=PAGES, here=here)
    if demo:
        add_html("guide.html", "guide/guide.js")
