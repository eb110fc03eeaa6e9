"""The sections that all methods share: judgements, adapter, optimiser, memory, noise levels, evaluation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from finetune.settings.section import Automatic, Section, Switch

SCHEDULES = ("cosine", "constant")
WEIGHTINGS = ("uniform", "logit_normal", "high")
STARTS = ("base", "production")
PRECISIONS = ("no", "bf16")
JUDGEMENTS, LIBRARY = "judgements", "library"


@dataclass(frozen=True)
class DataSettings(Section):
    """Which judgements a run learns from, and how much each counts."""

    section: ClassVar[str] = "data"

    learn_from: str = JUDGEMENTS
    """judgements (what people chose), or library (its frames and clips with their captions; by method sft)."""
    start_from: str = "base"
    """The version that is tuned: base (all judgements anew) or production (what earlier runs made of it). A run
    on the library always starts from base."""
    project: str | None = None
    """Code of the project whose judgements alone count. Null takes all."""
    person: str | None = None
    """The name of a person for whom takes are tuned, by method guided. Null is the studio."""
    outside_takes: bool = True
    """Whether judgements of takes that were made elsewhere count. Terms of some models forbid to learn from what they draw."""
    equal_people: bool = False
    """Whether the studio is its people, each counting alike, or their verdicts."""
    min_pairs: int = 16
    """Fewest pairs with a preference. A run with fewer is refused."""
    heldout_share: float = 0.2
    """Share of briefs whose pairs are held out."""
    label_smoothing: float | None = 0.08
    """Expected share of wrong verdicts (label noise), 0 to below 0.5. Null measures it for each pair."""
    rater_reliability: bool = False
    """Whether votes on a pair are weighted by how reliable each person has been."""
    both_bad_weight: float = 0.5
    """Weight of the signal against both takes of a pair that was called both bad."""
    star_weight: float = 0.5
    """Weight of a pair known from stars only, relative to one that somebody compared."""
    tag_weight: float = 1.0
    """Weight of a tag on a take, of a word that tells how good takes are, relative to a take that was circled or found bad. 0 does
    without tags."""
    off_policy_weight: float = 1.0
    """Weight of pairs that another version than today's production drew. A pair with one such take is halfway to 1."""
    region_weight: float = 0.5
    """Share of a verdict's weight that lies where its person pointed, in a note on either take: 0 does without such notes,
    1 learns there alone."""

    def __post_init__(self) -> None:
        smoothing = self.label_smoothing
        self.require_one_of("learn_from", (JUDGEMENTS, LIBRARY))
        self.require_one_of("start_from", STARTS)
        self.require_counts("min_pairs")
        self.require("heldout_share", 0 < self.heldout_share <= 0.5, "above 0, at most 0.5")
        self.require("label_smoothing", smoothing is None or 0 <= smoothing < 0.5, "at least 0 and below 0.5, or null")
        self.require_not_negative("both_bad_weight", "star_weight", "tag_weight")
        self.require_share("off_policy_weight")
        self.require_share("region_weight")


@dataclass(frozen=True)
class LoraSettings(Section):
    """The adapter that is trained."""

    section: ClassVar[str] = "lora"

    r: int = 16
    """Rank of the adapter."""
    alpha: float = 16.0
    """The adapter's scale times its rank (peft's lora_alpha)."""
    dropout: float = 0.0
    """Dropout on the adapter's input (peft's lora_dropout)."""
    target_modules: tuple[str, ...] | None = None
    """Endings of the names of the layers that get an adapter, such as [to_q, to_v]. Null takes the model family's own."""
    denoisers: tuple[str, ...] | None = None
    """Which of a model's denoisers are tuned, where it has several. Null tunes all."""

    def __post_init__(self) -> None:
        self.require_counts("r")
        self.require_above_0("alpha")
        self.require_not_negative("dropout")
        for field_name in ("target_modules", "denoisers"):
            names = getattr(self, field_name)
            self.require(field_name, names is None or all(names or [""]), "names, or null")


@dataclass(frozen=True)
class OptimiserSettings(Section):
    """AdamW, its schedule, batches and checkpoints."""

    section: ClassVar[str] = "optimiser"

    learning_rate: float = 1.5e-3
    """Peak of the learning rate, reached after warmup_steps."""
    warmup_steps: int = 10
    """Steps over which the learning rate rises from zero."""
    lr_scheduler_type: str = "cosine"
    """The learning rate after warmup_steps: cosine (falls to zero at max_steps) or constant."""
    weight_decay: float = 0.0
    """AdamW's weight decay."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm."""
    ema_decay: float = 0.0
    """Decay of a moving average of the adapter, which is then evaluated and kept in its place. 0 keeps the last weights."""
    per_device_train_batch_size: int = 16
    """Pairs of a batch. As many go through the network at a time as memory.micro_batch says."""
    gradient_accumulation_steps: int = 1
    """Batches added up for one step."""
    max_steps: int = 100
    """Most steps. Held-out pairs may end the run sooner."""
    mixed_precision: str = "no"
    """no or bf16: the number format of the network's inner products. Errors and the adapter stay in 32 bits."""
    save_steps: int = 25
    """Steps between checkpoints."""
    save_total_limit: int = 2
    """Checkpoints kept."""

    def __post_init__(self) -> None:
        self.require_one_of("lr_scheduler_type", SCHEDULES)
        self.require_one_of("mixed_precision", PRECISIONS)
        self.require_above_0("learning_rate", "max_grad_norm")
        self.require_not_negative("warmup_steps", "weight_decay")
        self.require("ema_decay", 0 <= self.ema_decay < 1, "at least 0 and below 1")
        self.require_counts("per_device_train_batch_size", "gradient_accumulation_steps", "max_steps")
        self.require_counts("save_steps", "save_total_limit")


