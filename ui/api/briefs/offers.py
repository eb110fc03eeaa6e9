"""What the form of a brief offers: what the model in production draws, known without loading it."""

from __future__ import annotations

from dataclasses import asdict

from feedback.production import projects
from feedback.rights import licences
from feedback.rights.terms import DRAWING
from feedback.store import Studio
from generation.families.unloaded.starts import has_second_denoiser, starts_of
from generation.models.base_models import complete_fields, folder_of_production, limits_of, usual_shapes
from ui.api.schemas.briefs import Form, Shape, Usual
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person

MOST_TAKES = 64


def show_form(studio: OpenStudio, person: CurrentPerson) -> Form:
    """What a brief can ask of the model in production."""
    return Form(
        kinds=usual_of(studio),
        sizes=[Shape.model_validate(asdict(shape)) for shape in limits_of(studio).shapes],
        most_takes=MOST_TAKES,
        starts=list(starts_of(folder_of_production(studio))),
        second_guidance=has_second_denoiser(folder_of_production(studio)),
        may_make_projects=person.at_least("supervisor"),
        licences=licences_of(studio, person),
    )


def licences_of(studio: Studio, person: Person) -> list[str]:
    """Names of those that allow to draw, in projects that they see."""
    if not person.at_least("supervisor"):
        return []
    known = {row["code"] for row in projects.list_projects(studio, person.id)}
    return [
        row["name"]
        for row in licences.list_licences(studio)
        if not row["ended"] and DRAWING in row["uses"] and (not row["projects"] or known & set(row["projects"]))
    ]


def usual_of(studio: Studio) -> list[Usual]:
    return [Usual.model_validate(complete_fields(studio, {"kind": kind})) for kind in usual_shapes(studio)]
