"""Hostile texts by every way in, and read by every way out: refused in a line or the same, never run, fetched or obeyed."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import opentimelineio as otio
from click.testing import CliRunner
from fastapi.testclient import TestClient

from feedback.exchange.export import SELECT_FORMATS
from feedback.fields import UNPRINTABLE, clean_text
from feedback.json_lines import read_json_lines
from feedback.people import tokens
from feedback.production import render_queue
from feedback.store import Studio
from tests.factories import PASSWORD, add_brief, add_person, finish, new_studio
from tests.faults.hostile_text import texts
from tests.torture.hostile_media import Listener
from tests.torture.table import Row, read_progress, write_progress
from tests.ui import serving
from tests.ui.page_events import call_event, events_of
from ui.app import create_app
from ui.cli import main

COUNT = 300
EVERY = 10  # texts, of which one also goes through page events, which take longer
FORMULA = tuple("=+-@\t\r")
LIVE = re.compile(r"<(script|img|svg|iframe|details|base|meta|style|b |image|link)[ >/]", re.IGNORECASE)
AT_ONCE = 50  # texts in one studio, which is read back before the next


def run(count: int, folder: Path, seed: int) -> Row:
    """`count` texts, some dozens in each studio; an interrupted count goes on with the next of them."""
    folder.mkdir(parents=True, exist_ok=True)
    progress = read_progress(folder, "done") or {"texts": 0, "refused": 0, "same": 0, "wrong": []}
    while progress["texts"] < count:
        part = min(AT_ONCE, count - progress["texts"])
        with Listener() as listener:
            chosen = texts(progress["texts"] + part, seed, listener.url)[-part:]
            outcome = bring(folder / f"from {progress['texts']}", chosen)
            outcome.wrong += [f"{listener.connections} connections"] * bool(listener.connections)
        progress["texts"] += part
        progress["refused"] += outcome.refused
        progress["same"] += outcome.same
        progress["wrong"] += outcome.wrong
        write_progress(folder, "done", progress)
    wrong = progress["wrong"]
    counted = (
        f"{progress['texts']} texts, sent {progress['refused'] + progress['same']} times: {progress['refused']} refused in"
        f" a line, {progress['same']} the same, {len(wrong)} wrong" + (f": {'; '.join(wrong[:5])}" if wrong else "")
    )
    return Row("Hostile text", "refused or the same", "300: nothing executed, nothing fetched", counted, not wrong)


class Outcome:
    def __init__(self) -> None:
        self.refused, self.same = 0, 0
        self.wrong: list[str] = []

    def compare(self, way: str, sent: str, back: Any) -> None:
        """`back`: what the record has of a text now."""
        if back == clean_text(sent).strip():
            self.same += 1
        else:
            self.wrong.append(f"{way}: {sent[:40]!r} came back as {str(back)[:60]!r}")

    def refuse(self, way: str, line: str) -> None:
        if line.strip() and "\n" not in line.strip() and not UNPRINTABLE.search(line) and "Traceback" not in line:
            self.refused += 1
        else:
            self.wrong.append(f"{way}: refused with {line[:80]!r}")


def bring(folder: Path, chosen: list[str]) -> Outcome:
    shutil.rmtree(folder, ignore_errors=True)
    studio, outcome = studio_of(folder / "studio"), Outcome()
    with serving_at(studio, folder / "server.log") as client:
        briefs = [send(client, studio, outcome, number, text) for number, text in enumerate(chosen)]
    events(studio, outcome, chosen[::EVERY])
    commands(studio, outcome, chosen)
    read_exports(
        studio, outcome, folder / "exports", {brief: text for brief, text in zip(briefs, chosen, strict=True) if brief}
    )
    log = (folder / "server.log").read_text(errors="replace")
    outcome.wrong += ["the log has an escape"] * bool(UNPRINTABLE.search(log))
    studio.close()
    return outcome


def studio_of(folder: Path) -> Studio:
    """With a project TEST of ana, sue and ada, and a shot T_010."""
    studio = new_studio(folder)
    for name, role in (("ana", "creative"), ("sue", "supervisor"), ("ada", "admin")):
        add_person(studio, name, role, PASSWORD)
    add_brief(studio, "ana")
    return studio


@contextmanager
def serving_at(studio: Studio, log: Path) -> Iterator[Client]:
    port = serving.free_port()
    with patch.dict(os.environ, {"CIRCLETAKE_REQUESTS_PER_SECOND": "10000"}):
        process = serving.start(studio.folder, port, "--no-worker", log=log)
    try:
        serving.healthy(port, process)
        yield Client(port, tokens.issue_token(studio, "sue", "test"))
    finally:
        serving.stop(process)


class Client:
    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None


def send(client: Client, studio: Studio, outcome: Outcome, number: int, text: str) -> int | None:
    """A brief, its take's note and tag, and codes, ids and queries of this text; the brief's id, if it was kept."""
    status, brief = client.ask("POST", "/api/briefs", {"shot": "T_010", "prompt": text, "negative_prompt": text[:2000]})
    for body in ({"shot": text, "prompt": "x"}, {"shot": "T_010", "prompt": "x", "kind": text}):
        code, line = client.ask("POST", "/api/briefs", body)
        outcome.refuse("a code", line["error"] if code in (404, 422) else f"{code}\n")
    form = {"place": text[:200], "prompt": text, "negative_prompt": text, "kind": text[:20], "seed": text[:40]}
    code, answer = client.ask("POST", "/api/briefs/check", form)
    for problem in answer["problems"] if code == 200 else [{"error": f"{code}\n"}]:
        outcome.refuse("a form", problem["error"])
    if status != 201:
        outcome.refuse("prompt", brief["error"] if status == 422 else f"{status}\n")
        return None
    outcome.compare("prompt", text, brief["prompt"])
    ids = render_queue.queue_takes(studio, brief["id"], [2 * number, 2 * number + 1])
    while leased := render_queue.lease_takes(studio, "test", 9):
        for take in leased:
            finish(studio, take["id"])
    _, shown = client.ask("GET", f"/api/takes?brief={brief['id']}")
    take = shown[0]["id"]
    judged = {"note": ("/api/notes", {"text": text}), "tag": ("/api/tags", {"word": text})}
    for way, (path, body) in judged.items():
        code, receipt = client.ask("POST", path, {"uid": str(uuid.uuid4()), "take": take, **body})
        if code == 201:
            table, column = ("notes", "text") if way == "note" else ("tags", "word")
            kept = " ".join(clean_text(text).lower().split()) if way == "tag" else text  # tags are words, however typed
            outcome.compare(way, kept, studio.value(f"SELECT {column} FROM {table} WHERE id = ?", (receipt["id"],)))
        else:
            outcome.refuse(way, receipt["error"] if code == 422 else f"{code} {receipt}\n")
    code, line = client.ask("POST", "/api/statuses", {"uid": text, "take": take, "status": text})
    outcome.refuse("status", line["error"] if code == 422 else f"{code}\n")
    for each in shown:
        client.ask("POST", "/api/statuses", {"uid": str(uuid.uuid4()), "take": each["id"], "status": "circled"})
    left, right = (each["id"] for each in shown)
    ballot = {"uid": str(uuid.uuid4()), "left": left, "right": right, "verdict": "left", "elapsed_ms": 9}
    client.ask("POST", "/api/ballots", ballot)
    assert ids
    return int(brief["id"])


def events(studio: Studio, outcome: Outcome, chosen: list[str]) -> None:
    """Of pages: names, reasons, places, prompts. What comes back is HTML, in which no text is a tag."""
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, 'ada', 'test')}"}
    with TestClient(create_app(studio), headers=headers, base_url="http://127.0.0.1:7860") as client:
        known = events_of(client)
        for text in chosen:
            for name, values in forms(text).items():
                assert len(values) == known[name][1], f"{name} takes {known[name][1]} values"
                html = shown_by(call_event(client, name, values))
                marks = [mark for mark in live(text) if mark in html]
                outcome.wrong += [f"{name}: {marks} of a text on the page"] * bool(marks)
                outcome.same += not marks
        for path in ("/", "/board", "/briefs", "/people", "/models"):
            page = client.get(path).text
            outcome.wrong += [f"{path}: markup of a text"] * any(mark in page for text in chosen for mark in live(text))


def forms(text: str) -> dict[str, list[Any]]:
    """What pages send, by event."""
    return {"reject": ["starter", text, ""]}


def shown_by(answer: str) -> str:
    """What an event hands to its page: the texts in its JSON, as they are."""
    data = json.loads(answer.partition("data: ")[2] or "[]")
    values = data if isinstance(data, list) else [data]
    return "\n".join(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values)


def live(text: str) -> list[str]:
    """The tags of a text, which no page may hold as they are."""
    return [match[0] + text[match.end() : match.end() + 12] for match in LIVE.finditer(text)]


def commands(studio: Studio, outcome: Outcome, chosen: list[str]) -> None:
    """Titles, codes and names by the command line, and the list of them."""
    for number, text in enumerate(chosen):
        if "\x00" in text or (
            UNPRINTABLE.search(text.replace("\x1b", "")) and any("\ud800" <= c <= "\udfff" for c in text)
        ):
            continue  # no shell can hand them over
        for words in (["project", "add", f"X{number}", "--title", text], ["project", "add", "--", text]):
            done = CliRunner().invoke(main, [*words[:2], "--studio", str(studio.folder), *words[2:]])
            if done.exit_code == 0 and words[2] != "--":
                title = studio.value("SELECT title FROM projects WHERE code = ?", (f"X{number}",))
                outcome.compare(
                    "title", text if clean_text(text).strip() else f"X{number}", title
                )  # its code by itself
            elif done.exit_code == 0:
                outcome.same += 1
            elif done.exit_code == 1:
                outcome.refuse("command", done.stderr)
            elif not isinstance(done.exception, SystemExit) or UNPRINTABLE.search(done.stderr):
                outcome.wrong.append(f"command: {done.exception!r} {done.stderr[-80:]!r}")
            else:
                outcome.refused += 1
    for words in (["project", "list"], ["user", "list"], ["versions", "list"], ["ledger"], ["doctor"]):
        done = CliRunner().invoke(main, [*words, "--studio", str(studio.folder)])
        outcome.wrong += [f"{words}: an escape on the terminal"] * bool(UNPRINTABLE.search(done.output))


def read_exports(studio: Studio, outcome: Outcome, out: Path, sent: dict[int, str]) -> None:
    """Each format as its readers read it: the prompts are there, no cell is a formula, no file lies elsewhere."""
    before = sorted(path.name for path in out.parent.iterdir())
    prompts = sorted(clean_text(text).strip() for text in sent.values())
    for format in (*SELECT_FORMATS, "jsonl"):
        kind = ["preferences"] if format == "jsonl" else ["selects", "--project", "TEST"]
        words = [
            "export",
            *kind,
            "--format",
            format,
            "--out",
            str(out / format),
            "--studio",
            str(studio.folder),
            "--json",
        ]
        done = CliRunner().invoke(main, words)
        if done.exit_code:
            outcome.wrong.append(f"{format}: {done.output[:200]!r} {done.exception!r}")
            continue
        path = Path(json.loads(done.stdout)["path"])
        outcome.wrong += [f"{format}: written to {path}"] * (not path.resolve().is_relative_to(out.resolve()))
        if path.suffix in TEXT_ENDINGS:
            outcome.wrong += [f"{format}: {each}" for each in wrong_in(format, path, prompts)]
    after = sorted(path.name for path in out.parent.iterdir())
    outcome.wrong += [f"files outside of the exports: {after}"] * (after != sorted({*before, "exports"}))


TEXT_ENDINGS = (".csv", ".otio", ".edl", ".ale", ".xml", ".fcpxml", ".jsonl")  # of exports that are one file of text


def wrong_in(format: str, path: Path, prompts: list[str]) -> list[str]:
    text = path.read_bytes().decode("utf-8-sig")
    wrong = ["a control character"] * bool(UNPRINTABLE.search(text))
    if format == "csv":
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        cells = [cell for row in rows for cell in row.values()]
        wrong += [f"a formula: {cell[:40]!r}" for cell in cells if cell.startswith(FORMULA)]
        kept = [row["prompt"] for row in rows]
        return wrong + differences(
            prompts, [each[1:] if each.startswith("'") and each[1:2] in FORMULA else each for each in kept]
        )
    if format == "jsonl":
        return wrong + differences(prompts, [row["prompt"] for row in read_json_lines(path)])
    if format == "otio":
        clips = otio.adapters.read_from_file(str(path)).find_clips()
        return wrong + differences(prompts, [clip.metadata["circletake"]["prompt"] for clip in clips])
    return wrong


def differences(sent: list[str], kept: list[str]) -> list[str]:
    unlike = set(sent) ^ set(kept)
    return [f"{len(unlike)} prompts differ, such as {min(unlike)[:60]!r}"] if unlike else []
