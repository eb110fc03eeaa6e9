"""Old names of recipe fields and of a run's metrics, and what each is called now.

Recipes used to be one flat list of fields, some of them in words of our own. Rows of old runs are renamed with these
tables, and a recipe file that uses an old name is refused with the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOVED_FIELDS = {
    "start": "data.start_from",
    "min_pairs": "data.min_pairs",
    "heldout_share": "data.heldout_share",
    "label_smoothing": "data.label_smoothing",
    "rater_reliability": "data.rater_reliability",
    "both_bad_weight": "data.both_bad_weight",
    "star_weight": "data.star_weight",
    "off_policy_weight": "data.off_policy_weight",
    "lora_r": "lora.r",
    "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout",
    "lora_targets": "lora.target_modules",
    "learning_rate": "optimiser.learning_rate",
    "warmup_steps": "optimiser.warmup_steps",
    "lr_scheduler_type": "optimiser.lr_scheduler_type",
    "weight_decay": "optimiser.weight_decay",
    "max_grad_norm": "optimiser.max_grad_norm",
    "ema_decay": "optimiser.ema_decay",
    "per_device_train_batch_size": "optimiser.per_device_train_batch_size",
    "gradient_accumulation_steps": "optimiser.gradient_accumulation_steps",
    "max_steps": "optimiser.max_steps",
    "mixed_precision": "optimiser.mixed_precision",
    "save_steps": "optimiser.save_steps",
    "save_total_limit": "optimiser.save_total_limit",
    "noise_draws": "noise_levels.draws_per_pair",
    "t_low": "noise_levels.low",
    "t_high": "noise_levels.high",
    "t_weighting": "noise_levels.weighting",
    "t_shift": "noise_levels.shift",
    "eval_steps": "evaluation.eval_steps",
    "eval_draws": "evaluation.draws",
    "eval_pairs": "evaluation.pairs",
    "early_stopping_patience": "evaluation.early_stopping_patience",
    "strengths": "evaluation.strengths",
    "max_winner_error": "evaluation.max_winner_error",
    "min_heldout_accuracy": "evaluation.min_heldout_accuracy",
    "tilt": "guided.reward_scale",
    "evenness": "guided.gradient_normalisation",
    "foresight": "guided.noise_attenuation",
    "aim": "guided.target_gain",
    "aim_takes": "guided.target_gain_takes",
    "loss_type": "dpo.loss_type",
    "star_margin": "dpo.star_margin",
}
"""Old flat field -> section and field."""

METHOD_FIELDS = {
    "beta": ("dpo", "kto", "mapo"),
    "beta_scale": ("dpo", "kto", "mapo"),
    "loser_guard": ("dpo", "kto"),
    "loser_guard_scope": ("dpo", "kto"),
    "sft_weight": ("dpo", "kto", "mapo"),
    "reference_weight": ("dpo", "kto", "mapo", "sft"),
}
"""Old flat field -> the methods that use it. Each has it in its own section, under the same name."""

DEFAULT_METHOD = "guided"  # of an old recipe that names none

METRICS = {"scorer": "reward_model", "foresight": "noise_attenuation", "gain": "measured_gain"}
REWARD_MODEL_METRICS = {"spread": "within_prompt_std", "known": "reliability", "bends": "rbf_features"}
FEATURE_GROUPS = {"bends": "rbf_features"}


def new_names(old: str) -> list[str]:
    """The dotted names that an old field goes by now, one for each method that uses it; empty for any other name."""
    if old in MOVED_FIELDS:
        return [MOVED_FIELDS[old]]
    return [f"{method}.{old}" for method in METHOD_FIELDS.get(old, ())]


def rename_recipe(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """An old flat recipe as a nested one; a nested recipe comes back as it is.

    A field that several methods use goes to the section of the recipe's own method. It is left out where that method
    never used it.
    """
    method = str(recipe.get("method", DEFAULT_METHOD))
    renamed: dict[str, Any] = {}
    for name, value in recipe.items():
        if name not in MOVED_FIELDS and name not in METHOD_FIELDS:
            renamed[name] = {**renamed.get(name, {}), **value} if isinstance(value, Mapping) else value
            continue
        dotted = MOVED_FIELDS.get(name, f"{method}.{name}")
        if dotted in new_names(name):
            section, field = dotted.split(".")
            renamed[section] = {**renamed.get(section, {}), field: value}
    return renamed


def rename_metrics(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """A run's metrics under today's names; those that have them already come back as they are."""
    renamed = with_keys(metrics, METRICS)
    if isinstance(renamed.get("reward_model"), Mapping):
        renamed["reward_model"] = with_keys(renamed["reward_model"], REWARD_MODEL_METRICS)
    if isinstance(renamed.get("noise_attenuation"), Mapping):
        levels = renamed["noise_attenuation"].items()
        renamed["noise_attenuation"] = {level: with_keys(shares, FEATURE_GROUPS) for level, shares in levels}
    return renamed


def with_keys(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The same values, keys renamed where `names` has another, in the same order."""
    return {names.get(key, key): value for key, value in values.items()}