@dataclass(frozen=True)
class MemorySettings(Section):
    """How a run fits into memory. What is auto is decided by measuring on the machine, and kept in the run's metrics."""

    section: ClassVar[str] = "memory"

    gradient_checkpointing: Switch = "auto"
    """Computes activations a second time instead of keeping them: a third more time, a fraction of the memory. auto: when
    a single pair does not fit otherwise."""
    micro_batch: int | Automatic = "auto"
    """Most pairs in the network at a time; a batch of more goes through in pieces. auto: as many as fit, halving from the
    batch."""
    vae_tiling: Switch = "auto"
    """Whether the VAE encodes takes in tiles, which changes latents slightly. auto: when one take does not fit otherwise."""
    offload: Switch = "auto"
    """Whether a part of the pipeline is on the GPU only while it works, as takes are encoded and drawn. auto: when all do
    not fit together. Nothing on a processor."""
    shard: Switch = "auto"
    """Whether each of several processes holds only its part of the frozen network's weights (FSDP). auto: on GPUs, when the
    whole does not fit into one."""
    optimiser_8bit: bool = False
    """AdamW's state in 8 bits (bitsandbytes). GPUs only."""
    base_4bit: bool = False
    """The frozen network's weights in 4 bits (NF4 of bitsandbytes, as QLoRA has it, arXiv 2305.14314). GPUs only."""
    compile: bool = False
    """Whether the network goes through torch.compile: minutes at the beginning, less time a step."""

    def __post_init__(self) -> None:
        size = self.micro_batch
        self.require("micro_batch", size == "auto" or (isinstance(size, int) and size >= 1), "auto, or 1 or more")

    @property
    def learned_with(self) -> MemorySettings:
        """Without what changes nothing but roundings: a run that does not fit may go on with other settings."""
        return replace(
            self, gradient_checkpointing="auto", micro_batch="auto", offload="auto", shard="auto", compile=False
        )


@dataclass(frozen=True)
class NoiseLevelSettings(Section):
    """At which noise levels pairs are trained on. 0 is clean and 1 is pure noise."""

    section: ClassVar[str] = "noise_levels"

    draws_per_pair: int = 8
    """Fixed, stratified noise levels per pair. Reference errors are computed once for each and kept."""
    low: float = 0.0
    """Lowest noise level."""
    high: float = 1.0
    """Highest noise level."""
    weighting: str = "uniform"
    """Density of the levels between these two: uniform, logit_normal (more in the middle), high (more of high noise)."""
    shift: float = 5.0
    """Moves levels towards noise as samplers of flow models do: t becomes shift t / (1 + (shift - 1) t). 1 leaves them."""

    def __post_init__(self) -> None:
        self.require_counts("draws_per_pair")
        self.require("low", 0 <= self.low < self.high <= 1, "at least 0 and below noise_levels.high (at most 1)")
        self.require_one_of("weighting", WEIGHTINGS)
        self.require_above_0("shift")


@dataclass(frozen=True)
class EvaluationSettings(Section):
    """How held-out pairs choose what is kept, and what a candidate must reach."""

    section: ClassVar[str] = "evaluation"

    eval_steps: int = 30
    """Steps between evaluations on held-out pairs."""
    draws: int = 4
    """Noise levels per held-out pair in an evaluation, of noise_levels.draws_per_pair."""
    pairs: int = 24
    """Most held-out pairs in an evaluation."""
    early_stopping_patience: int = 3
    """Evaluations in a row without a better result after which the run stops."""
    strengths: tuple[float, ...] = (1.0,)
    """Strengths of the adapter that held-out pairs choose from."""
    max_winner_error: float | None = None
    """Highest held-out winner error of a candidate, relative to the reference's. Null takes the method's own: 1, and 1.2
    for guided, which moves past the average winner and sets its strength afterwards."""
    min_heldout_accuracy: float = 0.5
    """Held-out accuracy that a candidate must be above: chance, or what a studio thinks is worth a trial."""

    def __post_init__(self) -> None:
        most = self.max_winner_error
        self.require_counts("eval_steps", "draws", "pairs", "early_stopping_patience")
        self.require("strengths", bool(self.strengths) and min(self.strengths) > 0, "numbers above 0")
        self.require("max_winner_error", most is None or most > 0, "above 0, or null for the method's own")
        self.require("min_heldout_accuracy", 0 <= self.min_heldout_accuracy < 1, "at least 0 and below 1")
