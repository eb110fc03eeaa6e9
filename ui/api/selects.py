"""The HTTP routes of selects, for supervisors: in, out and place of each, a sequence as a cut, and the exports."""

from __future__ import annotations

import json
import mimetypes
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from feedback.exchange.files import Export
from feedback.judgements import selects
from feedback.judgements.selects import LONGEST_HOLD, SelectPlace
from feedback.people import accounts
from feedback.people.project_members import check_visible
from feedback.production import briefs, shots, takes
from feedback.production.opaque_names import name_take
from feedback.production.shots import Shot, natural
from feedback.rights.intended_use import intended_uses, set_intended_use
from feedback.store import Studio
from ui.api.judging import receipt
from ui.api.media import describe_side
from ui.api.names import takes_named
from ui.api.schemas.common import PROBLEMS, RECEIPTS, Body, Code, Id, Receipt, Side, Uid
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

Frame = Annotated[int, Field(ge=0, le=LONGEST_HOLD)]
# As `circletake export selects` has them.
Format = Literal[
    "otio",
    "otioz",
    "edl",
    "ale",
    "fcp7xml",
    "fcpxml",
    "csv",
    "contact-sheet",
    "markers",
    "bundle",
    "animatic",
    "sequence",
]
Codec = Literal["h264", "prores"]
Picture = Literal["png", "exr"]
IntendedUse = Literal["temp", "final"]
REMARKS = "Circletake-Remarks"  # a header: a JSON list of lines, percent-encoded
MOST_SELECTS = 10_000  # of one shot


class SelectBody(Body):
    uid: Uid
    take: Id
    frame_in: Frame = Field(description="First frame, from 0 in the take's own frames; a still has the frame 0.")
    frame_out: Frame = Field(description="Last frame, included; of a still, for how long it is held.")
    position: int | None = Field(
        None, ge=1, le=MOST_SELECTS, description="Its place among the selects of its shot; the first is the pick."
    )
    intended_use: IntendedUse | None = Field(
        None, description="A placeholder, or the final picture; left out: as it is."
    )


class CutSelect(BaseModel):
    side: Side
    frame_in: int
    frame_out: int
    seconds: float = Field(description="How long it lasts in the cut.")
    intended_use: IntendedUse | None = Field(
        None, description="A placeholder, or the final picture; null: not decided."
    )


class CutNeighbour(CutSelect):
    shot: str


class CutAround(BaseModel):
    """What plays before and after a take in the cut of its sequence: the picks of the shots beside its own."""

    before: CutNeighbour | None
    after: CutNeighbour | None


class CutShot(BaseModel):
    shot: str
    title: str
    selects: list[CutSelect] = Field(description="The pick first, then its alternates.")


class SequenceCut(BaseModel):
    sequences: list[str] = Field(
        description="Of the project. That of a shot which names none is its code without the last part."
    )
    sequence: str
    shots: list[CutShot] = Field(description="In cutting order; those without a select too.")


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", tags=["selects"], responses=PROBLEMS)
    router.add_api_route("/selects", post_select, methods=["POST"], status_code=201, responses=RECEIPTS)
    router.add_api_route("/selects", show_selects, methods=["GET"])
    router.add_api_route("/cut", show_cut_around, methods=["GET"])
    router.add_api_route("/exports/selects", send_selects, methods=["GET"], response_class=FileResponse)
    return router


def post_select(response: Response, body: SelectBody, studio: OpenStudio, person: CurrentPerson) -> Receipt:
    """Sets in, out, place and intended use of a circled take."""
    row = accounts.get_person(studio, person.name)
    with takes_named(studio, person, [body.take]) as (take,), studio.writing():
        kept = selects.set_range(studio, row, **{**body.model_dump(exclude={"intended_use"}), "take": take})
        if body.intended_use is not None:
            set_intended_use(studio, person.id, body.uid, take, body.intended_use)
    return receipt(response, body.uid, kept)


def show_selects(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[Code, Query(description="The project's code")],
    sequence: Annotated[str | None, Query(max_length=64, description="The first one unless given")] = None,
) -> SequenceCut:
    """The cut of a sequence."""
    check_visible(studio, person.id, "project", project)
    person.require("supervisor")
    response.headers["Cache-Control"] = "no-store"
    rows = shots.list_shots(studio, project)
    sequences = sorted({shot["sequence"] for shot in rows}, key=natural)
    chosen = sequence if sequence in sequences else next(iter(sequences), "")
    return SequenceCut(
        sequences=sequences,
        sequence=chosen,
        shots=cut_of(studio, person, project, [shot for shot in rows if shot["sequence"] == chosen]),
    )


