"""A night whose taste only an image encoder sees: chosen, told of, moved by, and takes ranked by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from feedback.errors import Refused
from feedback.models.lineage import learned_from
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.methods.guided.strength import Raters, names_of, rewards_of
from finetune.reward.features.image_encoder import groups_of
from finetune.reward.features.sets import IMAGE_ENCODER
from generation.sampling import sample_each
from tests.finetune.judged import add_brief, add_takes, judge_briefs, prepared, quick, tiny_studio
from tests.tiny_pipelines.image_encoders import crosses, encoder_of_crosses
from ui.cli import main

MOST = {"method": "guided", "max_winner_error": 3.0}
LONGER = {"learning_rate": 1e-3, "max_steps": 16, "eval_steps": 8, "draws": 4, "draws_per_pair": 8}


@pytest.fixture
def studio(tmp_path: Path, tiny_base: Path) -> Iterator[Studio]:
    """Whose people like upright crosses."""
    studio = tiny_studio(tmp_path / "studio", tiny_base)
    judge_briefs(studio, count=8, draw=crosses)
    encoder_of_crosses(studio.folder / "encoder")
    yield studio
    studio.close()


def test_only_the_encoder_sees_it_and_the_night_learns_by_it(studio: Studio) -> None:
    with pytest.raises(Refused, match=r"not reliably better than chance|not above 50 %"):
        tune(studio, quick(**MOST), progress=False)
    unseen = add_takes(studio, add_brief(studio, "a brief that nobody judged"), [0.0, 0.5, 1.0], draw=crosses)
    result = tune(studio, quick(**MOST, **LONGER, image_encoder="encoder"), progress=False)
    metrics, version = result["metrics"], result["version"]
    assert metrics["reward_model"]["features"] in IMAGE_ENCODER
    assert metrics["heldout_accuracy"] == metrics["reward_model"]["accuracy"] > 0.9
    assert metrics["image_encoder"]["name"] == "encoder"
    rewards = dict(studio.tuples("SELECT take, reward FROM take_rewards"))
    assert rewards[unseen[0]] < rewards[unseen[1]] < rewards[unseen[2]]
    assert len(rewards) == 35
    assert version is not None
    behind = learned_from(studio, version)["runs"][0]["reward"]
    assert behind is not None
    assert behind["image_encoder"] == metrics["image_encoder"]
    printed = CliRunner().invoke(main, ["ledger", version, "--studio", str(studio.folder)]).output
    assert (
        f"seen in {behind['features']} of encoder {metrics['image_encoder']['sha256'][:12]} (no licence named)"
        in printed
    )


def test_its_reward_is_distilled_into_hidden_states_or_judged_takes_are_the_whole_target(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finetune.methods.guided import method as module

    monkeypatch.setattr(module, "LEAST_EXPLAINED", 1.1)
    method = prepared(studio, tmp_path / "none", **MOST, image_encoder="encoder").method
    assert method.guidance is None
    assert method.advantages.share == 1.0
    monkeypatch.setattr(module, "LEAST_EXPLAINED", -1.0)
    method = prepared(studio, tmp_path / "some", **MOST, image_encoder="encoder").method
    assert method.advantages.share == 0.5
    assert method.guidance.state_weights.features == "hidden_states_4x4"
    method = prepared(studio, tmp_path / "never", **MOST, image_encoder="encoder", hidden_states="never").method
    assert method.guidance is None
    assert method.advantages.share == 1.0


def test_drawn_takes_are_judged_as_they_were_drawn(studio: Studio, tmp_path: Path) -> None:
    method = prepared(studio, tmp_path / "c", **MOST, image_encoder="encoder").method
    judge, model = method.judge, method.run.model
    assert judge.own.reward_model.reads_images
    takes = [({**studio.row("SELECT * FROM briefs WHERE id = 1")}, seed) for seed in (1, 2)]  # type: ignore[dict-item]
    with model.parts.drawing(), judge.loaded_encoder() as encoder:
        drawn = sample_each(model, takes, lambda share: None)
        assert encoder is not None
        x0 = torch.zeros(2, 4, 1, 4, 4)
        rewards = rewards_of(model, Raters(judge, None, encoder), takes, x0, drawn)  # type: ignore[arg-type]
        assert torch.equal(rewards[0], judge.own.reward_model.reward(groups_of(encoder, drawn)))
    assert len(names_of(takes)) == 2


def test_a_dry_run_names_it_and_a_folder_that_is_none_is_refused_before_anything_is_written(studio: Studio) -> None:
    metrics = tune(studio, quick(**MOST, image_encoder="encoder"), dry_run=True)["metrics"]
    assert metrics["image_encoder"]["licence"] is None
    for dry_run in (True, False):
        with pytest.raises(Refused, match=r"image encoder .*/nowhere is no folder of a model"):
            tune(studio, quick(**MOST, image_encoder="nowhere"), dry_run=dry_run)
    assert studio.value("SELECT count(*) FROM runs") == 0
    tune(studio, quick(method="sft", max_winner_error=3.0, image_encoder="nowhere"), dry_run=True)
