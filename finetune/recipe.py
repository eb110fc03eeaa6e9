"""Recipes: everything that shapes a tuning run, in one frozen dataclass that YAML files name fields of.

Names follow TRL's `DPOConfig` and peft's `LoraConfig` wherever those have one for the same thing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

import yaml

from feedback.errors import Invalid, NotFound

METHODS = ("guided", "dpo", "kto", "mapo", "sft")
LOSS_TYPES = ("sigmoid", "ipo", "linear")
GUARD_SCOPES = ("sample", "batch")
SCHEDULES = ("cosine", "constant")
T_WEIGHTINGS = ("uniform", "logit_normal", "high")
STARTS = ("base", "production")
PRECISIONS = ("no", "bf16")


@dataclass(frozen=True)
class Recipe:
    """The default is the recipe that was measured to win while keeping what the captions say (docs/learning.md)."""

    method: str = "guided"
    """guided (a scorer of what people like, and the model steered by it), dpo (pairs, soft labels, guard), kto (each take
    alone), mapo (no reference), sft (winners only)."""
    tilt: float = 4.0
    """What guided learns from: takes weighted by exp(tilt x liking in spreads between takes of a brief)."""
    evenness: float = 1.0
    """guided: how far slopes of the liking are brought to the usual one of their noise level, 0 (not at all) to 1."""
    foresight: bool = True
    """guided: whether what noise hides of a liking is measured, and its slope there left out (finetune/methods/guided/noise_attenuation.py)."""
    aim: float | None = 2.0
    """How far guided goes: spreads by which takes drawn to see are to be better liked by the scorer; the adapter's strength
    is set so. Null leaves it at 1."""
    aim_takes: int = 48
    """Takes of either side that are drawn to see, each of another brief while there are any."""
    loss_type: str = "sigmoid"
    """Shape of dpo's loss: sigmoid, ipo (a target margin, never endless), linear (Linear-DPO: a pull that is cut off)."""
    start: str = "base"
    """What is tuned: base (all judgements anew on the studio's own model, so that nights do not add up to more than tilt)
    or production (on top of what earlier nights made)."""
    beta: float | None = None
    """How strongly a change of the mean squared error counts; null sets it from the data: beta_scale / mean error."""
    beta_scale: float = 250.0
    """With beta null: the beta of a model whose mean reference error is 1, so that beta has no units to guess."""
    label_smoothing: float | None = 0.08
    """Share of judgements taken to be slips, 0 to below 0.5, against noisy raters; null measures it for each pair."""
    rater_reliability: bool = False
    """Whether votes on a pair are weighed by how reliable each person has been (feedback/reliability.py)."""
    loser_guard: float = 0.5
    """Share of the winner's own gradient that the push on the loser may not use up; 0 lets it use all, 1 stops it."""
    loser_guard_scope: str = "sample"
    """Whether each pair's own winner is guarded (sample) or only the winners of a batch on average (batch)."""
    reference_weight: float = 0.0
    """Weight of the mean squared distance to the reference's predictions; above 0 a step takes about a third longer."""
    sft_weight: float = 1.0
    """Weight of the anchor: the plain denoising error of winners and circled takes, which keeps pictures whole."""
    both_bad_weight: float = 0.5
    """Weight of the signal against both takes of a pair that was called both bad."""
    star_weight: float = 0.5
    """Weight of a pair known from stars only, relative to one that somebody compared."""
    star_margin: float = 0.0
    """Log-odds that dpo asks for on top, per star of difference given by people who also compared the pair."""
    off_policy_weight: float = 1.0
    """Weight of pairs that another version than today's production drew; a pair with one such take is halfway to 1."""
    noise_draws: int = 8
    """Fixed, stratified noise levels per pair; reference errors are computed once for each and kept."""
    t_low: float = 0.0
    """Lowest noise level trained on (0 is clean)."""
    t_high: float = 1.0
    """Highest noise level trained on (1 is pure noise)."""
    t_weighting: str = "uniform"
    """How the levels lie between these two: uniform, logit_normal (more in the middle), high (more of high noise)."""
    t_shift: float = 5.0
    """Moves them towards noise as samplers of flow models do: t becomes shift t / (1 + (shift - 1) t); 1 leaves them."""
    lora_r: int = 16
    """Rank of the adapter."""
    lora_alpha: float = 16.0
    """The adapter's scale times its rank."""
    lora_dropout: float = 0.0
    """Dropout on the adapter's input."""
    lora_targets: tuple[str, ...] | None = None
    """Endings of the names of the layers that get an adapter, such as [to_q, to_v]; null takes the family's own."""
    learning_rate: float = 1.5e-3
    """Peak of AdamW's learning rate, reached after warmup_steps."""
    warmup_steps: int = 10
    """Steps over which the learning rate rises from zero."""
    lr_scheduler_type: str = "cosine"
    """What the learning rate does after warmup_steps: cosine (falls to nothing at max_steps) or constant."""
    weight_decay: float = 0.0
    """AdamW's weight decay."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm."""
    ema_decay: float = 0.0
    """Decay of a moving average of the adapter that is evaluated and kept instead of its last weights; 0 keeps those."""
    per_device_train_batch_size: int = 16
    """Pairs in the network at a time."""
    gradient_accumulation_steps: int = 1
    """Batches added up for one step: raise it and lower the batch size when memory is short."""
    max_steps: int = 100
    """Most steps; held-out pairs may end the run sooner."""
    eval_steps: int = 30
    """Steps between evaluations on held-out pairs."""
    eval_draws: int = 4
    """Noise levels per held-out pair in an evaluation, of the noise_draws there are."""
    eval_pairs: int = 24
    """Most held-out pairs that an evaluation looks at."""
    early_stopping_patience: int = 3
    """Evaluations in a row without a better held-out loss after which the run stops."""
    strengths: tuple[float, ...] = (1.0,)
    """Strengths of the adapter that held-out pairs choose from."""
    heldout_share: float = 0.2
    """Share of briefs whose pairs are held out."""
    min_pairs: int = 16
    """Fewest pairs with a preference: with fewer the run is refused."""
    max_winner_error: float | None = None
    """Highest held-out winner error, relative to the reference's, of a model that may become a candidate; null is 1, and
    1.2 for guided, which goes past the average winner and whose strength is set afterwards."""
    min_heldout_accuracy: float = 0.5
    """Held-out accuracy that a candidate must be above: chance, or whatever a studio thinks worth a trial."""
    save_steps: int = 25
    """Steps between checkpoints."""
    save_total_limit: int = 2
    """Checkpoints kept."""
    mixed_precision: str = "no"
    """no or bf16: the number format of the network's inner products; errors and the adapter stay in 32 bits."""
    seed: int = 0
    """Of the adapter's first weights, the order of pairs and dropout."""

    def __post_init__(self) -> None:
        check_recipe(self)


