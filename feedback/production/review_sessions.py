"""Review sessions: takes of one project that a supervisor puts together to be judged, and shares as a link.

The takes are fixed when the session is made, so that everybody judges the same ones, and its progress can end. Takes that
an open trial hides and discarded ones are never among them; one that is discarded later is dealt no more. Whoever sees the project sees its sessions, and nobody else can tell that there
are any.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, shown
from feedback.people.accounts import get_person
from feedback.people.project_members import VISIBLE_PROJECTS, check_visible, in_visible, is_visible
from feedback.production.shots import find_shot
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio, audit_log
from feedback.store.time_zone import moment_in

LONGEST_NAME = 80
MOST_TAKES = 10_000
MOST_LISTED = 100  # sessions, the open ones first


class ReviewSession(TypedDict):
    id: int
    project: str  # its code
    name: str
    made_by: str
    created: str
    closed: str | None
    takes: int  # how many


@dataclass(frozen=True)
class TakeFilter:
    """Which takes of a project: those that meet all that is given; without anything, all."""

    shots: Collection[str] = ()  # codes
    takes: Collection[int] = ()  # ids
    statuses: Collection[str] = ()
    kind: str | None = None  # still or clip
    version: str | None = None  # that drew them
    since: str | None = None  # drawn then or later, an ISO date or time; a day begins where the studio is
    until: str | None = None  # drawn before
    text: str | None = None  # in the prompt, in upper or lower case


_SESSION = """
SELECT s.id, p.code AS project, s.name, m.name AS made_by, s.created, s.closed,
    (SELECT count(*) FROM review_session_takes t WHERE t.session = s.id) AS takes
FROM review_sessions s JOIN projects p ON p.id = s.project JOIN people m ON m.id = s.made_by
"""
_STATUS = "coalesce((SELECT st.status FROM statuses st WHERE st.take = t.id ORDER BY st.id DESC LIMIT 1), 'wip')"
_CONDITIONS = {
    "shots": "b.shot IN (SELECT value FROM json_each(:shots))",
    "takes": "t.id IN (SELECT value FROM json_each(:takes))",
    "statuses": f"{_STATUS} IN (SELECT value FROM json_each(:statuses))",
    "kind": "b.kind = :kind",
    "version": "t.version = :version",
    "since": "t.finished >= :since",
    "until": "t.finished < :until",
    "text": "b.id IN (SELECT value FROM json_each(:text))",
}


def filter_takes(studio: Studio, project: str, chosen: TakeFilter) -> list[int]:
    """Ids of the project's done takes that meet all that is given, oldest first.

    None that an open trial hides, and none that is discarded.
    """
    values = {name: value for name, value in vars(chosen).items() if value}
    values |= {name: moment_in(studio, name, values[name]) for name in ("since", "until") if name in values}
    if "shots" in values:
        values["shots"] = [find_shot(studio, code, project)["id"] for code in chosen.shots]
    if "text" in values:
        values["text"] = _briefs_with(studio, project, str(chosen.text))
    conditions = " AND ".join(["true", *(_CONDITIONS[name] for name in values)])
    texts = {name: value if isinstance(value, str) else json.dumps(list(value)) for name, value in values.items()}
    rows = studio.tuples(
        "SELECT t.id FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot"
        " WHERE s.project = (SELECT id FROM projects WHERE code = :project) AND t.state = 'done'"
        f" AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS}) AND {_STATUS} <> 'discarded' AND {conditions} ORDER BY t.id",
        {**texts, "project": project},
    )
    return [row[0] for row in rows]


def _briefs_with(studio: Studio, project: str, text: str) -> list[int]:
    """Ids of the project's briefs with this text in their prompts; SQLite alone knows the case of Latin letters only."""
    rows = studio.tuples(
        "SELECT b.id, b.prompt FROM briefs b JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
        " WHERE p.code = ?",
        (project,),
    )
    return [brief for brief, prompt in rows if text.casefold() in prompt.casefold()]


