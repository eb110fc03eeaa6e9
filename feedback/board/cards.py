"""What a board shows of some takes, read in a few queries however many they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, TypedDict, cast

from feedback.board.filters import STATUS
from feedback.board.results import Results, results_of_briefs
from feedback.copies.checks import marked
from feedback.copies.faces import with_faces_nobody_allowed
from feedback.copies.similar import marked_similar
from feedback.judgements.note_threads import takes_blind_to
from feedback.people.project_members import in_visible
from feedback.production.take_rewards import REWARD
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

OF_TAKE = "FROM current_ratings r WHERE r.take = t.id"
CARDS = f"""
SELECT t.id, t.brief, t.state, coalesce(t.progress, 0) AS progress, t.error, t.version, t.rendition, t.rendition_poster,
    s.code AS shot, p.code AS project, b.kind, b.prompt, b.width, b.height, {STATUS} AS status,
    (SELECT avg(r.stars) {OF_TAKE}) AS stars, (SELECT count(*) {OF_TAKE}) AS raters,
    coalesce((SELECT r.stars {OF_TAKE} AND r.person = :person ORDER BY r.id DESC LIMIT 1), 0) AS own_stars,
    coalesce((SELECT max(r.stars) - min(r.stars) {OF_TAKE}), 0) AS stars_apart,
    {REWARD} AS reward,
    (SELECT json_group_array(word) FROM (SELECT DISTINCT word FROM tags WHERE take = t.id AND removed_by IS NULL
        ORDER BY word)) AS tags,
    (SELECT json_group_array(json_array(person, words)) FROM (SELECT n.person, people.name || ': ' || n.text AS words
        FROM current_notes n JOIN people ON people.id = n.person WHERE n.take = t.id ORDER BY n.id)) AS notes
FROM json_each(:takes) given JOIN takes t ON t.id = given.value JOIN briefs b ON b.id = t.brief
    JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
WHERE t.id NOT IN ({TAKES_OF_OPEN_TRIALS}) AND {in_visible("s.project")}
ORDER BY given.key
"""


class Card(TypedDict):
    id: int
    brief: int
    state: Literal["queued", "leased", "done", "failed", "cancelled"]
    progress: float  # 0 to 1
    error: str | None
    version: str | None
    rendition: str | None  # sha256
    rendition_poster: str | None
    shot: str  # codes
    project: str
    kind: Literal["still", "clip"]
    prompt: str
    width: int  # pixels
    height: int
    status: str
    stars: float | None  # the mean
    raters: int
    own_stars: int  # 0: none
    stars_apart: int  # the most less the fewest that anybody gave
    reward: float | None  # by the newest reward model; None: not scored
    tags: list[str]
    notes: list[str]  # that the person may read
    # Too like another picture; more faces than people who allowed theirs; very similar, as an image encoder sees it.
    marks: list[Literal["copy", "face", "similar"]]
    results: Results | None  # None: nobody compared it, or they were left out


def read_cards(studio: Studio, person: int, takes: Sequence[int], *, with_results: bool) -> list[Card]:
    """Of those takes (ids) that the person (id) sees and no open trial hides, in the order given."""
    rows = studio.rows(CARDS, {"takes": json.dumps(list(takes)), "person": person})
    results = results_of_briefs(studio, {row["brief"] for row in rows}) if with_results else {}
    blind = takes_blind_to(studio, person, [row["id"] for row in rows])
    marks = marks_of(studio, [row["id"] for row in rows if row["id"] not in blind])
    return [
        as_card(
            {**row, "marks": marks.get(row["id"], [])}, results.get(row["id"]), person if row["id"] in blind else None
        )
        for row in rows
    ]


def marks_of(studio: Studio, takes: Sequence[int]) -> dict[int, list[str]]:
    """Of those that have any."""
    marks: dict[int, list[str]] = {}
    finders = {"copy": marked, "face": with_faces_nobody_allowed, "similar": marked_similar}
    for mark, ids in ((mark, find(studio, takes)) for mark, find in finders.items()):
        for take in ids:
            marks.setdefault(take, []).append(mark)
    return marks


def as_card(row: dict[str, Any], results: Results | None, only_of: int | None) -> Card:
    """`only_of`: a person (id) who may read none but their own notes on the take."""
    notes = [words for writer, words in json.loads(row["notes"]) if only_of in (None, writer)]
    return cast(Card, {**row, "tags": json.loads(row["tags"]), "notes": notes, "results": results})
