"""The morning report's page, for supervisors: what was judged on a day, what came of it in the night, and what it cost.

What it shows comes from ui/api/models/report.py, and its behaviour is ui/static/report/report.js.
"""

from __future__ import annotations

from feedback.store import Studio
from ui.pages.components import add_html


def build_report(studio: Studio) -> None:
    add_html("report.html", "report/report.js")
