"""The models page: versions, what each learned from, its blind trial with the interval; supervisors promote and roll back."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from feedback import versions
from feedback.errors import Refused
from feedback.studio import Studio
from ui.bar import person_asking
from ui.fragments import line, refusal


def interval_bar(record: dict[str, Any]) -> str:
    """The win rate with its interval on a line from 0 to 100 %, one half marked; SVG, 220 x 18 pixels."""
    if not record.get("pairs_judged"):
        return ""
    low, high, rate = (220 * record[name] for name in ("low", "high", "win_rate"))
    return (
        '<svg width="220" height="18" role="img" aria-label="win rate and its 95 % interval">'
        '<rect y="8" width="220" height="2" fill="#3a3a3a"/><rect x="109.500" y="1" width="1" height="16" fill="#8a8a8a"/>'
        f'<rect x="{low:.1f}" y="6" width="{max(1, high - low):.1f}" height="6" fill="#8a8a8a"/>'
        f'<rect x="{rate - 1.5:.1f}" y="3" width="3" height="12" fill="#f0f0f0"/></svg>'
    )


def _learned(version: dict[str, Any]) -> str:
    learned = version.get("learned_from") or {}
    judgements, people = learned.get("judgements", 0), learned.get("people", [])
    number = people if isinstance(people, int) else len(people)
    if not judgements:
        return "nothing yet: the base as it came"
    return f"{judgements} judgements by {number} {'person' if number == 1 else 'people'}"


def _row(version: dict[str, Any]) -> str:
    record = version.get("trial") or {}
    sentence = version.get("trial_sentence") or ""
    return (
        f"<tr><td><b>{escape(version['name'])}</b></td>"
        f'<td><span class="ct-state ct-{version["state"]}">{version["state"]}</span></td><td>{escape(_learned(version))}</td>'
        f"<td>{escape(sentence)}<br>{interval_bar(record)}</td>"
        f'<td class="ct-quiet">{escape(version["created"][:16].replace("T", " "))}</td></tr>'
    )


def render_versions(studio: Studio) -> str:
    """All versions, the newest first."""
    rows = "".join(_row(version) for version in reversed(versions.list_versions(studio)))
    heads = "".join(f"<th>{head}</th>" for head in ("Version", "State", "Learned from", "Blind trial", "Made (UTC)"))
    return f'<h2>Versions</h2><table class="ct-table"><tr>{heads}</tr>{rows}</table>'


def build_models(studio: Studio) -> None:
    table = gr.HTML(apply_default_css=False)
    said = gr.HTML(line(""), apply_default_css=False)
    with gr.Row():
        chosen = gr.Dropdown(label="Candidate", choices=[], scale=2)
        reason = gr.Textbox(label="Reason (for the record)", scale=3)
        promote = gr.Button("Promote", variant="primary", scale=1, elem_classes="ct-button")
        rollback = gr.Button("Roll back", scale=1, elem_classes="ct-button")
    outputs = [table, said, chosen]

    def redraw(text: str) -> tuple[str, str, Any]:
        names = [row["name"] for row in versions.list_versions(studio) if row["state"] == "candidate"]
        return render_versions(studio), text, gr.Dropdown(choices=names, value=names[-1] if names else None)

    def begin(request: gr.Request) -> tuple[str, str, Any]:
        try:
            person_asking(studio, request)
        except Refused as error:
            return "", refusal(error), gr.Dropdown(choices=[])
        return redraw(line("A candidate may be promoted when the lower end of its interval is above one half."))

    def put_in_production(name: str | None, why: str, request: gr.Request) -> tuple[str, str, Any]:
        try:
            person = person_asking(studio, request, "supervisor")
            if not name:
                return redraw(line("There is no candidate to promote.", refused=True))
            versions.promote(studio, name, person["id"], reason=why or None)
            return redraw(line(f"{name} is in production from the next take on."))
        except Refused as error:
            return redraw(refusal(error))

    def go_back(why: str, request: gr.Request) -> tuple[str, str, Any]:
        try:
            person = person_asking(studio, request, "supervisor")
            versions.rollback(studio, person["id"], reason=why or None)
            return redraw(line(f"{versions.production_version(studio)} is in production again."))
        except Refused as error:
            return redraw(refusal(error))

    promote.click(put_in_production, [chosen, reason], outputs, show_progress="hidden")
    rollback.click(go_back, reason, outputs, show_progress="hidden")
    gr.context.Context.root_block.load(begin, outputs=outputs, show_progress="hidden")