def show_cut_around(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    take: Annotated[Id, Query(description="As it was sent to you.")],
) -> CutAround:
    """The selects beside a take in the cut, for everybody who may judge it. Nothing tells their versions."""
    response.headers["Cache-Control"] = "no-store"
    with takes_named(studio, person, [take]) as (named,):
        around = selects.picks_around(studio, takes.get_take(studio, named))
    before, after = (row and describe_neighbour(studio, person, row) for row in around)
    return CutAround(before=before, after=after)


def describe_neighbour(studio: Studio, person: Person, select: SelectPlace) -> CutNeighbour:
    """Under the name that this person alone has for the take."""
    described, name = describe_select(studio, person, select), name_take(studio, person.id, select["take"])
    side = described.side.model_copy(update={"take": name})
    return CutNeighbour(**{**described.model_dump(), "side": side}, shot=select["shot"])


def cut_of(studio: Studio, person: Person, project: str, rows: list[Shot]) -> list[CutShot]:
    by_shot: dict[str, list[CutSelect]] = {shot["code"]: [] for shot in rows}
    uses = intended_uses(studio, project)
    for select in selects.list_selects(studio, project, list(by_shot)):
        described = describe_select(studio, person, select)
        use = {"intended_use": uses.get(select["take"])}
        by_shot[select["shot"]].append(described.model_copy(update=use))
    return [CutShot(shot=shot["code"], title=shot["title"], selects=by_shot[shot["code"]]) for shot in rows]


def describe_select(studio: Studio, person: Person, select: SelectPlace) -> CutSelect:
    side = describe_side(
        studio, person, takes.get_take(studio, select["take"]), briefs.get_brief(studio, select["brief"])
    )
    count = select["frame_out"] - select["frame_in"] + 1
    rate = select["fps_num"] / select["fps_den"]
    return CutSelect(
        side=side.model_copy(update={"take": select["take"]}),
        frame_in=select["frame_in"],
        frame_out=select["frame_out"],
        seconds=round(count / rate, 4),
        intended_use=None,
    )


class ExportQuery(BaseModel):
    project: Code = Field(description="The project's code")
    format: Format = "otio"
    media: bool = Field(False, description="The media come along: the answer is a ZIP file.")
    sequence: Code | None = Field(None, description="Of this sequence alone.")
    picks: bool = Field(False, description="The first select of each shot, without its alternates.")
    leave_out: bool = Field(False, description="Leave out what the format cannot hold, and say so.")
    allow_missing: bool = Field(False, description="Although media are gone.")
    codec: Codec = Field("h264", description="Of movies.")
    picture: Picture = Field("png", description="Of an image sequence.")
    watermark: str = Field("", max_length=80, description="Across each page of a contact sheet.")


def send_selects(studio: OpenStudio, person: CurrentPerson, query: Annotated[ExportQuery, Query()]) -> FileResponse:
    """The project's selects in cutting order; for supervisors. The file names takes and versions.

    Several files come as one ZIP. The header `Circletake-Remarks` says what the format could not hold.
    """
    from feedback.exchange.export import ExportedBy, ExportOptions, export_selects  # loads the editors' libraries

    check_visible(studio, person.id, "project", query.project)
    person.require("supervisor")
    options = ExportOptions(**query.model_dump(exclude={"project", "format"}))
    by = ExportedBy(person.id, sent=True)
    return sent_export(lambda folder: export_selects(studio, query.project, query.format, folder, options, by))


def sent_export(write: Callable[[Path], Export]) -> FileResponse:
    """What `write` puts into the folder that it is given, which is removed when it is sent."""
    folder = Path(tempfile.mkdtemp(prefix="circletake-export-"))
    try:
        made = write(folder / "export")
        path = one_file(Path(made["path"]), folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    headers = {"Cache-Control": "no-store", REMARKS: quote(json.dumps(made["remarks"]))}
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    removed = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(path, media_type=kind, filename=path.name, headers=headers, background=removed)


def one_file(made: Path, folder: Path) -> Path:
    """What was exported, in a ZIP where it is more than one file. Pictures and movies are packed as they are."""
    home = made.parent
    files = sorted(path for path in home.rglob("*") if path.is_file())
    if files == [made]:
        return made
    packed = folder / f"{made.stem}.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in files:
            archive.write(path, path.relative_to(home))
    return packed
