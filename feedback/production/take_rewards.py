"""What reward models give to takes. Each run that fits one scores takes by it; the newest one's rewards are shown.

A reward says what people are expected to prefer, so it is kept from whoever could be swayed by it, as win rates are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import NamedTuple, TypedDict, cast

from feedback.clock import now
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

KEPT = 3  # reward models whose rewards are kept: in a large studio each has a row for every take

NEWEST = "(SELECT max(run) FROM reward_models)"
REWARD = f"(SELECT w.reward FROM take_rewards w WHERE w.run = {NEWEST} AND w.take = t.id)"
"""Of a take `t`, by the newest reward model; null where it did not score it."""

_TO_SCORE = """
SELECT t.id, t.media, b.id, coalesce(r.prompt, b.prompt) FROM takes t JOIN briefs b ON b.id = t.brief LEFT JOIN rewrites r ON r.id = t.rewrite
WHERE t.state = 'done' AND t.media IS NOT NULL
    AND b.kind IN (SELECT kind FROM briefs WHERE id IN (SELECT value FROM json_each(:briefs))) ORDER BY t.id DESC
"""
_DONE = """
SELECT t.id, t.media, b.id, b.prompt FROM takes t JOIN briefs b ON b.id = t.brief
WHERE t.state = 'done' AND t.media IS NOT NULL AND t.rewrite IS NULL AND b.id IN (SELECT value FROM json_each(:briefs))
    AND (:versions IS NULL OR t.version IN (SELECT value FROM json_each(:versions)))
    AND (:before IS NULL OR t.finished < :before) ORDER BY t.id
"""
_OF_SHOT = f"""
SELECT {REWARD} AS reward, m.run, m.accuracy, m.created, count(w.reward) AS scored, total(w.reward >= {REWARD}) AS place
FROM takes t JOIN reward_models m ON m.run = {NEWEST} JOIN briefs b ON b.id = t.brief
    JOIN briefs near ON near.shot = b.shot JOIN takes o ON o.brief = near.id AND o.id NOT IN ({TAKES_OF_OPEN_TRIALS})
    LEFT JOIN take_rewards w ON w.run = m.run AND w.take = o.id
WHERE t.id = ?
"""


class TakeReward(TypedDict):
    reward: float | None  # 0 for the average take, 1 a usual difference within a brief better; None: not scored
    place: int  # among the takes of its shot, 1 for the highest; 0 where it is not scored
    scored: int  # takes of its shot that are
    run: int  # that fitted the reward model
    accuracy: float  # share of verdicts that the model predicts on briefs that it has not seen
    created: str  # when it was fitted


class TakeToScore(NamedTuple):
    take: int
    sha256: str  # of its archived file
    brief: int
    prompt: str


def takes_to_score(studio: Studio, briefs: Collection[int]) -> list[TakeToScore]:
    """Done takes of the kinds, still or clip, that these briefs are; newest first."""
    rows = studio.tuples(_TO_SCORE, {"briefs": json.dumps(sorted(briefs))})
    return [TakeToScore(*row) for row in rows]


def done_takes(
    studio: Studio, briefs: Collection[int], versions: Collection[str] | None = None, before: str | None = None
) -> list[TakeToScore]:
    """Done takes of these briefs as they were written, drawn by these versions and before this time, where given; oldest first."""
    drawn_by = None if versions is None else json.dumps(sorted(versions))
    values = {"briefs": json.dumps(sorted(briefs)), "versions": drawn_by, "before": before}
    return [TakeToScore(*row) for row in studio.tuples(_DONE, values)]


def add_rewards(studio: Studio, run: int, accuracy: float, rewards: Mapping[int, float]) -> None:
    """Stores what the reward model of this run gives to these takes (ids); a take that has one gets the new one.

    The rewards of older models go, but for the last KEPT.
    """
    with studio.writing() as db:
        model = {"run": run, "accuracy": accuracy, "created": now()}
        db.table("reward_models").insert(model, pk="run", ignore=True)
        rows = [(run, take, reward) for take, reward in rewards.items()]
        db.conn.executemany("INSERT OR REPLACE INTO take_rewards (run, take, reward) VALUES (?, ?, ?)", rows)
        kept = f"SELECT run FROM reward_models ORDER BY run DESC LIMIT {KEPT}"
        for table in ("take_rewards", "reward_models"):
            db.execute(f"DELETE FROM {table} WHERE run NOT IN ({kept})")


def are_there_rewards(studio: Studio) -> bool:
    return bool(studio.value("SELECT EXISTS (SELECT 1 FROM reward_models)"))


def reward_of(studio: Studio, take: int) -> TakeReward | None:
    """By the newest reward model, and how it stands among the takes of its shot; None where there is no model yet."""
    row = studio.row(_OF_SHOT, (take,))
    if row is None or row["run"] is None:
        return None
    return cast(TakeReward, {**row, "place": int(row["place"])})
