"""All pages as one gr.Blocks with a route per page, and how it is mounted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import gradio as gr
import gradio.blocks

from feedback.store import Studio
from feedback.trials.deciders import BY_HAND, PromotionRule
from ui.context import ReviewOptions
from ui.pages.account import build_account
from ui.pages.board import build_board
from ui.pages.header import build_header
from ui.pages.library import build_library
from ui.pages.making import build_briefs, build_projects, build_storyboard
from ui.pages.models import build_models
from ui.pages.people import build_people
from ui.pages.rank import build_rank
from ui.pages.reports.agreement import build_agreement
from ui.pages.reports.ledger import build_ledger
from ui.pages.reports.morning import build_report
from ui.pages.review import build_review
from ui.pages.rights import build_rights
from ui.pages.selects import build_selects
from ui.pages.sessions import build_sessions
from ui.pages.summary import build_summary
from ui.pages.take import build_take
from ui.pages.theme import build_theme, read_css
from ui.rendering import render


@contextmanager
def no_apps_of_single_pages() -> Iterator[None]:
    """Gradio makes a FastAPI app each time that a page is built, a sixth of a second, and one more when all are mounted.

    Only that last one is ever asked.
    """
    with patch.object(gradio.blocks.App, "create_app", return_value=None):
        yield


@no_apps_of_single_pages()
def build_pages(
    studio: Studio, review: ReviewOptions | None = None, demo: bool = False, rule: PromotionRule = BY_HAND
) -> gr.Blocks:
    """The pages of one studio; each handler checks who asks."""
    with gr.Blocks(title="Circletake", analytics_enabled=False, fill_width=True) as pages:
        build_header("Review", demo)
        build_review(review or ReviewOptions())
    with pages.route("Rank", "/rank", show_in_navbar=False):
        build_header("Rank", demo)
        build_rank(review or ReviewOptions())
    for name, build in (
        ("Board", build_board),
        ("Briefs", build_briefs),
        ("Storyboard", build_storyboard),
        ("Projects", build_projects),
        ("Sessions", build_sessions),
        ("Agreement", build_agreement),
        ("Summary", build_summary),
        ("Report", build_report),
        ("Ledger", build_ledger),
        ("Models", partial(build_models, rule=rule)),
        ("Library", lambda _: build_library()),
        ("Rights", lambda _: build_rights()),
        ("People", lambda _: build_people()),
        ("Account", lambda _: build_account()),
    ):
        with pages.route(name, f"/{name.lower()}", show_in_navbar=False):
            build_header(name, demo)
            with gr.Column(elem_classes="ct-page"):
                build(studio)
    for name, show in (("Take", build_take), ("Selects", build_selects)):
        with pages.route(name, f"/{name.lower()}", show_in_navbar=False):
            build_header(name, demo)
            with gr.Column(elem_classes="ct-page"):
                show(review or ReviewOptions())
    return pages


def mount_options() -> dict[str, Any]:
    """Theme, style sheet and head for `gradio.mount_gradio_app`."""
    return {"theme": build_theme(), "css": read_css(), "head": render("head.html")}
