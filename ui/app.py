"""The web application: the gate, the login, HTTP routes, media and, mounted below them all, the pages."""

from __future__ import annotations

import os
import warnings
from functools import cache
from importlib.metadata import version

# Before gradio is imported: it reads both then, and would otherwise call home.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from feedback.report.morning import ReportOptions
from feedback.store import Studio
from feedback.trials.deciders import BY_HAND, PromotionRule
from finetune.jobs.night_process import NightProcess
from finetune.prompts.process import WriterProcess
from ui import static_files
from ui.api import (
    agreement,
    board,
    briefs,
    judging,
    library,
    media,
    notes,
    passports,
    people,
    projects,
    ranking,
    rights,
    selects,
    service,
    sessions,
    storyboard,
    take_details,
    work,
)
from ui.api.errors import answer_errors
from ui.api.models import guide, ledger, needed, nights, report, runs, versions
from ui.context import AppContext, Limits, ReviewOptions
from ui.demo import ensure_demo_person
from ui.monitoring import metrics
from ui.monitoring.requests import RequestLog
from ui.monitoring.stopping import EventStreams
from ui.security.access import name_of_person
from ui.security.gate import Gate
from ui.security.login import PasswordChecks, login_routes
from ui.security.page_routes import OpenPageRoutes


def create_app(
    studio: Studio,
    demo: bool = False,
    *,
    session_hours: float = 12.0,
    public_origin: str = "",
    limits: Limits | None = None,
    metrics_token: str = "",
    review: ReviewOptions | None = None,
    night_process: NightProcess | None = None,
    writer_process: WriterProcess | None = None,
    promotion_rule: PromotionRule = BY_HAND,
    report_options: ReportOptions | None = None,
    pages: bool = True,
) -> FastAPI:
    """The whole application for one studio.

    `night_process` starts nights from the pages, and `writer_process` rewrites briefs, where the server has a worker beside it.
    `demo` signs every caller in as the local demo supervisor, and then only loopback hosts are answered.
    `pages=False` leaves the pages out, for programs and tests that only speak HTTP.
    """
    if demo:
        ensure_demo_person(studio)
    context = AppContext(
        studio,
        demo,
        session_hours,
        public_origin,
        limits or Limits(),
        review or ReviewOptions(),
        metrics_token,
        night_process,
        writer_process,
        promotion_rule,
        report_options or ReportOptions(),
    )
    app = FastAPI(
        title="Circletake",
        version=version("circletake"),
        description="Takes, judgements and versions of one studio. Sign in with a session cookie or a bearer token.",
        docs_url=None,  # both viewers load scripts from elsewhere; the schema itself is at /openapi.json
        redoc_url=None,
    )
    app.state.context = context
    # Gradio answers any Origin with credentials unless the app around it has a CORS policy: ours allows nobody.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Gate, context=context)
    measured = metrics.Metrics(studio)
    app.state.streams = EventStreams()
    app.add_middleware(RequestLog, metrics=measured, streams=app.state.streams)
    answer_errors(app)
    app.state.password_checks = PasswordChecks()
    app.include_router(login_routes(app.state.password_checks))
    app.include_router(metrics.routes(measured))
    for router in routes_of_every_studio():
        app.router.routes.extend(router.routes)  # included, each would be made anew for this application
    app.add_api_route("/api/{rest:path}", unknown_route, methods=["GET", "POST"], include_in_schema=False)
    return mount_pages(app, context) if pages else app


@cache
def routes_of_every_studio() -> tuple[APIRouter, ...]:
    """What holds nothing of one studio (handlers find theirs in the request), made once in a process.

    Pydantic takes longer over these than all else that an application is made of.
    """
    parts = (
        *(service, judging, board, ranking, sessions, notes, selects, storyboard, rights, agreement, people, projects),
        *(briefs, work, take_details, passports, versions, ledger, nights, runs, needed, report, guide, library),
        *(media, static_files),
    )
    return tuple(part.routes() for part in parts)


def unknown_route(rest: str) -> None:
    """Without this, an unknown API path would fall through to the pages and be answered with HTML."""
    raise HTTPException(404, f"there is no /api/{rest}; see /openapi.json")


def mount_pages(app: FastAPI, context: AppContext) -> FastAPI:
    """Mounts the Gradio pages at "/", below every route of our own.

    The person's name reaches handlers as `gr.Request.username`; each handler checks the role again, since each is an
    endpoint too. Of Gradio's own routes only those are open that pages use.
    """
    import gradio

    from ui.pages import build_pages, mount_options

    with warnings.catch_warnings():
        # Gradio says of every app with several pages that they are not rendered on the server; ours never are.
        warnings.filterwarnings("ignore", "SSR mode is not supported", UserWarning)
        gradio.mount_gradio_app(
            app,
            build_pages(context.studio, context.review, context.demo, context.promotion_rule),
            path="/",
            auth_dependency=name_of_person,
            blocked_paths=[str(context.studio.folder.resolve())],
            ssr_mode=False,
            pwa=False,
            run_history=False,
            footer_links=[],
            enable_monitoring=False,
            mcp_server=False,
            show_error=True,
            **mount_options(),
        )
    mounted = app.routes[-1]
    assert isinstance(mounted, Mount), "Gradio mounts itself last"
    mounted.app = OpenPageRoutes(mounted.app)
    return app
