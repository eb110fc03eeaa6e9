"""The agreement page, for supervisors: how far people agree, per shot and per tag, and who differs on what.

Its data comes from ui/api, and its behaviour is ui/static/agreement.js.
"""

from __future__ import annotations

from feedback.store import Studio
from ui.pages.components import add_html


def build_agreement(studio: Studio) -> None:
    add_html("agreement.html", "agreement.js")
