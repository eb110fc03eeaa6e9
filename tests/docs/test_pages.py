"""What the pages name is there, and what is there is named: links, pictures, commands, options, settings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from tests.docs.pages import ENTRANCES, PAGES, ROOT, anchors_of, commands_of
from tests.words import settings_of

ADMINISTRATION = ROOT / "docs" / "administration.md"
LEARNING = ROOT / "docs" / "how-learning-works.md"
EVERYWHERE = {"--studio", "--json", "--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", page.read_text()):
        target = page.parent / link if link else page
        if not link.startswith("http"):
            assert target.exists(), f"{page.name} links to {link}, which is not there"
            assert not anchor or anchor in anchors_of(target), f"{page.name}: {link} has no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_is_there(page: Path) -> None:
    """Names in capitals stand for others."""
    for name in re.findall(
        r"`((?:feedback|generation|finetune|ui|benchmarks|tests|docs|deploy)/[a-z0-9_./-]+)`", page.read_text()
    ):
        assert (ROOT / name).exists(), f"{page.name} names {name}, which is not there"


def test_every_picture_is_shown_somewhere() -> None:
    pages = [*PAGES, *(ROOT / "docs" / "research").rglob("*.md")]
    pages += [ROOT / "benchmarks" / "RESULTS.md", ROOT / "generation" / "starter" / "README.md"]
    text = "\n".join(page.read_text() for page in pages)
    unused = [path.name for path in (ROOT / "docs" / "pictures").iterdir() if path.name not in text]
    assert not unused, f"no page shows {unused}"


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for match in filter(None, (ENTRANCES.match(command) for command in commands_of(page))):
            if match["target"]:
                assert re.search(rf"^{match['target']}:", makefile, re.M), f"{page.name}: make {match['target']}"


def leaves(group: click.Group, prefix: str = "circletake") -> dict[str, click.Command]:
    commands: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        full = f"{prefix} {name}"
        commands |= leaves(command, full) if isinstance(command, click.Group) else {full: command}
    return commands


def options_of(command: click.Command) -> list[str]:
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    return [option.opts[0] for option in options if option.opts[0] not in EVERYWHERE]


def test_every_command_and_option_is_documented() -> None:
    from ui.cli import main

    table = [line for line in ADMINISTRATION.read_text().splitlines() if line.startswith("| `circletake ")]
    for name, command in leaves(main).items():
        rows = [row for row in table if re.search(rf"`{name}[` ]", row)]
        assert rows, f"no row for `{name}` in {ADMINISTRATION.name}"
        missing = [option for option in options_of(command) if not re.search(rf"{option}\b", rows[0])]
        assert not missing, f"`{name}`: no {missing} in its row of {ADMINISTRATION.name}"


def test_every_command_that_is_documented_exists() -> None:
    from ui.cli import main

    names, table = leaves(main), ADMINISTRATION.read_text().split("## Every command")[1]
    for quoted in re.findall(r"`circletake ([^`]+)`", table):
        words = quoted.replace("\\|", "|").split()
        name = next(
            (f"circletake {' '.join(words[:n])}" for n in (3, 2, 1) if f"circletake {' '.join(words[:n])}" in names),
            None,
        )
        assert name, f"{ADMINISTRATION.name} documents `circletake {quoted}`, which does not exist"


@cache
def settings() -> dict[str, dict[str, Any]]:
    """By method: each setting of its recipe with its default."""
    from finetune.recipe import METHODS, recipe_as_dict, recipe_from

    return {method: dict(settings_of(recipe_as_dict(recipe_from({"method": method})))) for method in METHODS}


def documented_defaults() -> dict[str, tuple[str, str]]:
    """By setting: (the default of guided and ranked, the default of the others), as the table of settings writes them.

    "sft.NAME" is where sft differs from the others.
    """
    defaults, table = {}, LEARNING.read_text().split("## Every setting of a recipe")[1]
    for names, default in re.findall(r"^\| (`[a-z0-9_.`, ]+`) \| ([^|]*) \|", table, re.M):
        own, _, others = default.strip().partition(" (others ")
        others, _, sft = others.rstrip(")").partition("; sft ")
        for name in re.findall(r"`([^`]+)`", names):
            defaults |= {name: (own, others or own), **({f"sft.{name}": (sft, sft)} if sft else {})}
    return defaults


def as_written(value: Any) -> str:
    """As YAML would have it: 1.0 is 1, None is null."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_written(each) for each in value)}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_of_a_recipe_is_documented_with_its_default() -> None:
    documented = documented_defaults()
    for method, defaults in settings().items():
        for name, value in defaults.items():
            assert name in documented, f"{name} has no row in {LEARNING.name}"
            section = name.split(".")[0]
            if (section in settings() and section != method) or name == "method":
                continue
            own, others = documented.get(f"{method}.{name}", documented[name])
            written = own if method in ("guided", "ranked") or section == method else others
            if written.startswith("as for "):
                written = documented[f"{written.removeprefix('as for ')}.{name.split('.')[1]}"][0]
            assert as_written(value) == written, f"{name} of {method}: {as_written(value)}, documented as {written}"


def test_every_setting_that_is_documented_exists() -> None:
    known = {name for defaults in settings().values() for name in defaults}
    assert not {name.removeprefix("sft.") if name.count(".") > 1 else name for name in documented_defaults()} - known
