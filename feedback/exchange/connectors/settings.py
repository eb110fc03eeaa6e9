"""How a studio's words and people meet the tracker's: one YAML file, of which every part may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from feedback.errors import Invalid, one_line
from feedback.fields import shown
from feedback.judgements.statuses import STATUSES

KITSU: Mapping[str, str | None] = {
    "wip": "wfa", "needs_retake": "retake", "approved": "approved", "circled": "done", "discarded": None,
}  # fmt: skip
FLOW: Mapping[str, str | None] = {
    "wip": "rev", "needs_retake": "vwd", "approved": "apr", "circled": "apr", "discarded": None,
}  # fmt: skip
"""Of our statuses those of a new site of each tracker; None is kept here."""
LONGEST_FILE = 2**20


@dataclass(frozen=True)
class ConnectorSettings:
    """What a studio's file may say."""

    statuses: Mapping[str, str | None]
    """By ours the tracker's, or null for one that is not sent."""
    back: Mapping[str, str] = field(default_factory=dict)
    """By the tracker's ours, where it is not the one that `statuses` says; ours may be one that two of theirs mean."""
    publish: tuple[str, ...] = ("approved", "circled")
    """Statuses of takes that are published."""
    task_type: str = "Compositing"
    """Kitsu: the type of the task of each shot that takes are published to; made where a shot has none."""
    people: Mapping[str, str] = field(default_factory=dict)
    """By somebody's e-mail address or name there their name here. Who has their address as their name here need not be named."""
    account: str | None = None
    """The person of this studio whose name notes and statuses get of people that are not named. Without, they stay there."""
    name: str = "{project}_{shot}_take{take:04d}"
    """Of published files. It does not say the version: whoever sees it there may judge here."""

    def theirs(self, status: str) -> str | None:
        return self.statuses.get(status)

    def ours(self, status: str) -> str | None:
        """What a status there means here; None for one that means nothing."""
        if status in self.back:
            return self.back[status]
        return next((own for own, other in self.statuses.items() if other == status), None)


def read_settings(path: Path | None, statuses: Mapping[str, str | None]) -> ConnectorSettings:
    """Invalid names what the file has that cannot be. `statuses`: those that are meant where it says none."""
    if path is None:
        return ConnectorSettings(statuses)
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise Invalid(f"{path} is too long for a file of settings: name another one")
        content = yaml.safe_load(path.read_text()) or {}
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise Invalid(f"{path} cannot be read as YAML: {one_line(error)}") from None
    if not isinstance(content, dict):
        raise Invalid(f"{path} is no mapping of settings: write for example `account: kitsu`")
    known = {each.name for each in fields(ConnectorSettings)}
    for name in content:
        if name not in known:
            raise Invalid(f"{path}: no setting {shown(name)}; there are {', '.join(sorted(known))}")
    return checked({"statuses": {}, **content}, statuses, str(path))


def checked(content: dict[str, Any], statuses: Mapping[str, str | None], where: str) -> ConnectorSettings:
    for name in ("statuses", "back", "people"):
        check_texts(content.get(name, {}), f"{where}: {name}")
    for name in ("task_type", "account", "name"):
        if not isinstance(content.get(name, ""), str):
            raise Invalid(f"{where}: {name} {shown(content[name])} is no text; put it in quotes")
    publish = content.get("publish", ConnectorSettings.publish)
    if not isinstance(publish, list | tuple):
        raise Invalid(f"{where}: publish {shown(publish)} is no list, such as [circled]")
    check_ours([*content["statuses"], *publish, *content.get("back", {}).values()], where)
    check_name(content.get("name", ConnectorSettings.name), where)
    return ConnectorSettings(**{**content, "statuses": {**statuses, **content["statuses"]}, "publish": tuple(publish)})


def check_texts(mapping: Any, where: str) -> None:
    is_one = isinstance(mapping, dict) and all(
        isinstance(name, str) and isinstance(value, str | None) for name, value in mapping.items()
    )
    if not is_one:
        raise Invalid(f"{where} is no mapping of texts: write one `theirs: ours` a line, numbers in quotes")


def check_ours(statuses: Iterable[Any], where: str) -> None:
    for status in statuses:
        if status not in STATUSES:
            raise Invalid(f"{where}: no status {shown(status)} here; there are {', '.join(STATUSES)}")


def check_name(template: str, where: str) -> None:
    try:
        named = template.format(project="P", sequence="Q", shot="S", take=1)
    except (KeyError, IndexError, ValueError, AttributeError):
        named = ""
    if not named or "/" in named or len(named) > 100:
        raise Invalid(
            f"{where}: name {shown(template)} names no file; use {{project}}, {{sequence}}, {{shot}} and {{take}}"
        )
