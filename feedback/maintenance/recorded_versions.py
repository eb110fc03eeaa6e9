"""Do the rows that decide what draws say what the audit log says of them?

Base, adapters with their hashes, state and promotions of every version are replayed from the log, whose chain of hashes
shows an edited or removed event. So a row that was edited by hand is named, although it has no hash of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from feedback.models.base_pins import pins
from feedback.models.versions import STARTER, clean_adapter
from feedback.store import Studio, audit_log

CHANGES_PRODUCTION = ("version.initial", "version.promote", "version.rollback")


@dataclass
class Replay:
    """What the log says."""

    content: dict[str, dict[str, Any]] = field(default_factory=dict)  # by version: base, adapters, run
    states: dict[str, str] = field(default_factory=dict)
    promotions: list[tuple[str, str | None, str]] = field(default_factory=list)  # (version, previous, action)
    pins: dict[str, Any] = field(default_factory=dict)  # by version: sha256 of each file of its base


def replay(studio: Studio) -> Replay:
    logged = Replay()
    for event in audit_log.list_events(studio):
        if event["action"].startswith("version."):
            follow(logged, event["action"], event["subject"], json.loads(event["detail"]))
    return logged


def follow(so_far: Replay, action: str, name: str, detail: dict[str, Any]) -> None:
    if action == "version.register":
        adapters = [clean_adapter(each) for each in detail["adapters"]]
        so_far.content[name] = {"base": detail["base"], "adapters": adapters, "run": detail["run"]}
        so_far.states[name] = "candidate"
    elif action == "version.pin":
        so_far.pins[name] = detail["files"]
    elif action == "version.reject":
        so_far.states[name] = "rejected"
    elif action in CHANGES_PRODUCTION:
        if action == "version.initial":
            so_far.content[name] = {"base": STARTER, "adapters": [], "run": None}
        retired = {each: "retired" for each, state in so_far.states.items() if state == "production"}
        so_far.states |= {**retired, name: "production"}
        so_far.promotions.append((name, detail.get("previous"), action.removeprefix("version.")))


def differences(studio: Studio) -> Iterator[str]:
    """A line for each thing that the tables say otherwise than the log."""
    logged = replay(studio)
    rows = {row["name"]: row for row in studio.rows("SELECT * FROM versions ORDER BY created, name")}
    for name, row in rows.items():
        if name not in logged.content:
            yield f"version {name} was never registered"
            continue
        content = {"base": row["base"], "adapters": json.loads(row["adapters"]), "run": row["run"]}
        for key, value in logged.content[name].items():
            if content[key] != value:
                yield f"{key} of version {name} is not what was registered"
        if row["state"] != logged.states[name]:
            yield f"version {name} is {row['state']}, and the log made it {logged.states[name]}"
    yield from (f"version {name} was removed" for name in logged.content if name not in rows)
    promotions = studio.rows("SELECT version, previous, action FROM promotions ORDER BY id")
    if [(row["version"], row["previous"], row["action"]) for row in promotions] != logged.promotions:
        yield "the promotions are not those of the log"
    pinned = pins(studio)
    yield from (
        f"the pinned base of version {name} is not the one of the log"
        for name in sorted(pinned.keys() | logged.pins.keys())
        if pinned.get(name) != logged.pins.get(name)
    )
