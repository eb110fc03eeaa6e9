"""What people point at is found again on takes that nobody pointed on, and a taste about it is read there."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finetune.data.examples import Example
from finetune.data.pointing import Place
from finetune.reward.features.attention import FEWEST, Attention, fit_attention, learn_attention, unflattened
from finetune.reward.features.hidden_states import grid_features
from finetune.reward.features.sets import POINTED, Groups
from finetune.reward.features.statistics import measure_features
from finetune.reward.fit import candidates_for, fit_reward_models
from tests.finetune.reward.test_model import COLOURS, pair

BRIEFS, TAKES, WIDTH, SIDE = 40, 4, 8, 8
SUBJECT, COLOUR = 0, 1  # channels: whether a cell is of the subject, and the colour of everything


def takes_with_subjects(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, list[tuple[int, int]]]:
    """States of takes whose 2 x 2 cells of subject are anywhere, the subject's colour, and its upper left cell."""
    chance = torch.Generator().manual_seed(seed)
    count = BRIEFS * TAKES
    states = torch.randn((count, WIDTH, 1, SIDE, SIDE), generator=chance)
    states[:, SUBJECT] *= 0.2
    corners = [(int(row), int(column)) for row, column in torch.randint(0, SIDE - 1, (count, 2), generator=chance)]
    colours = torch.randn(count, generator=chance)
    for take, (row, column) in enumerate(corners):
        states[take, SUBJECT, :, row : row + 2, column : column + 2] += 2.0
        states[take, COLOUR, :, row : row + 2, column : column + 2] = colours[take]
    return states, colours, corners


def place_at(corner: tuple[int, int]) -> Place:
    return Place(corner[1] / SIDE, corner[0] / SIDE, 2 / SIDE, 2 / SIDE, 0.0, 1.0)


def judged_by(colours: torch.Tensor, corners: list[tuple[int, int]], pointed: int = BRIEFS) -> list[Example]:
    """Each take against the next of its brief; in the first `pointed` briefs people point at the left one's subject."""
    made = []
    for brief in range(BRIEFS):
        for a in range(TAKES):
            left, right = TAKES * brief + a, TAKES * brief + (a + 1) % TAKES
            example = pair(brief, f"{left:04d}", f"{right:04d}", float(colours[left] > colours[right]))
            places = ((place_at(corners[left]),),) if brief < pointed else ()
            made.append(replace(example, pointed_left=places))
    return made


def groups_of(states: torch.Tensor) -> Groups:
    latents = torch.randn((len(states), 3, 1, 16, 16), generator=torch.Generator().manual_seed(7))
    return {**measure_features(latents, COLOURS), **grid_features(states)}


NAMES = [f"{place:04d}" for place in range(BRIEFS * TAKES)]


def test_attention_finds_what_was_pointed_at_on_other_takes() -> None:
    states, _, corners = takes_with_subjects()
    groups = grid_features(states)
    pointing = [((place_at(corner),),) if take < 60 else () for take, corner in enumerate(corners)]
    attention = learn_attention(groups["states_8x8"], pointing)
    assert attention is not None
    for take in range(60, BRIEFS * TAKES):
        cells = attention.at(unflattened(groups["states_8x8"])[take : take + 1])[0]
        row, column = corners[take]
        inside = cells[row : row + 2, column : column + 2]
        assert inside.mean() > 5 * (cells.sum() - inside.sum()) / (cells.numel() - 4)


def test_hardly_any_pointing_teaches_nothing_nor_does_pointing_at_everything() -> None:
    states, _, corners = takes_with_subjects()
    flat = grid_features(states)["states_8x8"]
    few = [((place_at(corner),),) if take < FEWEST - 1 else () for take, corner in enumerate(corners)]
    assert learn_attention(flat, few) is None
    of_all = [((Place(0, 0, 1, 1, 0.2, 0.4),),)] * len(flat)
    assert learn_attention(flat, of_all) is None


def test_what_is_attended_to_is_averaged_and_placed() -> None:
    states = torch.zeros(2, 2, 8, 8)
    states[0, 0, 2:4, 6:8] = states[1, 0, 4:6, 0:2] = 1.0
    states[0, 1, 2:4, 6:8], states[1, 1, 4:6, 0:2] = 3.0, -3.0
    groups = Attention(torch.tensor([20.0, 0.0]), torch.tensor(-10.0)).groups(states)
    assert groups["pointed_states"][:, 1].tolist() == pytest.approx([3.0, -3.0], rel=1e-2)
    assert groups["pointed_place"][:, 1:].flatten().tolist() == pytest.approx([7 / 8, 3 / 8, 1 / 8, 5 / 8], abs=0.01)
    assert groups["pointed_place"][0, 0].exp().item() == pytest.approx(4 / 64, rel=0.05)


def test_each_take_may_have_an_attention_of_its_own() -> None:
    states = torch.randn((3, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    weight = torch.randn((3, 4), generator=torch.Generator().manual_seed(1))
    together = Attention(weight, torch.arange(3.0)).at(states)
    for take in range(3):
        alone = Attention(weight[take], torch.tensor(float(take))).at(states[take : take + 1])
        torch.testing.assert_close(together[take], alone[0])


def test_shares_are_fitted_as_they_are() -> None:
    states = torch.randn((40, 3, 4, 4), generator=torch.Generator().manual_seed(0))
    target = torch.sigmoid(1.5 * states[:, 0] - 0.5 * states[:, 2] - 1)
    torch.testing.assert_close(fit_attention(states, target).at(states), target, atol=0.02, rtol=0)


def test_the_same_verdicts_tell_more_of_the_subject_with_places() -> None:
    states, colours, corners = takes_with_subjects()
    fresh, true, _ = takes_with_subjects(seed=1)
    with_places, without = (
        fit_reward_models(judged_by(colours, corners, pointed), groups_of(states), NAMES, COLOURS, 0.5).best
        for pointed in (BRIEFS, 0)
    )
    assert with_places.features == POINTED
    assert without.features != POINTED
    assert without.attention is None
    rewards = [model.reward(groups_of(fresh)) for model in (with_places, without)]
    ours, theirs = (abs(float(torch.corrcoef(torch.stack([each, true]))[0, 1])) for each in rewards)
    assert ours > 0.85
    assert theirs < 0.5


def test_what_people_mostly_point_at_is_tried_first() -> None:
    _, colours, corners = takes_with_subjects()
    assert candidates_for(judged_by(colours, corners))[0] == (POINTED, False)
    assert candidates_for(judged_by(colours, corners, BRIEFS // 3))[0] == ("look", False)
    assert candidates_for(judged_by(colours, corners, 0))[0] == ("look", False)
