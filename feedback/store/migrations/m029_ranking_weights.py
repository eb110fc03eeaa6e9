"""How much of a choice each pair of a ranking is: its choices over its pairs, which is 2/k for k takes in order.

Whoever orders k takes chooses the best of k, then of the others, k - 1 times. Of takes that were left below all others, in
no order, there is no choice; where there are several, the last ranked take was a choice too. A ranking that takes another
one back has no pairs.
"""

from __future__ import annotations

import sqlite_utils

from feedback.store.migrations.execution import execute

STATEMENTS = """
CREATE VIEW ranking_weights AS
SELECT id AS ranking, 1.0 * (ranked - (below = 0)) / (ranked * (ranked - 1) / 2 + ranked * below) AS weight
FROM (SELECT id, json_array_length(takes) AS ranked, json_array_length(rest) AS below FROM rankings WHERE takes <> '[]');
"""


def m029_ranking_weights(db: sqlite_utils.Database) -> None:
    execute(db, STATEMENTS)
