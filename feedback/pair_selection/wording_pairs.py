"""Which pairs of two wordings of a brief may be dealt: those whose takes are both drawn and that nobody has judged.

Whoever asked for a rewrite has read both wordings, and could tell by what is in a picture which one it came from. So they are
not dealt its pairs, unless nobody else could judge them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedback.pair_selection.vote_counts import Pair, pair_of
from feedback.store import Studio

_OTHERS = """
EXISTS (SELECT 1 FROM people o WHERE o.id <> :person AND o.disabled IS NULL AND (p.open_to_all OR o.role = 'admin'
    OR EXISTS (SELECT 1 FROM project_members m WHERE m.project = p.id AND m.person = o.id)))
"""
_OPEN = f"""
SELECT w.written, w.rewritten FROM open_wording_pairs w
    JOIN takes a ON a.id = w.written AND a.state = 'done' JOIN takes z ON z.id = w.rewritten AND z.state = 'done'
    JOIN briefs b ON b.id = w.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
WHERE (w.person IS NOT :person OR NOT {_OTHERS}) AND {{scope}}
"""


def open_wording_pairs(studio: Studio, scope: str, params: Mapping[str, Any]) -> set[Pair]:
    """For a person; `scope`: a condition over shots `s` and projects `p`, with `params`."""
    return {pair_of(a, b) for a, b in studio.tuples(_OPEN.format(scope=scope), params)}
