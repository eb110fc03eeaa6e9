"""Each person's reward: people of two tastes are told apart, one taste stays one, and nobody is singled out by chance."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finetune.data.examples import Example, Vote
from finetune.reward.features.sets import STATISTICS
from finetune.reward.fit import RewardModels, briefs_of, fit_reward_models
from finetune.reward.people.own_reward import own_reward_models
from finetune.reward.people.panel import Panel, fit_panel
from finetune.reward.people.standing import ALIKE, CONTRARY, OWN, UNPREDICTED, UNSEEN, standings
from finetune.reward.people.summary import summarise_people
from finetune.reward.people.votes import FEWEST, votes_of

BRIEFS, TAKES = 30, 5
WARM, LOW = (1.0, 0.0), (0.0, 1.0)
NAMES = [f"{brief:02}-{take}" for brief in range(BRIEFS) for take in range(TAKES)]


@pytest.fixture(scope="module")
def groups() -> dict[str, torch.Tensor]:
    """Statistics in which the first colour and the first row vary freely, and the rest hardly matter."""
    chance = torch.Generator().manual_seed(0)
    sizes = {"colour": 4, "contrast": 4, "rows": 6, "motion": 6, "horizon": 2}
    assert set(sizes) == set(STATISTICS["lines"])
    return {name: torch.randn(len(NAMES), size, generator=chance) for name, size in sizes.items()}


def judged(
    groups: dict[str, torch.Tensor], tastes: list[tuple[float, float]], each: int, wrong: list[float]
) -> list[Example]:
    chance, made = torch.Generator().manual_seed(1), []
    for person, (warm, low) in enumerate(tastes):
        score = warm * groups["colour"][:, 0] + low * groups["horizon"][:, 0]
        for number in range(each):
            brief = number % BRIEFS
            a, b = (brief * TAKES + int(k) for k in torch.randperm(TAKES, generator=chance)[:2])
            wins = bool(score[a] > score[b]) != bool(torch.rand((), generator=chance) < wrong[person])
            made.append(
                Example(
                    brief, "", NAMES[a], NAMES[b], float(wins), 1.0, 0.0, 0.0, 0.0, label_noise=0.08,
                    votes=(Vote(person + 10, float(wins), 1.0),),
                )
            )  # fmt: skip
    return made


def panel_of(groups: dict[str, torch.Tensor], examples: list[Example]) -> Panel:
    panel = fit_panel(examples, groups, NAMES, torch.arange(len(NAMES)) // TAKES)
    assert panel is not None
    return panel


def right(groups: dict[str, torch.Tensor], panel: Panel, person: int, taste: tuple[float, float]) -> float:
    """Share of pairs of takes of a brief that the person's reward orders as their taste does."""
    reward = panel.best.rewards(groups)[person].view(BRIEFS, TAKES)
    score = (taste[0] * groups["colour"][:, 0] + taste[1] * groups["horizon"][:, 0]).view(BRIEFS, TAKES)
    same = (reward[:, :, None] > reward[:, None]) == (score[:, :, None] > score[:, None])
    return float(same[:, ~torch.eye(TAKES, dtype=torch.bool)].double().mean())


def test_people_of_two_tastes_learn_from_those_who_share_theirs(groups: dict[str, torch.Tensor]) -> None:
    tastes = [WARM, WARM, WARM, LOW, LOW, LOW]
    examples = judged(groups, tastes, 24, [0.05] * 6)
    panel = panel_of(groups, examples)
    assert panel.best.level == 2
    assert panel.best.people == [10, 11, 12, 13, 14, 15]
    shared = [right(groups, panel, person, taste) for person, taste in enumerate(tastes)]
    two = panel_of(groups, [each for each in examples if each.votes[0].person in (10, 13)])
    alone = [right(groups, two, 0, WARM), right(groups, two, 1, LOW)]
    assert min(shared) > 0.75
    assert sum(shared) / 6 > sum(alone) / 2


