"""Pages and their parts as Jinja templates. Whatever people wrote is escaped in every one of them."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ui.languages.texts import _, current_language, ngettext
from ui.static_files import address_of, name_of_catalogue

TEMPLATES = Path(__file__).parent / "pages" / "templates"


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,  # a misspelt name is an error, not an empty string
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=address_of, _=_, ngettext=ngettext, language=current_language)
    environment.globals["catalogue"] = lambda: address_of(name_of_catalogue(current_language()))
    return environment


_environment = _make_environment()


def render(template: str, **values: object) -> str:
    """The template of that name, filled in."""
    return _environment.get_template(template).render(**values)
