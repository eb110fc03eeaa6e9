"""The newest briefs with their takes: how far each is, its place in the queue, and the time that is left."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Query, Response

from feedback.fields import LARGEST_INTEGER
from feedback.production import briefs, render_queue, takes
from feedback.production.briefs import Brief
from feedback.production.queue_forecast import Forecast, forecast_briefs
from feedback.store import Studio, media
from generation.workers.liveness import worker_is_alive
from ui.api.media import source_address
from ui.api.names import name_for, rendition_address
from ui.api.schemas.briefs import BriefList, BriefTake, ListedBrief, Source, Totals
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

SHOWN = 8  # briefs of one answer
COARSE = 5  # seconds: what is left is told in steps of these, so that a list does not change all the time


def show_briefs(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    mine: Annotated[bool, Query(description="Your own alone.")] = False,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_INTEGER, description="Those older than this brief.")] = None,
    state: Annotated[str, Query(max_length=64, description="Of the answer that you have.")] = "",
) -> BriefList:
    """The newest briefs that you see, with takes but for those of open trials. Creatives get the takes of a brief in an
    order that tells nothing of when they were drawn."""
    response.headers["Cache-Control"] = "no-store"
    author = person.name if mine else None
    rows = briefs.newest_briefs(studio, SHOWN + 1, person=person.id, author=author, before=before)
    listed, counts = rows[:SHOWN], render_queue.queue_state(studio, person.id)
    forecast = forecast_of(studio, [brief["id"] for brief in listed], counts["leased"])
    obstacle = render_queue.obstacle(studio, person.id)
    progress = takes.progress_of_briefs(studio, [brief["id"] for brief in listed])
    current = hash_of(person, listed, progress, forecast, counts, obstacle)
    shown = None if state == current else [describe(studio, person, row, forecast.get(row["id"])) for row in listed]
    return BriefList(
        state=current,
        briefs=shown,
        totals=Totals(waiting=counts["queued"] + counts["leased"], done=counts["done"], failed=counts["failed"]),
        obstacle=obstacle,
        more=len(rows) > SHOWN,
    )


def forecast_of(studio: Studio, listed: list[int], drawing: int) -> dict[int, Forecast]:
    """Without a time where no worker draws, and in coarse steps."""
    forecasts = forecast_briefs(studio, listed)
    if drawing == 0 and forecasts and not worker_is_alive(studio.folder):
        return {brief: each._replace(seconds=None) for brief, each in forecasts.items()}
    return {brief: each._replace(seconds=coarse(each.seconds)) for brief, each in forecasts.items()}


def coarse(seconds: float | None) -> float | None:
    return None if seconds is None else COARSE * max(1, round(seconds / COARSE))


def hash_of(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def describe(studio: Studio, person: Person, brief: Brief, forecast: Forecast | None) -> ListedBrief:
    rows = takes.list_takes(studio, brief=brief["id"])
    shown = [describe_take(studio, person, take) for take in rows if take["state"] != "cancelled"]
    return ListedBrief.model_validate(
        {
            **brief,
            "project": brief["project_code"],
            "shot": brief["shot_code"],
            "takes": sorted(shown, key=lambda take: take.id),  # for creatives an order that tells nothing
            "source": source_of(studio, person, brief),
            "cancelled": len(rows) - len(shown),
            "before": forecast and forecast.before,
            "seconds": forecast and forecast.seconds,
            "may_change": person.at_least("supervisor") or brief["author"] == person.name,
        }
    )


def source_of(studio: Studio, person: Person, brief: Brief) -> Source | None:
    file = media.find_file(studio, brief["source_media"])
    if file is None:
        return None
    sides = {"width": file["width"], "height": file["height"]}
    address = source_address(studio, person, file)
    return Source(**sides, is_clip=file["frames"] > 1, mask=brief["mask_media"] is not None, media=address)


def describe_take(studio: Studio, person: Person, take: takes.Take) -> BriefTake:
    """Never the archived file: that one tells who made it."""
    return BriefTake(
        id=name_for(studio, person, take["id"]),
        state=take["state"],
        progress=min(1.0, max(0.0, take["progress"] or 0.0)),
        error=take["error"],
        media=rendition_address(studio, person, take) if take["state"] == "done" else None,
        rewritten=take["rewrite"] is not None,
    )