PRESETS: dict[str, dict[str, Any]] = {
    method: {
        "start": "production",
        "learning_rate": 5e-4,
        "lr_scheduler_type": "constant",
        "per_device_train_batch_size": 32,
        "max_steps": 150,
        "eval_steps": 25,
        "eval_pairs": 64,
        "strengths": (0.6, 1.0, 1.5),
        "t_shift": 1.0,
    }
    for method in METHODS
    if method != "guided"
}
"""Defaults of methods that learn from the pairs themselves: more and smaller steps, and strengths to choose from."""

MOST_WINNER_ERROR = {"guided": 1.2}


def most_winner_error(recipe: Recipe) -> float:
    """What `max_winner_error` comes to."""
    return MOST_WINNER_ERROR.get(recipe.method, 1.0) if recipe.max_winner_error is None else recipe.max_winner_error


def load_recipe(path: Path | str) -> Recipe:
    """The recipe in a YAML file that names what differs from the defaults; NotFound or Invalid, naming the field."""
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"no recipe file {path}")
    try:
        content = yaml.safe_load(path.read_text()) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"recipe {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise Invalid(f"recipe {path} must hold `field: value` lines")
    return recipe_from(content)


def recipe_from(content: dict[str, Any]) -> Recipe:
    """A recipe from plain values, as in a YAML file or a run's row; Invalid names an unknown field or a bad value.

    What is not named is the default of the method that is.
    """
    hints = get_type_hints(Recipe)
    for name in content:
        if name not in hints:
            raise Invalid(f"recipe field {name!r} is unknown; the fields are {', '.join(sorted(hints))}")
    preset = PRESETS.get(str(content.get("method")), {})
    return Recipe(**preset | {name: converted(name, value, hints[name]) for name, value in content.items()})


