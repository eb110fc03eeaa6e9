"""The one rule for each kind of value that people or programs send: bounds first, arithmetic and SQL after.

Numbers may come as numbers or as text, from a JSON body, a form or a command line. `Fraction("1e-20000000")` takes half
a minute, `int("9" * 5000)` raises what nobody expects, SQLite holds integers below 2**63, and NaN is neither inside nor
outside of anything: so each is measured before anything is done with it.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from feedback.errors import Invalid

LARGEST_INTEGER = 2**63 - 1  # what SQLite holds
LONGEST_NUMBER = 40  # characters of a number that is sent as text
SHOWN = 60  # characters of a wrong value that its refusal repeats

WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
# What some reader or other takes for the end of a line, but for U+2028 and U+2029, which are letters to the rest.
LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85]")
# Control characters, halves of surrogate pairs (no UTF-8 holds them) and the two that XML forbids.
UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shown(value: Any) -> str:
    """A wrong value as its refusal names it: on one line, and cut where it is long."""
    try:
        text = value if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a number of thousands of digits"
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return repr(text) if isinstance(value, str) else text


def as_text(value: Any) -> str:
    """What a form's text field sent: nothing is empty text, and what is no text is taken as it reads."""
    return value if isinstance(value, str) else "" if value is None else shown(value)


def check_whole(name: str, value: Any, low: int, high: int = LARGEST_INTEGER) -> int:
    """The whole number in `value`, an int, a float without a fraction or text; Invalid when it is none from low to high."""
    if (isinstance(value, str) and WHOLE.fullmatch(value.strip())) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{name} {shown(value)} is no whole number; give {low} to {high}")
    if not low <= value <= high:
        raise Invalid(f"{name} {shown(value)} is outside {low}-{high}")
    return value


def check_number(name: str, value: Any, low: float, high: float) -> float:
    """The number in `value`; Invalid when it is none, NaN, or not from low to high."""
    number = read_number(value)
    if number is None or math.isnan(number):
        raise Invalid(f"{name} {shown(value)} is no number; give {low:g} to {high:g}")
    if not low <= number <= high:
        raise Invalid(f"{name} {shown(value)} is outside {low:g}-{high:g}")
    return number


def read_number(value: Any) -> float | None:
    """A number, or text that is one, as a float, which may be infinite; None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        return float(text) if len(text) <= LONGEST_NUMBER and DECIMAL.fullmatch(text) else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer beyond 1.8e308
        return math.inf if value > 0 else -math.inf


def clean_text(text: str) -> str:
    """The text as the record keeps it: every line end is a newline, and what cannot be printed is left out.

    So no text can break a file that it is written to. Tabs stay, and so does everything that is a letter somewhere.
    """
    return UNPRINTABLE.sub("", LINE_ENDS.sub("\n", text))


def on_one_line(text: str) -> str:
    """The text with a blank for each line end, tab or run of blanks."""
    return " ".join(text.split())


def check_text(name: str, text: str | None, longest: int, *, required: bool = False) -> str:
    """The text, cleaned and without blanks around it; Invalid when it is too long, or empty though `required`."""
    clean = clean_text(text or "").strip()
    if required and not clean:
        raise Invalid(f"the {name} is empty; write 1 to {longest} characters")
    if len(clean) > longest:
        raise Invalid(f"the {name} has {len(clean)} characters; give at most {longest}")
    return clean


def parse_moment(name: str, text: str, zone: tzinfo = UTC) -> str:
    """An ISO date or time as the record writes it: in UTC, so that the order of texts is that of times. `zone`: of a text that
    names none, such as a date, which is its first moment.
    """
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):  # no date, or one whose time zone carries it out of the calendar
        raise Invalid(f"{name} {shown(text)} is not a date such as 2026-11-20") from None
