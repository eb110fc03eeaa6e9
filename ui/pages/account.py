"""The account page: everybody's own password, sessions and tokens. Its behaviour is in ui/static/account.js."""

from __future__ import annotations

from feedback.people.accounts import MINIMUM_PASSWORD
from ui.languages import LANGUAGES
from ui.pages.components import add_html


def build_account() -> None:
    add_html("account.html", "account.js", minimum=MINIMUM_PASSWORD, languages=LANGUAGES)
