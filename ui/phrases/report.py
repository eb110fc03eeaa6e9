"""The words of the morning report, as the page has them."""

from __future__ import annotations

from feedback.report.rendering.words import Words
from ui.languages import _, day, ngettext, number
from ui.phrases.needed import describe_needed
from ui.phrases.standing import describe_standing


def page_words() -> Words:
    """Of the language that is spoken."""
    return Words(_, ngettext, number, day, describe_standing, describe_needed)
