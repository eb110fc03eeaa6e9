"""A brief that is being written, checked field by field: what is wrong, and the nearest size that can be drawn.

Nothing is written. Queueing checks the same before it writes, and a worker once more when it has loaded the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from fastapi import Request

from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_number, check_text, check_whole, shown
from feedback.people.project_members import check_visible
from feedback.production import projects, shots, sources
from feedback.production.briefs import (
    DEFAULT_GUIDANCE,
    DEFAULT_STEPS,
    KINDS,
    LARGEST_SIDE,
    LONGEST_PROMPT,
    MOST_FRAMES,
    MOST_GUIDANCE,
    MOST_STEPS,
)
from feedback.production.queue_limits import QueueLimits, check_steps
from feedback.production.sources import Picture, check_kind, check_mask, check_pictures
from feedback.rights.checks import missing_for_texts, refuse
from feedback.store import Studio, media
from generation.families.unloaded.grids import grid_in
from generation.families.unloaded.prompt_length import Length, count_tokens
from generation.families.unloaded.starts import has_second_denoiser, starts_of
from generation.models import limits as model_limits
from generation.models.base_models import folder_of_production, limits_of, usual_settings, usual_shape
from generation.models.nearest import nearest_drawable
from generation.request import Start, refuse_among
from ui import context
from ui.api.briefs.offers import MOST_TAKES
from ui.api.briefs.starting import kept_source, split_place
from ui.api.schemas import briefs as schemas
from ui.api.schemas.briefs import Check, FieldName, FormBody, Problem
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

LARGEST_FIRST_SEED = 2**31 - MOST_TAKES - 1


@dataclass
class Checked:
    """The fields of a brief that are right, and what is wrong with the others."""

    fields: dict[str, Any] = field(default_factory=dict)  # as `briefs.write_brief` takes them
    problems: list[Problem] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)  # one for each problem
    prompt: Length | None = None
    strength: float | None = None

    @contextmanager
    def of(self, name: FieldName, value: object = "given") -> Iterator[None]:
        """Notes what the block refuses as a problem of this field."""
        try:
            yield
        except Refused as refusal:
            self.note(name, refusal, missing=not str(value).strip())

    def note(self, name: FieldName, refusal: Refused, **more: Any) -> None:
        self.refusals.append(refusal)
        self.problems.append(Problem(field=name, error=str(refusal), **more))


def post_check(request: Request, body: FormBody, studio: OpenStudio, person: CurrentPerson) -> Check:
    """What is wrong with a brief as it stands, beside which field; its prompt's length in the model's tokens."""
    checked = check_form(studio, person, body, context.limits_of(request).queue)
    length = checked.prompt and schemas.Length(**checked.prompt._asdict())
    return Check(problems=checked.problems, prompt=length)


def check_form(studio: Studio, person: Person, body: FormBody, limits: QueueLimits) -> Checked:
    checked = Checked()
    with checked.of("place", body.place):
        check_place(studio, person, body.place)
    if body.based_on is not None:
        with checked.of("place"):
            check_visible(studio, person.id, "brief", body.based_on)
    check_texts(studio, checked, body)
    check_people(studio, checked, body)
    with checked.of("kind"):
        checked.fields["kind"] = checked_kind(body.kind)
        check_sizes(studio, checked, body)
    check_numbers(studio, checked, body, limits)
    if {"kind", "frames", "steps"} <= checked.fields.keys():
        check_sources(studio, person, checked, body)
    return checked


def check_place(studio: Studio, person: Person, place: str) -> None:
    """PROJECT/SHOT, of which both may be new; supervisors make projects."""
    project, code = split_place(place)
    if project not in {row["code"] for row in projects.list_projects(studio, person.id)}:
        if not person.at_least("supervisor"):
            raise NotFound(f"no project {shown(project)} of yours; a supervisor makes projects, an admin adds members")
        projects.check_new_project(studio, project)
    shots.check_open_or_new(studio, project, code)


def check_texts(studio: Studio, checked: Checked, body: FormBody) -> None:
    folder = folder_of_production(studio)
    checked.prompt = count_tokens(folder, body.prompt)
    for name, text, words in (
        ("prompt", body.prompt, "prompt"),
        ("negative_prompt", body.negative_prompt, "negative prompt"),
    ):
        with checked.of(name, text):  # type: ignore[arg-type]
            checked.fields[name] = check_text(words, text, LONGEST_PROMPT, required=name == "prompt")
            length = count_tokens(folder, text) if text.strip() else None
            if length and length.tokens > length.most:
                raise Invalid(
                    f"the {words} has {length.tokens} tokens and this model reads {length.most}: make it shorter"
                )


def check_people(studio: Studio, checked: Checked, body: FormBody) -> None:
    """Whoever is named has allowed it: told while one types, rather than when the takes are queued."""
    code = body.place.strip().partition("/")[0]
    project = next((row["id"] for row in projects.list_projects(studio) if row["code"] == code), None)
    rewrite = [body.rewrite.prompt] if body.rewrite else []
    for name, texts in (("prompt", [body.prompt, *rewrite]), ("negative_prompt", [body.negative_prompt])):
        if name in checked.fields:
            with checked.of(name):  # type: ignore[arg-type]
                refuse("this brief cannot be drawn", missing_for_texts(studio, texts, project))


def checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise Invalid(f"no kind {shown(kind)}; give still or clip")
    return kind


def check_sizes(studio: Studio, checked: Checked, body: FormBody) -> None:
    """Width, height and frames together, since the nearest that can be drawn is of all three."""
    limits, kind = limits_of(studio), checked.fields["kind"]
    if kind not in limits.kinds:
        raise Invalid(f"this model draws no {kind}s: use {' or '.join(limits.kinds)}")
    with checked.of("size"):
        usual = asdict(usual_shape(limits, kind))
        most = {"width": LARGEST_SIDE, "height": LARGEST_SIDE, "frames": MOST_FRAMES}
        given = {name: getattr(body, name) for name in most}
        read = {name: check_whole(name, value, 1, most[name]) for name, value in given.items() if not is_empty(value)}
        requested = model_limits.Shape(**{**usual, **read})
        nearest = nearest_drawable(limits, grid_in(folder_of_production(studio)), requested)
        checked.fields |= asdict(nearest)
        if nearest != requested:
            line = f"this model cannot draw {words_of(requested)}; the nearest is {words_of(nearest)}"
            checked.note("size", Invalid(line), use=schemas.Shape.model_validate(asdict(nearest)))


def words_of(shape: model_limits.Shape) -> str:
    """With the frames of a still too where it was given more than the one that it has."""
    frames = "" if shape.kind == "still" and shape.frames == 1 else f" with {shape.frames} frames"
    return f"a {shape.kind} of {shape.width}x{shape.height}{frames}"


def check_numbers(studio: Studio, checked: Checked, body: FormBody, limits: QueueLimits) -> None:
    usual = usual_settings(limits_of(studio), checked.fields.get("kind", "still"))
    readers: dict[FieldName, tuple[Any, Callable[[Any], Any]]] = {
        "steps": (usual.get("steps", DEFAULT_STEPS), lambda value: checked_steps(limits, value)),
        "guidance": (
            usual.get("guidance", DEFAULT_GUIDANCE),
            lambda value: check_number("guidance", value, 0, MOST_GUIDANCE),
        ),
        "guidance_2": (None, lambda value: checked_second_guidance(studio, value)),
        "takes": (None, lambda value: check_whole("takes", value, 1, MOST_TAKES)),
        "seed": (None, lambda value: check_whole("seed", value, 0, LARGEST_FIRST_SEED)),
    }
    for name, (otherwise, read) in readers.items():
        value = getattr(body, name)
        with checked.of(name):
            is_left_open = is_empty(value) and name != "takes"
            checked.fields[name] = otherwise if is_left_open else read("" if value is None else value)
    if "fps" in usual:
        checked.fields["fps"] = usual["fps"]


def is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def checked_steps(limits: QueueLimits, value: Any) -> int:
    steps = check_whole("steps", value, 1, MOST_STEPS)
    check_steps(limits, steps)
    return steps


def checked_second_guidance(studio: Studio, value: Any) -> float:
    if not has_second_denoiser(folder_of_production(studio)):
        raise Invalid("this model has one denoiser, and so no second guidance: leave it empty")
    return check_number("guidance 2", value, 0, MOST_GUIDANCE)


def check_sources(studio: Studio, person: Person, checked: Checked, body: FormBody) -> None:
    """What the brief starts from, as far as it is known before its files are here."""
    if body.uses_plate and any(problem.field == "place" for problem in checked.problems):
        return  # of a shot that is not the person's nothing is told
    source, mask = kept_sources(studio, person, checked, body)
    if any(problem.field == "source" for problem in checked.problems):
        return
    shape = {name: checked.fields[name] for name in ("kind", "frames", "steps")}
    strength = None if is_empty(body.strength) else body.strength
    with checked.of("strength"):
        if strength is not None:
            strength = check_number("strength", strength, 0, 1)
        if source is None and strength is not None:
            raise Invalid("strength is for a brief with a source: give a source, or leave strength out")
    if source is None:
        with checked.of("mask"):
            if mask is not None:
                raise Invalid("a mask needs a source, whose other parts are kept: give a source too")
        return
    with checked.of("source"):
        check_kind(source, shape["kind"], shape["frames"])
        reason = refuse_among(start_of(source, mask, shape["kind"]), starts_of(folder_of_production(studio)))
        if reason:
            raise Invalid(reason)
    if mask is not None:
        with checked.of("mask"):
            check_mask(source, mask, shape["kind"])
    with checked.of("strength"):
        checked.strength = check_pictures(source, None, strength, **{**shape, "frames": 1})


def kept_sources(
    studio: Studio, person: Person, checked: Checked, body: FormBody
) -> tuple[Picture | None, Picture | None]:
    """Source and mask, as far as they are known: those that the studio has, and what the browser says of files.

    A mask that is sent counts, whatever mask came with the source.
    """
    with checked.of("source"):
        kept = kept_source(studio, person, body)
        if kept is None:
            return picture_of(body.source), picture_of(body.mask)
        files = [media.find_file(studio, each) for each in (kept.source, kept.mask)]
        source, mask = (None if file is None else sources.picture_of(file) for file in files)
        return source, picture_of(body.mask) or mask
    return None, None


def picture_of(sent: schemas.Picture | None) -> Picture | None:
    """How many frames a clip has is known when it is here: enough of them until then."""
    return None if sent is None else {"width": sent.width, "height": sent.height, "frames": sent.frames or MOST_FRAMES}


def start_of(source: Picture, mask: Picture | None, kind: str) -> Start:
    if kind == "clip":
        if source["frames"] == 1:
            return "first_frame"
        return "video_to_video" if mask is None else "inpaint_clip"
    return "image_to_image" if mask is None else "inpaint"
