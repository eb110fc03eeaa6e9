"""What was revoked, ended or withdrawn in a studio, and whether anything of it is behind a version: asked in two ways."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from feedback.ledger.rights import IN_FORCE, NOT_YET, state_of
from feedback.ledger.shares import Shares
from feedback.ledger.touched import touched_by_consent, touched_by_licence
from feedback.ledger.walk import Walked, walk_from
from feedback.ledger.wording import N_, Sentence, sentence
from feedback.rights.agreements import LATEST
from feedback.rights.consents import Consent, list_consents
from feedback.rights.licences import list_licences
from feedback.rights.terms import TRAINING
from feedback.store import Studio
from feedback.store.time_zone import today


class Withdrawn(TypedDict):
    """A consent, a licence or an agreement that no longer holds."""

    kind: str  # consent, licence or agreement
    what: str
    state: str  # revoked, ended, run out or disagreed
    when: str | None
    reason: str | None
    judgements: int  # behind the version, on takes that rest on it or by the person
    takes: int
    frames: int
    absent: bool  # whether none of these is
    agreed: bool  # whether both ways came to the same
    allowed_by: list[int]  # consents of the same kind by the same person that are in force


class Absence(TypedDict):
    """The section of a ledger."""

    statement: str
    snapshots_read: list[int]  # runs whose frozen judgements were read and have the hash that the run carries
    snapshots_missing: list[int]  # runs of which the record's rows were read instead
    rows: list[Withdrawn]


FILES_UNDER = """
SELECT media, licence FROM media_licences
UNION SELECT f.sha256, t.licence FROM library_files f JOIN titles t ON t.id = f.title
"""


@dataclass(frozen=True)
class Behind:
    """What is behind a version, as both ways have it."""

    shares: Shares
    takes_of_brief: Counter[int]
    frames: set[int]
    walked: Walked

    @property
    def briefs(self) -> set[int]:
        return set(self.takes_of_brief)


@dataclass(frozen=True)
class People:
    """Contributors by brief and by frame, read row by row."""

    named: dict[int, set[int]]
    in_frames: dict[int, set[int]]
    in_files: dict[str, set[int]]  # whole files of the library, by sha256


def withdrawn_behind(
    studio: Studio, runs: Sequence[int], shares: Shares, takes: Sequence[int], frames: Sequence[int]
) -> tuple[Absence, Sentence]:
    """`takes` and `frames`: ids of those behind the version, as the ledger lists them."""
    sql = "SELECT brief, count(*) FROM takes WHERE id IN (SELECT value FROM json_each(?)) GROUP BY brief"
    counts = Counter(dict(studio.tuples(sql, (json.dumps(list(takes)),))))
    behind = Behind(shares, counts, set(frames), walk_from(studio, runs))
    rows = [*_consents(studio, behind), *_licences(studio, behind), *_agreements(studio, behind)]
    walked = behind.walked
    stated = statement_of(rows, walked)
    absence = Absence(statement=str(stated), snapshots_read=walked.read, snapshots_missing=walked.unread, rows=rows)
    return absence, stated


NOTHING = N_("Nothing was revoked, ended or withdrawn in this studio, and no terms have run out.")
ABSENT = N_(
    "No judgement, take or frame of anything that was revoked, ended or withdrawn, or has run out, is behind this version. Asked in "
    "two ways that agree: downwards in the record from each of these, and upwards from the version's own judgements, {source}."
)
PRESENT = N_(
    "Of what was revoked, ended or withdrawn, or has run out, this many are behind this version: {left} of {all}. Asked in two ways "
    "that agree: downwards in the record from each of these, and upwards from the version's own judgements, {source}."
)
DISAGREE = N_(
    "Two ways of asking do not agree, downwards in the record from each of these and upwards from the version's own judgements: "
    "this record needs a look before it is relied upon."
)
AS_FROZEN, AS_RECORDED = N_("as its runs froze them"), N_("as the record has them")


def statement_of(rows: Sequence[Withdrawn], walked: Walked) -> Sentence:
    """In words, for people who were not told how it is found."""
    left, source = sum(not row["absent"] for row in rows), AS_RECORDED if walked.unread else AS_FROZEN
    if not rows:
        return sentence(NOTHING)
    if not all(row["agreed"] for row in rows):
        return sentence(DISAGREE)
    return sentence(PRESENT, left=left, all=len(rows), source=source) if left else sentence(ABSENT, source=source)


def _consents(studio: Studio, behind: Behind) -> Iterator[Withdrawn]:
    listed = [(consent, state_of(consent, "revoked", today(studio))) for consent in list_consents(studio)]
    over = [(consent, state) for consent, state in listed if state not in (IN_FORCE, NOT_YET)]
    people = _people(studio, behind.walked) if over else People({}, {}, {})
    ids = {row["name"]: row["id"] for row in studio.rows("SELECT id, name FROM contributors")}
    for consent, state in over:
        touched = touched_by_consent(studio, consent["id"])
        down = behind.briefs & set(touched["briefs"]), behind.frames & set(touched["items"])
        up = _up_from_contributor(studio, behind.walked, people, ids[consent["person"]], consent)
        others = [
            other["id"]
            for other, own in listed
            if own == IN_FORCE
            and (other["person"], other["subject"]) == (consent["person"], consent["subject"])
            and TRAINING in other["uses"]
        ]
        what = f"consent {consent['id']} of {consent['person']} ({consent['subject']}: {', '.join(consent['uses'])})"
        when = consent["revoked"] or consent["ends"]
        yield _made("consent", what, state, when, consent["reason"], behind, down, up, others)


def _licences(studio: Studio, behind: Behind) -> Iterator[Withdrawn]:
    over = [(each, state_of(each, "ended", today(studio))) for each in list_licences(studio)]
    under: dict[str, set[int]] = defaultdict(set)
    for sha256, number in studio.tuples(FILES_UNDER):
        under[sha256].add(number)
    sql = "SELECT i.id, t.licence FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title"
    of_frame = dict(studio.tuples(sql)) if any(state not in (IN_FORCE, NOT_YET) for _, state in over) else {}
    for licence, state in over:
        if state in (IN_FORCE, NOT_YET):
            continue
        touched, number = touched_by_licence(studio, licence["id"]), licence["id"]
        down = behind.briefs & set(touched["briefs"]), behind.frames & set(touched["items"])
        briefs = {
            brief
            for brief, each in behind.walked.reached.items()
            if any(of_frame.get(frame) == number for frame in each.frames)
            or any(number in under.get(file, ()) for file in each.files)
        }
        frames = {frame for frame in _frames_of(behind.walked) if of_frame.get(frame) == number}
        what = f"licence {licence['name']} of {licence['holder']}"
        yield _made(
            "licence",
            what,
            state,
            licence["ended"] or licence["ends"],
            licence["reason"],
            behind,
            down,
            (briefs, frames),
            [],
        )


def _agreements(studio: Studio, behind: Behind) -> Iterator[Withdrawn]:
    sql = f"SELECT a.person, p.name, max(t.created) AS created FROM ({LATEST}) a JOIN people p ON p.id = a.person JOIN training_agreements t ON t.person = a.person WHERE NOT a.agreed GROUP BY a.person ORDER BY p.name"
    for row in studio.rows(sql):
        judgements = (
            behind.shares.by_person[row["person"]].judgements if row["person"] in behind.shares.by_person else 0
        )
        yield Withdrawn(
            kind="agreement", what=f"{row['name']}'s agreement that their judgements are trained on", state="disagreed",
            when=row["created"], reason=None, judgements=judgements, takes=0, frames=0, absent=not judgements,
            agreed=bool(judgements) == (row["person"] in behind.walked.people), allowed_by=[],
        )  # fmt: skip


Found = tuple[set[int], set[int]]
"""Ids of briefs and of frames."""


def _made(
    kind: str,
    what: str,
    state: str,
    when: str | None,
    reason: str | None,
    behind: Behind,
    down: Found,
    up: Found,
    allowed_by: list[int],
) -> Withdrawn:
    """Where the two ways differ, what either has counts."""
    briefs, frames = down[0] | up[0], down[1] | up[1]
    return Withdrawn(
        kind=kind, what=what, state=state, when=when, reason=reason,
        judgements=sum(behind.shares.by_brief[brief].judgements for brief in briefs),
        takes=sum(behind.takes_of_brief[brief] for brief in briefs), frames=len(frames),
        absent=not briefs and not frames, agreed=down == up, allowed_by=allowed_by,
    )  # fmt: skip


def _frames_of(walked: Walked) -> set[int]:
    return walked.frames.union(*(each.frames for each in walked.reached.values()))


def _people(studio: Studio, walked: Walked) -> People:
    named: dict[int, set[int]] = defaultdict(set)
    in_frames: dict[int, set[int]] = defaultdict(set)
    for brief, who in studio.tuples("SELECT brief, contributor FROM brief_contributors"):
        named[brief].add(who)
    for frame, who in studio.tuples("SELECT item, contributor FROM item_contributors"):
        in_frames[frame].add(who)
    titles: dict[int, set[int]] = defaultdict(set)
    for title, who in studio.tuples("SELECT title, contributor FROM title_contributors"):
        titles[title].add(who)
    sql = "SELECT i.id, f.title FROM library_items i JOIN library_files f ON f.id = i.file"
    for frame, title in studio.tuples(sql):
        in_frames[frame] |= titles.get(title, set())
    in_files = {
        sha256: titles.get(title, set()) for sha256, title in studio.tuples("SELECT sha256, title FROM library_files")
    }
    return People(named, in_frames, in_files)


def _up_from_contributor(studio: Studio, walked: Walked, people: People, who: int, consent: Consent) -> Found:
    """Briefs of the version that reach a brief that names them or a frame that shows them, as far as the consent is about that."""
    names, pictures = consent["subject"] in ("likeness", "style"), consent["subject"] in ("likeness", "work")
    frames = {frame for frame in _frames_of(walked) if who in people.in_frames.get(frame, ())} if pictures else set()
    briefs = {
        brief
        for brief, each in walked.reached.items()
        if each.frames & frames
        or (names and any(who in people.named.get(one, ()) for one in each.briefs))
        or (pictures and any(who in people.in_files.get(file, ()) for file in each.files))
    }
    if consent["projects"]:
        sql = "SELECT b.id FROM briefs b JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project WHERE p.code IN (SELECT value FROM json_each(?))"
        briefs &= {row[0] for row in studio.tuples(sql, (json.dumps(consent["projects"]),))}
    return briefs, frames
