"""The whole loop through the public interfaces, small: a simulated rater judges over HTTP, the model is tuned, and the
candidate draws prompts nobody judged, with seeds of its own. The full-size version is `python -m benchmarks.end_to_end`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import end_to_end, public_interfaces
from benchmarks.house_style.metrics import variety
from benchmarks.house_style.plot import save_comparison
from benchmarks.public_interfaces import run_command
from tests import preloaded


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("loop")
    recipe = folder / "small.yaml"
    recipe.write_text(
        "optimiser: {max_steps: 20, per_device_train_batch_size: 8}\nevaluation: {pairs: 12, eval_steps: 20}\n"
        "guided: {target_gain: 2.0, target_gain_takes: 8}\n"
    )
    sizes = ["--briefs", "24", "--takes", "3", "--pairs", "72", "--held-out", "8", "--compare", "2", "--steps", "6"]
    words = [*sizes, "--label-noise", "0", "--seed", "3", "--recipe", str(recipe), "--folder", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(public_interfaces, "PYTHON", preloaded.python())
        return {"folder": folder, **end_to_end.run_end_to_end(folder, end_to_end.parse(words))}


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_candidate_draws_what_the_rater_chose(result: dict) -> None:
    assert result["run"]["state"] == "candidate"
    assert result["win_rate"] > 0.7, json.dumps({k: v for k, v in result.items() if k != "folder"})


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_scenes_still_say_what_the_captions_say(result: dict) -> None:
    assert result["content_change_mean"] > -5, result["content_change_points"]
    assert result["variety_ratio"] > 0.75  # 8 prompts: what a version must keep is measured by benchmarks.house_style


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_ledger_names_every_judgement_and_promotion_waits_for_the_trial(result: dict) -> None:
    studio = result["folder"] / "studio"
    learned = run_command(studio, "ledger", result["version"])
    assert learned["judgements"] == sum(result["verdicts"].values())
    assert [person["name"] for person in learned["people"]] == ["rater"]
    versions = run_command(studio, "versions", "list")["versions"]
    states = {version["name"]: version["state"] for version in versions}
    assert states == {"starter": "production", result["version"]: "candidate"}


def test_win_rate_of_equal_takes_is_one_half_and_of_better_ones_is_one() -> None:
    rng = np.random.default_rng(0)
    takes = rng.random((4, 3, 8, 8, 3)).astype(np.float32)

    def brightness(pixels: np.ndarray) -> np.ndarray:
        return pixels.mean(axis=(1, 2, 3, 4))

    assert end_to_end.win_rate(brightness, takes, takes) == pytest.approx(0.5)
    assert end_to_end.win_rate(brightness, takes + 1, takes) == 1.0
    assert end_to_end.win_rate(brightness, takes, takes + 1) == 0.0


def test_variety_falls_when_takes_become_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    takes = rng.random((4, 3, 8, 8, 3))
    alike = takes[:, :1] + 0.5 * (takes - takes[:, :1])
    assert variety(alike) == pytest.approx(0.5 * variety(takes))
    save_comparison(tmp_path / "sheet.png", takes, alike)
    assert (tmp_path / "sheet.png").stat().st_size > 0