def make_session(
    studio: Studio, person_id: int, project: str, name: str, takes: Collection[int], people: Collection[str] = ()
) -> ReviewSession:
    """A session of these takes of the project (ids, as `filter_takes` gives them). `people`: names of who is expected.

    Refused: there is one of that name in the project. NotFound: somebody does not see the project.
    """
    name = " ".join(check_text("name of the review session", name, LONGEST_NAME, required=True).split())
    _check_number(takes)
    expected = [_id_of_member(studio, project, each) for each in people]
    with studio.writing() as db:
        number = studio.value("SELECT id FROM projects WHERE code = ?", (project,))
        if studio.value("SELECT 1 FROM review_sessions WHERE project = ? AND name = ?", (number, name)):
            raise Refused(f"there is a review session {shown(name)} in {project} already; choose another name")
        row = {"project": number, "name": name, "made_by": person_id, "created": now()}
        session = int(db.table("review_sessions").insert(row).last_pk or 0)
        db.table("review_session_takes").insert_all({"session": session, "take": take} for take in takes)
        db.table("review_session_people").insert_all({"session": session, "person": each} for each in set(expected))
        audit_log.record(studio, _name_of(studio, person_id), "review_session.make", name, {"project": project})
    return get_session(studio, session)


def _check_number(takes: Collection[int]) -> None:
    if not takes:
        raise Invalid("no take meets all that is asked for; leave something of it out")
    if len(takes) > MOST_TAKES:
        raise Invalid(f"{len(takes)} takes are too many for one review session; choose {MOST_TAKES} at most")


def _id_of_member(studio: Studio, project: str, name: str) -> int:
    person = get_person(studio, name)
    if person["disabled"] or not is_visible(studio, person["id"], "project", project):
        raise NotFound(f"{person['name']} does not see {project}: an admin adds members on the People page")
    return person["id"]


def close_session(studio: Studio, person_id: int, session: ReviewSession) -> ReviewSession:
    """Ends it: its pairs are dealt no more as its own. What was judged stays. Doing it again is fine."""
    with studio.writing() as db:
        row = db.table("review_sessions").get(session["id"])
        if row["closed"] is None:
            db.table("review_sessions").update(session["id"], {"closed": now(), "closed_by": person_id})
            detail = {"project": session["project"]}
            audit_log.record(studio, _name_of(studio, person_id), "review_session.close", session["name"], detail)
    return get_session(studio, session["id"])


def get_session(studio: Studio, session: int) -> ReviewSession:
    return cast(ReviewSession, studio.row(f"{_SESSION} WHERE s.id = ?", (session,)))


def find_session(studio: Studio, person_id: int, name: str, project: str | None = None) -> ReviewSession:
    """The session of that name, among those that a person sees; a name that two projects share needs the project too."""
    if project is not None:
        check_visible(studio, person_id, "project", project)
    names = {"name": name, "project": project, "person": person_id}
    rows = studio.rows(
        f"{_SESSION} WHERE s.name = :name AND (:project IS NULL OR p.code = :project) AND p.id IN {VISIBLE_PROJECTS}",
        names,
    )
    if not rows:
        raise NotFound(f"no review session {shown(name)}; the Sessions page lists those that there are")
    if len(rows) > 1:
        raise Invalid(f"{name!r} is a session of {', '.join(row['project'] for row in rows)}; name the project too")
    return cast(ReviewSession, rows[0])


def list_sessions(studio: Studio, person_id: int | None = None, project: str | None = None) -> list[ReviewSession]:
    """Sessions of the projects that a person sees, the open ones first and then the newest; MOST_LISTED at most."""
    rows = studio.rows(
        f"{_SESSION} WHERE (:project IS NULL OR p.code = :project) AND {in_visible('p.id')}"
        " ORDER BY s.closed IS NOT NULL, s.id DESC LIMIT :most",
        {"person": person_id, "project": project, "most": MOST_LISTED},
    )
    return cast(list[ReviewSession], rows)


def people_of_session(studio: Studio, session: int) -> dict[int, str]:
    """Ids and names of those who are expected to judge it, by name."""
    rows = studio.tuples(
        "SELECT p.id, p.name FROM review_session_people e JOIN people p ON p.id = e.person"
        " WHERE e.session = ? ORDER BY p.name",
        (session,),
    )
    return dict(rows)


def _name_of(studio: Studio, person_id: int) -> str:
    return str(studio.value("SELECT name FROM people WHERE id = ?", (person_id,)))
