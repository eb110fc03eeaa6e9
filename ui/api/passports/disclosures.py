"""The routes that send a list of AI use or a summary of training data as a file."""

from __future__ import annotations

import json
import mimetypes
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from feedback.exchange.files import Export
from feedback.people.project_members import check_visible
from ui.api.schemas.common import Code
from ui.api.selects import REMARKS
from ui.context import OpenStudio
from ui.security.access import CurrentPerson

ListFormat = Literal["csv", "pdf"]
SummaryFormat = Literal["md", "json", "csv", "pdf"]


def send_ai_use(
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[Code, Query(description="The project's code")],
    format: ListFormat = "csv",
) -> FileResponse:
    """The project's generated shots for insurers and guilds."""
    from feedback.exchange.disclosures.ai_use import export_ai_use  # loads the libraries of PDFs

    check_visible(studio, person.id, "project", project)
    person.require("supervisor")
    return send(lambda folder: export_ai_use(studio, project, format, folder))


def send_data_summary(
    studio: OpenStudio,
    person: CurrentPerson,
    version: Annotated[str, Query(max_length=64)],
    format: SummaryFormat = "md",
) -> FileResponse:
    """The twelve disclosures of California's AB 2013 on what a version was trained on."""
    from feedback.exchange.disclosures.data_summary import export_data_summary

    person.require("supervisor")
    return send(lambda folder: export_data_summary(studio, version, format, folder))


def send(write: Callable[[Path], Export]) -> FileResponse:
    """What is written into a folder that is gone when it is sent."""
    folder = Path(tempfile.mkdtemp(prefix="circletake-export-"))
    try:
        made = write(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    path = Path(made["path"])
    headers = {"Cache-Control": "no-store", REMARKS: quote(json.dumps(made["remarks"]))}
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    removed = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(path, media_type=kind, filename=path.name, headers=headers, background=removed)
