"""The board: every take of a shot with its stars, status, notes and tags; supervisors circle here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import gradio as gr

from feedback.errors import Refused
from feedback.fields import as_text
from feedback.judgements import selects, tags
from feedback.judgements.note_threads import list_readable
from feedback.people.project_members import check_visible
from feedback.production import briefs, shots, takes
from feedback.store import Studio
from ui.pages.components import TakePicture, line, picture_of, refusal
from ui.rendering import render
from ui.security.access import Person, person_of_event

# (format, label) of /api/exports/selects
FORMATS = (("otio", "OTIO"), ("edl", "EDL"), ("ale", "ALE"), ("csv", "CSV"), ("contact-sheet", "Contact sheet"))
LADDER = (("wip", "WIP"), ("needs_retake", "Retake"), ("approved", "OK"), ("circled", "◯"))


@dataclass(frozen=True)
class Card:
    """A take on the board."""

    take: TakePicture
    status: str
    stars: float  # the mean, 0 without any
    raters: int
    notes: list[str]
    tags: list[str]
    version: str  # empty for those who may vote on it


@dataclass(frozen=True)
class BriefCards:
    id: int
    prompt: str
    cards: list[Card]


def shot_choices(studio: Studio, person: Person) -> list[tuple[str, str]]:
    """(what is read, project/shot code) for a dropdown, of the shots that the person sees."""
    return [
        (f"{row['project_code']}  {row['code']}  {row['title']}".strip(), f"{row['project_code']}/{row['code']}")
        for row in shots.list_shots(studio, person=person.id)
    ]


def card_of(studio: Studio, take: takes.Take, person: Person) -> Card:
    return Card(
        take=picture_of(studio, take, person),
        status=take["status"],
        stars=take["stars"] or 0.0,
        raters=take["raters"],
        notes=[f"{note['author']}: {note['text']}" for note in list_readable(studio, person.id, take["id"])],
        tags=list(dict.fromkeys(tag["word"] for tag in tags.list_tags(studio, take["id"]))),
        # The version is a supervisor's business: a rater who reads it here judges the next pair with it in mind.
        version=take["version"] or "" if person.at_least("supervisor") else "",
    )


def cards_of(studio: Studio, group: Iterable[takes.Take], person: Person) -> list[Card]:
    """By the numbers that the person knows the takes by: for creatives an order that tells nothing."""
    return sorted((card_of(studio, take, person) for take in group), key=lambda card: card.take.id)


def render_board(studio: Studio, person: Person, place: str | None) -> str:
    """The board of `PROJECT/SHOT` as HTML."""
    if not place:
        return line("No shot yet: write a brief on the Briefs page.")
    project, _, shot = place.partition("/")
    check_visible(studio, person.id, "project", project)
    listed = takes.list_takes(studio, project=project, shot=shot)
    rows = [take for take in listed if take["state"] != "cancelled"]
    if not rows:
        return line(f"No takes in {shot} yet: queue some on the Briefs page.")
    by_brief = groupby(sorted(rows, key=lambda take: (take["brief"], take["id"])), key=lambda take: take["brief"])
    shown = [
        BriefCards(brief, briefs.get_brief(studio, brief)["prompt"], cards_of(studio, group, person))
        for brief, group in by_brief
    ]
    may_circle = person.at_least("supervisor")
    formats = FORMATS if may_circle and selects.are_there_selects(studio, project) else ()
    return render("board.html", project=project, briefs=shown, steps=LADDER, formats=formats, may_circle=may_circle)


def build_board(studio: Studio) -> None:
    place = gr.Dropdown(label="Shot", choices=[], interactive=True)
    board = gr.HTML(js_on_load=render("on_load.js", module="board.js"), apply_default_css=False)

    def draw(chosen: Any, request: gr.Request) -> str:
        try:
            return render_board(studio, person_of_event(studio, request), as_text(chosen))
        except Refused as error:
            return refusal(error)

    def begin(request: gr.Request) -> tuple[Any, str]:
        choices = shot_choices(studio, person_of_event(studio, request))
        named = request.query_params.get("shot")
        chosen = next((value for _, value in choices if value == named), choices[0][1] if choices else None)
        return gr.Dropdown(choices=choices, value=chosen), draw(chosen, request)

    context = gr.context.Context.root_block
    context.load(begin, outputs=[place, board], show_progress="hidden")
    # Not preprocessed: Gradio has no choices here, and would refuse what `begin` filled in.
    place.input(draw, place, board, show_progress="hidden", preprocess=False)
    board.click(draw, place, board, show_progress="hidden", preprocess=False)
