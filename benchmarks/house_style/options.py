"""The command line, and the points that it names."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

import yaml

import benchmarks.house_style
from benchmarks.house_style.plain_dpo import GRID, PlainRecipe
from benchmarks.house_style.points import (
    CURVES,
    PAIRINGS,
    PAIRS,
    PAIRS_A_NIGHT,
    STARTER,
    BenchmarkSetup,
    Learner,
    Point,
    Raters,
    Value,
    deal_both,
    points_of,
)
from benchmarks.raters import load_taste, probe_taste
from feedback.errors import Invalid, NotFound
from feedback.pair_selection.pair_pool import NEIGHBOURS
from finetune.recipe import Recipe, load_recipe, recipe_as_dict, recipe_from
from generation.models.base_models import base_folder, usual_shape
from generation.models.limits import read_limits
from generation.models.loading import weights_sha256

BOTH = "both"
SWEEPS = Path(__file__).parent.parent / "sweeps.yaml"


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.house_style",
        description=benchmarks.house_style.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_basics(parser)
    add_raters(parser.add_argument_group("who judges (widths in within-prompt standard deviations of a rater's score)"))
    add_learners(parser.add_argument_group("who learns"))
    add_sizes(parser.add_argument_group("how much is drawn"))
    add_results(parser.add_argument_group("results"))
    return parser.parse_args(words)


def add_basics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pairs", type=int, help=f"pairs judged ({PAIRS}; {PAIRS_A_NIGHT} in each of several nights)")
    parser.add_argument("--taste", default=Raters.taste, help="NAME of benchmarks.synthetic.tastes or FILE.py:FUNCTION")
    parser.add_argument("--kind", choices=("still", "clip"), default="still")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--curve", choices=sorted(CURVES), help="measure a curve instead of one point")
    parser.add_argument("--values", help="the curve's values, separated by commas, instead of its own")


def add_raters(group: Any) -> None:
    group.add_argument("--label-noise", type=float, default=Raters.label_noise, help="share of wrong preferences")
    group.add_argument("--noise", type=float, default=Raters.noise, help="random part of each score")
    group.add_argument("--tie-band", type=float, default=Raters.tie_band, help="difference up to which it is a tie")
    group.add_argument("--both-bad", type=float, default=Raters.both_bad, help="share of takes that are bad")
    group.add_argument("--panel", type=int, default=Raters.panel, help="people who judge")
    group.add_argument("--disagree", type=float, default=Raters.disagree, help="weight of each one's own taste")
    group.add_argument("--careless", type=int, default=Raters.careless, help="how many of them judge at random")
    group.add_argument("--votes", type=int, default=Raters.votes, help="people who judge each pair")
    group.add_argument("--pairs-per-brief", type=int, default=Raters.pairs_per_brief)
    group.add_argument("--pairing", choices=(*PAIRINGS, BOTH), default=Raters.pairing, help="how pairs are dealt")
    group.add_argument("--pointed", type=float, default=Raters.pointed, help="share of verdicts with a boxed subject")
    group.add_argument("--pool", type=int, default=Raters.pool, help="briefs that random and active pairing deal from")


def add_learners(group: Any) -> None:
    group.add_argument("--recipe", type=Path, action="append", default=[], help="a recipe file; may be repeated")
    group.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="GROUP[/NAME]",
        help="recipes of benchmarks/sweeps.yaml; likewise",
    )
    group.add_argument("--reward-model-only", action="store_true", help="fit the reward model and tune nothing")
    group.add_argument("--baseline", choices=("plain",), help="plain Diffusion-DPO at the same compute beside it")
    group.add_argument("--baseline-grid", action="store_true", help="the same, over a grid of beta and learning rate")
    group.add_argument("--baseline-cells", help="the same, BETA:RATE,BETA:RATE,... as given")


def add_sizes(group: Any) -> None:
    group.add_argument("--base", default=STARTER, help="the model in production: a save_pretrained folder")
    group.add_argument("--takes", type=int, default=BenchmarkSetup.takes, help="takes of each judged brief")
    group.add_argument("--held-out", type=int, default=BenchmarkSetup.held_out, help="briefs nobody judges")
    group.add_argument("--compare", type=int, default=BenchmarkSetup.compare, help="takes per side and held-out brief")
    group.add_argument("--steps", type=int, default=BenchmarkSetup.steps, help="denoising steps of a take")
    group.add_argument("--size", type=int, help="pixels a side (what the model usually draws)")
    group.add_argument("--frames", type=int, help="frames of a clip (likewise)")


def add_results(group: Any) -> None:
    group.add_argument("--out", type=Path, help="append records to this file; points found in it are not repeated")
    group.add_argument("--work", type=Path, help="keep takes and studios here (beside --out; else a temporary folder)")
    group.add_argument("--plot", type=Path, help="draw a PNG (with --out: beside it)")
    group.add_argument("--pictures", type=Path, help="a folder for pictures of production above each candidate")
    group.add_argument("--no-ceiling", action="store_true", help="leave out the renderer's best of 2, 4, 8, 16")


def requested_points(options: argparse.Namespace) -> list[Point]:
    """Everything to measure; Invalid names what cannot be."""
    pairs = options.pairs if options.pairs is not None else PAIRS_A_NIGHT if options.curve == "nights" else PAIRS
    start = Point(setup_of(options), raters_of(options), Learner(), pairs)
    points = points_of(start, learners_of(options), options.curve, values_of(options))
    points = deal_both(points) if options.pairing == BOTH else points
    for point in points:
        check_point(point)
    for taste in {point.raters.taste for point in points}:
        probe_taste(load_taste(taste), start.setup.size, start.setup.frames)
    return points


def check_point(point: Point) -> None:
    if point.pairs < 1:
        raise Invalid(f"{point.pairs} pairs: judge at least 1")
    if point.night is not None and point.night < 1:
        raise Invalid(f"night {point.night}: the first is 1")
    check_raters(point.raters)
    check_pool(point)


def check_pool(point: Point) -> None:
    raters, takes = point.raters, point.setup.takes
    there = raters.pool * sum(takes - apart for apart in range(1, min(takes - 1, NEIGHBOURS) + 1))
    if raters.pairing != PAIRINGS[0] and point.pairs > there:
        raise Invalid(f"{point.pairs} pairs: {raters.pool} briefs of {takes} takes offer {there}; give a larger --pool")


def setup_of(options: argparse.Namespace) -> BenchmarkSetup:
    still = options.kind == "still"
    sides = [options.takes, options.compare]
    if min(sides) < 2:
        raise Invalid(f"{min(sides)} takes: at least 2 of each brief are compared")
    if options.seed < 0:
        raise Invalid(f"seed {options.seed}: give 0 or more")
    folder = base_folder(options.base)
    usual = usual_shape(read_limits(folder), options.kind)
    return BenchmarkSetup(
        base=options.base if options.base == STARTER else str(Path(options.base).resolve()),
        base_sha256=weights_sha256(folder),
        kind=options.kind,
        size=options.size or usual.height,
        frames=1 if still else options.frames or usual.frames,
        steps=options.steps,
        seed=options.seed,
        takes=options.takes,
        held_out=options.held_out,
        compare=options.compare,
    )


def raters_of(options: argparse.Namespace) -> Raters:
    raters = Raters(**{name: getattr(options, name) for name in asdict(Raters())})
    return replace(raters, pairing=PAIRINGS[1]) if options.pairing == BOTH else raters


def check_raters(raters: Raters) -> None:
    for name in ("label_noise", "both_bad", "disagree"):
        if not 0 <= getattr(raters, name) < 1:
            raise Invalid(f"{name} {getattr(raters, name)}: give at least 0 and below 1")
    if not 0 <= raters.pointed <= 1:
        raise Invalid(f"pointed {raters.pointed}: give 0 to 1")
    if not 1 <= raters.votes <= raters.panel:
        raise Invalid(f"{raters.votes} votes a pair by a panel of {raters.panel}: give 1 to {raters.panel}")
    if not 0 <= raters.careless < raters.panel:
        raise Invalid(f"{raters.careless} careless people of {raters.panel}: give 0 to {raters.panel - 1}")


def values_of(options: argparse.Namespace) -> list[Value] | None:
    if options.values is None:
        return None
    if options.curve is None:
        raise Invalid("--values are those of a curve: name it with --curve")
    words = options.values.split(",")
    return list(words) if options.curve in ("methods", "tastes") else [number(word) for word in words]


def number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise Invalid(f"--values: {word!r} is not a number")
    return int(value) if value.is_integer() else value


def learners_of(options: argparse.Namespace) -> list[Learner]:
    """The recipes in the order given, files first, and after them the opponent."""
    recipes = recipes_of(options)
    method = "reward_model" if options.reward_model_only else "tune"
    learners = [Learner(name, method, changes(recipe)) for name, recipe in recipes.items()]
    return [*learners, *plain_learners(list(recipes.values()), cells_of(options))]


def recipes_of(options: argparse.Namespace) -> dict[str, Recipe]:
    """By the name that records go by; the default recipe where none is given."""
    named = [(path.stem, load_recipe(path)) for path in options.recipe]
    named += [pair for selection in options.sweep for pair in sweep_recipes(selection).items()]
    names = [name for name, _ in named]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(f"two recipes are called {', '.join(twice)}: records go by that name, so select one of each")
    return dict(named) or {"default": Recipe()}


def sweep_recipes(selection: str, path: Path = SWEEPS) -> dict[str, Recipe]:
    """The recipes of GROUP, or the one of GROUP/NAME; NotFound lists what there is."""
    group, _, name = selection.partition("/")
    sweeps: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())
    if group not in sweeps:
        raise NotFound(f"no sweep {group!r} in {path.name}; there are {', '.join(sweeps)}")
    entries = sweeps[group]
    if name and name not in entries:
        raise NotFound(f"no recipe {name!r} in sweep {group}; there are {', '.join(entries)}")
    return {each: recipe_from(entries[each]) for each in ([name] if name else entries)}


def cells_of(options: argparse.Namespace) -> list[tuple[float, float]]:
    """(beta, learning rate) of each opponent."""
    if options.baseline_cells:
        return [read_cell(word) for word in options.baseline_cells.split(",")]
    return GRID if options.baseline_grid else [(PlainRecipe.beta, PlainRecipe.learning_rate)] * bool(options.baseline)


def read_cell(word: str) -> tuple[float, float]:
    try:
        beta, rate = (float(part) for part in word.split(":"))
    except ValueError:
        beta = rate = nan
    if not (0 < beta < inf and 0 < rate < inf):
        raise Invalid(f"--baseline-cells: {word!r} is not BETA:RATE, two numbers above 0")
    return beta, rate


def changes(recipe: Recipe) -> dict[str, Any]:
    """What differs from the defaults of its method, nested; and the method where it is not the default one."""
    default = recipe_as_dict(recipe_from({"method": recipe.method}))
    named = {} if recipe.method == Recipe.method else {"method": recipe.method}
    return named | differences(recipe_as_dict(recipe), default)


def differences(values: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not the default's, in sections as they are nested."""
    differing: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and isinstance(default[name], Mapping):
            inner = differences(value, default[name])
            differing |= {name: inner} if inner else {}
        elif value != default[name]:
            differing[name] = value
    return differing


def plain_learners(recipes: Sequence[Recipe], cells: Sequence[tuple[float, float]]) -> list[Learner]:
    """The opponent with the first recipe's adapter; steps and pairs a step as dpo has them, or any recipe if it has
    more: never less compute than they."""
    first = recipe_as_dict(recipes[0])["lora"]
    optimisers = [recipe_as_dict(each)["optimiser"] for each in [*recipes, recipe_from({"method": "dpo"})]]
    batches = [each["per_device_train_batch_size"] * each["gradient_accumulation_steps"] for each in optimisers]
    same = {
        "max_steps": max(each["max_steps"] for each in optimisers),
        "batch_size": max(batches),
        "lora_r": first["r"],
    }
    layers = {} if first["target_modules"] is None else {"lora_targets": list(first["target_modules"])}
    return [
        Learner(f"plain beta {beta:g} lr {rate:g}", "plain", {"beta": beta, "learning_rate": rate, **same, **layers})
        for beta, rate in cells
    ]
