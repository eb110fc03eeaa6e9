"""What a tuned model must hold, and at which strength."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from feedback.store import Studio
from finetune.errors import NotAccepted
from finetune.jobs.acceptance import refuse_result, refuse_winner_error
from finetune.jobs.tune import tune
from finetune.methods import evaluation
from finetune.methods.guided import reward_method
from finetune.methods.protocol import Method
from finetune.recipe import recipe_from
from tests.finetune.judged import quick


def method(sets_strength: bool) -> Any:
    return SimpleNamespace(
        sets_strength=sets_strength,
        recipe=recipe_from({"method": "guided"}),
        max_winner_error=1.2,
        lower_winner_error_by="",
        ranked_by="unexplained",
        tested_on=Method.tested_on,
        winners=Method.winners,
        more_by=Method.more_by,
    )


METRICS: Any = {"winner_error_ratio": 1.65, "heldout_accuracy": 0.87, "heldout_pairs": 220}


def test_the_winners_error_counts_at_the_strength_that_is_set_afterwards() -> None:
    refuse_result(METRICS, method(True))
    with pytest.raises(NotAccepted, match=r"rose to 1\.6500 of the reference's"):
        refuse_result(METRICS, method(False))
    with pytest.raises(NotAccepted, match=r"rose to 1\.6500 of the reference's"):
        refuse_winner_error(METRICS, method(True))


def test_a_step_that_learned_more_is_kept_where_its_strength_is_set_afterwards() -> None:
    little: Any = {**METRICS, "winner_error_ratio": 1.1, "unexplained": 0.8}
    much: Any = {**METRICS, "unexplained": 0.3}
    assert evaluation.is_better(much, little, method(True))
    assert not evaluation.is_better(much, little, method(False))


def test_a_run_tells_the_winners_error_at_its_strength(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reward_method, "choose_strength", lambda *given: {"strength": 0.0})
    metrics = tune(studio, quick(method="guided", target_gain=2.0), progress=False)["metrics"]
    assert metrics["winner_error_ratio"] == metrics["loser_error_ratio"] == pytest.approx(1.0)
