"""The pages' languages. English stands in the source; every other language is one gettext catalogue, read by Babel."""

from ui.languages.catalogues import LANGUAGES
from ui.languages.choice import language_of
from ui.languages.lazy import fill_in, lazy, lazy_gettext
from ui.languages.texts import N_, _, current_language, day, minute, ngettext, number, speaking

__all__ = [
    "LANGUAGES",
    "N_",
    "_",
    "current_language",
    "day",
    "fill_in",
    "language_of",
    "lazy",
    "lazy_gettext",
    "minute",
    "ngettext",
    "number",
    "speaking",
]
