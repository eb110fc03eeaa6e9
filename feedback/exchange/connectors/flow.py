"""Flow Production Tracking (ShotGrid), through shotgun-api3. A take is a Version of its shot, its file the uploaded movie.

A Version has a status of its own. Who changed it is in the site's event log, in which what our script did is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from feedback.errors import NotFound, Refused, one_line
from feedback.exchange.connectors.tracker import (
    Mark,
    OutgoingTake,
    Publication,
    Published,
    TheirNote,
    TheirPerson,
    TheirShot,
    TheirStatus,
    mark_in,
    marked,
)

CREDENTIALS = ("url", "script", "key")
MOVIE = "sg_uploaded_movie"
STATUS = "sg_status_list"
AT_ONCE = 50  # takes in one question
LONGEST_SUBJECT = 80
RATES = ("sg_fps", "sg_frame_rate")  # what sites call a shot's rate, which Flow has no field of its own for
Row = dict[str, Any]


@contextmanager
def speaking_with(site: str) -> Iterator[None]:
    """What the client and the network say becomes one line, which repeats nothing that was sent."""
    from shotgun_api3 import AuthenticationFault, ShotgunError

    try:
        yield
    except AuthenticationFault:
        raise Refused(f"{site} does not know that script and key: check them") from None
    except ShotgunError as error:
        raise Refused(f"{site} refused: {one_line(error)}") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{site} cannot be reached: {type(error).__name__}; check the address and try again") from None


def sign_in(credentials: Mapping[str, str]) -> Flow:
    """Refused where the site cannot be reached, or does not know the script."""
    try:
        from shotgun_api3 import Shotgun
    except ImportError:
        raise Refused("Flow needs shotgun-api3: pip install 'circletake[flow]'") from None
    site = f"flow {credentials['url'].rstrip('/')}"
    with speaking_with(site):
        client = Shotgun(credentials["url"], script_name=credentials["script"], api_key=credentials["key"])
        client.find_one("Project", [])
    return Flow(client, site, credentials["script"])


class Flow:
    """One site, as one script."""

    def __init__(self, client: Any, site: str, script: str) -> None:
        """`client`: a `shotgun_api3.Shotgun`, or its Mockgun."""
        self.client, self._site, self.script = client, site, script
        self.projects: dict[int, Row] = {}  # of shots, by their ids

    @property
    def site(self) -> str:
        return self._site

    def list_projects(self) -> list[str]:
        return sorted(project["name"] for project in self.find("Project", [], ["name"]))

    def find_project(self, name: str) -> str:
        projects = self.find("Project", [], ["name"])
        for project in projects:
            if project["name"] == name:
                return str(project["id"])
        names = ", ".join(sorted(project["name"] for project in projects)) or "none"
        raise NotFound(f"{self.site} has no project {name!r}, but {names}: name one with --theirs")

    def find(self, kind: str, filters: list[Any], fields: list[str]) -> list[Row]:
        """Oldest first."""
        with speaking_with(self.site):
            return list(self.client.find(kind, filters, fields, order=[{"field_name": "id", "direction": "asc"}]))

    def list_shots(self, project: str) -> list[TheirShot]:
        with speaking_with(self.site):
            known = self.client.schema_field_read("Shot")
        cut = {
            "position": "sg_cut_order",
            "frame_in": "sg_cut_in",
            "frame_out": "sg_cut_out",
            "frames": "sg_cut_duration",
        }
        fields = ["code", "sg_sequence.Sequence.code", *cut.values(), *RATES]
        rows = self.find(
            "Shot", [["project", "is", entity("Project", project)]], [f for f in fields if f.split(".")[0] in known]
        )
        listed = [
            TheirShot(
                str(row["id"]),
                row.get("sg_sequence.Sequence.code") or "",
                row["code"] or "",
                fps=next((str(row[name]) for name in RATES if row.get(name)), None),
                **{name: number_in(row.get(field), lowest=int(name == "position")) for name, field in cut.items()},
            )
            for row in rows
        ]
        return sorted(listed, key=lambda shot: (shot.sequence, shot.position or 0, shot.name))

    def list_statuses(self) -> list[str]:
        with speaking_with(self.site):
            field = self.client.schema_field_read("Version", STATUS)[STATUS]
        return list(field["properties"]["valid_values"]["value"])

    def publish_take(self, project: str, shot: str, take: OutgoingTake) -> Published:
        of_project = ["project", "is", entity("Project", project)]
        there = self.marked_row("Version", "description", [of_project], take.mark, [MOVIE])
        if there is None:
            there = self.make(
                "Version",
                {
                    "project": entity("Project", project),
                    "entity": entity("Shot", shot),
                    "code": take.name,
                    "description": marked(take.text, take.mark),
                    STATUS: take.status,
                },
            )
        if not there.get(MOVIE):  # new, or an earlier run was killed before
            with speaking_with(self.site):
                self.client.upload("Version", there["id"], str(take.path), MOVIE, take.path.name)
        theirs = str(there["id"])
        return Published(theirs, {"project": project, "shot": shot}, f"{theirs} {take.mark}")

    def marked_row(self, kind: str, field: str, filters: list[Any], mark: Mark, more: list[str]) -> Row | None:
        """The row whose text has the mark: a search alone would take 12 for 1."""
        rows = self.find(kind, [*filters, [field, "contains", str(mark)]], [field, *more])
        return next((row for row in rows if mark_in(row[field]) == mark), None)

    def make(self, kind: str, row: Row) -> Row:
        with speaking_with(self.site):
            return dict(self.client.create(kind, {name: value for name, value in row.items() if value is not None}))

    def push_status(self, take: Publication, status: str, text: str, mark: Mark, *, is_newest: bool) -> str:
        with speaking_with(self.site):
            self.client.update("Version", int(take.theirs), {STATUS: status})
        return f"{take.theirs} {mark}"

    def push_note(self, take: Publication, text: str, mark: Mark, earlier: str | None) -> str:
        project = entity("Project", take.detail["project"])
        there = self.marked_row("Note", "content", [["project", "is", project]], mark, [])
        content = marked(text, mark)
        if there is None:
            links = [entity("Version", take.theirs), entity("Shot", take.detail["shot"])]
            there = self.make(
                "Note", {"project": project, "subject": text[:LONGEST_SUBJECT], "content": content, "note_links": links}
            )
        elif there["content"] != content:
            with speaking_with(self.site):
                self.client.update("Note", there["id"], {"content": content})
        return f"Note {there['id']}"

    def pull_notes(self, takes: Sequence[Publication]) -> list[TheirNote]:
        """Notes on our Versions, and answers to them and to ours."""
        take_of = {int(take.theirs): take.take for take in takes}
        fields = ["content", "user", "note_links"]
        notes = {row["id"]: row for row in self.about(takes, "Note", "note_links", [], fields)}
        about = {number: take for number, row in notes.items() if (take := first_take(row["note_links"], take_of))}
        replies = [
            (note, row)
            for note in about
            for row in self.find("Reply", [["entity", "is", entity("Note", note)]], fields[:2])
        ]
        written = [("Note", number, notes[number], about[number]) for number in about]
        written += [("Reply", row["id"], row, about[note]) for note, row in replies]
        people = self.people([row["user"] for _, _, row, _ in written])
        return [
            TheirNote(f"{kind} {number}", take, people[key_of(row["user"])], row["content"])
            for kind, number, row, take in written
            if row["content"] and mark_in(row["content"]) is None and not self.is_ours(people[key_of(row["user"])], row)
        ]

    def pull_statuses(self, takes: Sequence[Publication]) -> list[TheirStatus]:
        take_of = {int(take.theirs): take.take for take in takes}
        filters = [["event_type", "is", "Shotgun_Version_Change"], ["attribute_name", "is", STATUS]]
        events = self.about(takes, "EventLogEntry", "entity", filters, ["entity", "meta", "user"])
        people = self.people([event["user"] for event in events])
        return [
            TheirStatus(
                f"EventLogEntry {event['id']}", take_of[event["entity"]["id"]], person, event["meta"]["new_value"]
            )
            for event in events
            if not self.is_ours(person := people[key_of(event["user"])], event)
            and (event["meta"] or {}).get("new_value")
        ]

    def is_ours(self, person: TheirPerson, row: Row) -> bool:
        """Whether our script did it, whose changes the site's event log has too."""
        return (row["user"] or {}).get("type") == "ApiUser" and person.name == self.script

    def about(
        self, takes: Sequence[Publication], kind: str, field: str, filters: list[Any], fields: list[str]
    ) -> list[Row]:
        """Rows whose link is one of these takes, oldest first."""
        rows: dict[int, Row] = {}
        for first in range(0, len(takes), AT_ONCE):
            some = [[field, "is", entity("Version", take.theirs)] for take in takes[first : first + AT_ONCE]]
            for row in self.find(kind, [*filters, {"filter_operator": "any", "filters": some}], fields):
                rows[row["id"]] = row
        return [rows[number] for number in sorted(rows)]

    def people(self, users: Sequence[Row | None]) -> dict[tuple[str, int], TheirPerson]:
        """By type and id; nobody stands for somebody who is gone."""
        people = {key_of(None): TheirPerson("somebody", "")}
        for key in {key_of(user) for user in users} - set(people):
            kind, number = key
            name, more = ("name", ["email"]) if kind == "HumanUser" else ("firstname", [])
            row = next(iter(self.find(kind, [["id", "is", number]], [name, *more])), {})
            people[key] = TheirPerson(row.get(name) or "somebody", row.get("email") or "")
        return people


def key_of(user: Row | None) -> tuple[str, int]:
    return (user["type"], user["id"]) if user else ("", 0)


def entity(kind: str, number: str | int) -> Row:
    return {"type": kind, "id": int(number)}


def first_take(links: Sequence[Row], take_of: Mapping[int, int]) -> int | None:
    versions = (link["id"] for link in links if link["type"] == "Version")
    return next((take_of[number] for number in versions if number in take_of), None)


def number_in(value: Any, lowest: int = 0) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and lowest <= value <= 10**9 else None
