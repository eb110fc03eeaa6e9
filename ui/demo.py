"""The demo project: what a newcomer sees first; its briefs ask for what the embedded model can draw."""

from __future__ import annotations

from feedback.errors import Invalid
from feedback.people import accounts
from feedback.production import briefs, projects, render_queue, shots
from feedback.rights.agreements import record_agreement
from feedback.rights.project_rules import LIST, PLATES, set_rule
from feedback.store import Studio
from generation.models.base_models import complete_fields, usual_shapes
from ui.security.access import DEMO_PERSON

PROJECT = "DEMO"
TAKES_PER_BRIEF = 4
FIRST_SEED = 1000
# (shot, title, briefs). Captions name time, place, weather, subject and framing; the look is what judging teaches.
STILLS: list[tuple[str, str, list[str]]] = [
    ("LHT_010_010", "The keeper waits", [
        "wide shot of a lighthouse by the sea at dusk, in clear weather",
        "a lighthouse by the sea, in the rain, at night, medium shot",
    ]),
    ("LHT_010_020", "A sail comes in", [
        "wide shot: a sailing boat by the sea, at dawn, in the fog",
        "close shot of a sailing boat by the sea by day, in clear weather",
    ]),
    ("DRV_020_010", "Out of town", [
        "a car in the city at night, in the rain, medium shot",
        "wide shot of a red car in the desert by day, in clear weather",
    ]),
    ("DRV_020_040", "Where the road ends", [
        "a parked car in the forest at dusk, in the fog, close shot",
        "wide shot: a lone figure in the mountains, at dawn, in the snow",
    ]),
    ("HOM_030_010", "The house on the plain", [
        "a house in a field at dusk, in clear weather, wide shot",
        "medium shot of a small cottage in the forest at night, in the snow",
    ]),
    ("HOM_030_030", "The oak", [
        "a lone tree in a field at dawn, in the fog, wide shot",
        "close shot: an old oak in the mountains, by day, in clear weather",
    ]),
]  # fmt: skip
# Half of these name the camera's move, the others leave it to taste.
CLIPS: list[tuple[str, str, list[str]]] = [
    ("LHT_010_030", "Past the light", [
        "wide shot of a lighthouse by the sea at dusk, in clear weather, slow pan",
        "a sailing boat by the sea at dawn, in clear weather, wide shot",
    ]),
    ("DRV_020_060", "Closer to town", [
        "a car in the desert by day, in clear weather, medium shot, slow push-in",
        "wide shot of a house in a field at dusk, in clear weather",
    ]),
]  # fmt: skip


def ensure_demo_person(studio: Studio) -> accounts.Person:
    """The local demo supervisor: without a password or a token, so that only `serve --demo` signs them in.

    Whoever makes a demo wants to see it learn: they agree to that with it, and may withdraw like everybody.
    """
    demo = next((person for person in accounts.list_people(studio) if person["name"] == DEMO_PERSON), None)
    if demo is not None:
        return demo
    with studio.writing():
        person = accounts.add_person(studio, DEMO_PERSON, "supervisor")
        record_agreement(studio, person["id"], True, DEMO_PERSON)
    return person


def fill_demo(studio: Studio) -> int:
    """Adds the demo project and queues its takes; how many, or 0 when it was there already.

    Raises Invalid for a studio that has projects of its own: work is not opened to everybody, nor mixed with a demo.
    """
    codes = {project["code"] for project in projects.list_projects(studio, archived=True)}
    if PROJECT in codes:
        ensure_demo_person(studio)
        return 0
    if codes:
        raise Invalid(
            f"{studio.folder} has projects of its own ({', '.join(sorted(codes))}); give the demo a new folder"
        )
    with studio.writing():
        author = ensure_demo_person(studio)["name"]
        projects.add_project(studio, PROJECT, "A demo: three short films", maker=author, open_to_all=True)
        set_rule(studio, PROJECT, PLATES, LIST, actor=author)  # whoever tries it out has no licences yet
        stills = sum(add_demo_shot(studio, author, "still", *shot) for shot in STILLS)
        # Last, since a clip takes longer to draw: there is something to judge before.
        clips = CLIPS if "clip" in usual_shapes(studio) else []
        return stills + sum(add_demo_shot(studio, author, "clip", *shot) for shot in clips)


def add_demo_shot(studio: Studio, author: str, kind: str, code: str, title: str, prompts: list[str]) -> int:
    """One shot with its briefs and their queued takes; how many takes."""
    shot, queued = shots.add_shot(studio, PROJECT, code, title), 0
    for prompt in prompts:
        brief = briefs.write_brief(studio, shot["id"], prompt, author=author, **complete_fields(studio, {"kind": kind}))
        # Seeds follow from the brief's number, so that every newcomer's demo is the same.
        first = FIRST_SEED + 10 * brief["id"]
        queued += len(render_queue.queue_takes(studio, brief["id"], list(range(first, first + TAKES_PER_BRIEF))))
    return queued
