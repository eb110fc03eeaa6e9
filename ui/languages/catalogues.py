"""One catalogue for each language: ui/languages/LANGUAGE/LC_MESSAGES/circletake.po, read as it is.

Nothing is compiled, so that no .mo file can be older than its .po, or be forgotten in a package.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from gettext import c2py  # type: ignore[attr-defined]
from pathlib import Path
from string import Template

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
DOMAIN = "circletake"
SOURCE = "en"  # the language of the msgids
PLURAL = re.compile(r"[\dn\s()?:=!<>&|%+*-]+")  # what a plural rule is made of, in C, in Python and in JavaScript


@dataclass(frozen=True)
class Catalogue:
    """The texts of one language."""

    language: str
    messages: dict[str, str | tuple[str, ...]]  # of a msgid; of the singular: each plural form
    plural: str = "n != 1"  # the number of the form for n, in C

    def form_of(self, number: int) -> int:
        """Which plural form a number takes. gettext compiles the rule."""
        return int(c2py(self.plural)(number))

    def as_module(self) -> str:
        """The catalogue as an ES module, for `t` and `tn` of static/language.js."""
        if not PLURAL.fullmatch(self.plural):
            raise ValueError(f"{self.language}: the plural rule {self.plural!r} is none")
        values = {"language": self.language, "messages": self.messages}
        texts = {name: json.dumps(value, ensure_ascii=False, separators=(",", ":")) for name, value in values.items()}
        return Template((FOLDER / "catalogue.js").read_text()).substitute(texts, plural=self.plural)


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_po_file(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def catalogue_from(catalog: Catalog, language: str) -> Catalogue:
    """What is translated and not fuzzy; the rest stays English."""
    messages: dict[str, str | tuple[str, ...]] = {}
    for message in catalog:
        if not message.id or message.fuzzy:  # the header has no id
            continue
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
            messages[message.id] = message.string
        elif not isinstance(message.id, str) and isinstance(message.string, tuple | list) and all(message.string):
            messages[message.id[0]] = tuple(message.string)
    return Catalogue(language, messages, catalog.plural_expr)


def read_catalogue(language: str) -> Catalogue:
    """The texts of a language of `LANGUAGES`."""
    if language not in KNOWN:
        KNOWN[language] = catalogue_from(read_po_file(path_of(language), language), language)
    return KNOWN[language]


def list_languages() -> dict[str, str]:
    """Each language with the name that its speakers give it."""
    codes = [SOURCE, *sorted(path.parent.parent.name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))]
    return {code: (Locale.parse(code).get_display_name() or code).capitalize() for code in codes}


LANGUAGES = list_languages()
KNOWN = {SOURCE: Catalogue(SOURCE, {})}  # those that were read
