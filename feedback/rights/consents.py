"""Consents: what a person allows to be done with their likeness, voice, style or work. None is recorded: nothing is allowed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, shown
from feedback.rights.contributors import get_contributor
from feedback.rights.terms import LONGEST_TEXT, check_terms, ids_of_projects, keep_terms, projects_of, uses_of
from feedback.store import Studio, audit_log
from feedback.store.time_zone import day_in

SUBJECTS = ("likeness", "voice", "style", "work")


class Consent(TypedDict):
    id: int
    person: str  # the contributor
    kind: str  # of them
    subject: str  # one of SUBJECTS
    uses: list[str]  # of `terms.USES`
    projects: list[str]  # codes; empty is every project
    described: str  # the uses in words, as the person read them
    compensation: str
    starts: str | None  # days
    ends: str | None
    document: str | None  # sha256
    recorded_by: str | None
    created: str
    revoked: str | None
    reason: str | None


CONSENT = (
    "SELECT k.*, c.name AS person, c.kind, p.name AS who FROM consents k"
    " JOIN contributors c ON c.id = k.contributor LEFT JOIN people p ON p.id = k.recorded_by"
)
FIELDS = (
    "id",
    "person",
    "kind",
    "subject",
    "compensation",
    "starts",
    "ends",
    "document",
    "created",
    "revoked",
    "reason",
)


def add_consent(
    studio: Studio,
    person: str,
    *,
    subject: str,
    uses: Collection[str],
    described: str,
    compensation: str = "",
    projects: Sequence[str] = (),
    starts: str | None = None,
    ends: str | None = None,
    document: str | None = None,
    recorder: int | None = None,
    actor: str = "command line",
) -> Consent:
    """Records what a contributor (by name) agreed to. `described`: a description of the uses that they read, which
    California's Labor Code 927 asks of replicas; required. `projects`: codes; every project unless given.
    """
    contributor = get_contributor(studio, person)
    if subject not in SUBJECTS:
        raise Invalid(f"no subject {shown(subject)}; give one of {', '.join(SUBJECTS)}")
    ids = ids_of_projects(studio, projects)
    row = {
        **check_terms(uses, starts, ends),
        "contributor": contributor["id"],
        "subject": subject,
        "uses": check_text("description of the uses", described, LONGEST_TEXT, required=True),
        "compensation": check_text("compensation", compensation, LONGEST_TEXT),
    }
    with studio.writing():
        number = keep_terms(studio, "consent", row, ids, document, recorder)
        detail = {"person": contributor["name"], "subject": subject, "uses": sorted(uses), "projects": list(projects)}
        audit_log.record(studio, actor, "consent.add", str(number), detail)
    return get_consent(studio, number)


def get_consent(studio: Studio, number: int) -> Consent:
    row = studio.row(f"{CONSENT} WHERE k.id = ?", (number,))
    if row is None:
        raise NotFound(f"no consent {shown(number)}: circletake consent list")
    return _consent(row, projects_of(studio, "consent"))


def list_consents(studio: Studio, person: str | None = None) -> list[Consent]:
    """Of one contributor or of all, oldest first."""
    projects = projects_of(studio, "consent")
    where, values = ("", ()) if person is None else (" WHERE c.id = ?", (get_contributor(studio, person)["id"],))
    return [_consent(row, projects) for row in studio.rows(f"{CONSENT}{where} ORDER BY k.id", values)]


def _consent(row: dict, projects: dict[int, list[str]]) -> Consent:
    kept = {name: row[name] for name in FIELDS}
    rest = {"uses": uses_of(row), "described": row["uses"], "projects": projects.get(row["id"], [])}
    return cast(Consent, {**kept, **rest, "recorded_by": row["who"]})


def end_consent(
    studio: Studio, number: int, reason: str, *, person: int | None = None, actor: str = "command line"
) -> Consent:
    """Marks it as revoked from now on, and nothing else: `revocation` says what it touched and does what follows.

    Refused when it was revoked before.
    """
    consent = get_consent(studio, number)
    if consent["revoked"]:
        raise Refused(f"consent {number} of {consent['person']} was revoked on {day_in(studio, consent['revoked'])}")
    why = check_text("reason", reason, LONGEST_TEXT, required=True)
    with studio.writing() as db:
        db.table("consents").update(number, {"revoked": now(), "revoked_by": person, "reason": why})
        audit_log.record(studio, actor, "consent.revoke", str(number), {"person": consent["person"], "reason": why})
    return get_consent(studio, number)
