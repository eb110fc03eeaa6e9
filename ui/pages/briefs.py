"""The briefs page: write a brief for a shot, queue takes, and watch them come."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from feedback import briefs, shots, takes
from feedback.briefs import DEFAULT_GUIDANCE, DEFAULT_STEPS
from feedback.errors import Invalid, Refused
from feedback.studio import Studio
from generation.bases import asked_shape, usual_shapes
from ui.pages.board import shot_choices
from ui.pages.components import TakePicture, line, picture_of, refusal
from ui.rendering import render
from ui.security.access import Person, person_of_event

RECENT = 6  # briefs shown below the form
MOST_TAKES = 64


@dataclass(frozen=True)
class BriefProgress:
    """A brief with its takes and how far they are."""

    prompt: str
    shot: str
    done: int
    share: float  # of the work, 0 to 1
    takes: list[TakePicture]


def find_or_add_shot(studio: Studio, place: str | None) -> dict[str, Any]:
    """`PROJECT/SHOT`, both made when they are new."""
    project, slash, code = (place or "").strip().partition("/")
    if not slash:
        raise Invalid(f"{place or ''!r} is no shot; choose one, or write PROJECT/SHOT to make a new one")
    if project not in {row["code"] for row in shots.list_projects(studio)}:
        shots.add_project(studio, project)
    known = {row["code"]: row for row in shots.list_shots(studio, project)}
    return known.get(code) or shots.add_shot(studio, project, code)


def read_seed(text: str | None) -> int:
    """The first take's seed; a random one when none is given."""
    text = (text or "").strip()
    if not text:
        return secrets.randbelow(2**31)
    if not text.isdecimal():
        raise Invalid(f"seed {text!r} is no whole number; leave it empty for a random one")
    return int(text)


def queue_brief(studio: Studio, person: Person, place: str | None, prompt: str, count: float, **options: Any) -> str:
    """Writes the brief and queues its takes; the line that says so."""
    first = read_seed(options.pop("seed", ""))
    if not 1 <= int(count or 0) <= MOST_TAKES:
        raise Invalid(f"{count} takes; ask for 1 to {MOST_TAKES}")
    # Before a new shot is made for a brief that cannot be drawn.
    size = (options.pop(name, None) for name in ("width", "height", "frames"))
    shape = asked_shape(studio, options.pop("kind", "still"), *size)
    shot = find_or_add_shot(studio, place)
    brief = briefs.write_brief(studio, shot["id"], prompt, author=person.name, **asdict(shape), **options)
    takes.queue_takes(studio, brief["id"], [first + k for k in range(int(count))])
    return f"Brief {brief['id']} is queued: {int(count)} takes from seed {first}."


def usual_size(studio: Studio, kind: str) -> tuple[int, int, int]:
    """Frames, width and height of what production usually draws; of the other kind's where it cannot draw this one."""
    shapes = usual_shapes(studio)
    shape = shapes.get(kind) or next(iter(shapes.values()))
    return shape.frames, shape.width, shape.height


def progress_of(studio: Studio, brief: dict[str, Any]) -> BriefProgress:
    pictures = [picture_of(studio, take) for take in takes.list_takes(studio, brief=brief["id"])]
    ended = [picture.state in ("done", "failed") for picture in pictures]
    shares = [1.0 if is_ended else picture.progress for is_ended, picture in zip(ended, pictures, strict=True)]
    share = sum(shares) / max(1, len(shares))
    return BriefProgress(brief["prompt"], brief["shot_code"], sum(ended), share, pictures)


def render_recent(studio: Studio) -> str:
    """The latest briefs with their takes and how far they are."""
    state = takes.queue_state(studio)
    left = state["queued"] + state["leased"]
    waiting = (
        f"{left} takes to go, {state['done']} done, {state['failed']} failed" if left else "Nothing waits to be drawn."
    )
    recent = [progress_of(studio, brief) for brief in briefs.list_briefs(studio)[: -RECENT - 1 : -1]]
    return render("briefs.html", waiting=waiting, briefs=[brief for brief in recent if brief.takes])


def build_briefs(studio: Studio) -> None:
    with gr.Row():
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
                steps = gr.Number(min_width=80, label="Steps", value=DEFAULT_STEPS, precision=0)
                guidance = gr.Number(min_width=80, label="Guidance", value=DEFAULT_GUIDANCE)
                count = gr.Number(min_width=80, label="Takes", value=4, precision=0)
                seed = gr.Textbox(label="Seed", placeholder="random", min_width=90)
    button = gr.Button("Queue takes", variant="primary", elem_classes="ct-button")
    message = gr.HTML(line(""), apply_default_css=False)
    recent = gr.HTML(apply_default_css=False)
    fields = [place, prompt, count, seed, negative, kind, frames, width, height, steps, guidance]

    def queue(place: str, prompt: str, count: float, seed: str, *rest: Any, request: gr.Request) -> tuple[str, str]:
        names = ("negative_prompt", "kind", "frames", "width", "height", "steps", "guidance")
        try:
            person = person_of_event(studio, request)
            text = queue_brief(studio, person, place, prompt, count, seed=seed, **dict(zip(names, rest, strict=True)))
            return line(text), render_recent(studio)
        except Refused as error:
            return refusal(error), render_recent(studio)

    def queue_from_form(a, b, c, d, e, f, g, h, i, j, k, request: gr.Request) -> tuple[str, str]:
        # Gradio hands the request to a parameter it finds by annotation, and that does not work behind *args.
        return queue(a, b, c, d, e, f, g, h, i, j, k, request=request)

    def look(request: gr.Request) -> str:
        person_of_event(studio, request)
        return render_recent(studio)

    def begin(request: gr.Request) -> tuple[Any, str, int, int, int]:
        person_of_event(studio, request)
        choices = shot_choices(studio)
        shots = gr.Dropdown(choices=choices, value=choices[0][1] if choices else None)
        return shots, render_recent(studio), *usual_size(studio, "still")

    def resize(kind: str, request: gr.Request) -> tuple[int, int, int]:
        person_of_event(studio, request)
        return usual_size(studio, kind)

    button.click(queue_from_form, fields, [message, recent], show_progress="hidden")
    size = [frames, width, height]
    kind.input(resize, kind, size, show_progress="hidden")
    gr.context.Context.root_block.load(begin, outputs=[place, recent, *size], show_progress="hidden")
    gr.Timer(1.0).tick(look, outputs=recent, show_progress="hidden")
