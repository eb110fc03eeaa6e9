"""The briefs page: write a brief for a shot, queue takes, and watch them come."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import as_text, check_whole, shown
from feedback.production import briefs, projects, render_queue, shots, takes
from feedback.production.briefs import LARGEST_SIDE, MOST_FRAMES
from feedback.production.queue_limits import QueueLimits, check_steps
from feedback.store import Studio
from generation.models.base_models import complete_fields, usual_shapes
from ui.context import limits_of
from ui.pages.components import TakePicture, add_heading, line, picture_of, refusal
from ui.rendering import render
from ui.security.access import Person, person_of_event

RECENT = 6  # briefs shown below the form
MOST_TAKES = 64
# Fields of the form, in the order in which it sends them.
TEXTS = ("place", "prompt", "seed", "negative_prompt", "kind")
NUMBERS = ("count", "frames", "width", "height", "steps", "guidance", "guidance_2")
USUAL = ("frames", "width", "height", "steps", "guidance")
SIZES = (("width", LARGEST_SIDE), ("height", LARGEST_SIDE), ("frames", MOST_FRAMES))


@dataclass(frozen=True)
class BriefProgress:
    """A brief with its takes, but for cancelled ones, and how far they are."""

    id: int
    prompt: str
    shot: str
    done: int
    cancelled: int
    share: float  # of the work, 0 to 1
    takes: list[TakePicture]
    failed: int
    may_cancel: bool
    may_retry: bool


def shot_choices(studio: Studio, person: Person) -> list[tuple[str, str]]:
    """(what is read, project/shot code) for a dropdown, of the shots that the person sees."""
    return [
        (f"{row['project_code']}  {row['code']}  {row['title']}".strip(), f"{row['project_code']}/{row['code']}")
        for row in shots.list_shots(studio, person=person.id)
    ]


def find_or_add_shot(studio: Studio, person: Person, place: str | None) -> shots.Shot:
    """`PROJECT/SHOT`, both made when they are new; supervisors make projects, and are their first members."""
    project, slash, code = (place or "").strip().partition("/")
    if not slash:
        raise Invalid(f"{shown(place or '')} is no shot; choose one, or write PROJECT/SHOT to make a new one")
    if project not in {row["code"] for row in projects.list_projects(studio, person.id)}:
        if not person.at_least("supervisor"):
            raise NotFound(f"no project {shown(project)} of yours; a supervisor makes projects, an admin adds members")
        projects.add_project(studio, project, maker=person.name)
    known = {row["code"]: row for row in shots.list_shots(studio, project)}
    return known.get(code) or shots.add_shot(studio, project, code)


def read_seed(text: str | None) -> int:
    """The first take's seed; a random one when none is given."""
    text = (text or "").strip()
    return check_whole("seed", text, 0) if text else secrets.randbelow(2**31)


def queue_brief(
    studio: Studio, person: Person, place: str | None, prompt: str, count: Any, *, limits: QueueLimits, **options: Any
) -> str:
    """Writes the brief and queues its takes; the line that says so. Numbers as the form sent them."""
    first = read_seed(options.pop("seed", ""))
    count = check_whole("takes", count, 1, MOST_TAKES)
    sizes = {name: check_whole(name, options[name], 1, most) for name, most in SIZES if options.get(name) is not None}
    fields = complete_fields(studio, {**options, **sizes})
    with studio.writing():  # a brief that is refused leaves no new shot behind
        shot = find_or_add_shot(studio, person, place)
        brief = briefs.write_brief(studio, shot["id"], prompt, author=person.name, **fields)
        check_steps(limits, brief["steps"])
        seeds = [first + k for k in range(count)]
        render_queue.queue_takes(studio, brief["id"], seeds, person=person.id, limits=limits)
    return f"Brief {brief['id']} is queued: {count} takes from seed {first}."


def read_form(sent: Sequence[Any]) -> dict[str, Any]:
    """The form's fields by name, its texts as text: each handler is an endpoint, to which anything may be sent."""
    fields = dict(zip((*TEXTS, *NUMBERS), sent, strict=True))
    texts = {name: as_text(fields[name]) for name in TEXTS}
    return {**fields, **texts, "guidance_2": as_text(fields["guidance_2"]).strip() or None}


def usual_numbers(studio: Studio, kind: str) -> list[Any]:
    """What production usually draws, by the names of `USUAL`; of the other kind where it cannot draw this one."""
    shapes = usual_shapes(studio)
    shape = shapes.get(kind) or next(iter(shapes.values()))
    fields = complete_fields(studio, {"kind": shape.kind})
    return [fields.get(name) for name in USUAL]


def progress_of(studio: Studio, brief: briefs.Brief, person: Person) -> BriefProgress:
    rows = takes.list_takes(studio, brief=brief["id"])
    pictures = [picture_of(studio, take, person) for take in rows if take["state"] != "cancelled"]
    pictures.sort(key=lambda picture: picture.id)  # for creatives an order that tells nothing
    ended = [picture.state in ("done", "failed") for picture in pictures]
    shares = [1.0 if is_ended else picture.progress for is_ended, picture in zip(ended, pictures, strict=True)]
    share = sum(shares) / max(1, len(shares))
    failed = sum(picture.state == "failed" for picture in pictures)
    may_change = person.at_least("supervisor") or brief["author"] == person.name
    return BriefProgress(
        id=brief["id"],
        prompt=brief["prompt"],
        shot=brief["shot_code"],
        done=sum(ended),
        cancelled=len(rows) - len(pictures),
        share=share,
        takes=pictures,
        failed=failed,
        may_cancel=not all(ended) and may_change,
        may_retry=failed > 0 and may_change,
    )


