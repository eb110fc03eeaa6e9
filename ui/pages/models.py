"""The models page: versions, what each learned from, its blind trials with the interval; supervisors decide here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from feedback.errors import Invalid, Refused
from feedback.fields import as_text
from feedback.models import versions
from feedback.models.before_after import has_before_after
from feedback.models.lineage import Lineage
from feedback.store import Studio
from feedback.trials import blinding, lifecycle, promotion, results, trials
from feedback.trials.blinding import DescribedVersion
from feedback.trials.lifecycle import Trial
from ui.pages.components import add_heading, add_html, line, refusal
from ui.rendering import render
from ui.security.access import Person, person_of_event


@dataclass(frozen=True)
class Standing:
    """A win rate with its interval, all from 0 to 1."""

    low: float
    rate: float
    high: float


@dataclass(frozen=True)
class TrialRow:
    id: int
    baseline: str
    state: str  # whether it goes on, or when and why it ended


@dataclass(frozen=True)
class VersionRow:
    """A version as the page shows it."""

    name: str
    state: str
    learned_from: str
    sentence: str  # how its blind trial stands, empty before there is one
    standing: Standing | None
    trials: list[TrialRow]
    made: str  # UTC
    before_after: bool  # whether there are pictures, for those who may see them


def describe_learning(lineage: Lineage) -> str:
    if not lineage["judgements"]:
        return "nothing yet: the base as it came"
    number = len(lineage["people"])
    return f"{lineage['judgements']} judgements by {number} {'person' if number == 1 else 'people'}"


def trial_row(trial: Trial, left: int | None) -> TrialRow:
    """`left`: pairs of open trials that are still to be judged, None for those who may not know."""
    if trial["state"] == "open":
        pairs = "" if left is None else f", {left} {'pair' if left == 1 else 'pairs'} left to judge"
        state = f"open{pairs}"
    else:
        state = f"closed {(trial['closed'] or '')[:10]}: {trial['reason'] or 'the reason was not kept'}"
    return TrialRow(trial["id"], trial["baseline"], state)


def version_row(version: DescribedVersion, left: Mapping[int, int], before_after: bool) -> VersionRow:
    """`left`: pairs still to be judged, by open trial, for those who may know."""
    record = version["trial"]
    standing = None
    if record is not None and record["win_rate"] is not None:
        standing = Standing(record["low"], record["win_rate"], record["high"])
    return VersionRow(
        name=version["name"],
        state=version["state"],
        learned_from=describe_learning(version["learned_from"]),
        sentence=version["trial_sentence"] or "",
        standing=standing,
        trials=[trial_row(trial, left.get(trial["id"])) for trial in version["trials"]],
        made=version["created"][:16].replace("T", " "),
        before_after=before_after,
    )


def render_versions(studio: Studio, person: Person) -> str:
    """All versions, the newest first; how open trials stand only for those who looked and vote in them no more."""
    listed = blinding.describe_versions(studio, person.id)
    decides = person.at_least("supervisor")
    trials_open = lifecycle.open_trials(studio) if decides else []
    left = {trial["id"]: results.trial_results(studio, trial["id"])["left"] for trial in trials_open}
    return render(
        "models.html",
        versions=[
            version_row(version, left, decides and has_before_after(studio, version["name"]))
            for version in reversed(listed)
        ],
        production=versions.production_version(studio),
        before=promotion.version_before(studio) or "",
    )


def put_in_production(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    promotion.promote(studio, name, person, reason=why or None, instead_of=seen)
    return f"{name} is in production from the next take on."


def go_back(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    promotion.rollback(studio, person, reason=why or None, instead_of=seen)
    return f"{versions.production_version(studio)} is in production again."


def reject(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    promotion.reject(studio, name, person, reason=why, instead_of=seen)
    return f"{name} is rejected; {seen} stays in production."


def open_trial(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    from finetune.jobs.trial_lifecycle import start_trial

    trial = start_trial(studio, name, person=person)
    record = results.trial_results(studio, trial)
    return f"Trial {trial} is open: {name} plays {record['pairs']} pairs against {record['baseline']}."


def close_trial(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    row = trials.close_trial_of(studio, name, why, person)
    return f"Trial {row['id']} of {name} is closed: {row['reason']}"


def see_standing(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    return results.describe_results(blinding.unblind_person(studio, name, person))


@dataclass(frozen=True)
class Action:
    """A button of the page."""

    label: str
    # (studio, id of the person, candidate, reason, the version seen in production) -> what was done.
    apply: Callable[[Studio, int, str, str, str], str]
    # What is asked in the browser before anything is done, over {name}, {production} and {before}.
    question: str = ""
    # Which of them must be there for the question to make sense; without it the action itself says what is missing.
    needs: str = "name"


ACTIONS = (
    Action("Promote", put_in_production, "Put {name} into production, in place of {production}?"),
    Action("Roll back", go_back, "Go back from {production} to {before}?", needs="before"),
    Action("Reject", reject, "Reject {name}? Its trial ends, and {production} stays in production."),
    Action("Open trial", open_trial),
    Action("Close trial", close_trial),
    Action("See standing", see_standing, f"See how the trial of {{name}} stands? {blinding.UNBLINDING}"),
)
HINT = "A candidate may be promoted when the lower end of its interval is above one half. Tie and both bad count half."
NOTHING = "Nothing was changed."


def ask_first(action: Action) -> str | None:
    """The script before the handler: it hands over the version seen in production, or "" for a no."""
    return render("ask_first.js", question=action.question, needs=action.needs) if action.question else None


def act(studio: Studio, action: Action, person: int, name: str, why: str, seen: str) -> str:
    """Does what the button says; returns the line to show. A handler is an endpoint too: without `seen` nothing is done."""
    if action.question and not seen:
        return line(NOTHING)
    if not name and action.needs == "name":
        raise Invalid("there is no candidate: `circletake nightly` makes one when enough was judged")
    return line(action.apply(studio, person, name, why, seen))


def build_models(studio: Studio) -> None:
    add_heading("Models")
    add_html("tuning.html", "models/tuning.js")
    table = gr.HTML(apply_default_css=False)
    message = gr.HTML(line(""), apply_default_css=False)
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
    add_html("before_after.html", "models/before_after.js")
    outputs = [table, message, chosen]

    def redraw(person: Person, text: str, name: str | None = None) -> tuple[str, str, Any]:
        names = versions.candidate_names(studio)
        value = name if name in names else names[-1] if names else None
        return render_versions(studio, person), text, gr.Dropdown(choices=names, value=value)

    def begin(request: gr.Request) -> tuple[str, str, Any, Any]:
        try:
            person = person_of_event(studio, request)
        except Refused as error:
            return "", refusal(error), gr.Dropdown(choices=[]), gr.Column(visible=False)
        return *redraw(person, line(HINT)), gr.Column(visible=person.at_least("supervisor"))

    def handler(action: Action) -> Callable[..., tuple[str, str, Any]]:
        def handle(name: Any, why: Any, seen: Any, request: gr.Request) -> tuple[str, str, Any]:
            try:
                person = person_of_event(studio, request, "supervisor")
            except Refused as error:
                return "", refusal(error), gr.Dropdown(choices=[])
            name, why, seen = (as_text(value) for value in (name, why, seen))
            try:
                return redraw(person, act(studio, action, person.id, name, why, seen), name)
            except Refused as error:
                return redraw(person, refusal(error), name)

        return handle

    for button, action in zip(buttons, ACTIONS, strict=True):
        api_name, script = action.label.lower().replace(" ", "_"), ask_first(action)
        inputs = [chosen, reason, seen]
        # Not preprocessed: after a restart Gradio has forgotten the page's choices, and would refuse what it shows.
        as_sent: dict[str, Any] = {"preprocess": False, "show_progress": "hidden"}
        button.click(handler(action), inputs, outputs, js=script, api_name=api_name, **as_sent)
    gr.context.Context.root_block.load(begin, outputs=[*outputs, form], show_progress="hidden")
