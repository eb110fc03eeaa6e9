"""Simulated raters: label noise, ties, noise and both-bad are as frequent as configured, in every taste alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.house_style.judging import make_panel
from benchmarks.house_style.metrics import score_takes, within_prompt_std
from benchmarks.house_style.points import Raters
from benchmarks.raters import Rater, load_taste, probe_taste
from feedback.errors import Invalid

COMPARISONS = 4000


def brightness(pixels: np.ndarray) -> np.ndarray:
    return pixels.mean(axis=(1, 2, 3, 4))


def verdicts(rater: Rater, gap: float = 1.0) -> list[str]:
    """Of many comparisons of a take that is better than the other by `gap`, on the left every second time."""
    rng = np.random.default_rng(0)
    sides = [(gap, 0.0) if turn % 2 else (0.0, gap) for turn in range(COMPARISONS)]
    return [rater.compare(left, right, rng) for left, right in sides]


def share_of_better(given: list[str]) -> float:
    return float(np.mean([verdict == ("left" if turn % 2 else "right") for turn, verdict in enumerate(given)]))


@pytest.mark.parametrize("label_noise", [0.0, 0.1, 0.3])
def test_label_noise_is_the_share_of_wrong_verdicts(label_noise: float) -> None:
    assert share_of_better(verdicts(Rater(brightness, label_noise=label_noise))) == pytest.approx(
        1 - label_noise, abs=0.02
    )


def test_takes_inside_the_band_are_ties_and_others_are_not() -> None:
    rater = Rater(brightness, label_noise=0.0, tie_band=0.5)
    assert set(verdicts(rater, gap=0.4)) == {"tie"}
    assert "tie" not in verdicts(rater, gap=0.6)


def test_noise_turns_as_many_verdicts_as_a_normal_of_both_scores_says() -> None:
    # The difference of two scores has a deviation of sqrt(2); P(N(1, 2) > 0) is 0.760.
    assert share_of_better(verdicts(Rater(brightness, label_noise=0.0, noise=1.0))) == pytest.approx(0.760, abs=0.02)


def test_both_bad_needs_both_takes_below_the_bar() -> None:
    rng, rater = np.random.default_rng(0), Rater(brightness, label_noise=0.0, bad_below=0.3)
    assert rater.compare(0.1, 0.2, rng) == "both_bad"
    assert rater.compare(0.1, 0.4, rng) == "right"


def test_a_change_of_one_habit_changes_no_other_verdict() -> None:
    few_errors, more_errors = verdicts(Rater(brightness, label_noise=0.1)), verdicts(Rater(brightness, label_noise=0.2))
    changed = np.mean([one != other for one, other in zip(few_errors, more_errors, strict=True)])
    assert changed == pytest.approx(0.1, abs=0.02)


def test_a_taste_is_a_built_in_one_or_a_function_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n\n"
        "@dataclass\nclass Weights:\n    red: float = 1.0\n\n\n"
        "def preferred(pixels):\n    return Weights().red * pixels[..., 0].mean(axis=(1, 2, 3))\n\n\nnumber = 3\n"
    )
    pixels = np.zeros((1, 1, 8, 8, 3), dtype=np.float32)
    pixels[..., 0] = 1
    assert load_taste("warm")(pixels).shape == load_taste(f"{path}:preferred")(pixels).shape == (1,)
    for name in ("BUILT_IN", "np", "warmish", f"{path}:number", f"{path}:", f"{tmp_path}/none.py:preferred"):
        with pytest.raises(SystemExit, match=r"give FILE\.py:FUNCTION"):
            load_taste(name)


@pytest.fixture(scope="module")
def production() -> np.ndarray:
    """Takes [P, T, F, H, W, 3] of briefs that differ in brightness and warmth, and so do the takes of each."""
    rng = np.random.default_rng(0)
    level = rng.uniform(60, 160, (40, 1, 1)) + rng.normal(0, 12, (40, 6, 3))
    flat = level[:, :, None, None, None, :] + rng.normal(0, 3, (40, 6, 1, 8, 8, 3))
    return flat.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("taste", ["warm", "contrasty", "grainy"])
def test_widths_mean_the_same_in_every_taste(production: np.ndarray, taste: str) -> None:
    raters = Raters(taste=taste, label_noise=0.0, tie_band=0.5, both_bad=0.0)
    (rater,) = make_panel(raters, production, seed=0)
    scores = score_takes(rater.taste, production)
    assert within_prompt_std(scores) == pytest.approx(1)
    compared = [rater.compare(a, b, np.random.default_rng(0)) for a, b in scores[:, :2]]
    # Two normal takes of standard deviation 1 lie closer than a half 28 % of the time.
    assert compared.count("tie") / len(compared) == pytest.approx(0.28, abs=0.2)


def test_the_both_bad_share_is_a_share_of_productions_takes(production: np.ndarray) -> None:
    (rater,) = make_panel(Raters(taste="warm", both_bad=0.25), production, seed=0)
    assert float((score_takes(rater.taste, production) < rater.bad_below).mean()) == pytest.approx(0.25, abs=0.01)


def test_a_panel_disagrees_as_much_as_configured(production: np.ndarray) -> None:
    alike = make_panel(Raters(taste="warm", panel=3), production, seed=0)
    apart = make_panel(Raters(taste="warm", panel=3, disagree=0.6), production, seed=0)
    same, differ = ([score_takes(rater.taste, production).ravel() for rater in panel] for panel in (alike, apart))
    assert np.corrcoef(same)[0, 1:] == pytest.approx([1, 1])
    assert np.corrcoef(differ)[0, 1:].max() < 0.95
    assert len({rater.label_noise for rater in apart}) == 3


def test_careless_people_judge_by_a_coin_and_the_others_as_before(production: np.ndarray) -> None:
    usual = make_panel(Raters(taste="warm", panel=4), production, seed=0)
    some = make_panel(Raters(taste="warm", panel=4, careless=2), production, seed=0)
    assert [rater.label_noise for rater in some] == [usual[0].label_noise, usual[1].label_noise, 0.5, 0.5]
    assert [rater.bad_below for rater in some] == [rater.bad_below for rater in usual]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("return np.log(pixels.min(axis=(1, 2, 3, 4)))", "no finite numbers"),
        ("return pixels.mean()", "gave 1 numbers for 3 items"),
        ("return pixels.mean(axis=(1, 2, 3, 4)) - pixels.mean()", "depends on what else is in the batch"),
        ("return np.random.rand(len(pixels))", "is not the same twice"),
    ],
)
def test_a_taste_that_is_no_function_of_one_items_pixels_is_refused(tmp_path: Path, body: str, named: str) -> None:
    path = tmp_path / "odd.py"
    path.write_text(f"import numpy as np\ndef odd(pixels):\n    pixels[:, :, 0] = 0\n    {body}\n")
    with np.errstate(divide="ignore"), pytest.raises(Invalid, match=named) as caught:
        probe_taste(load_taste(f"{path}:odd"), 16, 1)
    assert str(path) in str(caught.value)


def test_a_taste_may_give_a_column_and_change_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "beside_it.py").write_text("weight = 2.0\n")
    path = tmp_path / "preferred.py"
    path.write_text(
        "from beside_it import weight\nimport numpy as np\ndrawn = np.random.rand()\n"
        "def preferred(pixels):\n    pixels *= weight * drawn\n    return pixels.mean(axis=(1, 2, 3, 4))[:, None]\n"
    )
    taste, pixels = load_taste(f"{path}:preferred"), np.ones((2, 1, 8, 8, 3), np.float32)
    assert taste(pixels).shape == (2,)
    assert (pixels == 1).all()
    # Run once: a weight drawn at random is the same for whoever asks.
    assert load_taste(f"{path}:preferred")(pixels) == pytest.approx(taste(pixels))


def test_a_taste_file_that_cannot_be_run_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("import no_such_module_anywhere\n")
    with pytest.raises(SystemExit, match="cannot be run: ModuleNotFoundError"):
        load_taste(f"{path}:preferred")
