"""The models page: versions, what each learned from, its blind trials with the interval; supervisors decide here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import gradio as gr

from feedback.errors import Invalid, Refused
from feedback.fields import as_text
from feedback.models import versions
from feedback.models.before_after import has_before_after
from feedback.models.lineage import Lineage, RewardBehind, RunBehind
from feedback.report.rendering.headlines import FRAMES
from feedback.store import Studio
from feedback.store.time_zone import time_zone
from feedback.trials import blinding, lifecycle, promotion, ranking, results, trials
from feedback.trials.blinding import DescribedVersion
from feedback.trials.deciders import BY_HAND, PromotionRule
from feedback.trials.lifecycle import Trial
from finetune.jobs.judgements_needed import judgements_needed
from ui.languages import N_, _, day, language_of, lazy, lazy_gettext, minute, ngettext, speaking
from ui.pages.components import add_heading, add_html, line, refusal
from ui.pages.trials.ranking import describe_unmet, rank_groups
from ui.phrases.needed import describe_needed, describe_rule
from ui.phrases.standing import describe_standing
from ui.rendering import render
from ui.security.access import Person, person_of_event


@dataclass(frozen=True)
class Standing:
    """A win rate with its interval, all from 0 to 1."""

    low: float
    rate: float
    high: float


@dataclass(frozen=True)
class VersionRow:
    """A version as the page shows it."""

    name: str
    state: str  # of `STATES`
    learned_from: str
    sentence: str  # how its blind trial stands, empty before there is one
    standing: Standing | None
    trials: list[str]  # whether each goes on, or when and why it ended
    made: str
    before_after: bool  # whether there are pictures, for those who may see them
    ledger: str  # the address of its page, likewise


# What `blinding.BLIND` says, and the states of a version.
BLIND = N_("a blind trial is open: how it stands is shown when it is over")
STATES = (N_("candidate"), N_("production"), N_("retired"), N_("rejected"))


# What a reward model reads of takes, by its set of features.
FEATURES = {
    "look": N_("colours, contrast and brightness from top to bottom"),
    "lines": N_("colours, contrast and the horizon"),
    "frame": N_("colours, the horizon and what stands where"),
    "texture": N_("colours and texture"),
    "layout": N_("colours, texture and what stands where"),
    "pointed": N_("what people point at"),
    "hidden_states_4x4": N_("the model's own view of the picture, in 4 by 4 parts"),
    "hidden_states_8x8": N_("the model's own view of the picture, in 8 by 8 parts"),
    "image_encoder": N_("the picture as the image encoder {encoder} sees it"),
    "image_encoder_2x2": N_("the picture as the image encoder {encoder} sees it, in 2 by 2 parts"),
    "image_encoder_4x4": N_("the picture as the image encoder {encoder} sees it, in 4 by 4 parts"),
}

# What people give beside verdicts on pairs.
SIGNALS = {
    "rankings": N_("rankings"),
    "stars": N_("stars"),
    "both_bad": N_("both bad"),
    "circles": N_("circled takes"),
    "tags": N_("tags"),
}


def describe_learning(lineage: Lineage) -> str:
    judgements, people = lineage["judgements"], len(lineage["people"])
    library = describe_library(lineage["runs"])
    if not judgements:
        return ". ".join(library) or _("nothing yet: the base as it came")
    rewards = [run["reward"] for run in lineage["runs"] if run["reward"] and run["reward"]["features"] in FEATURES]
    sentences = [describe_reward(rewards[-1])] if rewards else []
    sentences = [*(describe_whose(run) for run in lineage["runs"][-1:] if run["person"] or run["project"]), *sentences]
    if judgements == 1:
        return ". ".join([_("one judgement"), *library, *sentences])
    counted = ngettext(
        "{number} judgements by {n} person", "{number} judgements by {n} people", people, number=judgements
    )
    return ". ".join([counted, *describe_pointing(lineage["pointed"]), *library, *sentences])


def describe_library(runs: Sequence[RunBehind]) -> list[str]:
    """What runs learned from frames and clips: those on the library alone, and what they count beside judgements."""
    behind = [run["library"] for run in runs if run["library"]]
    alone = sum(each["frames"] for each in behind if each["alone"])
    sentences = (
        [ngettext("{n} frame or clip of the library", "{n} frames and clips of the library", alone)] if alone else []
    )
    beside = [each for each in behind if each["reason"] in FRAMES]
    last = beside[-1:]
    return [*sentences, *(_(FRAMES[str(each["reason"])], weight=f"{each['weight']:g}") for each in last)]


def describe_pointing(number: int) -> list[str]:
    """How many of several judgements came with a place that people pointed at; nothing where none did."""
    return [_("{number} of them point at a part of a take", number=number)] if number else []


def describe_whose(run: RunBehind) -> str:
    """For whom alone a run tuned."""
    person, project = run["person"], run["project"]
    if person and project:
        return _("Tuned for {person}, on project {project} alone", person=person, project=project)
    return _("Tuned for {person}", person=person) if person else _("Of project {project} alone", project=project)


def describe_reward(reward: RewardBehind) -> str:
    """What a run saw the preference by, and how well that predicts people."""
    share = round(100 * reward["accuracy"])
    encoder = reward["image_encoder"]["name"] if reward["image_encoder"] else ""
    features = _(FEATURES[reward["features"]], encoder=encoder)
    seen = _("Seen in {features}: {share} % of held-out verdicts", features=features, share=share)
    left_out = [_(SIGNALS[name]) for name in reward["left_out"] if name in SIGNALS]
    if not left_out:
        return seen
    return ". ".join(
        [seen, _("Left out, since verdicts are predicted better without: {signals}", signals=", ".join(left_out))]
    )


def describe_trial(trial: Trial, left: int | None) -> str:
    """`left`: pairs of open trials that are still to be judged, None for those who may not know."""
    names = {"id": trial["id"], "baseline": trial["baseline"]}
    if trial["state"] != "open":
        reason = trial["reason"] or _("the reason was not kept")
        return _(
            "trial {id} against {baseline}: closed {day}: {reason}", **names, day=day(trial["closed"]), reason=reason
        )
    if left is None:
        return _("trial {id} against {baseline}: open", **names)
    return ngettext(
        "trial {id} against {baseline}: open, {n} pair left to judge",
        "trial {id} against {baseline}: open, {n} pairs left to judge",
        left,
        **names,
    )


def version_row(
    version: DescribedVersion, left: Mapping[int, int], before_after: bool, has_ledger: bool = False
) -> VersionRow:
    """`left`: pairs still to be judged, by open trial, for those who may know."""
    record = version["trial"]
    standing = None
    if record is not None and record["win_rate"] is not None:
        standing = Standing(record["low"], record["win_rate"], record["high"])
    return VersionRow(
        name=version["name"],
        state=version["state"],
        learned_from=describe_learning(version["learned_from"]),
        sentence=describe_standing(record) if record else _(BLIND) if version["trial_sentence"] else "",
        standing=standing,
        trials=[describe_trial(trial, left.get(trial["id"])) for trial in version["trials"]],
        made=minute(version["created"]),
        before_after=before_after,
        ledger=f"/ledger?version={quote(version['name'])}" if has_ledger else "",
    )


def render_versions(studio: Studio, person: Person, rule: PromotionRule = BY_HAND) -> str:
    """All versions, the newest first; how open trials stand only for those who looked and vote in them no more."""
    listed = blinding.describe_versions(studio, person.id)
    decides = person.at_least("supervisor")
    trials_open = lifecycle.open_trials(studio) if decides else []
    left = {trial["id"]: results.trial_results(studio, trial["id"])["left"] for trial in trials_open}
    return render(
        "models.html",
        versions=[
            version_row(version, left, decides and has_before_after(studio, version["name"]), decides)
            for version in reversed(listed)
        ],
        zone=time_zone(studio),
        production=versions.production_version(studio),
        before=promotion.version_before(studio) or "",
        **(describe_all_trials(studio, person, rule) if decides else {"needed": [], "groups": [], "unmet": ""}),
    )


def describe_all_trials(studio: Studio, person: Person, rule: PromotionRule) -> dict[str, Any]:
    """For supervisors: what is still needed, and how all versions rank."""
    ranked = ranking.rank_versions(studio)
    return {
        "needed": [*describe_needed(judgements_needed(studio, person.id)), describe_rule(rule)],
        "groups": rank_groups(ranked),
        "unmet": describe_unmet(ranked["unmet"]) if ranked["versions"] else "",
    }


def put_in_production(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    promotion.promote(studio, name, person, reason=why or None, instead_of=seen)
    return _("{name} is in production from the next take on.", name=name)


def go_back(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    promotion.rollback(studio, person, reason=why or None, instead_of=seen)
    return _("{name} is in production again.", name=versions.production_version(studio))


def reject(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    promotion.reject(studio, name, person, reason=why, instead_of=seen)
    return _("{name} is rejected; {production} stays in production.", name=name, production=seen)


def open_trial(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    from finetune.jobs.trial_lifecycle import start_trial

    trial = start_trial(studio, name, person=person)
    record = results.trial_results(studio, trial)
    return ngettext(
        "Trial {trial} is open: {name} plays {n} pair against {baseline}.",
        "Trial {trial} is open: {name} plays {n} pairs against {baseline}.",
        record["pairs"],
        trial=trial,
        name=name,
        baseline=record["baseline"],
    )


def close_trial(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    row = trials.close_trial_of(studio, name, why, person)
    return _("Trial {trial} of {name} is closed: {reason}", trial=row["id"], name=name, reason=row["reason"])


def see_standing(studio: Studio, person: int, name: str, why: str, seen: str) -> str:
    return describe_standing(blinding.unblind_person(studio, name, person))


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


# What a look costs, as `blinding.UNBLINDING` says it.
SEE_STANDING = N_(
    "See how the trial of {name} stands? From then on your own votes in this trial do not count, and the audit log says that you looked."
)
ACTIONS = (
    Action(N_("Promote"), put_in_production, N_("Put {name} into production, in place of {production}?")),
    Action(N_("Roll back"), go_back, N_("Go back from {production} to {before}?"), needs="before"),
    Action(N_("Reject"), reject, N_("Reject {name}? Its trial ends, and {production} stays in production.")),
    Action(N_("Open trial"), open_trial),
    Action(N_("Close trial"), close_trial),
    Action(N_("See standing"), see_standing, SEE_STANDING),
)
HINT = N_(
    "A candidate may be promoted when the lower end of its interval is above one half. Tie and both bad count half."
)
NOTHING = N_("Nothing was changed.")


def ask_first(action: Action) -> str | None:
    """The script before the handler: it hands over the version seen in production, or "" for a no."""
    return render("ask_first.js", question=_(action.question), needs=action.needs) if action.question else None


def lazy_script(action: Action) -> str | None:
    """The same for a component that is built before anybody speaks."""
    return lazy(lambda: ask_first(action) or "") if action.question else None


def act(studio: Studio, action: Action, person: int, name: str, why: str, seen: str) -> str:
    """Does what the button says; returns the line to show. A handler is an endpoint too: without `seen` nothing is done."""
    if action.question and not seen:
        return line(_(NOTHING))
    if not name and action.needs == "name":
        raise Invalid("there is no candidate: `circletake nightly` makes one when enough was judged")
    return line(action.apply(studio, person, name, why, seen))


def build_models(studio: Studio, rule: PromotionRule = BY_HAND) -> None:
    add_heading(N_("Models"))
    add_html("tuning.html", "models/tuning.js")
    add_html("run.html", "models/run.js")
    table = gr.HTML(apply_default_css=False)
    message = gr.HTML(line(""), apply_default_css=False)
    with gr.Column(visible=False) as form:
        with gr.Row():
            chosen = gr.Dropdown(label=lazy_gettext("Candidate"), choices=[], scale=2)
            reason = gr.Textbox(label=lazy_gettext("Reason (for the record)"), scale=3)
        with gr.Row():
            buttons = [
                gr.Button(
                    lazy_gettext(each.label), variant="secondary" if place else "primary", elem_classes="ct-button"
                )
                for place, each in enumerate(ACTIONS)
            ]
        seen = gr.Textbox(visible=False)
    add_html("before_after.html", "models/before_after.js")
    outputs = [table, message, chosen]

    def redraw(person: Person, text: str, name: str | None = None) -> tuple[str, str, Any]:
        names = versions.candidate_names(studio)
        value = name if name in names else names[-1] if names else None
        return render_versions(studio, person, rule), text, gr.Dropdown(choices=names, value=value)

    def begin(request: gr.Request) -> tuple[str, str, Any, Any]:
        try:
            person = person_of_event(studio, request)
        except Refused as error:
            return "", refusal(error), gr.Dropdown(choices=[]), gr.Column(visible=False)
        with speaking(language_of(request), time_zone(studio)):
            return *redraw(person, line(_(HINT))), gr.Column(visible=person.at_least("supervisor"))

    def handler(action: Action) -> Callable[..., tuple[str, str, Any]]:
        def handle(name: Any, why: Any, seen: Any, request: gr.Request) -> tuple[str, str, Any]:
            try:
                person = person_of_event(studio, request, "supervisor")
            except Refused as error:
                return "", refusal(error), gr.Dropdown(choices=[])
            name, why, seen = (as_text(value) for value in (name, why, seen))
            with speaking(language_of(request), time_zone(studio)):
                try:
                    return redraw(person, act(studio, action, person.id, name, why, seen), name)
                except Refused as error:
                    return redraw(person, refusal(error), name)

        return handle

    for button, action in zip(buttons, ACTIONS, strict=True):
        api_name, script = action.label.lower().replace(" ", "_"), lazy_script(action)
        inputs = [chosen, reason, seen]
        # Not preprocessed: after a restart Gradio has forgotten the page's choices, and would refuse what it shows.
        as_sent: dict[str, Any] = {"preprocess": False, "show_progress": "hidden"}
        button.click(handler(action), inputs, outputs, js=script, api_name=api_name, **as_sent)
    gr.context.Context.root_block.load(begin, outputs=[*outputs, form], show_progress="hidden")
