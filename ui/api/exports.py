"""GET /api/exports/selects: the circled takes of a project as a file, in every format of `circletake export selects`."""

from __future__ import annotations

import mimetypes
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from feedback.people.project_members import check_visible
from ui.api.schemas import PROBLEMS
from ui.context import OpenStudio
from ui.security.access import CurrentPerson

Format = Literal["otio", "edl", "ale", "csv", "contact-sheet"]


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/exports", tags=["exports"], responses=PROBLEMS)
    router.add_api_route("/selects", send_selects, methods=["GET"], response_class=FileResponse)
    return router


def send_selects(
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[str, Query(description="The project's code")],
    format: Annotated[Format, Query()] = "otio",
) -> FileResponse:
    """The project's selects in cutting order; for supervisors. The file names takes and versions."""
    from feedback.exchange.export import export_selects  # loads the editors' libraries

    check_visible(studio, person.id, "project", project)
    person.require("supervisor")
    folder = tempfile.mkdtemp(prefix="circletake-export-")
    try:
        path = Path(export_selects(studio, project, format, folder)["path"])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"Cache-Control": "no-store"}
    removed = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(path, media_type=kind, filename=path.name, headers=headers, background=removed)