def test_a_panel_of_one_taste_stays_one(groups: dict[str, torch.Tensor]) -> None:
    panel = panel_of(groups, judged(groups, [WARM] * 5, 30, [0.08] * 5))
    assert panel.best.level == 0
    torch.testing.assert_close(panel.best.weights[0], panel.best.weights[4])
    assert {each.kind for each in standings(panel, groups)} == {ALIKE}


def test_who_is_contrary_or_judges_at_random_is_found_and_nobody_else(groups: dict[str, torch.Tensor]) -> None:
    panel = panel_of(groups, judged(groups, [WARM] * 6, 90, [0.05, 0.05, 0.05, 0.05, 0.95, 0.5]))
    people = standings(panel, groups)
    assert [each.kind for each in people] == [ALIKE] * 4 + [CONTRARY, UNPREDICTED]
    assert people[4].like_others < 30 < 60 < people[4].like_own
    again = [(number, 15, True) for number in range(20)]
    assert standings(panel, groups, again)[5].kind == UNSEEN


def test_nobody_is_called_anything_after_a_few_verdicts(groups: dict[str, torch.Tensor]) -> None:
    examples = judged(groups, [WARM] * 6, 90, [0.05] * 5 + [0.5])
    few = [each for each in examples if each.votes[0].person != 15] + examples[-12:]
    assert standings(panel_of(groups, few), groups)[5].kind == ALIKE


def test_who_differs_is_told_along_what_and_on_which_pairs(groups: dict[str, torch.Tensor]) -> None:
    examples = judged(groups, [WARM, WARM, WARM, LOW], 80, [0.05] * 4)
    panel = panel_of(groups, examples)
    people = summarise_people(panel, groups, NAMES, [brief for brief in range(BRIEFS) for _ in range(TAKES)], [])
    assert people is not None
    assert people.own_rewards
    other = people.standings[3]
    assert (other.person, other.kind) == (13, OWN)
    assert other.along in ("colour", "horizon")  # less of the one, and more of the other
    unlike = [each for each in people.pairs if each.person == 13 and not each.like_others]
    assert len(unlike) == other.verdicts - other.like_others
    best = max(unlike, key=lambda each: each.gap)
    low = dict(zip(NAMES, groups["horizon"][:, 0].tolist(), strict=True))
    assert low[best.chosen] > low[best.passed]
    assert best.like_own


def test_a_person_has_a_reward_model_of_their_own(groups: dict[str, torch.Tensor]) -> None:
    examples = judged(groups, [WARM, WARM, LOW, LOW], 60, [0.05] * 4)
    brief, map_ = briefs_of(examples, sorted({n for e in examples for n in (e.left, e.right)})), torch.zeros(4, 3)
    names = sorted({name for each in examples for name in (each.left, each.right)})
    rows = torch.tensor([NAMES.index(name) for name in names])
    seen = {name: values[rows] for name, values in groups.items()}
    of_all = fit_reward_models(examples, seen, names, map_, 0.5)
    panel = fit_panel(examples, seen, names, brief)
    own = own_reward_models(panel, 12, of_all, seen, brief).best
    assert own.accuracy > of_all.best.accuracy + 0.1
    assert own.pairs == 60
    assert 0 < own.reliability <= 1
    reward = own.reward(groups)
    assert float(torch.corrcoef(torch.stack([reward, groups["horizon"][:, 0]]))[0, 1]) > 0.8
    assert own_reward_models(panel, 99, of_all, seen, brief) is of_all
    assert isinstance(of_all, RewardModels)


def test_who_judged_little_is_left_out_and_one_person_is_no_panel(groups: dict[str, torch.Tensor]) -> None:
    examples = judged(groups, [WARM, LOW], FEWEST, [0.0, 0.0])
    assert votes_of(examples, NAMES) is not None
    assert votes_of(examples[:-1], NAMES) is None
    tied = [replace(each, votes=(Vote(each.votes[0].person, 0.5, 1.0),)) for each in examples]
    assert votes_of(tied, NAMES) is None
