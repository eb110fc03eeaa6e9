"""Requests to every route of the API as its schema allows and forbids, with each role's token: no 5xx, and no hang."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import APIOperation, Case, GenerationMode

from feedback.people import tokens
from tests.factories import judging_studio
from tests.torture.table import Row, read_progress, write_progress
from tests.torture.voting import new_place
from tests.ui.serving import free_port, healthy, start, stop

COUNT = 10_000
LONGEST = 2.0  # seconds
ROLES = {"nobody": "", "creative": "ana", "supervisor": "sue", "admin": "ada"}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


@dataclass
class Fuzzing:
    """A served studio, who asks, and what came of it."""

    address: str
    headers: dict[str, dict[str, str]]  # by role
    session: requests.Session = field(default_factory=requests.Session)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def run(count: int, folder: Path, seed: int) -> Row:
    """Equal shares for each route, role and mode; an interrupted count goes on with the next round."""
    progress = read_progress(folder, "requests") or {"requests": 0, "wrong": []}
    while progress["requests"] < count:
        statuses, wrong = fuzz(folder, min(2000, count - progress["requests"]), seed + progress["requests"])
        progress["requests"] += sum(statuses.values())
        progress["wrong"] += wrong
        for status, number in statuses.items():
            progress[str(status)] = progress.get(str(status), 0) + number
        write_progress(folder, "requests", progress)
    by_status = ", ".join(f"{progress[each]} x {each}" for each in sorted(progress) if each.isdigit())
    wrong = progress["wrong"]
    counted = f"{progress['requests']} requests: {by_status}; {len(wrong)} wrong" + "".join(f"; {w}" for w in wrong[:5])
    return Row("API fuzzing", "schemathesis", f"{count} requests: no 5xx, no hang over 2 s", counted, not wrong)


def fuzz(folder: Path, count: int, seed: int) -> tuple[Counter[int], list[str]]:
    """(requests by their status, what was wrong) of about `count` requests to one server."""
    folder = new_place(folder)
    studio = judging_studio(folder / "studio")
    issued = {role: tokens.issue_token(studio, name) for role, name in ROLES.items() if name}
    studio.close()
    port = free_port()
    process = start(folder / "studio", port, "--no-worker")
    try:
        healthy(port, process)
        headers = {role: {"Authorization": f"Bearer {issued[role]}"} if role in issued else {} for role in ROLES}
        fuzzing = Fuzzing(f"http://127.0.0.1:{port}", headers)
        operations = list(operations_of(fuzzing.address))
        each = -(-count // (len(operations) * len(ROLES) * len(MODES)))
        for operation in operations:
            for mode in MODES:
                send_many(fuzzing, operation, mode, each * len(ROLES), seed)
    finally:
        stop(process)
    shutil.rmtree(folder)
    return fuzzing.statuses, fuzzing.wrong


def operations_of(address: str) -> Iterator[APIOperation]:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    yield from (result.ok() for result in schema.get_all_operations())


def send_many(fuzzing: Fuzzing, operation: APIOperation, mode: GenerationMode, count: int, seed: int) -> None:
    """The roles take turns."""
    roles = iter(list(ROLES) * count)

    @seeded(seed)
    @settings(max_examples=count, **SETTINGS)
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        check(fuzzing, case, next(roles))

    try:
        send()
    except Exception as reason:
        # A route without anything to get wrong has no such requests.
        if "Unsatisfiable" not in type(reason).__name__:
            raise


def check(fuzzing: Fuzzing, case: Case, role: str) -> None:
    """Sends one request. One that takes too long counts when it does so again: the machine has other work, too."""
    headers, name = fuzzing.headers[role], f"{case.method} {case.operation.path} as {role}"
    for _ in range(2):
        began = time.monotonic()
        try:
            answer = case.call(fuzzing.address, session=fuzzing.session, headers=headers, timeout=5 * LONGEST)
        except (requests.Timeout, TimeoutError):
            continue
        if time.monotonic() - began <= LONGEST:
            break
    else:
        fuzzing.wrong.append(f"{name} takes more than {LONGEST:g} s: {case.as_curl_command()[:300]}")
        return
    fuzzing.statuses[answer.status_code] += 1
    if answer.status_code >= 500 or not is_plain_refusal(answer):
        fuzzing.wrong.append(f"{name} gives {answer.status_code} {answer.text[:100]!r}: {case.as_curl_command()[:300]}")


def is_plain_refusal(answer: Any) -> bool:
    """Below 400, or {"error": one line}; 400 is the server's own answer to what is no HTTP."""
    if answer.status_code < 400:
        return True
    try:
        body = json.loads(answer.text)
    except ValueError:
        return answer.status_code in (400, 405) and len(answer.text) < 100
    return list(body) == ["error"] and "\n" not in body["error"] and len(body["error"]) < 1000
