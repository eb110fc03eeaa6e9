"""Which language a request is answered in: the person's own choice, else the browser's, else English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ui.languages.catalogues import LANGUAGES, SOURCE

COOKIE = "circletake_language"  # the choice of /account, set by static/account.js


class Asking(Protocol):
    """A request, of Starlette or of a page's event."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def cookies(self) -> Mapping[str, str]: ...


def language_of(request: Asking) -> str:
    """One of `LANGUAGES`."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def preferred(accept: str) -> str:
    """The best of ours in an Accept-Language header, such as "de-AT,de;q=0.9,en;q=0.8" (RFC 9110, 12.5.4)."""
    for tag in wishes(accept):
        parts = tag.split("-")
        for length in range(len(parts), 0, -1):  # de-AT is German too (lookup of RFC 4647)
            language = "-".join(parts[:length])
            match = next((each for each in LANGUAGES if each.lower().replace("_", "-") == language), None)
            if match:
                return match
    return SOURCE


def wishes(accept: str) -> list[str]:
    """The tags of an Accept-Language header, the dearest first, without those that are refused by q=0."""
    weighed = []
    for part in accept[:1000].split(","):
        tag, _, rest = part.strip().partition(";")
        name, _, number = rest.strip().partition("=")
        try:
            weight = float(number) if name.strip() == "q" else 1.0
        except ValueError:
            weight = 0.0
        if tag and 0 < weight <= 1:
            weighed.append((weight, tag.strip().lower()))
    return [tag for weight, tag in sorted(weighed, key=lambda each: -each[0])]