def render_recent(studio: Studio, person: Person) -> str:
    """The latest briefs with their takes and how far they are."""
    state = render_queue.queue_state(studio, person.id)
    left = state["queued"] + state["leased"]
    waiting = (
        f"{left} takes to go, {state['done']} done, {state['failed']} failed" if left else "Nothing waits to be drawn."
    )
    recent = [progress_of(studio, brief, person) for brief in briefs.newest_briefs(studio, RECENT, person=person.id)]
    return render(
        "briefs.html",
        waiting=waiting,
        obstacle=render_queue.obstacle(studio, person.id),
        briefs=[brief for brief in recent if brief.takes or brief.cancelled],
    )


def state_of_recent(studio: Studio, person: Person) -> str:
    """Changes whenever `render_recent` does, and takes a small part of the time."""
    recent = [brief["id"] for brief in briefs.newest_briefs(studio, RECENT, person=person.id)]
    progress, queue = takes.progress_of_briefs(studio, recent), render_queue.queue_state(studio, person.id)
    state = repr((person, recent, progress, queue, render_queue.obstacle(studio, person.id)))
    return hashlib.sha256(state.encode()).hexdigest()


def build_briefs(studio: Studio) -> None:
    add_heading("Briefs")
    with gr.Row(elem_classes="ct-brief-form"):
        with gr.Column(scale=3):
            prompt = gr.Textbox(
                label="Prompt", lines=3, placeholder="a lighthouse by the sea at dusk, in the rain, wide shot"
            )
            negative = gr.Textbox(label="Negative prompt", lines=1)
        with gr.Column(scale=2):
            place = gr.Dropdown(label="Shot (choose, or write PROJECT/SHOT)", choices=[], allow_custom_value=True)
            with gr.Row():
                kind = gr.Dropdown(min_width=80, label="Kind", choices=["still", "clip"], value="still")
                frames = gr.Number(min_width=80, label="Frames", value=1, precision=0)
                width = gr.Number(min_width=80, label="Width", precision=0)
                height = gr.Number(min_width=80, label="Height", precision=0)
            with gr.Row():
                steps = gr.Number(min_width=80, label="Steps", precision=0)
                guidance = gr.Number(min_width=80, label="Guidance")
                # No gr.Number: an empty one shows 0, and sends it.
                guidance_2 = gr.Textbox(min_width=80, label="Guidance 2", placeholder="same")
                count = gr.Number(min_width=80, label="Takes", value=4, precision=0)
                seed = gr.Textbox(label="Seed", placeholder="random", min_width=90)
    button = gr.Button("Queue takes", variant="primary", elem_classes="ct-button")
    message = gr.HTML(line(""), apply_default_css=False)
    recent = gr.HTML(js_on_load=render("on_load.js", module="briefs.js"), apply_default_css=False)
    fields = [place, prompt, seed, negative, kind, count, frames, width, height, steps, guidance, guidance_2]

    def queue(*sent: Any, request: gr.Request) -> tuple[str, str]:
        person = person_of_event(studio, request)
        try:
            limits = limits_of(request.request).queue
            return line(queue_brief(studio, person, limits=limits, **read_form(sent))), render_recent(studio, person)
        except Refused as error:
            return refusal(error), render_recent(studio, person)

    def queue_from_form(a, b, c, d, e, f, g, h, i, j, k, m, request: gr.Request) -> tuple[str, str]:
        # Gradio hands the request to a parameter it finds by annotation, and that does not work behind *args.
        return queue(a, b, c, d, e, f, g, h, i, j, k, m, request=request)

    def look(seen: str, request: gr.Request) -> Any:
        person = person_of_event(studio, request)
        state = state_of_recent(studio, person)
        return gr.skip() if seen == state else (render_recent(studio, person), state)

    def begin(request: gr.Request) -> tuple[Any, ...]:
        person = person_of_event(studio, request)
        choices = shot_choices(studio, person)
        shots = gr.Dropdown(choices=choices, value=choices[0][1] if choices else None)
        return shots, render_recent(studio, person), *usual_numbers(studio, "still")

    def fill_in(kind: str, request: gr.Request) -> list[Any]:
        person_of_event(studio, request)
        return usual_numbers(studio, kind)

    # Not preprocessed: Gradio would answer NaN or a number of thousands of digits with an error of its own.
    button.click(queue_from_form, fields, [message, recent], show_progress="hidden", preprocess=False)
    usual = [frames, width, height, steps, guidance]
    kind.input(fill_in, kind, usual, show_progress="hidden")
    gr.context.Context.root_block.load(begin, outputs=[place, recent, *usual], show_progress="hidden")
    # No gr.State: it would hold a connection for each open page.
    shown_state = gr.Textbox("", visible=False)
    gr.Timer(1.0).tick(look, shown_state, [recent, shown_state], show_progress="hidden")
