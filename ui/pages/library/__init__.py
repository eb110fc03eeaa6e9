"""The library: the studio's own frames and clips, to browse, search and exclude. Its behaviour is in ui/static/library."""

from __future__ import annotations

from feedback.library.items import LONGEST_REASON
from ui.pages.components import add_html


def build_library() -> None:
    add_html("library.html", "library/main.js", elem_id="library", longest_reason=LONGEST_REASON)
