"""Texts in the language that is spoken now, as templates and pages ask for them.

Placeholders are `{name}`, in Python and in templates as in the browser's modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from babel import localedata
from babel.dates import format_skeleton
from babel.numbers import format_decimal

from ui.languages.catalogues import SOURCE, read_catalogue

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def current_language() -> str:
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """What is rendered inside is in this language."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def N_(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


def _(text: str, /, **values: object) -> str:
    """The text in the language that is spoken, with its placeholders filled."""
    translated = read_catalogue(current_language()).messages.get(text, text)
    return fill(translated if isinstance(translated, str) else translated[0], values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The form for a number, which fills the placeholder {n}."""
    catalogue = read_catalogue(current_language())
    forms = catalogue.messages.get(one)
    if not isinstance(forms, tuple):
        forms = (one, many)
    return fill(forms[min(catalogue.form_of(number), len(forms) - 1)], {"n": number, **values})


def day(moment: str | None) -> str:
    """The day of a moment as the record writes it, as `day` of static/language.js: English ones as 2026-11-26."""
    if not moment or current_language() == SOURCE or not localedata.exists(current_language()):
        return (moment or "")[:10]
    return format_skeleton("yMMdd", date.fromisoformat(moment[:10]), locale=current_language())


def number(value: float, digits: int = 0) -> str:
    """As the language writes it, with so many digits after the point."""
    language = current_language() if localedata.exists(current_language()) else SOURCE
    return format_decimal(round(value, digits), "#,##0" + ("." + "0" * digits if digits else ""), locale=language)


def minute(moment: str) -> str:
    """The day with the time, in UTC."""
    return f"{day(moment)} {moment[11:16]}"


def fill(text: str, values: dict[str, object]) -> str:
    """A placeholder without a value stays, so that it is seen."""
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)
