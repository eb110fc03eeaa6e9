"""Takes: generated answers to a brief, with their judgements."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Literal, TypedDict, cast

from feedback.errors import NotFound, Refused
from feedback.store import Studio

# Takes of an open trial are shown in the review queue only: on a board, who made them could be guessed. So are those of two
# wordings of a brief until their pair is judged.
TAKES_OF_OPEN_TRIALS = (
    "SELECT candidate_take FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE t.state = 'open' UNION ALL "
    "SELECT baseline_take FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE t.state = 'open' UNION ALL "
    "SELECT written FROM open_wording_pairs UNION ALL SELECT rewritten FROM open_wording_pairs"
)
_TAKE = f"""
SELECT t.*, b.shot, s.code AS shot_code, p.code AS project_code, b.kind,
    coalesce((SELECT r.prompt FROM rewrites r WHERE r.id = t.rewrite), b.prompt) AS prompt,
    (SELECT avg(r.stars) FROM current_ratings r WHERE r.take = t.id) AS stars,
    (SELECT count(*) FROM current_ratings r WHERE r.take = t.id) AS raters,
    (SELECT count(*) FROM current_notes n WHERE n.take = t.id) AS notes,
    coalesce((SELECT st.status FROM statuses st WHERE st.take = t.id ORDER BY st.id DESC LIMIT 1), 'wip') AS status,
    t.id IN ({TAKES_OF_OPEN_TRIALS}) AS hidden
FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
"""


_OF_SHOTS = (
    "t.brief IN (SELECT b.id FROM briefs b JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project WHERE {})"
)
_PAIRS_OF_TAKE = """
SELECT trial, batch, candidate_take, baseline_take FROM trial_pairs WHERE candidate_take = :take UNION ALL
SELECT trial, batch, candidate_take, baseline_take FROM trial_pairs WHERE baseline_take = :take
"""
_UNPUBLISHED = """
SELECT 1 FROM takes WHERE id IN (:candidate_take, :baseline_take) AND state <> 'done' UNION ALL
SELECT 1 FROM trial_pairs tp WHERE tp.trial = :trial AND tp.batch = :batch AND EXISTS
    (SELECT 1 FROM takes t WHERE t.id IN (tp.candidate_take, tp.baseline_take) AND t.state IN ('queued', 'leased'))
LIMIT 1
"""


class TakeFields(TypedDict):
    """A row of `takes` but for its version, with what its brief, its shot and the judgements add."""

    id: int
    brief: int
    seed: int
    requested_version: str | None  # None: whatever is in production when it is drawn
    state: Literal["queued", "leased", "done", "failed", "cancelled"]
    error: str | None
    progress: float  # 0 to 1
    purpose: str  # shot or trial
    queued_by: int | None  # a people id; None: the command line, a trial or a time before it was kept
    priority: int  # `feedback.production.render_queue`: the highest is drawn first
    media: str | None  # sha256 of the archived file, which says how it was made
    poster: str | None
    rendition: str | None  # sha256 of the file that is judged, without metadata
    rendition_poster: str | None
    worker: str | None
    lease_expires: str | None
    attempts: int
    created: str
    started: str | None
    finished: str | None
    provenance: str | None  # JSON: all that is needed to make it again
    rewrite: int | None  # the rewrite of its brief that it was drawn from; None: the brief as it was written
    shot: int
    shot_code: str
    project_code: str
    kind: Literal["still", "clip"]
    prompt: str  # that it was drawn from
    stars: float | None  # mean of everybody's
    raters: int
    notes: int  # how many
    status: str
    circled: bool
    hidden: bool  # by an open trial, or as one wording of a brief


class Take(TakeFields):
    version: str | None  # that drew it


def _as_take(row: dict[str, Any]) -> Take:
    return cast(Take, {**row, "circled": row["status"] == "circled", "hidden": bool(row["hidden"])})


def get_take(studio: Studio, take_id: int) -> Take:
    row = studio.row(f"{_TAKE} WHERE t.id = ?", (take_id,))
    if row is None:
        raise NotFound(f"no take {take_id}")
    return _as_take(row)


def get_takes(studio: Studio, ids: Collection[int]) -> dict[int, Take]:
    """By id, in one query; an id that no take has is left out."""
    rows = studio.rows(f"{_TAKE} WHERE t.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
    return {row["id"]: _as_take(row) for row in rows}


def get_judgeable_take(studio: Studio, take_id: int) -> Take:
    """The take; Refused unless it is done, since only what can be seen can be judged.

    A take of an open trial does not exist before all that were queued with it are drawn: a worker draws one version's
    takes together, so that whoever could ask which are drawn by now could tell the two versions apart.
    """
    take = get_take(studio, take_id)
    if take["hidden"] and not is_published(studio, take_id):
        raise NotFound(f"no take {take_id}")
    if take["state"] != "done":
        raise Refused(f"take {take_id} is {take['state']}; only a take that is done can be judged")
    return take


def is_published(studio: Studio, take_id: int) -> bool:
    """Whether all takes that were queued for a trial together with this one are drawn, or cannot be."""
    return not any(studio.value(_UNPUBLISHED, pair) for pair in studio.rows(_PAIRS_OF_TAKE, {"take": take_id}))


def find_rendition(studio: Studio, take_id: int, *, poster: bool = False) -> str | None:
    """The sha256 of the file that raters of the take get."""
    column = "rendition_poster" if poster else "rendition"
    return studio.value(f"SELECT {column} FROM takes WHERE id = ?", (take_id,))


def is_hidden(studio: Studio, take_id: int) -> bool:
    """Whether it is a take of an open trial."""
    return bool(studio.value(f"SELECT ? IN ({TAKES_OF_OPEN_TRIALS})", (take_id,)))


def list_takes(
    studio: Studio,
    brief: int | None = None,
    shot: str | None = None,
    project: str | None = None,
    *,
    with_hidden: bool = False,
) -> list[Take]:
    """Takes of a brief (id), shot (code) or project (code), oldest first; those of open trials only `with_hidden`."""
    # Only what is asked for is in the query, and briefs come first: SQLite would read every take otherwise.
    given = {"t.brief = ?": brief, _OF_SHOTS.format("s.code = ?"): shot, _OF_SHOTS.format("p.code = ?"): project}
    conditions = [condition for condition, value in given.items() if value is not None]
    conditions += [] if with_hidden else [f"t.id NOT IN ({TAKES_OF_OPEN_TRIALS})"]
    values = [value for value in given.values() if value is not None]
    rows = studio.rows(f"{_TAKE} WHERE {' AND '.join(conditions) or 'true'} ORDER BY t.id", values)
    return [_as_take(row) for row in rows]


def progress_of_briefs(studio: Studio, briefs: Sequence[int]) -> list[tuple[Any, ...]]:
    """(take, state, progress, error, whether a trial hides it) of these briefs: what `list_takes` shows has changed when
    this has. Pages that look every second ask for it first."""
    return studio.tuples(
        f"SELECT id, state, progress, error, id IN ({TAKES_OF_OPEN_TRIALS}) FROM takes"
        " WHERE brief IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(briefs)),),
    )
