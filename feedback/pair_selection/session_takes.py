"""The takes of review sessions, in memory. A session's takes never change, so only new sessions are ever read."""

from __future__ import annotations

import numpy as np

from feedback.store import Studio

_TAKES = """
SELECT r.session, r.take, t.brief FROM review_session_takes r JOIN takes t ON t.id = r.take
WHERE r.session > ? ORDER BY r.session, t.brief, r.take
"""


class SessionTakes:
    """(session, take, brief) of each, [3, n]: by session, then by brief, then by take."""

    def __init__(self) -> None:
        self.rows = np.empty((3, 0), np.int64)

    def read(self, studio: Studio) -> set[int]:
        """Takes in what is new; the briefs that have takes in new sessions."""
        newest = int(self.rows[0].max(initial=0))
        new = studio.tuples(_TAKES, (newest,))
        if new:
            self.rows = np.concatenate([self.rows, np.array(new, np.int64).T], axis=1)
        return {brief for _, _, brief in new}

    def of_session(self, session: int) -> np.ndarray:
        """Its takes, [n]."""
        return self.rows[1, self.rows[0] == session]

    def groups(self, briefs: set[int] | None) -> tuple[np.ndarray, np.ndarray]:
        """(takes [n], a number for each that takes of one brief in one session share) of these briefs or of all."""
        session, take, brief = self.rows if briefs is None else self.rows[:, np.isin(self.rows[2], list(briefs))]
        return take, session << 32 | brief
