"""Asks every route and every page event of the running app as every kind of person, and says what is not as listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from feedback.judgements import notes, tags
from feedback.people import accounts, project_members, tokens
from feedback.production import briefs, projects, review_sessions, shots
from feedback.production.opaque_names import name_rendition
from feedback.store import Studio
from tests.factories import PASSWORD, add_takes, new_studio
from tests.feedback.library.shelf import fill_library
from tests.security.allow_list import EVENTS, ROUTES
from tests.security.askers import OUTSIDERS, PEOPLE, STRANGERS, Asker, Case, Event
from tests.ui.conftest import ADDRESS
from tests.ui.page_events import call_event, events_of
from ui.api.names import name_for
from ui.app import create_app
from ui.security.access import COOKIE, Person
from ui.security.page_routes import is_open

# What is in the hidden project and nowhere else: an answer to an outsider that has one of these tells of it.
SECRETS = (
    "HIDDEN",
    "H_010",
    "the unreleased film",
    "a lighthouse nobody knows",
    "a note on the hand",
    "a hidden word",
    "unreleased dailies",
)
# What they sent themselves; to a supervisor who would make a project of that code: codes are unique.
ECHOES = ("no project 'HIDDEN'", "there is a project 'HIDDEN' already")
ROLES = {"creative": "creative", "outsider": "creative", "supervisor": "supervisor", "other_supervisor": "supervisor"}


def make_studio(folder: Path) -> Studio:
    """The hidden project and another one, each with a creative, a supervisor, takes and judgements."""
    studio = new_studio(folder)
    for name, role in (
        *ROLES.items(),
        ("admin", "admin"),
        ("expired", "admin"),
        ("revoked", "admin"),
        ("ended", "admin"),
    ):
        accounts.add_person(studio, name, role, PASSWORD)
    for code, title, people in (
        ("HIDDEN", "the unreleased film", ("creative", "supervisor")),
        ("OTHER", "another film", OUTSIDERS),
    ):
        projects.add_project(studio, code, title)
        shot = shots.add_shot(studio, code, f"{code[0]}_010")["id"]
        prompt = "a lighthouse nobody knows" if code == "HIDDEN" else "a boat"
        brief = briefs.write_brief(studio, shot, prompt, author=people[0], width=32, height=32)
        first = add_takes(studio, brief, 3, 1 + 100 * brief["id"])[0]
        for name in people:
            project_members.add_member(studio, code, name)
        if code == "HIDDEN":
            person = accounts.get_person(studio, "creative")["id"]
            notes.write_note(studio, person, "a note", first, "a note on the hand")
            tags.add_tag(studio, person, "a tag", first, "a hidden word")
            review_sessions.make_session(studio, person, "HIDDEN", "unreleased dailies", [first, first + 1])
    fill_library(studio, "Harbour", 2)
    return studio


def credentials(studio: Studio, kind: str) -> dict[str, str]:
    """The headers by which this kind of person comes."""
    if kind == "nobody":
        return {}
    if kind == "ended":
        session = tokens.start_session(studio, accounts.get_person(studio, kind)["id"])
        tokens.end_session(studio, session)
        return {"Cookie": f"{COOKIE}={session}"}
    token = tokens.issue_token(studio, kind, "matrix", days=1)
    (row,) = tokens.list_tokens(studio, kind)
    if kind == "revoked":
        tokens.revoke_token(studio, row["id"])
    if kind == "expired":
        with studio.writing() as db:
            db.table("tokens").update(row["id"], {"expires": "2020-01-01T00:00:00.000000+00:00"})
    return {"Authorization": f"Bearer {token}"}


def asker_of(studio: Studio, kind: str) -> Asker:
    """What there is in the hidden project, by the names that this person would be given for it."""
    hidden = studio.rows(
        "SELECT t.id, t.brief, b.shot, t.media, t.rendition FROM takes t JOIN projects p ON p.id = t.project"
        " JOIN briefs b ON b.id = t.brief"
        " WHERE p.code = 'HIDDEN' AND t.state = 'done' ORDER BY t.id"
    )
    row = accounts.get_person(studio, "outsider" if kind == "nobody" else kind)
    person = Person(row["id"], row["name"], row["role"])
    return Asker(
        kind=kind,
        left=name_for(studio, person, hidden[0]["id"]),
        right=name_for(studio, person, hidden[1]["id"]),
        brief=hidden[0]["brief"],
        shot=hidden[0]["shot"],
        own_tag=studio.value("SELECT id FROM tags WHERE uid = 'a tag'"),
        own_note=studio.value("SELECT id FROM notes WHERE uid = 'a note'"),
        rendition=name_rendition(studio, person.id, hidden[0]["id"]),
        rendition_hash=hidden[0]["rendition"],
        archived_hash=hidden[0]["media"],
    )


@contextmanager
def serving(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_app(studio), base_url=ADDRESS, follow_redirects=False) as client:
        yield client


def routes_of(app: Any) -> set[str]:
    """`METHOD /template` of every route that the app serves: its own, and those of Gradio that are open."""
    own, gradio_app = set[str](), app.routes[-1].app.app
    for route in app.routes[:-1]:
        own |= named(route)
    of_gradio = {name for route in gradio_app.routes for name in named(route)}
    return own | {name for name in of_gradio if is_open_somewhere(*name.split(" ", 1))}


def named(route: Any) -> set[str]:
    """The names of a route, or of those that an included router has."""
    inner = getattr(getattr(route, "original_router", None), "routes", None)
    if inner is not None:
        return {name for each in inner for name in named(each)}
    methods = getattr(route, "methods", None)
    assert methods or not isinstance(route, APIRoute), route
    return {f"{method} {route.path}" for method in methods or {"ANY"}}


def is_open_somewhere(method: str, template: str) -> bool:
    """Whether an address of this template is open: templates of Gradio end in a name or in a path of files."""
    return any(is_open(method, template.replace("{path:path}", path)) for path in ("x.js", "js/x.js"))


def unlisted(client: TestClient) -> set[str]:
    """Routes and events of the running app without an entry, and entries for what is not there."""
    return (routes_of(client.app) ^ ROUTES.keys()) | (events_of(client).keys() ^ EVENTS.keys())


def ask_everything(studio: Studio, client: TestClient) -> tuple[int, list[str]]:
    """(how many were combinations, what was not as listed)."""
    combinations, wrong = 0, list[str]()
    for kind in PEOPLE:
        headers, asker = credentials(studio, kind), asker_of(studio, kind)
        for name, cases in ROUTES.items():
            for case in cases:
                combinations += 1
                wrong += ask_route(client, headers, asker, name, case)
        for name, event in EVENTS.items():
            combinations += 1
            wrong += ask_event(client, headers, kind, name, event)
    return combinations, wrong + traces(studio)


def ask_route(client: TestClient, headers: dict[str, str], asker: Asker, name: str, case: Case) -> list[str]:
    method, template = name.split(" ", 1)
    path = case.path(asker) if callable(case.path) else case.path or template
    body = case.body(asker) if callable(case.body) else case.body
    sent = {} if body is None else {"json": body}
    # Each tries a name of their own, since failed logins are counted by name.
    form = case.form and {**case.form, "name": f"no.{asker.kind}"}
    answer = client.request(method, path, headers=headers, data=form, **sent)
    expected = case.expected[asker.kind]
    wrong = (
        [] if answer.status_code == expected else [f"{asker.kind}: {name} {body}: {answer.status_code}, not {expected}"]
    )
    text = answer.text if answer.is_success else ""
    for echo in ECHOES:
        text = text.replace(echo, "")
    return wrong + secrets_in(asker.kind, f"{name} {path}", text)


def ask_event(client: TestClient, headers: dict[str, str], kind: str, name: str, event: Event) -> list[str]:
    answer = call_event(client, name, event.data, headers)
    rank = accounts.ROLES.index
    if kind in STRANGERS:
        right = answer.startswith('{"error":')
    elif "event: complete" not in answer:
        right = False
    elif rank(ROLES.get(kind, "admin")) < rank(event.role):
        right = f"this needs the role {event.role}" in answer
    else:
        right = "this needs the role" not in answer
    wrong = [] if right else [f"{kind}: event {name}: {answer[:200]}"]
    return wrong + secrets_in(kind, f"event {name}", answer)


def secrets_in(kind: str, what: str, text: str) -> list[str]:
    """What of the hidden project is in an answer to somebody who must not know of it."""
    if kind not in (*STRANGERS, *OUTSIDERS):
        return []
    return [f"{kind}: {what} tells {secret!r}" for secret in SECRETS if secret in text]


def traces(studio: Studio) -> list[str]:
    """What outsiders left in the hidden project."""
    left = []
    for table in ("ratings", "notes", "tags", "statuses", "selects"):
        left += studio.rows(
            f"SELECT p.name, '{table}' AS what FROM {table} j JOIN people p ON p.id = j.person"
            " JOIN takes t ON t.id = j.take JOIN projects o ON o.id = t.project WHERE o.code = 'HIDDEN'"
        )
    left += studio.rows("SELECT p.name, 'ballots' AS what FROM ballots b JOIN people p ON p.id = b.person")
    left += studio.rows(
        "SELECT author AS name, 'briefs' AS what FROM briefs b JOIN shots s ON s.id = b.shot"
        " JOIN projects o ON o.id = s.project WHERE o.code = 'HIDDEN'"
    )
    left += studio.rows("SELECT p.name, 'takes' AS what FROM takes t JOIN people p ON p.id = t.queued_by")
    left += studio.rows("SELECT p.name, 'resolutions' AS what FROM note_resolutions r JOIN people p ON p.id = r.person")
    return [
        f"{row['name']} left {row['what']}" for row in left if row["name"] not in ("creative", "supervisor", "admin")
    ]
