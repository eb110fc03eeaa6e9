"""A recipe: all sections together, and when two recipes make the same run."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from finetune.settings.library import LibrarySettings
from finetune.settings.methods import (
    DpoSettings,
    GuidedSettings,
    KtoSettings,
    MapoSettings,
    RankedSettings,
    SftSettings,
)
from finetune.settings.section import Section
from finetune.settings.training import (
    LIBRARY,
    DataSettings,
    EvaluationSettings,
    LoraSettings,
    MemorySettings,
    NoiseLevelSettings,
    OptimiserSettings,
)

LOGGERS = ("tensorboard", "trackio")
METHODS = ("guided", "ranked", "dpo", "kto", "mapo", "sft")


@dataclass(frozen=True)
class Recipe(Section):
    """All settings of a run. Sections of methods other than `method` are kept and not used."""

    method: str = "guided"
    """guided (the gradient of a reward model), ranked (takes ranked by a reward model, without its gradient), dpo (pairs, soft
    labels, guard), kto (each take alone), mapo (pairs without a reference), sft (winners only)."""
    seed: int = 0
    """Of the adapter's first weights, the order of pairs and dropout."""
    log: tuple[str, ...] = ()
    """Where the run's curves go beside the Models page: tensorboard, trackio. They change nothing that is learned."""
    data: DataSettings = field(default_factory=DataSettings)
    """Which judgements count, and how much."""
    library: LibrarySettings = field(default_factory=LibrarySettings)
    """What is learned from the studio's own frames and clips."""
    lora: LoraSettings = field(default_factory=LoraSettings)
    """The adapter."""
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
    """AdamW, batches and checkpoints."""
    memory: MemorySettings = field(default_factory=MemorySettings)
    """How it fits into memory."""
    noise_levels: NoiseLevelSettings = field(default_factory=NoiseLevelSettings)
    """Noise levels trained on."""
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    """Held-out pairs, and what a candidate must reach."""
    guided: GuidedSettings = field(default_factory=GuidedSettings)
    """Settings of method guided."""
    ranked: RankedSettings = field(default_factory=RankedSettings)
    """Settings of method ranked."""
    dpo: DpoSettings = field(default_factory=DpoSettings)
    """Settings of method dpo."""
    kto: KtoSettings = field(default_factory=KtoSettings)
    """Settings of method kto."""
    mapo: MapoSettings = field(default_factory=MapoSettings)
    """Settings of method mapo."""
    sft: SftSettings = field(default_factory=SftSettings)
    """Settings of method sft."""

    def __post_init__(self) -> None:
        self.require_one_of("method", METHODS)
        if self.learns_from_library:
            self.require("method", self.method == "sft", "sft, which alone learns from the library")
            self.data.require(
                "person", self.data.person is None, "null: nobody judges what is learned from the library"
            )
        self.require("log", set(self.log) <= set(LOGGERS), f"a list of some of {', '.join(LOGGERS)}")

    @property
    def learns_from_library(self) -> bool:
        """Whether frames and clips of the library are learned from, and no judgements."""
        return self.data.learn_from == LIBRARY


def trains_alike(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes make the same run: sections of methods that are not used make no difference, nor does memory
    as far as it only changes roundings."""
    unused = {"log", *(name for name in METHODS if name != one.method)}
    one, other = (replace(each, memory=each.memory.learned_with) for each in (one, other))
    return all(
        getattr(one, each.name) == getattr(other, each.name) for each in fields(Recipe) if each.name not in unused
    )
