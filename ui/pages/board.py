"""The board: every take of a shot with its stars, status and notes; supervisors circle here."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import Any

import gradio as gr

from feedback import accounts, briefs, notes, shots, takes
from feedback.errors import Refused
from feedback.studio import Studio
from ui.pages.components import line, picture, refusal
from ui.pages.header import person_asking

LADDER = (("wip", "WIP"), ("needs_retake", "Retake"), ("approved", "OK"), ("circled", "◯"))
# Clicks are posted to the same routes that scripts use, with a uid, and the board is drawn again when the receipt is there.
CLICKS = """
element.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-post]');
  if (!button) return;
  const body = {uid: crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random(), take: Number(button.dataset.take)};
  if (button.dataset.post === '/api/ratings') body.stars = Number(button.dataset.value); else body.status = button.dataset.value;
  const answer = await fetch(button.dataset.post, {method: 'POST', credentials: 'same-origin',
    headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)}).catch(() => null);
  if (answer && answer.ok) { trigger('click'); return; }
  const why = answer ? (await answer.json().catch(() => ({}))).error || answer.status : 'the server does not answer';
  button.closest('.ct-take').querySelector('.ct-why').textContent = 'not saved: ' + why;
});
"""


def shot_choices(studio: Studio) -> list[tuple[str, str]]:
    """(what is read, project/shot code) for a dropdown."""
    return [
        (f"{row['project_code']}  {row['code']}  {row['title']}".strip(), f"{row['project_code']}/{row['code']}")
        for row in shots.list_shots(studio)
    ]


def _stars(take: dict[str, Any]) -> str:
    mean = take["stars"] or 0
    buttons = "".join(
        f'<button data-post="/api/ratings" data-take="{take["id"]}" data-value="{n}"'
        f'{" class=ct-on" if n <= round(mean) else ""} aria-label="{n} stars">★</button>'
        for n in range(1, 6)
    )
    raters = f' title="{mean:.1f} by {take["raters"]}"' if take["raters"] else ""
    return f'<span class="ct-stars"{raters}>{buttons}</span>'


def _ladder(take: dict[str, Any], person: dict[str, Any]) -> str:
    may_circle = accounts.at_least(person, "supervisor")
    return "".join(
        f'<button data-post="/api/statuses" data-take="{take["id"]}" data-value="{status}" title="{status.replace("_", " ")}"'
        f"{' class=ct-on' if take['status'] == status else ''}"
        f"{' disabled' if 'circled' in (status, take['status']) and not may_circle else ''}>{label}</button>"
        for status, label in LADDER
    )


def _card(studio: Studio, take: dict[str, Any], person: dict[str, Any]) -> str:
    facts = ""
    if take["state"] == "done":
        said = "; ".join(f"{note['author']}: {note['text']}" for note in notes.list_notes(studio, take["id"]))
        count = (
            f'<span title="{escape(said, quote=True)}">{take["notes"]} note{"s" if take["notes"] != 1 else ""}</span>'
        )
        # The version is a supervisor's business: a rater who reads it here judges the next pair with it in mind.
        version = (
            f'<span class="ct-quiet">{escape(take["version"])}</span>'
            if accounts.at_least(person, "supervisor")
            else ""
        )
        facts = (
            f'<div class="ct-facts"><div class="ct-row"><span>take {take["id"]}</span>{version}{count}</div>'
            f'<div class="ct-row">{_stars(take)}</div><div class="ct-ladder">{_ladder(take, person)}</div>'
            '<div class="ct-why"></div></div>'
        )
    circled = " ct-circled" if take["circled"] else ""
    return f'<div class="ct-take{circled}">{picture(studio, take)}{facts}</div>'


def render_board(studio: Studio, person: dict[str, Any], place: str | None) -> str:
    """The board of `PROJECT/SHOT` as HTML."""
    if not place:
        return line("No shot yet: write a brief on the Briefs page.")
    project, _, shot = place.partition("/")
    found = takes.list_takes(studio, project=project, shot=shot)
    if not found:
        return line(f"No takes in {shot} yet: queue some on the Briefs page.")
    parts = [
        f'<div class="ct-line">Takes of open trials are not shown. Export circled takes: circletake export selects --project {escape(project)} --format otio --out selects</div>'
    ]
    for brief_id, group in groupby(
        sorted(found, key=lambda take: (take["brief"], take["id"])), key=lambda take: take["brief"]
    ):
        brief = briefs.get_brief(studio, brief_id)
        parts.append(
            f'<div class="ct-brief">{escape(brief["prompt"])}<small>brief {brief_id}</small></div><div class="ct-grid">'
        )
        parts += [_card(studio, take, person) for take in group]
        parts.append("</div>")
    return "".join(parts)


def build_board(studio: Studio) -> None:
    place = gr.Dropdown(label="Shot", choices=[], interactive=True)
    board = gr.HTML(js_on_load=CLICKS, apply_default_css=False)

    def draw(chosen: str | None, request: gr.Request) -> str:
        try:
            return render_board(studio, person_asking(studio, request), chosen)
        except Refused as error:
            return refusal(error)

    def begin(request: gr.Request) -> tuple[Any, str]:
        choices = shot_choices(studio)
        wanted = request.query_params.get("shot")
        chosen = next((value for _, value in choices if value == wanted), choices[0][1] if choices else None)
        return gr.Dropdown(choices=choices, value=chosen), draw(chosen, request)

    context = gr.context.Context.root_block
    context.load(begin, outputs=[place, board], show_progress="hidden")
    place.input(draw, place, board, show_progress="hidden")
    board.click(draw, place, board, show_progress="hidden")
