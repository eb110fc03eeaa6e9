"""Whether people who judge agree to their judgements being trained on: asked once, recorded, and taken back at any time.

A studio either asks for it, and then nobody's judgements count who has not agreed, or it does not, as studios that were
made before did not. Those of somebody who disagreed are never trained on.
"""

from __future__ import annotations

from typing import Literal

from feedback.clock import now
from feedback.store import Studio, audit_log

SETTING = "training_agreement"
ASKED, NOT_ASKED = "asked", "not asked"

Answer = Literal["agreed", "disagreed"]

LATEST = """
SELECT person, agreed FROM training_agreements a
WHERE id = (SELECT max(id) FROM training_agreements WHERE person = a.person)
"""


def is_asked(studio: Studio) -> bool:
    """Whether judgements count only after their person agreed."""
    return studio.setting(SETTING, NOT_ASKED) == ASKED


def ask_for_agreement(studio: Studio, asks: bool, actor: str = "command line") -> None:
    with studio.writing():
        studio.set_setting(SETTING, ASKED if asks else NOT_ASKED)
        audit_log.record(studio, actor, "agreement.asked", "studio", {"asked": asks})


def record_agreement(studio: Studio, person: int, agreed: bool, actor: str) -> None:
    """`person`: id. `actor`: who recorded it: themselves, or who has it on paper."""
    with studio.writing() as db:
        row = {"person": person, "agreed": int(agreed), "recorded_by": actor, "created": now()}
        db.table("training_agreements").insert(row)
        audit_log.record(studio, actor, "agreement.record", str(person), {"agreed": agreed})


def answer_of(studio: Studio, person: int) -> Answer | None:
    """What they said last; None when they were not asked yet."""
    agreed = studio.value(f"SELECT agreed FROM ({LATEST}) WHERE person = ?", (person,))
    return None if agreed is None else "agreed" if agreed else "disagreed"


def who_may_be_learned_from(studio: Studio) -> set[int]:
    """Ids of the people whose judgements may be trained on today."""
    answers = {row["person"]: bool(row["agreed"]) for row in studio.rows(LATEST)}
    needs_answer = is_asked(studio)
    return {row["id"] for row in studio.rows("SELECT id FROM people") if answers.get(row["id"], not needs_answer)}
