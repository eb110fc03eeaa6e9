"""Who and what is behind a version by right: contributors, titles, licences and consents, each as it is today."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from feedback.ledger.shares import Shares
from feedback.ledger.sources import contributors_of, licences_of, titles_of
from feedback.rights.agreements import answer_of, is_asked
from feedback.rights.behind_runs import PEOPLE_OF_ITEMS
from feedback.rights.consents import list_consents
from feedback.rights.licences import list_licences
from feedback.store import Studio
from feedback.store.time_zone import today

Row = dict[str, Any]
IN_FORCE, RUN_OUT, NOT_YET = "in force", "run out", "not yet in force"


def state_of(terms: Any, ended: str, day: str) -> str:
    """Of a licence or a consent on a day. `ended`: the field that is set when somebody ends it, which is also the state then."""
    if terms[ended]:
        return ended
    if terms["ends"] and terms["ends"] < day:
        return RUN_OUT
    return NOT_YET if terms["starts"] and terms["starts"] > day else IN_FORCE


def people_rows(studio: Studio, shares: Shares) -> list[Row]:
    """Those who judged, with most weight first; `agreement`: whether they agree today that models learn from it."""
    names = {row["id"]: row for row in studio.rows("SELECT id, name, role FROM people")}
    needs_answer = is_asked(studio)
    rows = []
    for number, share in shares.by_person.items():
        agreement = answer_of(studio, number) or ("no answer yet" if needs_answer else "not asked")
        who = {"person": names[number]["name"], "role": names[number]["role"]}
        rows.append({**who, **shares.of(share), "agreement": agreement})
    return sorted(rows, key=lambda row: (-row["weight"], row["person"]))


def contributor_rows(studio: Studio, shares: Shares, briefs: Sequence[int], frames: Sequence[int]) -> list[Row]:
    """People in the takes that were judged and in the frames, with the consents that each gave."""
    links = contributors_of(studio, briefs)
    weights, in_frames = shares.over(links), count_by_contributor(studio, frames)
    consents: dict[str, list[int]] = {}
    for consent in list_consents(studio):
        consents.setdefault(consent["person"], []).append(consent["id"])
    known = {row["id"]: row for row in studio.rows("SELECT id, name, kind FROM contributors")}
    rows = [
        {
            "contributor": known[number]["name"],
            "kind": known[number]["kind"],
            **shares.of(weights.get(number)),
            "frames": in_frames.get(number, 0),
            "consents": consents.get(known[number]["name"], []),
        }
        for number in {*weights, *in_frames, *(each for some in links.values() for each in some)}
    ]
    return sorted(rows, key=lambda row: (-row["weight"], -row["frames"], row["contributor"]))


def count_by_contributor(studio: Studio, frames: Sequence[int]) -> Counter[int]:
    sql = f"SELECT contributor, count(*) FROM ({PEOPLE_OF_ITEMS}) WHERE item IN (SELECT value FROM json_each(?)) GROUP BY 1"
    return Counter(dict(studio.tuples(sql, (json.dumps(list(frames)),))))


def title_rows(studio: Studio, shares: Shares, briefs: Sequence[int], frames: Sequence[int]) -> list[Row]:
    weights = shares.over(titles_of(studio, briefs))
    sql = (
        "SELECT f.title, count(*) FROM library_items i JOIN library_files f ON f.id = i.file"
        " WHERE i.id IN (SELECT value FROM json_each(?)) GROUP BY f.title"
    )
    counts = dict(studio.tuples(sql, (json.dumps(list(frames)),)))
    known = studio.rows(
        "SELECT t.id, t.name, l.name AS licence FROM titles t JOIN licences l ON l.id = t.licence ORDER BY t.name"
    )
    return [
        {
            "title": row["name"],
            "licence": row["licence"],
            **shares.of(weights.get(row["id"])),
            "frames": counts.get(row["id"], 0),
        }
        for row in known
        if row["id"] in counts or row["id"] in weights
    ]


def licence_rows(studio: Studio, shares: Shares, briefs: Sequence[int], titles: Iterable[Row]) -> list[Row]:
    """Of the titles, and of the plates that judged takes start from."""
    weights = shares.over(licences_of(studio, briefs))
    day, frames = today(studio), Counter[str]()
    for title in titles:
        frames[title["licence"]] += title["frames"]
    return [
        {
            "licence": licence["name"],
            "holder": licence["holder"],
            "state": state_of(licence, "ended", day),
            **shares.of(weights.get(licence["id"])),
            "frames": frames.get(licence["name"], 0),
            **{
                name: licence[name]
                for name in ("uses", "projects", "starts", "ends", "terms", "document", "recorded_by")
            },  # type: ignore[literal-required]
            **{name: licence[name] for name in ("created", "ended", "reason")},  # type: ignore[literal-required]
        }
        for licence in list_licences(studio)
        if licence["id"] in weights or licence["name"] in frames
    ]


def consent_rows(studio: Studio, runs: Sequence[int], contributors: Iterable[Row]) -> list[Row]:
    """All of these contributors', and those that the runs rested on when they began."""
    sql = "SELECT consent, json_group_array(run) AS runs FROM run_consents WHERE run IN (SELECT value FROM json_each(?)) GROUP BY 1"
    noted = {row["consent"]: json.loads(row["runs"]) for row in studio.rows(sql, (json.dumps(list(runs)),))}
    day, names = today(studio), {row["contributor"] for row in contributors}
    return [
        {"consent": consent["id"], "state": state_of(consent, "revoked", day), "runs": noted.get(consent["id"], [])}
        | {name: value for name, value in consent.items() if name != "id"}
        for consent in list_consents(studio)
        if consent["id"] in noted or consent["person"] in names
    ]
