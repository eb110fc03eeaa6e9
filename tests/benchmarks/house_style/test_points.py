"""Which points are measured, and that finished ones are not measured again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.house_style.__main__ import measure_missing
from benchmarks.house_style.judging import briefs_needed, deal
from benchmarks.house_style.options import check_point, check_raters, learners_of, parse, raters_of, values_of
from benchmarks.house_style.points import (
    CURVES,
    BenchmarkSetup,
    Learner,
    Point,
    Raters,
    held_out_prompts,
    judged_prompts,
    points_of,
)
from benchmarks.house_style.records import (
    append_record,
    best_opponents,
    group_line,
    group_means,
    read_records,
    table,
)
from benchmarks.synthetic.scenes import parse_caption
from benchmarks.synthetic.tastes import CLIPS, COMPOSITION, LOOK
from feedback.errors import Invalid, NotFound
from finetune.recipe import METHODS, load_recipe, recipe_from

START = Point(BenchmarkSetup(), Raters(), Learner())


def record_of(point: Point, **changes: Any) -> dict[str, Any]:
    figures = {"win_rate": 0.7, "win_low": 0.6, "win_high": 0.8, "content_change_mean": -1.0, "realism_ratio": 1.0}
    about = {"key": point.key, "name": point.learner.name, "method": point.learner.method, "taste": "warm"}
    return {**about, **figures, "variety_ratio": 0.9, "held_quality": True, "judgements": 1, **changes}


@pytest.mark.parametrize("curve", CURVES)
def test_every_point_of_a_curve_has_a_key_of_its_own_and_always_the_same(curve: str) -> None:
    points = points_of(START, [Learner(), Learner("plain", "plain")], curve)
    keys = [point.key for point in points]
    assert len(set(keys)) == len(keys) >= len(CURVES[curve])
    assert keys == [point.key for point in points_of(START, [Learner(), Learner("plain", "plain")], curve)]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--curve", "pairs", "--values", "50,many"], "'many' is not a number"),
        (["--curve", "label_noise", "--values", "nan"], "'nan' is not a number"),
        (["--curve", "label_noise", "--values", ""], "'' is not a number"),
        (["--values", "50"], "--curve"),
    ],
)
def test_values_that_are_none_are_one_line(words: list[str], named: str) -> None:
    with pytest.raises(Invalid, match=named) as caught:
        values_of(parse(words))
    assert "\n" not in str(caught.value)


def test_values_are_numbers_or_names_as_the_curve_wants() -> None:
    assert values_of(parse(["--curve", "label_noise", "--values", "0,0.25"])) == [0, 0.25]
    assert values_of(parse(["--curve", "methods", "--values", "kto,dpo"])) == ["kto", "dpo"]
    assert values_of(parse([])) is None


def test_the_curve_of_tastes_is_the_twelve_and_for_clips_their_own() -> None:
    still = [point.raters.taste for point in points_of(START, [Learner()], "tastes")]
    assert still == [*LOOK, *COMPOSITION]
    clip = replace(START, setup=BenchmarkSetup(kind="clip"))
    assert [point.raters.taste for point in points_of(clip, [Learner()], "tastes")] == list(CLIPS)


def test_wins_are_averaged_over_each_group_of_tastes_and_a_refused_run_counts_as_half() -> None:
    records = [
        record_of(START, taste="warm", group="look", win_rate=0.9),
        record_of(START, taste="soft", group="look", win_rate=None, state="refused", held_quality=False),
        record_of(START, taste="off_centre", group="composition", win_rate=0.6, held_quality=False),
        record_of(START, taste="mine.py:mine", group=None),
    ]
    means = group_means(records)
    assert means == {
        "default, look": {"tastes": 2, "win_rate": pytest.approx(0.7), "held": 1, "refused": 1},
        "default, composition": {"tastes": 1, "win_rate": 0.6, "held": 0, "refused": 0},
    }
    lines = [group_line(*each) for each in means.items()]
    assert lines[0] == "default, look: mean of 2 won 70.0 %, held 1, refused 1 (as 50 %)"
    assert "refused" not in lines[1]


def test_a_method_that_is_none_is_named() -> None:
    with pytest.raises(Invalid, match="no method 'ppo'"):
        points_of(START, [Learner()], "methods", ["ppo"])


@pytest.mark.parametrize(
    ("curve", "value", "named"),
    [("pairs", 0, "0 pairs"), ("label_noise", 1.5, "label_noise 1.5"), ("nights", 0, "night 0")],
)
def test_a_curve_leads_to_no_point_that_cannot_be(curve: str, value: float, named: str) -> None:
    (point,) = points_of(START, [Learner()], curve, [value])
    with pytest.raises(Invalid, match=named):
        check_point(point)
    check_point(START)


def test_an_edited_taste_is_another_point(tmp_path: Path) -> None:
    taste = tmp_path / "taste.py"
    taste.write_text("def mine(pixels): return pixels.mean()")
    point = replace(START, raters=Raters(taste=f"{taste}:mine"))
    before = point.key
    taste.write_text("def mine(pixels): return pixels.std()")
    assert point.key != before


def test_a_stopped_curve_skips_the_points_it_has(tmp_path: Path) -> None:
    out, points, measured = tmp_path / "out.jsonl", points_of(START, [Learner()], "pairs"), list[float]()

    def measure(point: Point) -> dict[str, Any]:
        if len(measured) == 2:
            raise KeyboardInterrupt
        measured.append(point.pairs)
        return record_of(point)

    with pytest.raises(KeyboardInterrupt):
        measure_missing(points, out, measure)
    with out.open("a") as file:
        file.write('{"key": "torn')
    again = measure_missing(points, out, lambda point: measured.append(point.pairs) or record_of(point))  # type: ignore[func-returns-value]
    assert measured == [50, 100, 200, 500, 1000, 2000]
    assert [record["key"] for record in again] == [point.key for point in points]
    assert len(read_records(out)) == 6


def test_records_of_other_runs_in_the_same_file_are_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    append_record(out, {"key": "another", "name": "x"})
    measure_missing([START], out, record_of)
    assert set(read_records(out)) == {"another", START.key}


def test_the_opponent_never_gets_fewer_steps_or_pairs_than_the_recipe(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(
        "optimiser: {max_steps: 170, per_device_train_batch_size: 8, gradient_accumulation_steps: 5}\nlora: {r: 4}\n"
    )
    mine, opponent = learners_of(parse(["--recipe", str(recipe), "--baseline", "plain"]))
    assert (mine.name, mine.values["optimiser"]["max_steps"]) == ("mine", 170)
    assert {name: opponent.values[name] for name in ("max_steps", "batch_size", "lora_r", "beta")} == {
        "max_steps": 170,
        "batch_size": 40,
        "lora_r": 4,
        "beta": 5000.0,
    }
    _, opponent = learners_of(parse(["--baseline", "plain"]))
    assert (opponent.values["max_steps"], opponent.values["batch_size"]) == (150, 32)


def test_a_recipe_of_another_method_is_named_by_what_differs_from_that_methods_defaults(tmp_path: Path) -> None:
    recipe = tmp_path / "pairs.yaml"
    recipe.write_text("method: dpo\noptimiser: {learning_rate: 1e-3}\n")  # guided's own rate, and not dpo's
    (learner,) = learners_of(parse(["--recipe", str(recipe)]))
    assert learner.values == {"method": "dpo", "optimiser": {"learning_rate": 1e-3}}
    assert recipe_from(learner.values) == load_recipe(recipe)


def test_a_sweep_is_one_point_for_each_of_its_recipes() -> None:
    assert {learner.name for learner in learners_of(parse(["--sweep", "methods"]))} == set(METHODS)
    (rank,) = learners_of(parse(["--sweep", "guided/rank_4"]))
    assert (rank.name, rank.values) == ("rank_4", {"lora": {"r": 4, "alpha": 4.0}})
    (rank,) = learners_of(parse(["--sweep", "dpo/rank_4"]))
    assert rank.values == {"method": "dpo", "lora": {"r": 4, "alpha": 4.0}}


@pytest.mark.parametrize(
    ("selection", "named"),
    [
        ("gided", "no sweep 'gided'.*guided, dpo, ranked, methods"),
        ("guided/rank", "no recipe 'rank' in sweep guided.*rank_4"),
    ],
)
def test_a_sweep_that_is_none_is_one_line_with_those_there_are(selection: str, named: str) -> None:
    with pytest.raises(NotFound, match=named):
        learners_of(parse(["--sweep", selection]))


def test_two_recipes_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="two recipes are called rank_4"):
        learners_of(parse(["--sweep", "guided/rank_4", "--sweep", "dpo/rank_4"]))


def test_the_best_opponent_and_the_best_that_held_quality() -> None:
    plain = replace(START, learner=Learner("p", "plain"))
    records = [record_of(plain, name="wild", win_rate=0.99, held_quality=False), record_of(plain, name="tame")]
    best = best_opponents([record_of(START), *records])
    assert {name: record and record["name"] for name, record in best.items()} == {
        "best_win": "wild",
        "best_held": "tame",
    }
    assert "wild" in table(records)


def test_a_refused_point_is_a_line_with_its_reason() -> None:
    assert "refused: too few" in table([record_of(START, win_rate=None, reason="too few")])


def test_no_content_is_judged_and_compared_on() -> None:
    setup = BenchmarkSetup(seed=3)
    held_out = [parse_caption(text) for text in held_out_prompts(setup)]
    judged = {parse_caption(text) for text in judged_prompts(setup, 400)}
    assert len(set(held_out)) == setup.held_out
    assert not judged & set(held_out)
    assert judged_prompts(setup, 10, first=20) == judged_prompts(setup, 400)[20:30]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--panel", "3", "--votes", "4"], "4 votes a pair by a panel of 3: give 1 to 3"),
        (["--panel", "3", "--careless", "3"], "3 careless people of 3: give 0 to 2"),
        (["--disagree", "1"], "disagree 1.0: give at least 0 and below 1"),
    ],
)
def test_raters_who_cannot_judge_are_named(words: list[str], named: str) -> None:
    with pytest.raises(Invalid, match=named):
        check_raters(raters_of(parse(words)))


def test_fewer_pairs_are_the_first_of_more() -> None:
    assert deal([4, 5, 6, 7], 2, seed=0) == deal([4, 5, 6, 7], 6, seed=0)[:2]
    assert {frozenset(pair) for pair in deal([4, 5, 6], 3, seed=0)} == {frozenset(p) for p in ((4, 5), (4, 6), (5, 6))}
    assert briefs_needed(Raters(), takes=4, pairs=10) == 3
    with pytest.raises(Invalid):
        briefs_needed(Raters(pairs_per_brief=7), takes=4, pairs=10)


def test_opponents_are_the_cells_of_the_command() -> None:
    cells = learners_of(parse(["--baseline-cells", "5000:1e-5,200:1e-4"]))[1:]
    assert [(each.values["beta"], each.values["learning_rate"]) for each in cells] == [(5000.0, 1e-5), (200.0, 1e-4)]
    assert len(learners_of(parse(["--baseline-grid"]))) == 10
    assert len(learners_of(parse([]))) == 1


@pytest.mark.parametrize("word", ["5000", "5000:fast", "0:1e-4", "200:nan", "200:1e-4:3"])
def test_a_cell_that_is_none_is_named(word: str) -> None:
    with pytest.raises(Invalid, match=word):
        learners_of(parse(["--baseline-cells", word]))
