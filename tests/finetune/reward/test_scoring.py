"""Takes get their rewards at the end of a run: judged or not, refused or not, within its time."""

from __future__ import annotations

import pytest

from feedback.errors import Refused
from feedback.preferences.dataset import collect
from feedback.preferences.snapshot import freeze
from feedback.production.take_rewards import reward_of
from feedback.store import Studio, media
from finetune.data.dataset import make_dataset
from finetune.data.latent_cache import make_latent_cache
from finetune.jobs.tune import tune
from finetune.reward.fit import learn_reward_models
from finetune.reward.scoring import score_takes
from finetune.tunable_model import load_tunable_model
from tests.finetune.judged import add_brief, add_takes, quick

GUIDED = quick(method="guided")


def stored(studio: Studio) -> dict[int, float]:
    return dict(studio.tuples("SELECT take, reward FROM take_rewards"))


def damage(studio: Studio, take: int) -> None:
    path = media.path_of(studio, studio.value("SELECT media FROM takes WHERE id = ?", (take,)))
    path.chmod(0o644)
    path.write_bytes(b"not what was stored")


@pytest.fixture
def fitted(studio: Studio):
    """(cache, reward model, briefs) of the judged studio."""
    dataset = make_dataset(freeze(collect(studio))[0], GUIDED.data)
    cache = make_latent_cache(studio, load_tunable_model(studio, "tiny", GUIDED), GUIDED.noise_levels)
    cache.fill(dataset.examples, lambda share: None, quiet=True, with_reference_errors=False)
    return (
        cache,
        learn_reward_models(cache, dataset.examples, 0.5).best,
        {example.brief for example in dataset.examples},
    )


def test_a_run_scores_every_take_judged_or_not(studio: Studio) -> None:
    unseen = add_takes(studio, add_brief(studio, "a brief that nobody judged"), [0.0, 0.5, 1.0])
    best, worst = range(4, 25, 4), range(1, 25, 4)  # the rater likes the redder one
    tune(studio, GUIDED, progress=False)
    rewards = stored(studio)
    assert set(rewards) == {row[0] for row in studio.tuples("SELECT id FROM takes")}
    assert sum(rewards[take] for take in best) > sum(rewards[take] for take in worst) + 1
    assert (reward_of(studio, unseen[2]) or {})["run"] == 1


def test_a_run_whose_adapter_is_refused_scores_too_and_one_without_a_reward_model_does_not(studio: Studio) -> None:
    with pytest.raises(Refused, match="winners' error"):
        tune(studio, quick(method="guided", max_winner_error=1e-9), progress=False)
    assert len(stored(studio)) == 24
    with studio.writing() as db:
        db.execute("DELETE FROM take_rewards")
    with pytest.raises(Refused, match="reward model predicts"):
        tune(studio, quick(method="guided", min_heldout_accuracy=0.999), progress=False)
    assert stored(studio) == {}


def test_rewards_are_what_the_model_gives_and_what_cannot_be_read_is_left_out(studio: Studio, fitted) -> None:
    cache, model, briefs = fitted
    new = add_takes(studio, min(briefs), [0.2, 0.8], seed=1)
    damage(studio, new[0])
    with studio.writing() as db:
        db.execute("INSERT INTO runs (id, state, method, recipe, snapshot_sha256, folder, progress, started)"
                   " VALUES (7, 'done', 'guided', '{}', '', 'runs/0007', 1, '')")  # fmt: skip
    assert score_takes(cache, model, 7, briefs, lambda: False) == 25
    rewards = stored(studio)
    assert new[0] not in rewards
    for take in (1, new[1]):
        x0 = cache.latent(studio.value("SELECT media FROM takes WHERE id = ?", (take,)))
        assert rewards[take] == pytest.approx(float(model.score(x0[None])[0]), abs=1e-5)


def test_it_ends_in_time_and_when_it_is_asked_to_with_the_newest_takes_scored(studio: Studio, fitted) -> None:
    cache, model, briefs = fitted
    with studio.writing() as db:
        db.execute("INSERT INTO runs (id, state, method, recipe, snapshot_sha256, folder, progress, started)"
                   " VALUES (7, 'done', 'guided', '{}', '', 'runs/0007', 1, '')")  # fmt: skip
    assert score_takes(cache, model, 7, briefs, lambda: False, seconds=-1.0) == 0
    answers = iter([False, True])
    assert score_takes(cache, model, 7, briefs, lambda: next(answers)) == 8
    assert sorted(stored(studio)) == list(range(17, 25))