def converted(name: str, value: Any, wanted: Any) -> Any:
    """The value as the field's type: 1 is a float, 1e-3 is one though YAML reads it as text."""
    if isinstance(wanted, UnionType):
        if value is None:
            return None
        wanted = next(each for each in get_args(wanted) if each is not NoneType)
    try:
        if not get_args(wanted):
            return plain(value, wanted)
        if isinstance(value, str):  # its letters are not a list
            raise ValueError
        return tuple(plain(each, get_args(wanted)[0]) for each in value)
    except (TypeError, ValueError):
        raise Invalid(f"recipe field {name}: {value!r} is not {KINDS[wanted]}") from None


KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    tuple[float, ...]: "a list of numbers",
    tuple[str, ...]: "a list of names",
}


def plain(value: Any, wanted: type) -> Any:
    """The value as int, float, str or bool; TypeError or ValueError when it is none."""
    if isinstance(value, bool) != (wanted is bool) or (wanted is int and int(value) != float(value)):
        raise ValueError
    return wanted(value)


CHOICES = {
    "method": METHODS,
    "loss_type": LOSS_TYPES,
    "loser_guard_scope": GUARD_SCOPES,
    "start": STARTS,
    "t_weighting": T_WEIGHTINGS,
    "lr_scheduler_type": SCHEDULES,
    "mixed_precision": PRECISIONS,
}
NOT_NEGATIVE = (
    "sft_weight",
    "reference_weight",
    "both_bad_weight",
    "star_weight",
    "star_margin",
    "lora_dropout",
    "weight_decay",
    "warmup_steps",
)


def check_recipe(recipe: Recipe) -> None:
    """Invalid when a value cannot be trained with, naming it and what may stand there."""
    for name, choices in CHOICES.items():
        require(getattr(recipe, name) in choices, recipe, name, f"one of {', '.join(choices)}")
    require(recipe.beta is None or recipe.beta > 0, recipe, "beta", "above 0, or null to set it from the data")
    smoothing = recipe.label_smoothing
    require(smoothing is None or 0 <= smoothing < 0.5, recipe, "label_smoothing", "at least 0 and below 0.5, or null")
    require(0 <= recipe.loser_guard <= 1, recipe, "loser_guard", "0 to 1")
    require(0 < recipe.heldout_share <= 0.5, recipe, "heldout_share", "above 0, at most 0.5")
    require(0 <= recipe.t_low < recipe.t_high <= 1, recipe, "t_low", "at least 0 and below t_high (at most 1)")
    require(bool(recipe.strengths) and min(recipe.strengths) > 0, recipe, "strengths", "numbers above 0")
    require(recipe.lora_targets is None or all(recipe.lora_targets or [""]), recipe, "lora_targets", "names, or null")
    require(0 <= recipe.off_policy_weight <= 1, recipe, "off_policy_weight", "0 to 1")
    require(0 <= recipe.evenness <= 1, recipe, "evenness", "0 to 1")
    require(0 <= recipe.ema_decay < 1, recipe, "ema_decay", "at least 0 and below 1")
    require(0 <= recipe.min_heldout_accuracy < 1, recipe, "min_heldout_accuracy", "at least 0 and below 1")
    most = recipe.max_winner_error
    require(most is None or most > 0, recipe, "max_winner_error", "above 0, or null for the method's own")
    require(recipe.aim is None or recipe.aim > 0, recipe, "aim", "above 0, or null for an adapter of strength 1")
    for name in ("tilt", "t_shift", "beta_scale", "lora_alpha", "learning_rate", "max_grad_norm"):
        require(getattr(recipe, name) > 0, recipe, name, "above 0")
    for name in NOT_NEGATIVE:
        require(getattr(recipe, name) >= 0, recipe, name, "0 or more")
    for field in fields(recipe):
        if field.type == "int" and field.name not in ("warmup_steps", "seed"):
            require(getattr(recipe, field.name) >= 1, recipe, field.name, "1 or more")


def require(holds: bool, recipe: Recipe, name: str, allowed: str) -> None:
    if not holds:
        raise Invalid(f"recipe field {name}: {getattr(recipe, name)!r} is not {allowed}")


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Plain JSON values, as the run's row keeps them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(recipe).items()}
