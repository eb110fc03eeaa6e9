"""A version's ledger in the browser, for supervisors and admins: /ledger?version=V, from the page Models.

What it shows comes from ui/api/models/ledger.py, and its behaviour is ui/static/report/ledger.js.
"""

from __future__ import annotations

from feedback.store import Studio
from ui.pages.components import add_html


def build_ledger(studio: Studio) -> None:
    add_html("ledger.html", "report/ledger.js")
