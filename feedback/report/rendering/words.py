"""The words of a report. English unless a page brings those of another language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from feedback.preferences.night_needs import describe_night_needs
from feedback.report.morning import Needed
from feedback.trials.needed import describe_needs
from feedback.trials.results import TrialResults, describe_results

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def N_(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


class Text(Protocol):
    def __call__(self, text: str, /, **values: object) -> str: ...


class Plural(Protocol):
    def __call__(self, one: str, many: str, number: int, /, **values: object) -> str: ...


def fill(text: str, values: Mapping[str, object]) -> str:
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), text)


def in_english(text: str, /, **values: object) -> str:
    return fill(text, values)


def counted_in_english(one: str, many: str, number: int, /, **values: object) -> str:
    return fill(one if number == 1 else many, {"n": number, **values})


def english_number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}"


def english_day(moment: str) -> str:
    return moment[:10]


def english_standing(results: TrialResults) -> str:
    return describe_results(results)


def english_needs(needed: Needed) -> list[str]:
    night = describe_night_needs(needed["night"])
    trials = [line for each in needed["trials"] for line in describe_needs(each)]
    return [f"{line[0].upper()}{line[1:]}." for line in (night, *trials)]


@dataclass(frozen=True)
class Words:
    """How texts, numbers and days are written. `t` and `tn` are the marks by which translators find texts."""

    t: Text = in_english
    tn: Plural = counted_in_english
    number: Callable[..., str] = english_number  # (value, digits after the point)
    day: Callable[[str], str] = english_day  # of a moment, or a date
    standing: Callable[[TrialResults], str] = english_standing
    needs: Callable[[Any], list[str]] = english_needs

    def percent(self, share: float, digits: int = 0) -> str:
        return f"{self.number(100 * share, digits)} %"
