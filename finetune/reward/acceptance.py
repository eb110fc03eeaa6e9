"""When a reward model is good enough to train towards."""

from __future__ import annotations

from finetune.errors import NotAccepted
from finetune.reward.model import RewardModel

ENOUGH = 100  # verdicts after which more of the same hardly help: a clear preference shows in half as many
UNSEEN = (
    "No features of this model show what people agree on: see on the Agreement page whether they agree,"
    " and judge takes that differ in what matters."
)


DIFFER = (
    "People differ in what they prefer, and each alone is predicted better: see on the Agreement page who differs along"
    " what, and tune for one of them or for one project."
)


def refuse_reward_model(model: RewardModel, min_accuracy: float, people_differ: bool = False) -> None:
    """NotAccepted, before any training, when verdicts on held-out briefs cannot be predicted from the others.

    `people_differ`: whether rewards of people's own predict their verdicts better than one of all.
    """
    predicted = f"The reward model predicts {100 * model.accuracy:.0f} % of {model.pairs} held-out verdicts"
    advice = DIFFER if people_differ else "Judge more pairs."
    if model.accuracy <= min_accuracy:
        raise NotAccepted(f"{predicted}: not above {100 * min_accuracy:.0f} %. {advice}")
    if not model.better_than_chance:
        advice = UNSEEN if model.pairs >= ENOUGH and not people_differ else advice
        raise NotAccepted(f"{predicted}: not reliably better than chance. {advice}")
