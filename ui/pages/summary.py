"""The summary page: what one chose in a shot or a review session, how far others agree, and what there is next.

Its data comes from ui/api, and its behaviour is ui/static/sessions/summary.js.
"""

from __future__ import annotations

from feedback.store import Studio
from ui.pages.components import add_html


def build_summary(studio: Studio) -> None:
    add_html("summary.html", "sessions/summary.js")
