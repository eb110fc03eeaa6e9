"""The HTTP routes of storyboards, for everybody who sees the project: panels, their texts and order, and the exports.

Neither the page nor an export names the version of a take.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field, model_validator

from feedback.boards import panels
from feedback.boards.panels import LONGEST_TEXT, MOST_PANELS, Panel
from feedback.judgements.selects import LONGEST_HOLD
from feedback.people.project_members import check_visible
from feedback.production import briefs, shots, takes
from feedback.store import Studio
from ui.api.media import describe_side
from ui.api.names import name_for, takes_named
from ui.api.schemas.common import PROBLEMS, Body, Code, Id, Side
from ui.api.selects import Codec, sent_export
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

MOST_OFFERED = 200  # takes of a sequence, the newest ones

Sequence = Annotated[str, Field(max_length=64, description="Empty for shots without one.")]
Text = Annotated[str, Field(max_length=5 * LONGEST_TEXT)]


class ShownPanel(BaseModel):
    id: int
    number: int = Field(description="From 1, in the order of the board.")
    take: int = Field(description="Its number for this person, as on the board.")
    side: Side
    shot: str
    shot_title: str
    frame: int = Field(description="That is shown, from 0; a clip plays from it on.")
    held: int | None = Field(description="Frames that it lasts; null where none was set, and `lasts` follows the cut.")
    lasts: int = Field(description="Frames, at the rate of the clip or of a still's shot.")
    seconds: float
    action: str
    dialogue: str
    revision: int = Field(description="Send it with a change: 409 when somebody else was first.")
    changed_by: str


class Storyboard(BaseModel):
    project: str
    sequences: list[str]
    sequence: str
    panels: list[ShownPanel]
    missing_selects: int = Field(description="Picks of the sequence that no panel shows.")


class AddBody(Body):
    """Either takes, or the picks of the sequence that no panel shows yet."""

    project: Code
    sequence: Sequence = ""
    takes: list[Id] = Field([], max_length=MOST_PANELS)
    selects: bool = False
    after: int | None = Field(None, ge=0, description="The panel that they come behind, 0 for the beginning.")

    @model_validator(mode="after")
    def one_of_both(self) -> AddBody:
        if bool(self.takes) == self.selects:
            raise ValueError("give takes, or selects, and not both")
        return self


class Added(BaseModel):
    panels: list[int]


class ChangeBody(Body):
    revision: Annotated[int, Field(ge=1, le=2**31)] = Field(description="Of the panel as it was read.")
    action: Text | None = None
    dialogue: Text | None = None
    frame: int | None = Field(None, ge=0, le=LONGEST_HOLD)
    held: int | None = Field(None, ge=0, le=LONGEST_HOLD, description="0: as long as usual.")


class PlaceBody(Body):
    place: int = Field(ge=1, le=MOST_PANELS, description="On the board, from 1; the others make room.")


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", tags=["storyboard"], responses=PROBLEMS)
    router.add_api_route("/storyboard", show_board, methods=["GET"])
    router.add_api_route("/storyboard/takes", show_takes, methods=["GET"])
    router.add_api_route("/storyboard/panels", post_panels, methods=["POST"], status_code=201)
    router.add_api_route("/storyboard/panels/{panel}", patch_panel, methods=["PATCH"])
    router.add_api_route("/storyboard/panels/{panel}/place", post_place, methods=["POST"], status_code=201)
    router.add_api_route("/storyboard/panels/{panel}", delete_panel, methods=["DELETE"], status_code=204)
    router.add_api_route("/storyboard/panels/{panel}/restore", post_restore, methods=["POST"], status_code=201)
    router.add_api_route("/exports/storyboard", send_storyboard, methods=["GET"], response_class=FileResponse)
    return router


ProjectQuery = Annotated[Code, Query(description="The project's code")]


def show_board(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    project: ProjectQuery,
    sequence: Annotated[str | None, Query(max_length=64, description="The first one unless given")] = None,
) -> Storyboard:
    """The storyboard of a sequence. 404: the project has no such sequence."""
    check_visible(studio, person.id, "project", project)
    response.headers["Cache-Control"] = "no-store"
    sequences = panels.sequences_of(studio, project)
    panels.check_sequence(studio, project, sequence or "")
    chosen = next(iter(sequences), "") if sequence is None else sequence
    rows = panels.list_panels(studio, project, chosen)
    there = {row["take"] for row in rows}
    return Storyboard(
        project=project,
        sequences=sequences,
        sequence=chosen,
        panels=[describe(studio, person, row) for row in rows],
        missing_selects=sum(row["take"] not in there for row in panels.picks_of_sequence(studio, project, chosen)),
    )


def describe(studio: Studio, person: Person, panel: Panel) -> ShownPanel:
    take = takes.get_take(studio, panel["take"])
    side = describe_side(studio, person, take, briefs.get_brief(studio, panel["brief"]))
    seconds = round(panel["lasts"] * panel["fps_den"] / panel["fps_num"], 3)
    return ShownPanel.model_validate(
        {**panel, "take": name_for(studio, person, panel["take"]), "side": side, "seconds": seconds}
    )


def show_takes(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    project: ProjectQuery,
    sequence: Annotated[str, Query(max_length=64)] = "",
) -> list[Side]:
    """Takes of a sequence that a panel may show: those that are drawn and not discarded, in an order that tells nothing."""
    check_visible(studio, person.id, "project", project)
    response.headers["Cache-Control"] = "no-store"
    codes = [row["code"] for row in shots.list_shots(studio, project) if row["sequence"] == sequence]
    rows = [take for code in codes for take in takes.list_takes(studio, project=project, shot=code)]
    ready = [row for row in rows if row["state"] == "done" and not row["hidden"] and row["status"] != "discarded"]
    sides = []
    for row in ready[-MOST_OFFERED:]:
        side = describe_side(studio, person, row, briefs.get_brief(studio, row["brief"]))
        sides.append(side.model_copy(update={"take": name_for(studio, person, row["id"])}))
    return sorted(sides, key=lambda side: side.take)


def post_panels(body: AddBody, studio: OpenStudio, person: CurrentPerson) -> Added:
    """Adds panels behind another one, or at the end."""
    check_visible(studio, person.id, "project", body.project)
    if body.selects:
        return Added(panels=panels.bring_selects(studio, body.project, body.sequence, author=person.name))
    with takes_named(studio, person, body.takes) as ids:
        made = panels.add_panels(studio, body.project, body.sequence, ids, author=person.name, after=body.after)
    return Added(panels=made)


def patch_panel(panel: Id, body: ChangeBody, studio: OpenStudio, person: CurrentPerson) -> ShownPanel:
    """Changes what is given of its texts, its frame and its length. 409: somebody changed it meanwhile."""
    check_visible(studio, person.id, "panel", panel)
    fields = body.model_dump(exclude={"revision"}, exclude_none=True)
    return describe(studio, person, panels.change_panel(studio, panel, body.revision, author=person.name, **fields))


def post_place(panel: Id, body: PlaceBody, studio: OpenStudio, person: CurrentPerson) -> ShownPanel:
    """Moves it to another place."""
    check_visible(studio, person.id, "panel", panel)
    return describe(studio, person, panels.move_panel(studio, panel, body.place, author=person.name))


def delete_panel(panel: Id, studio: OpenStudio, person: CurrentPerson) -> None:
    """Takes it out of the board; `restore` brings it back with its texts."""
    check_visible(studio, person.id, "panel", panel)
    panels.remove_panel(studio, panel, author=person.name)


def post_restore(panel: Id, studio: OpenStudio, person: CurrentPerson) -> ShownPanel:
    check_visible(studio, person.id, "panel", panel)
    return describe(studio, person, panels.restore_panel(studio, panel, author=person.name))


class StoryboardQuery(BaseModel):
    project: Code = Field(description="The project's code")
    sequence: Sequence = ""
    format: Annotated[str, Field(pattern="^(pdf|animatic)$")] = Field("pdf", description="pdf or animatic")
    codec: Codec = Field("h264", description="Of the animatic.")


def send_storyboard(
    studio: OpenStudio, person: CurrentPerson, query: Annotated[StoryboardQuery, Query()]
) -> FileResponse:
    """The storyboard as PDF or animatic. It names shots and no takes, so that everybody may have it."""
    from feedback.exchange.export import ExportedBy
    from feedback.exchange.storyboard.export import export_storyboard  # loads fonts and decoders

    check_visible(studio, person.id, "project", query.project)
    by, board = ExportedBy(person.id, sent=True), (query.project, query.sequence, query.format)
    return sent_export(lambda folder: export_storyboard(studio, *board, folder, query.codec, by))
