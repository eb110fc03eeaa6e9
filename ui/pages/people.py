"""The people page: admins add people, set roles, passwords and projects, disable and enable them, issue and revoke tokens.

Its behaviour is in ui/static/people.js, over the routes of ui/api/people.py.
"""

from __future__ import annotations

from feedback.people.accounts import MINIMUM_PASSWORD, ROLES
from ui.pages.components import add_html


def build_people() -> None:
    add_html("people.html", "people.js", roles=ROLES, minimum=MINIMUM_PASSWORD)
