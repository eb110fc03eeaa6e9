"""The whole benchmark through its command, with a tiny random model: machinery, not quality."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.house_style import measuring, training_round
from benchmarks.house_style.__main__ import main
from benchmarks.house_style.points import BenchmarkSetup
from benchmarks.house_style.run import chosen_scenes, plain_scenes, reference_scenes
from feedback.errors import Interrupted
from feedback.store import Studio
from finetune.recipe import recipe_as_dict
from tests.finetune.judged import quick
from tests.tiny_pipelines import wan

SMALL = ["--size", "32", "--steps", "2", "--held-out", "4", "--compare", "2", "--pairs", "24", "--json"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wan, "TOKENS", 160)  # it reads letter by letter, and captions are longer than tests' prompts
        return wan.tiny_wan(tmp_path_factory.mktemp("base"))


@pytest.fixture
def words(tmp_path: Path, base: Path) -> list[str]:
    recipe = tmp_path / "quick.yaml"
    # A random model's held-out pairs decide nothing: with no strictness it may still be refused, which is a result too.
    recipe.write_text(yaml.safe_dump(recipe_as_dict(quick(max_winner_error=9.0))))
    return [*SMALL, "--base", str(base), "--recipe", str(recipe), "--out", str(tmp_path / "out.jsonl")]


def run(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict:
    assert main(words) == 0
    return json.loads(capsys.readouterr().out)


def test_one_point_beside_its_opponent_and_the_ceiling(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run([*words, "--baseline", "plain", "--pictures", str(tmp_path / "pictures")], capsys)
    tuned, opponent = result["points"]
    assert (tuned["judgements"], sum(tuned["verdicts"].values())) == (24, 24)
    assert tuned["state"] in ("candidate", "refused")
    assert opponent["state"] == "candidate"
    assert opponent["wins"] + opponent["ties"] + opponent["losses"] == 4 * 2 * 2
    assert set(opponent["content_change"]) == {"time", "place", "weather", "subject", "framing"}
    assert opponent["realism_ratio"] > 0
    assert set(opponent["seconds"]) == {"generate", "tune", "compare"}
    assert [row["ceiling"] for row in result["ceiling"]] == [2, 4, 8, 16]
    assert (tmp_path / "out.png").stat().st_size > 0
    assert list((tmp_path / "pictures").glob("*.png"))

    monkeypatch.setattr(measuring, "measure_point", None)
    monkeypatch.setattr(measuring, "measure_ceiling", None)
    assert run([*words, "--baseline", "plain"], capsys) == result


def test_nights_go_on_from_one_another(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    plain_only = [*words, "--no-ceiling", "--curve", "nights", "--baseline", "plain"]
    first = [point for point in run([*plain_only, "--values", "1"], capsys)["points"] if point["method"] == "plain"]
    both = [point for point in run([*plain_only, "--values", "1,2"], capsys)["points"] if point["method"] == "plain"]
    assert both[:1] == first
    assert [point["judgements"] for point in both] == [24, 48]
    assert [point["version"] for point in both] == ["v0001", "v0002"]
    # Asked for again where later nights were played already, a night is still its own.
    folder = Path(words[words.index("--out") + 1]).parent
    again = [*plain_only, "--out", str(folder / "again.jsonl"), "--work", str(folder / "out.work"), "--values", "1"]
    repeated = [point for point in run(again, capsys)["points"] if point["method"] == "plain"]
    assert [{**point, "seconds": None} for point in repeated] == [{**point, "seconds": None} for point in first]


def test_clips_are_judged_learned_from_and_measured(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    clips = ["--kind", "clip", "--frames", "5", "--taste", "warm", "--no-ceiling"]
    (point,) = run([*words, *clips], capsys)["points"]
    assert (point["kind"], point["judgements"]) == ("clip", 24)
    assert point["state"] in ("candidate", "refused")
    if point["win_rate"] is not None:
        assert point["realism_ratio_low"] <= point["realism_ratio"] * 1.5


def test_a_taste_from_a_file_is_given_pixels(words: list[str], tmp_path: Path, capsys) -> None:
    taste = tmp_path / "taste.py"
    taste.write_text("def green(pixels):\n    assert pixels.ndim == 5 and pixels.max() <= 1\n"
                     "    return pixels[..., 1].mean(axis=(1, 2, 3))\n")  # fmt: skip
    result = run([*words, "--no-ceiling", "--taste", f"{taste}:green"], capsys)
    assert result["taste"].endswith("green")


def test_an_interrupted_run_is_no_result_and_can_be_continued(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise Interrupted("run 1 was interrupted")

    monkeypatch.setattr(training_round, "tune", interrupted)
    assert main([*words, "--no-ceiling"]) == 130
    assert "goes on from here" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


def test_wrong_words_are_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--label-noise", "1.5"]) == 1
    assert "label_noise 1.5" in capsys.readouterr().err


def test_briefs_that_cannot_be_drawn_are_one_line_before_any_is(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--size", "40"]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("point ")]
    assert len(errors) == 1
    assert "40" in errors[0]
    (database,) = (tmp_path / "out.work").rglob("studio.db")
    studio = Studio.open(database.parent)
    assert studio.value("SELECT count(*) FROM takes") == 0
    studio.close()


def test_the_renderers_best_is_the_best_and_never_the_reference(tmp_path: Path) -> None:
    setup = BenchmarkSetup(size=32, compare=2)
    prompts = ["wide shot of a house in a field at dusk, in clear weather"]
    reference = reference_scenes(tmp_path, setup, "warm", prompts)
    chosen, plain = chosen_scenes(tmp_path, setup, "warm", prompts), plain_scenes(tmp_path, setup, "warm", prompts)
    from benchmarks.synthetic.oracles import warm

    scores = [warm(takes[0].astype(np.float32) / 255).mean() for takes in (plain, *chosen.values())]
    assert scores[1:] == sorted(scores[1:])
    assert scores[-1] > scores[0]
    assert not np.array_equal(reference, chosen[8])


def test_pairs_dealt_as_the_product_deals_them_are_learned_from(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    place = words.index("--recipe")  # the default recipe is the one that has a reward model
    default = [*words[:place], *words[place + 2 :]]
    result = run([*default, "--no-ceiling", "--pairing", "both", "--pool", "8", "--reward-model-only"], capsys)
    assert [point["name"] for point in result["points"]] == ["default, random pairs", "default, active pairs"]
    assert [point["judgements"] for point in result["points"]] == [24, 24]
    # Fitted again after the VAE was dropped, which has to encode the held-out takes.
    assert all(0 <= point["reward_model_accuracy"] <= 1 for point in result["points"])
