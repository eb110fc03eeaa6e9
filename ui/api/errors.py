"""Every refusal over HTTP is one line: {"error": "..."} with a status code that says whose turn it is."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from feedback.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound, Refused
from feedback.fields import SHOWN, clean_text

log = logging.getLogger(__name__)
MOST_ERRORS = 5  # of one request that its answer names
STATUS: dict[type[Refused], int] = {NotFound: 404, Invalid: 422, Conflict: 409, Forbidden: 403, LimitReached: 429}
DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# Of the disk or the machine: what was asked may be done a moment later.
MACHINE = {
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_NOMEM,
}
MACHINE |= {sqlite3.SQLITE_READONLY}
SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}


def answer_errors(app: FastAPI) -> None:
    """Makes `app` answer refusals, malformed requests and unknown routes in one shape."""
    app.add_exception_handler(Refused, answer_refusal)
    app.add_exception_handler(sqlite3.DatabaseError, answer_database)
    app.add_exception_handler(OSError, answer_system)
    app.add_exception_handler(RequestValidationError, answer_malformed)
    app.add_exception_handler(HTTPException, answer_http)


def status_of(reason: Exception) -> int:
    """404, 422, 409, 403 or 429 by the kind of refusal; 400 for one of no particular kind."""
    return next((status for kind, status in STATUS.items() if isinstance(reason, kind)), 400)


def refuse(text: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """{"error": one line}, whatever a client sent that the line repeats."""
    return JSONResponse({"error": " ".join(clean_text(text).split())}, status, headers=headers)


async def answer_refusal(request: Request, reason: Exception) -> JSONResponse:
    return refuse(str(reason), status_of(reason))


async def answer_database(request: Request, reason: Exception) -> JSONResponse:
    """What SQLite cannot read or write is no fault of the program; whatever else it says is one, and goes on to the log."""
    code = getattr(reason, "sqlite_errorcode", 0) & 0xFF
    if code in DAMAGE:
        log.error("the database is damaged: %s; see `circletake doctor`", reason)
        return refuse("the studio's database is damaged: tell an admin, who can restore the last backup", 503)
    if code in MACHINE:
        return answer_machine(reason)
    raise reason


async def answer_system(request: Request, reason: Exception) -> JSONResponse:
    """Likewise of files."""
    if getattr(reason, "errno", None) in SYSTEM:
        return answer_machine(reason)
    raise reason


def answer_machine(reason: Exception) -> JSONResponse:
    log.error("the machine: %s", reason)
    words = clean_text(getattr(reason, "strerror", None) or str(reason))
    return refuse(f"this machine cannot do that now ({words}): nothing was changed; try again, or tell an admin", 503)


async def answer_malformed(request: Request, reason: Exception) -> JSONResponse:
    assert isinstance(reason, RequestValidationError)
    errors = reason.errors()
    more = f"; and {len(errors) - MOST_ERRORS} more" if len(errors) > MOST_ERRORS else ""
    return refuse("; ".join(describe(error) for error in errors[:MOST_ERRORS]) + more, 422)


def describe(error: dict[str, Any]) -> str:
    """`body.stars: Input should be less than or equal to 5` from one of pydantic's errors."""
    where = ".".join(str(part)[:SHOWN] for part in error["loc"] if part != "body")
    return f"{where or 'body'}: {error['msg'].removeprefix('Value error, ')}"


async def answer_http(request: Request, reason: Exception) -> JSONResponse:
    assert isinstance(reason, HTTPException)
    if reason.status_code == 400 and isinstance(reason.__cause__, ValueError | RecursionError):
        # FastAPI's answer to JSON that Python cannot read: a number of thousands of digits, brackets without end.
        return refuse("body: this JSON cannot be read; numbers are too long, or it is nested too deep", 422)
    return refuse(str(reason.detail), reason.status_code, reason.headers)
