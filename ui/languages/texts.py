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

from feedback.days import UTC_NAME, date_of, minute_of
from ui.languages.catalogues import SOURCE, read_catalogue

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_zone: ContextVar[str] = ContextVar("zone", default=UTC_NAME)


def current_language() -> str:
    return _language.get()


@contextmanager
def speaking(language: str, zone: str = UTC_NAME) -> Iterator[None]:
    """What is rendered inside is in this language, and its days are those of a time zone."""
    token, before = _language.set(language), _zone.set(zone)
    try:
        yield
    finally:
        _language.reset(token)
        _zone.reset(before)


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
    """A day, or that of a moment as the record writes it, as `day` of static/language.js: English ones as 2026-11-26."""
    text = date_of(moment, _zone.get()) if moment else ""
    if not text or current_language() == SOURCE or not localedata.exists(current_language()):
        return text
    return format_skeleton("yMMdd", date.fromisoformat(text), locale=current_language())


def number(value: float, digits: int = 0) -> str:
    """As the language writes it, with so many digits after the point."""
    language = current_language() if localedata.exists(current_language()) else SOURCE
    return format_decimal(round(value, digits), "#,##0" + ("." + "0" * digits if digits else ""), locale=language)


def minute(moment: str) -> str:
    """The day with the time."""
    return f"{day(moment)} {minute_of(moment, _zone.get())[-5:]}"


def fill(text: str, values: dict[str, object]) -> str:
    """A placeholder without a value stays, so that it is seen."""
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)
