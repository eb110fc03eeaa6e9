"""GET /api/versions/{version}/ledger: everything behind a version; for supervisors and admins who see every project.

Of takes of open trials it tells nothing, so that who reads it goes on judging.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from feedback.errors import Forbidden
from feedback.ledger.contents import ledger_of
from feedback.people.project_members import sees_every_project
from feedback.store import Studio
from feedback.store.time_zone import time_zone
from generation.model_card import base_facts
from ui.api.schemas.common import PROBLEMS
from ui.context import OpenStudio, context_of
from ui.languages import language_of, speaking
from ui.phrases.ledger import render_ledger
from ui.security.access import Person, Supervisor

Form = Annotated[
    Literal["json", "page", "zip"],
    Query(alias="format", description="zip holds the document, the tables and the JSON whose hash they name."),
]
NO_STORE = {"Cache-Control": "no-store"}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {}} for kind in ("application/json", "text/html", "application/zip")}}
}


def routes() -> APIRouter:
    router = APIRouter(responses=PROBLEMS, tags=["models"])
    path = "/api/versions/{version}/ledger"
    router.add_api_route(path, show_ledger, methods=["GET"], response_class=Response, responses=ANSWERS)
    return router


def show_ledger(
    request: Request, version: str, studio: OpenStudio, person: Supervisor, form: Form = "json"
) -> Response:
    """Judgements, people, takes, frames, titles, licences, consents, runs, cost, shares, and what is not known."""
    check_sees_all(studio, person)
    rate = context_of(request).report.rate
    if form == "page":
        with studio.reading(), speaking(language_of(request), time_zone(studio)):
            text = render_ledger(ledger_of(studio, version, base_facts(studio, version), rate))
        return Response(text, media_type="text/html", headers=NO_STORE)
    from feedback.ledger.files.export import export_ledger  # loads what writes documents

    folder = Path(tempfile.mkdtemp(prefix="circletake-ledger-"))
    try:
        facts = base_facts(studio, version)
        made = export_ledger(
            studio, version, "all" if form == "zip" else "json", folder / "ledger", facts, rate, person.name
        )
        path = packed(folder, Path(made["files"][0]).stem) if form == "zip" else Path(made["files"][0])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    removed = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    kind = "application/zip" if form == "zip" else "application/json"
    return FileResponse(path, media_type=kind, filename=path.name, headers=NO_STORE, background=removed)


def check_sees_all(studio: Studio, person: Person) -> None:
    """Forbidden for who does not see every project: a version may have learned from each."""
    if not sees_every_project(studio, person.id):
        raise Forbidden(f"a ledger is about every project, and {person.name} does not see all of them: ask an admin")


def packed(folder: Path, stem: str) -> Path:
    path, home = folder / f"{stem}.zip", folder / "ledger"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(each for each in home.rglob("*") if each.is_file()):
            archive.write(file, file.relative_to(home))
    return path
