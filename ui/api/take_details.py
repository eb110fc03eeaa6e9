"""The HTTP routes of one take: what it is, how it was made, what became of it; and drawing more like it.

Whoever may still be swayed (`feedback.judgements.note_threads`) gets what the board shows: the mean of the stars, and not
whose they are. What a reward model gives to the take, which says what others are expected to prefer, is for supervisors. Takes of open trials have no page.
"""

from __future__ import annotations

import secrets
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from feedback.errors import NotFound, Refused
from feedback.exchange.outside.takes import has_seed, making_in_words
from feedback.judgements import selects, take_history
from feedback.judgements.note_threads import is_blind_to
from feedback.judgements.tags import list_tags
from feedback.production import briefs, render_queue, shots, take_rewards, takes
from feedback.production.briefs import Brief
from feedback.production.queue_limits import check_steps
from feedback.production.takes import Take
from feedback.rights import checks
from feedback.store import Studio
from ui.api.library.likeness import show_likeness
from ui.api.media import describe_side
from ui.api.names import name_for, names_for, takes_named
from ui.api.schemas.common import PROBLEMS, Body, Id, QueuedTakes, Side
from ui.context import OpenStudio, context_of, limits_of
from ui.security.access import CurrentPerson, Person

MOST_OTHERS = 200  # takes of the shot that one can be compared with at once


class Made(BaseModel):
    """What the take answers; the seed and the version are for supervisors, since both tell takes apart by their age."""

    prompt: str
    negative_prompt: str
    kind: Literal["still", "clip"]
    width: int
    height: int
    frames: int
    fps: float
    steps: int
    guidance: float
    author: str
    seed: int | None
    version: str | None
    elsewhere: str | None = Field(
        description="Of a take made elsewhere: the tool, the model and what else its file says."
    )


class Step(BaseModel):
    person: str
    created: str = Field(description="ISO 8601, UTC.")
    what: str = Field(description="In words: a status, stars, or a place in the cut.")
    status: str | None = Field(None, description="The status that was given.")
    stars: int | None = Field(None, description="The stars that were given.")
    place: int | None = Field(None, description="The place in the cut that the take got, from 1; 0: it was taken out.")
    first: int | None = Field(None, description="The first frame in the cut, from 0.")
    last: int | None = Field(None, description="The last one.")


class Cut(BaseModel):
    """Where the take stands in the cut; frames from 0, both included."""

    frame_in: int
    frame_out: int
    position: int = Field(description="Among the selects of the shot, from 1: the first is the pick.")
    of: int = Field(description="How many selects the shot has.")


class Reward(BaseModel):
    """What the newest reward model gives to the take."""

    reward: float | None = Field(description="0 for the average take; null where the model has not scored it.")
    place: int = Field(description="Among the scored takes of its shot, from 1, the highest; 0 where it is not scored.")
    scored: int = Field(description="How many takes of its shot are scored.")
    run: int = Field(description="The run that fitted the model.")
    accuracy: float = Field(description="The share of verdicts that the model predicts on briefs that it has not seen.")
    created: str = Field(description="ISO 8601, UTC.")


class Grounds(BaseModel):
    """On whose permission it rests."""

    people: list[str] = Field(description="Who are named, or are in what it starts from.")
    consents: list[int] = Field(description="Of theirs that are in force today.")
    licences: list[str] = Field(description="Of what it starts from.")
    is_missing: bool = Field(description="Whether a consent or a licence is missing today.")


class TakeDetails(BaseModel):
    take: int
    project: str
    shot: str
    shot_title: str
    state: str
    status: str
    side: Side | None = Field(description="What is shown; none before it is drawn.")
    stars: float | None = Field(description="The mean; none when nobody rated it.")
    raters: int
    my_stars: int
    tags: list[str] = Field(description="Your own alone while you are blind to the take.")
    made: Made
    blind: bool = Field(
        description="Whether others' notes and whose stars they are are kept from you until you have judged it."
    )
    history: list[Step] = Field(description="Oldest first.")
    cut: Cut | None
    reward: Reward | None = Field(description="For supervisors, once a run had a model of it.")
    grounds: Grounds | None = Field(description="For supervisors, where somebody has to allow it.")
    may_circle: bool
    may_draw_again: bool
    others: list[Side] = Field(description="Other takes of the shot that are drawn, in an order that tells nothing.")


