"""The catalogues: made from the source as it is, whole, and with the same placeholders in every language."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tests.docs.pages import ROOT
from ui.languages import LANGUAGES, _, catalogues, day, minute, ngettext, speaking
from ui.languages.catalogues import FOLDER, SOURCE, Catalogue, catalogue_from, path_of, read_po_file

PLACEHOLDER = re.compile(r"\{(\w+)\}")
OTHERS = sorted(set(LANGUAGES) - {SOURCE})
PYBABEL = [sys.executable, "-m", "babel.messages.frontend", "-q"]
Texts = dict[str, tuple[str, ...]]  # of a msgid: its forms


def forms_of(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def texts_of(catalog: Catalog) -> dict[str, Message]:
    return {forms_of(message.id)[0]: message for message in catalog if message.id}


def commands_of_page() -> list[list[str]]:
    """The commands of docs/languages.md that begin with `pybabel`."""
    lines = (ROOT / "docs" / "languages.md").read_text().splitlines()
    return [shlex.split(line.strip()) for line in lines if line.strip().startswith("pybabel ")]


def run_pybabel(words: list[str], folder: Path) -> None:
    done = subprocess.run([*PYBABEL, *words[1:]], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as far as pybabel reads it."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for part in ("ui", "feedback/report", "feedback/ledger"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_translator_adds_a_language_with_the_commands_of_the_page(copy: Path) -> None:
    extract, init, update = commands_of_page()
    run_pybabel(extract, copy)
    run_pybabel(init, copy)
    made = copy / "ui" / "languages" / "fr" / "LC_MESSAGES" / "circletake.po"
    made.write_text(made.read_text().replace('msgid "Sign in"\nmsgstr ""', 'msgid "Sign in"\nmsgstr "Se connecter"'))
    run_pybabel(update, copy)
    french = catalogue_from(read_po_file(made, "fr"), "fr")
    assert french.messages == {"Sign in": "Se connecter"}
    assert french.form_of(0) == 0, "French counts nothing as one"


def test_the_template_has_every_text_of_the_source(copy: Path) -> None:
    """Fails after a text was changed, until `pybabel extract` and `pybabel update` have run (docs/languages.md)."""
    run_pybabel(commands_of_page()[0], copy)
    fresh, kept = (
        {forms_of(message.id) for message in read_po_file(folder / "messages.pot") if message.id}
        for folder in (copy / "ui" / "languages", FOLDER)
    )
    assert len(fresh) > 300
    assert fresh == kept


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_whole(language: str) -> None:
    template, catalog = texts_of(read_po_file(FOLDER / "messages.pot")), read_po_file(path_of(language), language)
    messages = texts_of(catalog)
    lacking = {key: not_whole(template[key], messages.get(key), catalog.num_plurals) for key in template}
    assert {key: why for key, why in lacking.items() if why} == {}
    assert set(messages) - set(template) == set(), "no page has these any more"


def not_whole(source: Message, message: Message | None, plurals: int) -> str:
    """What is wrong with a translation; empty when nothing is."""
    forms = forms_of(message.string) if message else ()
    if not message or not all(forms):
        return "is not translated"
    if message.fuzzy:
        return "is fuzzy: somebody has to look at it"
    if len(forms) != (1 if isinstance(source.id, str) else plurals):
        return "has not all plural forms"
    names = set(PLACEHOLDER.findall(forms_of(source.id)[-1]))
    if any(set(PLACEHOLDER.findall(form)) != names for form in forms):
        return f"has other placeholders than {sorted(names)}"
    return ""


def test_what_is_not_whole_is_named() -> None:
    one, many = Message("{name} is here"), Message(("{n} take", "{n} takes"))
    assert not_whole(one, Message(one.id, "{name} ist da"), 2) == ""
    assert "not translated" in not_whole(one, None, 2)
    assert "not translated" in not_whole(many, Message(many.id, ("{n} Take", "")), 2)
    assert "fuzzy" in not_whole(one, Message(one.id, "{name} ist da", flags=["fuzzy"]), 2)
    assert "placeholders" in not_whole(one, Message(one.id, "{nahme} ist da"), 2)
    assert "plural" in not_whole(many, Message(many.id, ("{n} Take",)), 2)


def test_texts_in_python() -> None:
    assert _("Sign in") == "Sign in"
    with speaking("de"):
        assert _("Sign in") == "Anmelden"
        assert _("Too many failed tries. Try again in {seconds} s.", seconds=3).endswith("in 3 s wieder.")
        assert [ngettext("{n} star", "{n} stars", number) for number in (1, 2)] == ["1 Stern", "2 Sterne"]
        assert _("not in any catalogue {x}", x=1) == "not in any catalogue 1"
    assert ngettext("{n} star", "{n} stars", 1) == "1 star"


def test_days_in_python() -> None:
    moment = "2026-03-01T23:59:00+00:00"
    assert (day(moment), minute(moment), day(None)) == ("2026-03-01", "2026-03-01 23:59", "")
    for language, expected in (("de", "01.03.2026"), ("fr", "01/03/2026"), ("qps", "2026-03-01")):
        with speaking(language):
            assert day(moment) == expected


def test_what_is_fuzzy_stays_english() -> None:
    catalog = Catalog("de")
    catalog.add("Sign in", "Anmelden", flags=["fuzzy"])
    catalog.add(("{n} take", "{n} takes"), ("{n} Take", ""))
    assert catalogue_from(catalog, "de").messages == {}


def test_a_plural_rule_that_is_none_is_no_script() -> None:
    with pytest.raises(ValueError, match="the plural rule"):
        Catalogue("de", {}, "alert(1)").as_module()


def test_each_language_is_listed_by_its_own_name() -> None:
    assert catalogues.LANGUAGES["en"] == "English"
    assert catalogues.LANGUAGES["de"] == "Deutsch"
