"""The HTTP routes of review sessions, of how far one is, and of what one decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query

from feedback.agreement import measures
from feedback.fields import LARGEST_INTEGER
from feedback.judgements import own_verdicts
from feedback.judgements.own_verdicts import OwnVerdict
from feedback.pair_selection.offers import Scope
from feedback.pair_selection.progress import SessionProgress, progress_of, progress_of_sessions
from feedback.people import accounts
from feedback.people.project_members import check_visible
from feedback.production import review_sessions
from feedback.production.briefs import get_brief
from feedback.production.review_sessions import ReviewSession, TakeFilter
from feedback.production.takes import get_take
from feedback.store import Studio
from ui.api.media import describe_side
from ui.api.names import takes_named
from ui.api.schemas.common import PROBLEMS
from ui.api.schemas.sessions import (
    Choice,
    ChosenTakes,
    CloseBody,
    Next,
    PersonProgress,
    Progress,
    ScopeOfSession,
    Session,
    SessionBody,
    Share,
    Summary,
)
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

CHOICES = 48  # of one answer
MOST_NEXT = 5  # sessions

ProjectCode = Annotated[str | None, Query(max_length=64, description="A project's code")]
ShotCode = Annotated[str | None, Query(max_length=64, description="A shot's code")]
SessionName = Annotated[
    str | None, Query(max_length=review_sessions.LONGEST_NAME, description="A review session's name")
]


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", tags=["review sessions"], responses=PROBLEMS)
    router.add_api_route("/review-sessions", show_sessions, methods=["GET"])
    router.add_api_route("/review-sessions", post_session, methods=["POST"], status_code=201)
    router.add_api_route("/review-sessions/close", post_close, methods=["POST"], status_code=201)
    router.add_api_route("/progress", show_progress, methods=["GET"])
    router.add_api_route("/summary", show_summary, methods=["GET"])
    return router


def show_sessions(studio: OpenStudio, person: CurrentPerson, project: ProjectCode = None) -> list[Session]:
    """The review sessions of your projects, open ones first; for supervisors also who has done how much."""
    if project is not None:
        check_visible(studio, person.id, "project", project)
    listed = review_sessions.list_sessions(studio, person.id, project)
    return describe_sessions(studio, person, listed)


def describe_sessions(studio: Studio, person: Person, listed: Sequence[ReviewSession]) -> list[Session]:
    progress = progress_of_sessions(studio, [session["id"] for session in listed])
    return [describe_session(studio, person, session, progress[session["id"]]) for session in listed]


def describe_session(studio: Studio, person: Person, session: ReviewSession, progress: SessionProgress) -> Session:
    return Session(
        project=session["project"],
        name=session["name"],
        made_by=session["made_by"],
        created=session["created"],
        closed=session["closed"],
        takes=session["takes"],
        pairs=progress["pairs"],
        judged=progress["judged"].get(person.id, 0),
        address=address_of(session),
        people=people_of(studio, session, progress) if person.at_least("supervisor") else None,
    )


def people_of(studio: Studio, session: ReviewSession, progress: SessionProgress) -> list[PersonProgress]:
    """Who is expected, and whoever else judged any of it, by name."""
    names = accounts.names_of_people(studio)
    judged = dict.fromkeys(review_sessions.people_of_session(studio, session["id"]).values(), 0)
    judged |= {names[each]: count for each, count in progress["judged"].items()}
    return [PersonProgress(name=name, judged=judged[name]) for name in sorted(judged)]


def address_of(session: ReviewSession) -> str:
    """With its project, since another one may have a session of the same name."""
    return "/?" + urlencode({"session": session["name"], "project": session["project"]})


def post_session(body: SessionBody, studio: OpenStudio, person: CurrentPerson) -> Session | ChosenTakes:
    """Puts a review session together; for supervisors. Its takes are those that there are now, and stay the same."""
    check_visible(studio, person.id, "project", body.project)
    person.require("supervisor")
    chosen = body.model_dump(include={"shots", "statuses", "kind", "version", "since", "until", "text"})
    with takes_named(studio, person, body.takes) as ids:
        takes = review_sessions.filter_takes(studio, body.project, TakeFilter(**chosen, takes=ids))
        if body.dry_run:
            return ChosenTakes(takes=len(takes))
        made = review_sessions.make_session(studio, person.id, body.project, body.name, takes, body.people)
    return describe_sessions(studio, person, [made])[0]


def post_close(body: CloseBody, studio: OpenStudio, person: CurrentPerson) -> Session:
    """Ends a review session; for supervisors. What was judged stays. Doing it twice is fine."""
    session = review_sessions.find_session(studio, person.id, body.name, body.project)
    person.require("supervisor")
    return describe_sessions(studio, person, [review_sessions.close_session(studio, person.id, session)])[0]


def find_scope(
    studio: Studio, person: Person, project: str | None, shot: str | None, session: str | None
) -> tuple[Scope, ReviewSession | None]:
    """What a page shows. NotFound: the person does not see the project, or there is no such session."""
    if project is not None:
        check_visible(studio, person.id, "project", project)
    row = None if session is None else review_sessions.find_session(studio, person.id, session, project)
    return Scope(project, shot, row["id"] if row else None), row


def show_progress(
    studio: OpenStudio,
    person: CurrentPerson,
    project: ProjectCode = None,
    shot: ShotCode = None,
    session: SessionName = None,
) -> Progress:
    """How much you have judged of what you can: in a project, a shot or a review session, or in all that you see."""
    scope, row = find_scope(studio, person, project, shot, session)
    return describe_progress(studio, person, scope, row)


def describe_progress(studio: Studio, person: Person, scope: Scope, row: ReviewSession | None) -> Progress:
    named = ScopeOfSession(project=row["project"], name=row["name"], closed=row["closed"] is not None) if row else None
    return Progress(**progress_of(studio, person.id, scope), session=named)


def show_summary(
    studio: OpenStudio,
    person: CurrentPerson,
    project: ProjectCode = None,
    shot: ShotCode = None,
    session: SessionName = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_INTEGER)] = None,
) -> Summary:
    """What you decided, how far others agree on the same pairs, how consistent you are, and what there is next.

    Agreement says nothing of pairs of open trials.
    """
    scope, row = find_scope(studio, person, project, shot, session)
    within = (person.id, scope.project, scope.shot, scope.session)
    own = own_verdicts.list_own(studio, *within, before=before, count=CHOICES)
    counts = own_verdicts.count_own(studio, *within)
    return Summary(
        progress=describe_progress(studio, person, scope, row),
        chosen=counts.get("left", 0) + counts.get("right", 0),
        ties=counts.get("tie", 0),
        both_bad=counts.get("both_bad", 0),
        choices=[describe_choice(studio, person, each) for each in own],
        before=own[-1]["ballot"] if len(own) == CHOICES else None,
        agreement=Share(**measures.agreement_with_others(measures.read_verdicts(studio, *within), person.id)),
        consistency=Share(**measures.consistency_of(studio, *within)),
        next=list_next(studio, person, row),
    )


def describe_choice(studio: Studio, person: Person, own: OwnVerdict) -> Choice:
    brief = get_brief(studio, own["brief"])
    left, right = (describe_side(studio, person, get_take(studio, own[side]), brief) for side in ("left", "right"))
    return Choice.model_validate({**own, "left": left, "right": right, "prompt": brief["prompt"]})


def list_next(studio: Studio, person: Person, here: ReviewSession | None) -> list[Next]:
    """Open sessions with pairs left for the person, and then everything else."""
    sessions = [row for row in review_sessions.list_sessions(studio, person.id) if row["closed"] is None]
    progress = progress_of_sessions(studio, [row["id"] for row in sessions])
    left = {
        row["id"]: progress[row["id"]]["pairs"] - progress[row["id"]]["judged"].get(person.id, 0) for row in sessions
    }
    others = [row for row in sessions if left[row["id"]] and row != here][:MOST_NEXT]
    shown = [Next(label=row["name"], address=address_of(row), left=left[row["id"]]) for row in others]
    everything = progress_of(studio, person.id, Scope())
    rest = everything["total"] - everything["judged"]
    return [*shown, *([Next(label="", address="/", left=rest)] if rest else [])]
