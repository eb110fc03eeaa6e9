"""Everything that shapes a tuning run: a recipe and its sections.

Names follow TRL's `DPOConfig` and peft's `LoraConfig` where those have one for the same thing. The defaults written here
are those of the default method; what another method changes is said by that method (`finetune/methods`).
`finetune.recipe` reads recipes from YAML files and from the rows of runs.
"""

from finetune.settings.library import NEWEST, NONE, LibrarySettings
from finetune.settings.methods import (
    GUARD_SCOPES,
    HIDDEN_STATES,
    LEARN_BY,
    LOSS_TYPES,
    DpoSettings,
    GuidedSettings,
    KtoSettings,
    MapoSettings,
    RankedSettings,
    SftSettings,
    StrengthSettings,
)
from finetune.settings.recipe import LOGGERS, METHODS, Recipe, trains_alike
from finetune.settings.section import Automatic, Section, Switch
from finetune.settings.training import (
    JUDGEMENTS,
    LIBRARY,
    PRECISIONS,
    SCHEDULES,
    STARTS,
    WEIGHTINGS,
    DataSettings,
    EvaluationSettings,
    LoraSettings,
    MemorySettings,
    NoiseLevelSettings,
    OptimiserSettings,
)

__all__ = [
    "GUARD_SCOPES", "HIDDEN_STATES", "JUDGEMENTS", "LEARN_BY", "LIBRARY", "LOGGERS", "LOSS_TYPES", "METHODS", "NEWEST", "NONE", "PRECISIONS", "SCHEDULES", "STARTS", "WEIGHTINGS", "Automatic",
    "DataSettings", "DpoSettings", "EvaluationSettings", "GuidedSettings", "KtoSettings", "LibrarySettings", "LoraSettings", "MapoSettings",
    "MemorySettings", "NoiseLevelSettings", "OptimiserSettings", "RankedSettings", "Recipe", "Section", "SftSettings", "StrengthSettings",
    "Switch", "trains_alike",
]  # fmt: skip
