"""GET /api/report: the morning report of a day, in every form; for supervisors.

How open trials stand is in none of them, nor are their takes, so that who reads it goes on judging.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from feedback.models.before_after import record_seen
from feedback.people.project_members import check_visible
from feedback.production.takes import get_take
from feedback.report.morning import MorningReport
from feedback.report.rendering.parts import ComparedPicture, Picture, Plot
from feedback.report.rendering.pictures import InlinePictures
from feedback.report.rendering.plots import DARK, draw_plot
from feedback.report.rendering.render import render_report, to_page
from feedback.store import Studio
from feedback.store.time_zone import time_zone
from finetune.jobs.morning_report import report_of_day
from ui.api.names import POSTER, name_for, rendition_address
from ui.api.schemas.common import PROBLEMS
from ui.api.sessions import ProjectCode
from ui.context import OpenStudio, context_of
from ui.languages import language_of, speaking
from ui.phrases.report import page_words
from ui.security.access import CurrentPerson, Person

MEDIA_TYPES = {
    "json": "application/json",
    "md": "text/markdown",
    "html": "text/html",
    "eml": "message/rfc822",
    "page": "text/html",
}
Day = Annotated[str | None, Query(max_length=10, description="Such as 2026-11-27; yesterday unless given.")]
Form = Annotated[
    Literal["json", "md", "html", "eml", "page"],
    Query(
        alias="format",
        description="html and eml are for mail, in English; page is what the page shows, in its language.",
    ),
]
ANSWERS: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {"schema": {}} for kind in MEDIA_TYPES.values()}}}


def routes() -> APIRouter:
    router = APIRouter(responses=PROBLEMS, tags=["models"])
    router.add_api_route("/api/report", show_report, methods=["GET"], response_class=Response, responses=ANSWERS)
    return router


def show_report(
    request: Request,
    studio: OpenStudio,
    person: CurrentPerson,
    date: Day = None,
    project: ProjectCode = None,
    form: Form = "json",
) -> Response:
    """What was judged on a day, what the night after it learned, and what that cost. In words and pictures, or as JSON."""
    if project is not None:
        check_visible(studio, person.id, "project", project)
    person.require("supervisor")
    options = context_of(request).report
    report = report_of_day(studio, date or None, project=project, person=person.id, options=options)
    note_who_saw(studio, report, person, form)
    if form == "page":
        with speaking(language_of(request), time_zone(studio)):
            text = to_page(report, PagePictures(studio, person), page_words())
    else:
        text = render_report(studio, report, form)
    headers = {"Cache-Control": "no-store"}
    if form == "eml":
        headers["Content-Disposition"] = f'attachment; filename="report-{report["day"].date}.eml"'
    return Response(text, media_type=MEDIA_TYPES[form], headers=headers)


def note_who_saw(studio: Studio, report: MorningReport, person: Person, form: str) -> None:
    """Whoever is shown what a version draws, before and after, is on record, as on the page Models."""
    compared = report["compared"]
    if compared is not None and compared["drawn"] is not None and form not in ("json", "md"):
        record_seen(studio, compared["version"], person.name)


class PagePictures(InlinePictures):
    """By the addresses that this person gets pictures from; plots as data, in the page's own greys."""

    def __init__(self, studio: Studio, person: Person) -> None:
        super().__init__(studio)
        self.person = person

    def plot(self, plot: Plot) -> str | None:
        return self.address(draw_plot(plot, DARK), "png")

    def picture(self, picture: Picture) -> str | None:
        if isinstance(picture, ComparedPicture):
            return f"/api/versions/{picture.version}/before-after/{picture.number}/{picture.side}"
        take = get_take(self.studio, picture.take)
        address = rendition_address(self.studio, self.person, take, POSTER if take["rendition_poster"] else 0)
        return None if address is None or address.endswith(".mp4") else address

    def link(self, picture: Picture) -> str | None:
        """The page of a take."""
        if isinstance(picture, ComparedPicture):
            return None
        return f"/take?take={name_for(self.studio, self.person, picture.take)}"