class AgainBody(Body):
    take: Id
    takes: int = Field(1, ge=1, le=64)
    same_seed: bool = Field(False, description="One take with the seed of this one, by whatever is in production now.")


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/takes", tags=["making"], responses=PROBLEMS)
    router.add_api_route("/{take}", show_take, methods=["GET"])
    router.add_api_route("/{take}/likeness", show_likeness, methods=["GET"])
    router.add_api_route("/again", post_again, methods=["POST"], status_code=201)
    return router


def show_take(request: Request, response: Response, take: Id, studio: OpenStudio, person: CurrentPerson) -> TakeDetails:
    """One take with all that you may know of it."""
    response.headers["Cache-Control"] = "no-store"
    with takes_named(studio, person, [take]) as (named,):
        return describe_take(studio, person, shown_take(studio, named), context_of(request).review.first_frame)


def shown_take(studio: Studio, take: int) -> Take:
    """NotFound for a take that an open trial hides: on a page of its own, who made it could be guessed."""
    row = takes.get_take(studio, take)
    if row["hidden"]:
        raise NotFound(f"no take {take}")
    return row


def describe_take(studio: Studio, person: Person, take: Take, first_frame: int) -> TakeDetails:
    brief, is_supervisor = briefs.get_brief(studio, take["brief"]), person.at_least("supervisor")
    blind = is_blind_to(studio, person.id, take["id"])
    is_done = take["state"] == "done"
    return TakeDetails(
        take=name_for(studio, person, take["id"]),
        project=take["project_code"],
        shot=take["shot_code"],
        shot_title=shots.get_shot(studio, take["shot"])["title"],
        state=take["state"],
        status=take["status"],
        side=side_of(studio, person, take, brief) if is_done else None,
        stars=take["stars"],
        raters=take["raters"],
        my_stars=take_history.stars_of(studio, take["id"], person.id),
        tags=list(dict.fromkeys(tag["word"] for tag in list_tags(studio, take["id"], person.id if blind else None))),
        made=made_of(studio, take, brief, is_supervisor),
        blind=blind,
        history=[] if blind else history_of(studio, take, first_frame),
        cut=cut_of(studio, take["id"]),
        reward=reward_of(studio, take) if is_supervisor and is_done else None,
        grounds=grounds_of(studio, brief["id"]) if is_supervisor else None,
        may_circle=is_supervisor and is_done,
        may_draw_again=not blind,
        others=others_of(studio, person, take),
    )


def grounds_of(studio: Studio, brief: int) -> Grounds | None:
    grounds = checks.grounds_of_brief(studio, brief)
    if not grounds["people"] and not grounds["licences"]:
        return None
    return Grounds(**grounds, is_missing=brief in checks.absent_for_briefs(studio, [brief]))


def made_of(studio: Studio, take: Take, brief: Brief, is_supervisor: bool) -> Made:
    names = ("prompt", "negative_prompt", "kind", "width", "height", "frames", "steps", "guidance", "author")
    fields: dict[str, Any] = {name: value for name, value in brief.items() if name in names}
    fps = round(brief["fps_num"] / brief["fps_den"], 3)
    seed = take["seed"] if is_supervisor and has_seed(studio, take["id"]) else None
    version, elsewhere = (take["version"], making_in_words(take["provenance"])) if is_supervisor else (None, None)
    return Made(**fields, fps=fps, seed=seed, version=version, elsewhere=elsewhere)


