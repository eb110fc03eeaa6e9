"""What a take is like: for everybody who is not blind to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import Response

from feedback.copies import checks, descriptions, similar, threshold, vectors
from feedback.copies.checks import Match
from feedback.copies.faces import people_allowed
from feedback.errors import NotFound
from feedback.judgements.note_threads import is_blind_to
from feedback.library.items import get_item
from feedback.people.project_members import is_visible
from feedback.production import takes
from feedback.production.opaque_names import POSTER
from feedback.production.takes import Take
from feedback.store import Studio
from generation.opencv import is_there
from ui.api.names import name_for, rendition_address, takes_named
from ui.api.schemas.common import Id
from ui.api.schemas.copies import FoundFace, LikePicture, SeenSimilar, TakeLikeness
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person


def show_likeness(response: Response, take: Id, studio: OpenStudio, person: CurrentPerson) -> TakeLikeness:
    """The frames of the library and the earlier takes of other shots that a take is most alike, and its faces."""
    response.headers["Cache-Control"] = "no-store"
    with takes_named(studio, person, [take]) as (named,):
        row = takes.get_take(studio, named)
        if row["hidden"]:
            raise NotFound(f"no take {named}")
        return likeness_of(studio, person, row)


def likeness_of(studio: Studio, person: Person, take: Take) -> TakeLikeness:
    limit = threshold.threshold_of(studio)
    basis: dict[str, Any] = {"threshold": limit.value, "set_by": limit.frames}
    basis["library"] = descriptions.count_library(studio)
    if is_blind_to(studio, person.id, take["id"]):
        return TakeLikeness(state="blind", **basis)
    check = checks.find_check(studio, take["id"])
    basis["similar"] = seen_similar(studio, person, take["id"])
    if check is None:
        return TakeLikeness(state="waiting" if is_there() else "missing", **basis)
    faces, allowed = checks.faces_of(studio, take["id"]), people_allowed(studio, [take["brief"]])
    people = allowed.get(take["brief"], 0)
    return TakeLikeness(
        state="checked",
        checked=check["checked"],
        problem=check["problem"],
        pictures=list(pictures_of(studio, person, checks.matches_of(studio, [take["id"]], limit))),
        faces=[FoundFace(**face._asdict()) for face in faces],
        people_allowed=people,
        faces_marked=len(faces) > people,
        **basis,
    )


def seen_similar(studio: Studio, person: Person, take: int) -> SeenSimilar | None:
    encoder = vectors.in_use(studio)
    if encoder is None:
        return None
    pictures = list(pictures_of(studio, person, similar.similar_to(studio, [take], encoder)))
    return SeenSimilar(
        encoder=encoder.name,
        is_model=encoder.is_model,
        compared=similar.is_compared(studio, take, encoder),
        threshold=encoder.threshold,
        set_by=encoder.frames,
        pictures=pictures,
    )


def pictures_of(studio: Studio, person: Person, matches: Sequence[Match]) -> Iterable[LikePicture]:
    """KEPT of the library and KEPT takes."""
    for part in ([match for match in matches if match["item"]], [match for match in matches if not match["item"]]):
        yield from (picture_of(studio, person, match) for match in part[: checks.KEPT])


def picture_of(studio: Studio, person: Person, match: Match) -> LikePicture:
    names = ("likeness", "mirrored", "frame", "item", "title", "licence", "excluded")
    shared = {**{name: match[name] for name in names}, "marked": match["is_marked"], "starts_from": match["is_source"]}  # type: ignore[literal-required]
    return LikePicture.model_validate({**shared, "take": None, **shown_as(studio, person, match)})


def shown_as(studio: Studio, person: Person, match: Match) -> dict[str, Any]:
    """Its picture; nothing of a take of a project that the person does not see."""
    if match["item"] is not None:
        item = get_item(studio, match["item"])
        return {"picture": f"/api/library/items/{item['id']}/picture", "kind": item["kind"]}
    other = takes.get_take(studio, match["other"] or 0)
    if not is_visible(studio, person.id, "take", other["id"]):
        return {"picture": None, "kind": other["kind"]}
    address = rendition_address(studio, person, other, POSTER if other["kind"] == "clip" else 0)
    named = name_for(studio, person, other["id"])
    return {"take": named, "picture": address and f"{address}?thumbnail=true", "kind": "still"}
