"""The house style in words: which statistics of pictures a reward goes with, how strongly, and which takes show it."""

from __future__ import annotations

import numpy as np

from feedback.pair_selection.descriptors import measure_descriptors
from feedback.report.house_style import NAMES, RewardedTake
from finetune.reward.house_style import FEWEST, explain_rewards, name_statistics


def picture(
    level: int = 110, warm: int = 0, green: int = 0, grain: int = 0, line: float = 0.5, seed: int = 0
) -> np.ndarray:
    """[1, 64, 64, 3]: darker below a line."""
    rng = np.random.default_rng(seed)
    frame = np.full((64, 64, 3), level, float) + np.array([warm, green, -warm])
    frame[int(64 * line) :] -= 40
    frame += rng.normal(0, 1, (64, 64, 1)) * grain
    return frame.clip(0, 255).astype(np.uint8)[None]


def statistics(**style: float) -> dict[str, float]:
    numbers = name_statistics(measure_descriptors(picture(**style))[None])  # type: ignore[arg-type]
    return dict(zip(NAMES, numbers[0].tolist(), strict=True))


def test_each_statistic_rises_with_what_its_name_says() -> None:
    plain = statistics()
    assert statistics(level=150)["brightness"] > plain["brightness"] + 0.2
    assert statistics(warm=30)["warmth"] > plain["warmth"] + 0.4
    assert abs(statistics(warm=30)["brightness"] - plain["brightness"]) < 0.02
    assert statistics(green=30)["green"] > plain["green"] + 0.2
    assert statistics(warm=30)["colourfulness"] > plain["colourfulness"] + 0.1
    assert statistics(grain=20)["grain"] > plain["grain"] + 0.5
    assert 0.2 < statistics(line=0.25)["line"] < 0.3 < 0.7 < statistics(line=0.75)["line"] < 0.8
    assert plain["top"] > 0.2, "it is darker below"
    assert plain["movement"] == 0


def takes_and_descriptors(count: int = 96) -> tuple[list[RewardedTake], np.ndarray, np.ndarray, np.ndarray]:
    """Of four takes a brief: warmth counts three times as much as grain, and brightness of the brief itself not at all."""
    rng = np.random.default_rng(3)
    warm, grain = rng.integers(-30, 31, count), rng.integers(0, 30, count)
    level = 80 + 15 * (np.arange(count) // 4 % 5)
    measured = [
        measure_descriptors(picture(int(each[0]), int(each[1]), grain=int(each[2]), seed=row))
        for row, each in enumerate(zip(level, warm, grain, strict=True))
    ]
    reward = 3 * warm / warm.std() + grain / grain.std() + level
    takes = [RewardedTake(row + 1, row // 4, "", float(each), False) for row, each in enumerate(reward)]
    return takes, np.array(measured), warm, grain


def test_the_strongest_directions_come_first_with_their_share_and_the_takes_that_show_them() -> None:
    takes, descriptors, warm, _ = takes_and_descriptors()
    explained = explain_rewards(takes, descriptors)
    assert explained.takes == 96
    assert [each.name for each in explained.directions][:2] == ["warmth", "grain"]
    first, second = explained.directions[:2]
    assert 0.8 < first.share < 0.95, "nine tenths of the variance"
    assert 0.04 < second.share < 0.15
    assert first.weight > 2 * second.weight > 0
    assert explained.share > 0.95
    for least, most in first.pairs:
        assert (least - 1) // 4 == (most - 1) // 4, "of one brief"
        of_brief = warm[(least - 1) // 4 * 4 :][:4]
        assert (warm[least - 1], warm[most - 1]) == (of_brief.min(), of_brief.max())
    assert len({(least - 1) // 4 for least, _ in first.pairs}) == 3


def test_takes_that_may_not_be_shown_are_learned_from_and_left_out() -> None:
    takes, descriptors, _, _ = takes_and_descriptors()
    shown = {take for pair in explain_rewards(takes, descriptors).directions[0].pairs for take in pair}
    hidden = [take._replace(hidden=take.take in shown) for take in takes]
    again = explain_rewards(hidden, descriptors).directions[0]
    assert again.pairs
    assert not shown & {take for pair in again.pairs for take in pair}
    assert again.share == explain_rewards(takes, descriptors).directions[0].share


def test_chance_is_not_named() -> None:
    takes, descriptors, _, _ = takes_and_descriptors()
    named = 0
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=len(takes))
        chance = [take._replace(reward=float(each)) for take, each in zip(takes, noise, strict=True)]
        named += len(explain_rewards(chance, descriptors).directions)
    assert named <= 1
    assert not explain_rewards(takes[: FEWEST - 4], descriptors[: FEWEST - 4]).directions
    assert not explain_rewards([], descriptors[:0]).directions
