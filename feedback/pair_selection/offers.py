"""What a person may judge: of a project, a shot or a review session, or of everything that they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from feedback.pair_selection.pair_pool import PairPool
from feedback.pair_selection.trial_pairs import published_pairs
from feedback.pair_selection.visible_pairs import of_visible_projects, without_archived_shots
from feedback.pair_selection.vote_counts import Pair
from feedback.pair_selection.wording_pairs import open_wording_pairs
from feedback.people.project_members import VISIBLE_PROJECTS, sees_everything
from feedback.store import Studio
from feedback.trials.counting import Batch

_SCOPE = (
    "(:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot) AND s.archived IS NULL"
    f" AND (:everything OR p.id IN {VISIBLE_PROJECTS})"
)
_JOIN_SHOT_AND_PROJECT = "JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
_BRIEFS_IN_SCOPE = f"SELECT b.id FROM briefs b {_JOIN_SHOT_AND_PROJECT} WHERE {_SCOPE}"
_IN_SESSION = "EXISTS (SELECT 1 FROM review_session_takes r WHERE r.session = :session AND r.take = tp.{}_take)"
# A session has no takes of a trial that was open when it was made: its pairs tell nothing of one.
_TRIAL_PAIRS_IN_SCOPE = (
    f"JOIN briefs b ON b.id = tp.brief {_JOIN_SHOT_AND_PROJECT} WHERE {_SCOPE} AND (:session IS NULL OR"
    f" ({_IN_SESSION.format('candidate')} AND {_IN_SESSION.format('baseline')}))"
)


@dataclass(frozen=True)
class Scope:
    """Of which takes a person's pairs are; without anything, of all that they see."""

    project: str | None = None  # a code
    shot: str | None = None  # a code
    session: int | None = None  # an id


@dataclass(frozen=True)
class Offer:
    """All that a person may judge in a scope, judged or not."""

    ordinary: np.ndarray  # which pairs of the pool, [m] bool
    trial: set[Pair]  # published pairs of open trials
    batches: dict[Pair, Batch]  # of all such pairs, out of scope too: a person's part is counted over all of them
    own: dict[Pair, tuple[int, str]]  # the person's ballots that count, on whatever pairs
    wordings: set[Pair]  # of two wordings of a brief, that nobody has judged yet

    @property
    def judged(self) -> list[Pair]:
        return [pair for pair, (_, verdict) in self.own.items() if verdict != "skip"]

    @property
    def skipped(self) -> dict[Pair, int]:
        """The ballots by their pairs."""
        return {pair: ballot for pair, (ballot, verdict) in self.own.items() if verdict == "skip"}


class TrialPairs(NamedTuple):
    """Published pairs of open trials, and beside them those of two wordings of a brief."""

    in_scope: set[Pair]
    batches: dict[Pair, Batch]  # of all that the person may see
    wordings: set[Pair]  # in scope


def trial_pairs_of(studio: Studio, person: int, scope: Scope) -> TrialPairs:
    """Read before the pool is, which then has none of their takes."""
    batches = published_pairs(studio, _TRIAL_PAIRS_IN_SCOPE, _params(studio, person, Scope()))
    # A review session has no such takes, as it has none of a trial.
    wordings = open_wording_pairs(studio, _SCOPE, _params(studio, person, scope)) if scope.session is None else set()
    if not batches or scope == Scope():
        return TrialPairs(set(batches), batches, wordings)
    in_scope = published_pairs(studio, _TRIAL_PAIRS_IN_SCOPE, _params(studio, person, scope))
    return TrialPairs(set(in_scope), batches, wordings)


def offer_of(studio: Studio, pool: PairPool, person: int, scope: Scope, trial: TrialPairs) -> Offer:
    """With the pool locked and read."""
    params = _params(studio, person, scope)
    narrow = scope.shot is not None or (scope.project is not None and scope.session is None)
    briefs = [row["id"] for row in studio.rows(_BRIEFS_IN_SCOPE, params)] if narrow else None
    ordinary = pool.in_briefs(briefs)
    if scope.session is not None:
        ordinary &= pool.in_session(scope.session)
    if not params["everything"]:
        ordinary = ordinary & of_visible_projects(studio, person, pool.brief_of_pair)
    ordinary = without_archived_shots(studio, pool.brief_of_pair, ordinary)
    return Offer(ordinary, trial.in_scope, trial.batches, pool.votes.verdicts.get(person, {}), trial.wordings)


def _params(studio: Studio, person: int, scope: Scope) -> dict[str, object]:
    return {**vars(scope), "person": person, "everything": sees_everything(studio, person)}
