"""Hidden states as features: on a grid, the same every time, and chosen only where they predict verdicts better."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from feedback.preferences.dataset import collect
from feedback.preferences.snapshot import freeze
from feedback.store import Studio
from finetune.data.dataset import make_dataset
from finetune.data.latent_cache import LatentCache, make_latent_cache
from finetune.methods.guided import reward_method
from finetune.reward import fit as fit_module
from finetune.reward.features.hidden_states import CHANGE, GRIDS, grid_features, read_cached_takes
from finetune.reward.features.sets import HIDDEN_STATES, IMAGE_ENCODER, POINTED
from finetune.reward.fit import RewardModels, fit_reward_models, takes_of
from finetune.reward.scoring import score_takes
from finetune.tunable_model import load_tunable_model
from generation.families.hidden import LEVEL
from tests.finetune.judged import add_brief, add_takes, prepared, quick
from tests.finetune.reward.test_model import COLOURS, compared, pair, scenes, warmth

BRIEFS, TAKES, WIDTH = 40, 4, 6


def states(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_takes_of_every_size_have_as_many_numbers_and_stills_do_not_change() -> None:
    still, wide = grid_features(states(3, WIDTH, 1, 8, 8)), grid_features(states(2, WIDTH, 5, 9, 16))
    assert set(still) == {name for features in HIDDEN_STATES if features != POINTED for name in HIDDEN_STATES[features]}
    for name, values in still.items():
        assert values.shape == (3, wide[name].shape[1])
    assert not still[CHANGE].any()
    assert wide[CHANGE].any()


def test_a_cell_says_where_something_is() -> None:
    empty = torch.zeros(2, WIDTH, 1, 16, 16)
    empty[0, :, :, 1:4, 1:4] = empty[1, :, :, 1:4, 12:15] = 1.0
    for name, grid in GRIDS.items():
        cells = grid_features(empty)[name].view(2, WIDTH, grid, grid)
        assert cells[0, :, :, : grid // 2].sum() > 0 == cells[0, :, :, grid // 2 :].sum()
        assert cells[1, :, :, grid // 2 :].sum() > 0 == cells[1, :, :, : grid // 2].sum()


@pytest.fixture
def cache(studio: Studio) -> LatentCache:
    recipe = quick(method="guided")
    cache = make_latent_cache(studio, load_tunable_model(studio, "tiny", recipe), recipe.noise_levels)
    examples = make_dataset(freeze(collect(studio))[0], recipe.data).examples
    cache.fill(examples, lambda share: None, quiet=True, with_reference_errors=False)
    cache.examples = examples  # type: ignore[attr-defined]
    return cache


def test_takes_are_read_alike_alone_together_and_from_the_cache(cache: LatentCache) -> None:
    takes = takes_of(cache.examples)[:5]  # type: ignore[attr-defined]
    alone = [read_cached_takes(cache, [take]) for take in takes]
    kept = list((cache.folder / "hidden_states").rglob("*.safetensors"))
    assert len(kept) == 5
    together = read_cached_takes(cache, takes)
    for path in kept:
        path.unlink()
    anew = read_cached_takes(cache, takes)
    for name in (*GRIDS, CHANGE):
        assert torch.equal(torch.cat([each[name] for each in alone]), together[name])
        assert torch.allclose(anew[name], together[name], rtol=2e-3, atol=2e-3)  # kept in 16 bits
    other_level = read_cached_takes(cache, takes, LEVEL / 2)
    assert not torch.allclose(other_level["states_4x4"], together["states_4x4"], atol=1e-2)


def test_reading_can_be_stopped(cache: LatentCache) -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read_cached_takes(cache, takes_of(cache.examples), on_batch=stop)  # type: ignore[attr-defined]


def judged_by(score: torch.Tensor) -> list:
    """Each take against the next of its brief; `score` [briefs x takes]."""
    made = []
    for brief in range(BRIEFS):
        for a in range(TAKES):
            left, right = TAKES * brief + a, TAKES * brief + (a + 1) % TAKES
            made.append(pair(brief, f"{left:04d}", f"{right:04d}", float(score[left] > score[right])))
    return made


def groups_of(count: int) -> dict[str, torch.Tensor]:
    """Statistics and hidden states that have nothing to do with each other."""
    from finetune.reward.features.statistics import measure_features

    measured = measure_features(states(count, 3, 1, 16, 16, seed=1), COLOURS)
    return {**measured, **grid_features(states(count, WIDTH, 1, 8, 8, seed=2))}


@pytest.mark.parametrize(("seen_by", "kind"), [("states_4x4", "hidden_states_4x4"), ("colour", "look")])
def test_what_sees_the_preference_is_chosen_and_the_other_kind_stands_beside(seen_by: str, kind: str) -> None:
    groups = groups_of(BRIEFS * TAKES)
    score = groups[seen_by] @ torch.randn(groups[seen_by].shape[1], generator=torch.Generator().manual_seed(3))
    names = [f"{place:04d}" for place in range(BRIEFS * TAKES)]
    models = fit_reward_models(judged_by(score), groups, names, COLOURS, 0.5)
    assert (models.best.features in HIDDEN_STATES) == (kind in HIDDEN_STATES)
    assert models.best.accuracy > 0.7
    assert models.other is not None
    assert (models.other.features in HIDDEN_STATES) != (kind in HIDDEN_STATES)
    assert models.other.accuracy < 0.65
    assert models.most_accurate == models.best
    assert models.by_statistics() == models  # what does not see the preference moves nothing


def with_encoder(groups: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    count, names = BRIEFS * TAKES, sorted({name for names in IMAGE_ENCODER.values() for name in names})
    return {**groups, **{name: states(count, 4 * WIDTH, seed=10 + place) for place, name in enumerate(names)}}


def test_an_image_encoder_is_chosen_where_it_alone_sees_the_preference() -> None:
    groups = with_encoder(groups_of(BRIEFS * TAKES))
    score = groups["encoded_2x2"] @ torch.randn(4 * WIDTH, generator=torch.Generator().manual_seed(3))
    names = [f"{place:04d}" for place in range(BRIEFS * TAKES)]
    models = fit_reward_models(judged_by(score), groups, names, COLOURS, 0.5)
    assert models.image is not None
    assert models.image_is_best
    assert models.most_accurate is models.chosen is models.image
    assert models.image.features == "image_encoder_2x2"
    assert models.image.accuracy > 0.7
    for model in (models.best, models.other):
        assert model is not None
        assert not model.reads_images
        assert model.accuracy < 0.65
    assert models.by_statistics().chosen is models.image


def test_an_encoder_that_sees_no_more_changes_nothing() -> None:
    plain = groups_of(BRIEFS * TAKES)
    groups = with_encoder(plain)
    groups["encoded"][:, :4] = plain["colour"]
    score = plain["colour"] @ torch.tensor([1.0, 0.0, -1.0, 0.0])
    names = [f"{place:04d}" for place in range(BRIEFS * TAKES)]
    before, after = (fit_reward_models(judged_by(score), each, names, COLOURS, 0.5) for each in (plain, groups))
    assert after.image is not None
    assert not after.image_is_best
    assert (before.image, before.image_is_best) == (None, False)
    for one, other in ((before.best, after.best), (before.other, after.other)):
        assert one is not None
        assert other is not None
        assert (one.features, one.penalty, one.accuracy) == (other.features, other.penalty, other.accuracy)
        assert torch.equal(one.weight, other.weight)
    assert after.chosen is after.best


def test_statistics_come_first_where_they_see_the_preference_too() -> None:
    groups = groups_of(BRIEFS * TAKES)
    groups["states_4x4"] = torch.cat([groups["colour"]] * 8, dim=1) + 0.01 * groups["states_4x4"][:, :32]
    score = groups["colour"] @ torch.tensor([1.0, 0.0, -1.0, 0.0])
    names = [f"{place:04d}" for place in range(BRIEFS * TAKES)]
    models = fit_reward_models(judged_by(score), groups, names, COLOURS, 0.5)
    assert models.other is not None
    hidden_first = RewardModels(*sorted((models.best, models.other), key=lambda each: not each.reads_hidden_states))
    assert hidden_first.best.reads_hidden_states
    assert hidden_first.other is not None
    assert hidden_first.other.better_than_chance
    assert not hidden_first.by_statistics().best.reads_hidden_states
    assert hidden_first.by_statistics().other == hidden_first.best
    assert hidden_first.most_accurate in (models.best, models.other)


def test_without_hidden_states_there_is_no_other_kind() -> None:
    from finetune.reward.features.statistics import measure_features

    takes = scenes()
    groups = measure_features(torch.stack([takes[name] for name in sorted(takes)]), COLOURS)
    models = fit_reward_models(compared(takes, warmth), groups, sorted(takes), COLOURS, 0.5)
    assert models.other is None


def test_a_reward_of_hidden_states_scores_takes_that_nobody_judged(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "CANDIDATES", (("hidden_states_4x4", False),))
    monkeypatch.setattr(reward_method, "refuse_reward_model", lambda *given: None)  # a random denoiser
    new = add_takes(studio, add_brief(studio, "a brief that nobody judged"), [0.0, 1.0])
    trainer = prepared(studio, tmp_path / "c", method="guided")
    model = trainer.method.reward_model
    assert model.reads_hidden_states
    with studio.writing() as db:
        db.execute("INSERT INTO runs (id, state, method, recipe, snapshot_sha256, folder, progress, started)"
                   " VALUES (7, 'done', 'guided', '{}', '', 'runs/0007', 1, '')")  # fmt: skip
    briefs = {example.brief for example in trainer.method.run.dataset.examples}
    assert score_takes(trainer.cache, model, 7, briefs, lambda: False) == 26
    rewards = dict(studio.tuples("SELECT take, reward FROM take_rewards"))
    assert set(new) < set(rewards)
    assert len({round(reward, 6) for reward in rewards.values()}) == 26
