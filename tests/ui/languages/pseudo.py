"""A language that no person speaks: every text is wrapped, and longer by 40 %. Whatever is not wrapped was not marked.

`python -m tests.ui.languages.pseudo serve …` is `circletake serve …` with this language beside the others.
"""

from __future__ import annotations

from babel.messages.catalog import Message

from ui.languages import catalogues
from ui.languages.catalogues import Catalogue

LANGUAGE = "qps"
OPEN, CLOSE = "⟦", "⟧"


def wrap(text: str) -> str:
    """`Save {n}` -> `⟦Save {n} ~~~⟧`: words, so that it breaks into lines as a language does."""
    more = max(1, round(0.4 * len(text)))
    return f"{OPEN}{text} {' '.join(['~' * min(6, more - start) for start in range(0, more, 7)])}{CLOSE}"


def translate(message: Message) -> str | tuple[str, ...]:
    return wrap(message.id) if isinstance(message.id, str) else tuple(wrap(form) for form in message.id)


def pseudo_catalogue() -> Catalogue:
    template = catalogues.read_po_file(catalogues.FOLDER / "messages.pot")
    messages = {
        message.id if isinstance(message.id, str) else message.id[0]: translate(message)
        for message in template
        if message.id
    }
    return Catalogue(LANGUAGE, messages)


def offer() -> None:
    """Adds it to the languages of this process."""
    catalogues.LANGUAGES[LANGUAGE] = "Pseudo"
    catalogues.KNOWN[LANGUAGE] = pseudo_catalogue()


if __name__ == "__main__":
    offer()
    from ui.cli import main

    main()