def history_of(studio: Studio, take: Take, first_frame: int) -> list[Step]:
    """Steps on the ladder, stars and places in the cut, oldest first."""
    number = take["id"]
    steps = [
        (row, row["status"].replace("_", " "), {"status": row["status"]})
        for row in take_history.list_statuses(studio, number)
    ]
    stars = [
        (row, stars_in_words(row["stars"]), {"stars": row["stars"]}) for row in take_history.list_stars(studio, number)
    ]
    places = [
        (row, place_in_words(row, take, first_frame), place_of(row)) for row in take_history.list_places(studio, number)
    ]
    rows: list[tuple[Any, str, dict[str, Any]]] = [*steps, *stars, *places]
    listed = [Step(person=row["person"], created=row["created"], what=what, **fields) for row, what, fields in rows]
    return sorted(listed, key=lambda step: step.created)


def stars_in_words(stars: int) -> str:
    return f"{stars} star{'s' * (stars != 1)}"


def place_of(place: take_history.Place) -> dict[str, int]:
    return {
        "place": 0 if place["removed"] else place["position"],
        "first": place["frame_in"],
        "last": place["frame_out"],
    }


def place_in_words(place: take_history.Place, take: Take, first_frame: int) -> str:
    if place["removed"]:
        return "out of the cut"
    if take["kind"] == "clip":
        return f"place {place['position']}, {place['frame_in'] + first_frame}–{place['frame_out'] + first_frame}"
    held = place["frame_out"] - place["frame_in"] + 1
    return f"place {place['position']}, held {held} frame{'' if held == 1 else 's'}"


def cut_of(studio: Studio, take: int) -> Cut | None:
    select = selects.current_select(studio, take)
    if select is None:
        return None
    order = [row["take"] for row in selects.selects_of_shot(studio, select["shot"])]
    frames = {"frame_in": select["frame_in"], "frame_out": select["frame_out"]}
    return Cut(**frames, position=1 + order.index(take), of=len(order))


def reward_of(studio: Studio, take: Take) -> Reward | None:
    reward = take_rewards.reward_of(studio, take["id"])
    return None if reward is None else Reward(**reward)


def side_of(studio: Studio, person: Person, take: Take, brief: Brief) -> Side:
    """As on the review page, under the number that this page's address has."""
    side = describe_side(studio, person, take, brief)
    return side.model_copy(update={"take": name_for(studio, person, take["id"])})


def others_of(studio: Studio, person: Person, take: Take) -> list[Side]:
    """Of the same brief first."""
    rows = takes.list_takes(studio, project=take["project_code"], shot=take["shot_code"])
    done = [row for row in rows if row["state"] == "done" and row["id"] != take["id"]]
    near = sorted(done, key=lambda row: row["brief"] != take["brief"])[:MOST_OTHERS]
    brief_of = {brief: briefs.get_brief(studio, brief) for brief in {row["brief"] for row in near}}
    sides = [(row["brief"] != take["brief"], side_of(studio, person, row, brief_of[row["brief"]])) for row in near]
    return [side for _, side in sorted(sides, key=lambda each: (each[0], each[1].take))]


def post_again(request: Request, body: AgainBody, studio: OpenStudio, person: CurrentPerson) -> QueuedTakes:
    """Queues takes of the take's brief: one with its seed, or some with new seeds.

    Not while you are blind to it: the same picture again would tell that production drew it.
    """
    limits = limits_of(request).queue
    with takes_named(studio, person, [body.take]) as (named,):
        take = shown_take(studio, named)
        if is_blind_to(studio, person.id, named):
            raise Refused(f"take {named} is one that you may still be dealt: judge a pair with it first")
        check_steps(limits, briefs.get_brief(studio, take["brief"])["steps"])
        first = secrets.randbelow(2**31 - 64)
        seeds = [take["seed"]] if body.same_seed else [first + k for k in range(body.takes)]
        ids = render_queue.queue_takes(studio, take["brief"], seeds, person=person.id, limits=limits)
    return QueuedTakes(brief=take["brief"], takes=names_for(studio, person, ids))
