"""Takes: generated answers to a brief, with what people have said of them."""

from __future__ import annotations

from typing import Any

from feedback.errors import NotFound
from feedback.store import Studio

# Takes of an open trial are shown in the review queue only: on a board, who made them could be guessed.
TAKES_OF_OPEN_TRIALS = (
    "SELECT candidate_take FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE t.state = 'open' UNION ALL "
    "SELECT baseline_take FROM trial_pairs tp JOIN trials t ON t.id = tp.trial WHERE t.state = 'open'"
)
_TAKE = f"""
SELECT t.*, b.shot, s.code AS shot_code, p.code AS project_code, b.kind, b.prompt,
    (SELECT avg(r.stars) FROM current_ratings r WHERE r.take = t.id) AS stars,
    (SELECT count(*) FROM current_ratings r WHERE r.take = t.id) AS raters,
    (SELECT count(*) FROM notes n WHERE n.take = t.id AND NOT EXISTS
        (SELECT 1 FROM notes later WHERE later.supersedes = n.id)) AS notes,
    coalesce((SELECT st.status FROM statuses st WHERE st.take = t.id ORDER BY st.id DESC LIMIT 1), 'wip') AS status,
    t.id IN ({TAKES_OF_OPEN_TRIALS}) AS hidden
FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
"""


def _with_circle(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "circled": row["status"] == "circled", "hidden": bool(row["hidden"])}


def get_take(studio: Studio, take_id: int) -> dict[str, Any]:
    """One take with its shot, stars (mean), status, number of notes, and whether an open trial hides it."""
    row = studio.row(f"{_TAKE} WHERE t.id = ?", (take_id,))
    if row is None:
        raise NotFound(f"no take {take_id}")
    return _with_circle(row)


def is_rendition(studio: Studio, sha256: str) -> bool:
    """Whether the file is one made to be judged: a take's picture or clip without metadata, or its poster."""
    columns = ("rendition", "rendition_poster")  # asked one after another: the first is indexed, and "or" is not
    return any(studio.value(f"SELECT 1 FROM takes WHERE {column} = ? LIMIT 1", (sha256,)) for column in columns)


def list_takes(
    studio: Studio,
    brief: int | None = None,
    shot: str | None = None,
    project: str | None = None,
    *,
    with_hidden: bool = False,
) -> list[dict[str, Any]]:
    """Takes of a brief (id), shot (code) or project (code), oldest first; those of open trials only `with_hidden`."""
    rows = studio.rows(
        f"{_TAKE} WHERE (:brief IS NULL OR t.brief = :brief) AND (:shot IS NULL OR s.code = :shot)"
        f" AND (:project IS NULL OR p.code = :project) AND (:all OR t.id NOT IN ({TAKES_OF_OPEN_TRIALS})) ORDER BY t.id",
        {"brief": brief, "shot": shot, "project": project, "all": with_hidden},
    )
    return [_with_circle(row) for row in rows]
