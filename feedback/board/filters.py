"""Which takes of a project a board shows, as conditions of a query. Takes of open trials are never among them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from feedback.errors import Invalid
from feedback.fields import shown
from feedback.judgements.note_threads import takes_blind_to
from feedback.judgements.statuses import DISCARDED, STATUSES
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

STATUS = "coalesce((SELECT st.status FROM statuses st WHERE st.take = t.id ORDER BY st.id DESC LIMIT 1), 'wip')"
# Of everybody, or of the one person whose stars are meant.
STARS = "(SELECT avg(r.stars) FROM current_ratings r WHERE r.take = t.id AND (:rater IS NULL OR r.person = :rater))"
JUDGED_BY = """(EXISTS (SELECT 1 FROM current_ratings r WHERE r.take = t.id AND r.person = :rater) OR t.id IN (
    SELECT "left" FROM current_ballots WHERE person = :rater AND verdict <> 'skip' AND doubt IS NULL UNION ALL
    SELECT "right" FROM current_ballots WHERE person = :rater AND verdict <> 'skip' AND doubt IS NULL))"""
TAGGED = "EXISTS (SELECT 1 FROM tags WHERE tags.take = t.id AND tags.removed_by IS NULL AND tags.word = :tag)"
WITH_TEXT = (
    "(b.id IN (SELECT value FROM json_each(:text_briefs)) OR t.id IN (SELECT value FROM json_each(:text_takes)))"
)
OF_PROJECT = "FROM shots s JOIN briefs b ON b.shot = s.id JOIN takes t ON t.brief = b.id"
IN_PROJECT = (
    f"s.project = :project AND s.archived IS NULL AND t.state <> 'cancelled' AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS})"
)


@dataclass(frozen=True)
class Filters:
    """What is shown of a project; whatever is left empty leaves nothing out."""

    # The project's id.
    project: int
    # A shot's code.
    shot: str = ""
    # Some of STATUSES; all but discarded unless given.
    statuses: tuple[str, ...] = ()
    # At least so many stars: the mean, or the rater's own.
    stars: int = 0
    # The id of a person who gave the take stars, or chose between it and another.
    rater: int | None = None
    # The version that drew it.
    version: str = ""
    # still or clip.
    kind: str = ""
    # A word that is on the take.
    tag: str = ""
    # What the prompt or a note has in it, in upper or lower case.
    text: str = ""
    # The id of the person who looks: notes that they may not read are not searched. None: all are.
    reader: int | None = None


def conditions_of(studio: Studio, filters: Filters) -> tuple[str, dict[str, Any]]:
    """A condition over `OF_PROJECT` and its values. Invalid for a status that there is not."""
    given = {
        "s.code = :shot": bool(filters.shot),
        f"{STARS} >= :stars": filters.stars > 0,
        JUDGED_BY: filters.rater is not None,
        "t.version = :version": bool(filters.version),
        "b.kind = :kind": bool(filters.kind),
        TAGGED: bool(filters.tag),
        WITH_TEXT: bool(filters.text.strip()),
    }
    statuses = filters.statuses or tuple(status for status in STATUSES if status != DISCARDED)
    if unknown := [status for status in statuses if status not in STATUSES]:
        raise Invalid(f"no status {shown(unknown[0])}; one of {', '.join(STATUSES)}")
    values: dict[str, Any] = {**vars(filters), "statuses": json.dumps(statuses)}
    if filters.text.strip():
        values |= with_text(studio, filters)
    used = [IN_PROJECT, f"{STATUS} IN (SELECT value FROM json_each(:statuses))"]
    return " AND ".join([*used, *(condition for condition, is_used in given.items() if is_used)]), values


def with_text(studio: Studio, filters: Filters) -> dict[str, str]:
    """The briefs and takes whose words have the text in them. SQLite folds the case of Latin letters alone."""
    part, project = filters.text.strip().casefold(), filters.project
    prompts = studio.tuples(
        "SELECT b.id, b.prompt FROM briefs b JOIN shots s ON s.id = b.shot WHERE s.project = ?", (project,)
    )
    notes = studio.tuples(
        "SELECT n.take, n.person, n.text FROM current_notes n JOIN takes t ON t.id = n.take WHERE t.project = ?",
        (project,),
    )
    with_part = [(take, person) for take, person, words in notes if part in words.casefold()]
    blind = set() if filters.reader is None else takes_blind_to(studio, filters.reader, {take for take, _ in with_part})
    return {
        "text_briefs": json.dumps([brief for brief, words in prompts if part in words.casefold()]),
        "text_takes": json.dumps([take for take, person in with_part if take not in blind or person == filters.reader]),
    }
