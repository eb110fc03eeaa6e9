"""A site of Flow Production Tracking in memory: shotgun-api3's own Mockgun, with the part of a site's schema that is used.

Mockgun cannot take uploads, and writes no event log: both are done here as a site does them, and are the only parts that are
not its own.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from shotgun_api3.lib import mockgun

SCRIPT = "circletake"
STATUSES = ["na", "rev", "vwd", "apr", "omt"]
FIELDS: dict[str, dict[str, str]] = {
    "Project": {"name": "text"},
    "Sequence": {"code": "text", "project": "entity"},
    "Shot": {
        "code": "text", "project": "entity", "sg_sequence": "entity", "sg_cut_order": "number", "sg_cut_in": "number",
        "sg_cut_out": "number", "sg_cut_duration": "number", "sg_fps": "text",
    },
    "Version": {
        "code": "text", "project": "entity", "entity": "entity", "description": "text", "sg_status_list": "status_list",
        "sg_uploaded_movie": "url", "user": "entity",
    },
    "Note": {
        "project": "entity", "subject": "text", "content": "text", "note_links": "multi_entity", "user": "entity",
    },
    "Reply": {"content": "text", "entity": "entity", "user": "entity"},
    "HumanUser": {"name": "text", "email": "text"},
    "ApiUser": {"firstname": "text"},
    "EventLogEntry": {
        "event_type": "text", "description": "text", "attribute_name": "text", "entity": "entity",
        "meta": "serializable", "user": "entity",
    },
}  # fmt: skip


def field_of(kind: str, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"default_value": {"value": None}, "valid_types": {"value": ["Version", "Shot"]}}
    if name == "sg_status_list":
        properties["valid_values"] = {"value": STATUSES}
    return {"data_type": {"value": kind}, "properties": properties}


def schema() -> dict[str, dict[str, Any]]:
    more = {"id": "number"}  # each row has a type of its own
    return {
        kind: {name: field_of(of_type, name) for name, of_type in {**fields, **more}.items()}
        for kind, fields in FIELDS.items()
    }


class Site(mockgun.Shotgun):  # type: ignore[misc]
    """As it answers our script: what the script changes is in the event log, and what it makes is its own."""

    uploaded: dict[int, bytes]

    def update(self, entity_type: str, entity_id: int, data: dict[str, Any], *words: Any) -> Any:
        self.log(entity_type, entity_id, data, {"type": "ApiUser", "id": 1})
        return super().update(entity_type, entity_id, data, *words)

    def create(self, entity_type: str, data: dict[str, Any], return_fields: Any = None) -> Any:
        fields = FIELDS.get(entity_type, {})
        own = {"user": {"type": "ApiUser", "id": 1}} if "user" in fields and "user" not in data and self.is_open else {}
        made = super().create(entity_type, {**data, **own}, return_fields)
        if entity_type == "Version":
            self.log(entity_type, made["id"], data, {"type": "ApiUser", "id": 1})
        return made

    is_open = False

    def upload(
        self,
        entity_type: str,
        entity_id: int,
        path: str,
        field_name: Any = None,
        display_name: Any = None,
        tag_list: Any = None,
    ) -> int:
        self.uploaded[entity_id] = Path(path).read_bytes()
        self._db[entity_type][entity_id][field_name] = {"name": display_name, "link_type": "upload"}
        return entity_id

    def log(self, kind: str, number: int, data: dict[str, Any], user: dict[str, Any]) -> None:
        if kind == "Version" and "sg_status_list" in data:
            change = {"event_type": "Shotgun_Version_Change", "attribute_name": "sg_status_list", "user": user}
            changed = {"entity": {"type": kind, "id": number}, "meta": {"new_value": data["sg_status_list"]}}
            super().create("EventLogEntry", {**change, **changed})

    def review(self, user: int, version: int, status: str) -> None:
        """Somebody changes a status on the site's pages."""
        self._db["Version"][version]["sg_status_list"] = status
        self.log("Version", version, {"sg_status_list": status}, {"type": "HumanUser", "id": user})


def open_site(folder: Path) -> Site:
    """With a script, two people, and the project Show of three shots."""
    paths = [folder / name for name in ("schema", "entities")]
    for path in paths:
        path.write_bytes(pickle.dumps(schema()))
    mockgun.Shotgun.set_schema_paths(*map(str, paths))
    site = Site("https://studio.example")
    site.uploaded = {}
    site.create("ApiUser", {"firstname": SCRIPT})
    site.create("HumanUser", {"name": "Rita Rev", "email": "rita@example.com"})
    site.create("HumanUser", {"name": "Omar Ooo", "email": "omar@example.com"})
    project = site.create("Project", {"name": "Show"})
    sequence = site.create("Sequence", {"code": "SQ01", "project": project})
    for place, code in enumerate(("SH030", "SH010", "SH020"), start=1):
        cut = {"sg_cut_order": place, "sg_cut_in": 1001, "sg_cut_out": 1048, "sg_cut_duration": 48}
        row = {"code": code, "project": project, "sg_sequence": sequence, **cut}
        site.create("Shot", row | ({"sg_fps": "23.976"} if place == 1 else {}))
    site.is_open = True
    return site
