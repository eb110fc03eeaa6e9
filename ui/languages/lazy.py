"""Texts of pages that Gradio builds once, at start, and serves to people of several languages.

What Gradio is given is a mark. It stands in the page as Gradio writes it, and is replaced on the way out by the text in
the language of whoever asks. So the first paint is in that language already, and no page is built for each of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache

from ui.languages.texts import _, speaking

_MARK = re.compile(rb"circletake-lazy-(\d+)-")
_texts: list[Callable[[], str]] = []


def lazy(render: Callable[[], str]) -> str:
    """A mark for what `render` gives once a language is spoken; the same for everybody who speaks it."""
    _texts.append(render)
    return f"circletake-lazy-{len(_texts) - 1}-"


def lazy_gettext(text: str) -> str:
    """A mark for a text, such as the label of a component."""
    return lazy(lambda: _(text))


@cache
def text_of(number: int, language: str) -> bytes:
    """The text as it stands inside a JSON string inside a script."""
    with speaking(language):
        text = json.dumps(_texts[number]())[1:-1]
    for letter in "<>&'":  # as Gradio writes its own
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.encode()


def fill_in(page: bytes, language: str) -> bytes:
    """The page with every mark replaced."""
    return _MARK.sub(lambda match: text_of(int(match[1]), language), page)
