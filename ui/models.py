"""The models page: versions, what each learned from, its blind trials with the interval; supervisors decide here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from feedback import accounts, trials, versions
from feedback.errors import Invalid, Refused
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


def _trial(trial: dict[str, Any], left: int) -> str:
    """Whether a trial goes on, or when and why it ended; `left`: pairs of open trials that nobody has seen."""
    if trial["state"] == "open":
        standing = f"open, {left} {'pair' if left == 1 else 'pairs'} left that nobody has judged"
    else:
        standing = f"closed {trial['closed'][:10]}: {trial['reason'] or 'the reason was not kept'}"
    return f'<div class="ct-quiet">trial {trial["id"]} against {escape(trial["baseline"])}: {escape(standing)}</div>'


def _row(version: dict[str, Any]) -> str:
    record = version["trial"] or {}
    sentence = version["trial_sentence"] or ""
    ended = "".join(_trial(trial, record["left"]) for trial in version["trials"])
    return (
        f"<tr><td><b>{escape(version['name'])}</b></td>"
        f'<td><span class="ct-state ct-{version["state"]}">{version["state"]}</span></td><td>{escape(_learned(version))}</td>'
        f"<td>{escape(sentence)}<br>{interval_bar(record)}{ended}</td>"
        f'<td class="ct-quiet">{escape(version["created"][:16].replace("T", " "))}</td></tr>'
    )


def render_versions(studio: Studio) -> str:
    """All versions, the newest first. The table carries the names that a confirmation asks with."""
    rows = "".join(_row(version) for version in reversed(versions.list_versions(studio)))
    heads = "".join(f"<th>{head}</th>" for head in ("Version", "State", "Learned from", "Blind trial", "Made (UTC)"))
    standing = {"production": versions.production_version(studio), "before": versions.version_before(studio) or ""}
    names = "".join(f' data-{key}="{escape(name, quote=True)}"' for key, name in standing.items())
    return f'<h2>Versions</h2><table class="ct-table"{names}><tr>{heads}</tr>{rows}</table>'


def put_in_production(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    versions.promote(studio, name, person, reason=why or None, instead_of=seen)
    return f"{name} is in production from the next take on."


def go_back(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    versions.rollback(studio, person, reason=why or None, instead_of=seen)
    return f"{versions.production_version(studio)} is in production again."


def reject(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    versions.reject(studio, name, person, reason=why, instead_of=seen)
    return f"{name} is rejected; {seen} stays in production."


def open_trial(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    from finetune.jobs.trial_lifecycle import start_trial

    trial = start_trial(studio, name, person=person)
    record = trials.record(studio, trial)
    return f"Trial {trial} is open: {name} plays {record['pairs']} pairs against {record['baseline']}."


def close_trial(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    row = trials.close_trial_of(studio, name, why, person)
    return f"Trial {row['id']} of {name} is closed: {row['reason']}"


@dataclass(frozen=True)
class Action:
    """A button of the page."""

    label: str
    # (studio, id of the person, candidate, reason, the version seen in production) -> what was done.
    deed: Callable[[Studio, int, str, str, str], str]
    # What is asked in the browser before anything is done; a JavaScript template over name, production and before.
    question: str = ""
    # Which of them must be there for the question to make sense; without it the deed itself says what is missing.
    needs: str = "name"


ACTIONS = (
    Action("Promote", put_in_production, "Put ${name} into production, in place of ${production}?"),
    Action("Roll back", go_back, "Go back from ${production} to ${before}?", needs="before"),
    Action("Reject", reject, "Reject ${name}? Its trial ends, and ${production} stays in production."),
    Action("Open trial", open_trial),
    Action("Close trial", close_trial),
)
HINT = "A candidate may be promoted when the lower end of its interval is above one half. Tie and both bad count half."
NOTHING = "Nothing was changed."


def ask_first(action: Action) -> str | None:
    """The script before the handler: it hands over the version seen in production, or "" for a no."""
    if not action.question:
        return None
    return (
        "(name, why, seen) => { const {production, before} = document.querySelector('.ct-page .ct-table').dataset;"
        f" return [name, why, !{action.needs} || confirm(`{action.question}`) ? production : '']; }}"
    )


def act(studio: Studio, action: Action, person: int, name: str, why: str, seen: str) -> str:
    """Does what the button says; returns the line to show. A handler is an endpoint too: no `seen`, no deed."""
    if action.question and not seen:
        return line(NOTHING)
    if not name and action.needs == "name":
        raise Invalid("there is no candidate: `circletake nightly` makes one when enough was judged")
    return line(action.deed(studio, person, name, why, seen))


def build_models(studio: Studio) -> None:
    table = gr.HTML(apply_default_css=False)
    said = gr.HTML(line(""), apply_default_css=False)
    with gr.Column(visible=False) as form:
        with gr.Row():
            chosen = gr.Dropdown(label="Candidate", choices=[], scale=2)
            reason = gr.Textbox(label="Reason (for the record)", scale=3)
        with gr.Row():
            buttons = [
                gr.Button(each.label, variant="secondary" if place else "primary", elem_classes="ct-button")
                for place, each in enumerate(ACTIONS)
            ]
        seen = gr.Textbox(visible=False)
    outputs = [table, said, chosen]

    def redraw(text: str, name: str | None = None) -> tuple[str, str, Any]:
        names = [row["name"] for row in versions.list_versions(studio) if row["state"] == "candidate"]
        value = name if name in names else names[-1] if names else None
        return render_versions(studio), text, gr.Dropdown(choices=names, value=value)

    def begin(request: gr.Request) -> tuple[str, str, Any, Any]:
        try:
            person = person_asking(studio, request)
        except Refused as error:
            return "", refusal(error), gr.Dropdown(choices=[]), gr.Column(visible=False)
        return *redraw(line(HINT)), gr.Column(visible=accounts.at_least(person, "supervisor"))

    def handler(action: Action) -> Callable[..., tuple[str, str, Any]]:
        def handle(name: Any, why: Any, seen: Any, request: gr.Request) -> tuple[str, str, Any]:
            try:
                person = person_asking(studio, request, "supervisor")
            except Refused as error:
                return "", refusal(error), gr.Dropdown(choices=[])
            name, why, seen = (str(value or "") for value in (name, why, seen))
            try:
                return redraw(act(studio, action, person["id"], name, why, seen), name)
            except Refused as error:
                return redraw(refusal(error), name)

        return handle

    for button, action in zip(buttons, ACTIONS, strict=True):
        api_name, script = action.label.lower().replace(" ", "_"), ask_first(action)
        inputs = [chosen, reason, seen]
        # Not preprocessed: after a restart Gradio has forgotten the page's choices, and would refuse what it shows.
        as_sent: dict[str, Any] = {"preprocess": False, "show_progress": "hidden"}
        button.click(handler(action), inputs, outputs, js=script, api_name=api_name, **as_sent)
    gr.context.Context.root_block.load(begin, outputs=[*outputs, form], show_progress="hidden")
