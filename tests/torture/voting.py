"""Voting over HTTP as a browser's outbox does it: a uid for each ballot, and the same one again until there is a receipt."""

from __future__ import annotations

import http.client
import json
import random
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feedback.people import tokens
from feedback.store import Studio
from tests.factories import add_brief, add_person, add_takes, new_studio

VERDICTS = ("left", "right", "tie", "both_bad")
SECONDS = 5.0


class NoAnswer(Exception):
    """The connection was refused or cut, or the answer was cut short."""


@dataclass
class Voter:
    """One person's client, which keeps what was acknowledged: uid -> id of the row."""

    port: int
    token: str
    rng: random.Random
    acknowledged: dict[str, int] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)  # every ballot's body by its uid

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON of an answer, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as reason:
            raise NoAnswer(str(reason)) from None
        finally:
            connection.close()

    def ballot(self, left: int, right: int) -> dict[str, Any]:
        body = {"uid": str(uuid.UUID(int=self.rng.getrandbits(128))), "left": left, "right": right}
        body |= {"verdict": self.rng.choice(VERDICTS), "elapsed_ms": self.rng.randrange(5000)}
        self.sent[body["uid"]] = body
        return body

    def cast(self, body: dict[str, Any]) -> None:
        """Sends a ballot once; notes its receipt. A receipt for a uid that has one must be the same."""
        status, receipt = self.request("POST", "/api/ballots", body)
        assert status in (200, 201), (status, receipt)
        assert self.acknowledged.setdefault(body["uid"], receipt["id"]) == receipt["id"]


def new_place(folder: Path) -> Path:
    """An empty folder in `folder`, never the same twice: a process keeps its connection to a database by its path."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder))


def voting_studio(
    folder: Path, people: int, briefs: int = 4, takes: int = 8
) -> tuple[list[str], list[tuple[int, int]]]:
    """A studio in `folder`: (a token for each person, the pairs that can be judged)."""
    studio = new_studio(folder)
    names = [add_person(studio, f"rater{number}")["name"] for number in range(people)]
    pairs = []
    for number in range(briefs):
        ids = add_takes(studio, add_brief(studio, names[0], f"a house, {number}"), takes, 1 + 100 * number)
        pairs += [(a, b) for a in ids for b in ids if a != b]
    issued = [tokens.issue_token(studio, name) for name in names]
    studio.close()
    return issued, pairs


def compare_with_record(
    folder: Path, sent: dict[str, dict[str, Any]], acknowledged: dict[str, int]
) -> tuple[int, int, int]:
    """(acknowledged ballots that are not in the record, uids with several rows, rows that nobody sent as they are)."""
    studio = Studio.open(folder)
    rows = studio.rows('SELECT id, uid, "left", "right", verdict, elapsed_ms FROM ballots')
    studio.close()
    ids = {row["uid"]: row["id"] for row in rows}
    lost = sum(ids.get(uid) != id for uid, id in acknowledged.items())
    other = sum({name: value for name, value in row.items() if name != "id"} != sent.get(row["uid"]) for row in rows)
    return lost, len(rows) - len(ids), other
