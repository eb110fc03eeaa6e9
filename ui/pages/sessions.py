"""The sessions page: review sessions, who has done how much, and for supervisors a form that puts one together.

Its data comes from ui/api, and its behaviour is ui/static/sessions/sessions.js.
"""

from __future__ import annotations

from feedback.store import Studio
from ui.languages import N_
from ui.pages.components import add_html

# (status, label), as on the board.
STATUSES = (("wip", N_("WIP")), ("needs_retake", N_("Retake")), ("approved", N_("OK")), ("circled", N_("◯ Circled")))


def build_sessions(studio: Studio) -> None:
    add_html("sessions.html", "sessions/sessions.js", statuses=STATUSES)
