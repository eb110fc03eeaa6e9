"""People, consents and licences are recorded. Of a signed paper the hash is kept, which proves it; the file stays where it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import File, Form, UploadFile

from feedback.errors import Invalid, NotFound
from feedback.fields import shown
from feedback.people.project_members import check_visible
from feedback.rights import consents, contributors, licences
from feedback.rights.licences import LONGEST_NAME
from feedback.rights.overview import Under
from feedback.store import Studio
from generation.media.sources import measure_file, name_of_file
from ui.api.rights.overview import visible_codes
from ui.api.schemas.common import Sha256
from ui.api.schemas.rights import (
    ConsentRow,
    ContributorRow,
    Document,
    FileUnder,
    LicenceRow,
    NewConsent,
    NewContributor,
    NewLicence,
    Terms,
)
from ui.context import OpenStudio
from ui.security.access import Person, Supervisor

PART = 1024 * 1024  # bytes that are read at a time


def post_person(body: NewContributor, studio: OpenStudio, person: Supervisor) -> ContributorRow:
    """From now on nothing that names them is drawn without a consent."""
    made = contributors.add_contributor(studio, body.name, body.kind, account=body.account or None, actor=person.name)
    return ContributorRow(**made, briefs=contributors.count_briefs(studio, made["id"]), consents=[])


def post_consent(body: NewConsent, studio: OpenStudio, person: Supervisor) -> ConsentRow:
    """What somebody agreed to."""
    rest = {"subject": body.subject, "described": body.described, "compensation": body.compensation}
    given = {**terms_of(studio, person, body), **rest, "recorder": person.id, "actor": person.name}
    return ConsentRow.model_validate({**consents.add_consent(studio, body.person, **given)})


def post_licence(body: NewLicence, studio: OpenStudio, person: Supervisor) -> LicenceRow:
    """What a rights holder lets the studio do."""
    given = {**terms_of(studio, person, body), "holder": body.holder, "terms": body.terms}
    made = licences.add_licence(studio, body.name, person=person.id, actor=person.name, **given)
    return LicenceRow.model_validate({**made, **Under(titles=[], frames=0, files=0)})


def post_file(
    studio: OpenStudio,
    person: Supervisor,
    licence: Annotated[str, Form(max_length=LONGEST_NAME, description="The licence's name.")],
    media: Annotated[Sha256 | None, Form(description="A file of the studio.")] = None,
    file: Annotated[UploadFile | None, File(description="PNG, JPEG, WebP or MP4, which is kept.")] = None,
) -> FileUnder:
    """A plate or a reference is under a licence from now on: one that the studio has, or one that is brought."""
    if (media is None) == (file is None):
        raise Invalid("give either media, a file of the studio, or the file itself")
    licences.get_licence(studio, licence)
    if file is not None:
        media = measure_file(file.file.read(), name_of_file(file.filename or "the file")).store(studio)
    else:
        check_visible(studio, person.id, "source", media)
    licences.license_media(studio, str(media), licence, person=person.id, actor=person.name)
    return FileUnder(media=str(media), licence=licence)


def terms_of(studio: Studio, person: Person, body: Terms) -> dict[str, Any]:
    check_projects(visible_codes(studio, person), body.projects)
    return {name: getattr(body, name) for name in ("uses", "projects", "starts", "ends", "document")}


def check_projects(known: Iterable[str], codes: Iterable[str]) -> None:
    for code in codes:
        if code not in known:
            raise NotFound(f"no project {shown(code)}")


def post_document(
    studio: OpenStudio, person: Supervisor, file: Annotated[UploadFile, File(description="What was signed.")]
) -> Document:
    """The sha256 of a document, for a consent or a licence. The file is read and not kept."""
    size = file.size or 0
    if not size:
        raise Invalid("the document is empty: choose the file that was signed")
    digest = hashlib.sha256()
    for part in iter(lambda: file.file.read(PART), b""):
        digest.update(part)
    return Document(document=digest.hexdigest(), bytes=size)
