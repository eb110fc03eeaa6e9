"""The sections of the methods, one each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from finetune.settings.section import Automatic, Section

LOSS_TYPES = ("sigmoid", "ipo", "linear")
GUARD_SCOPES = ("sample", "batch")
HIDDEN_STATES = ("never", "when_needed", "best")
LEARN_BY = ("advantage", "dpo", "sft")


@dataclass(frozen=True)
class StrengthSettings(Section):
    """Of a method whose adapter gets its strength by takes that are drawn: how far they may go, and what they must keep."""

    target_gain: float | None = 2.0
    """Gain in reward that drawn takes are to reach where quality then just holds (methods/guided/strength.py). Null leaves the
    strength at 1."""
    target_gain_takes: int = 48
    """Takes drawn by production, at strength 1 and at another one, to choose the adapter's strength: two of a brief each."""
    most_content_lost: float = 0.02
    """How much the probability that takes are of their prompts, as the production model sees it, may fall (guided/quality.py)."""
    most_error_gained: float = 0.08
    """Realism: by what share the production model's own error of takes may rise."""
    most_variety_lost: float = 0.1
    """By what share takes of one brief may come closer to each other in the production model's hidden states. In pixels they come
    closer by one to three times as much."""

    def __post_init__(self) -> None:
        target = self.target_gain
        self.require("target_gain", target is None or target > 0, "above 0, or null for an adapter of strength 1")
        self.require_counts("target_gain_takes")
        self.require_above_0("most_content_lost", "most_error_gained", "most_variety_lost")


@dataclass(frozen=True)
class GuidedSettings(StrengthSettings):
    """Method guided: towards higher reward, by the gradient of a reward model."""

    section: ClassVar[str] = "guided"

    reward_scale: float = 4.0
    """The target distribution is the model's own, weighted by exp(reward_scale x reward). A reward of 1 is one
    within-prompt standard deviation."""
    gradient_normalisation: float = 1.0
    """How far gradients of the reward are brought to the usual size at their noise level, 0 (not at all) to 1."""
    noise_attenuation: bool = True
    """Whether the reward's gradient is reduced by what noise hides of the reward (methods/guided/noise_attenuation.py)."""
    hidden_states: str = "best"
    """never; when_needed: takes are moved by a reward model of the denoiser's hidden states only where one of statistics of the
    latents is not reliably better than chance, and else only measure the gain; best: by whichever predicts verdicts better."""
    hidden_states_scale: float = 32.0
    """reward_scale where the reward model reads hidden states, of which less is known under noise. Where they tell more than a
    quarter of the reward's variance there, it is as much smaller."""
    hidden_states_above: float = 0.68
    """The noise level, 0 to 1, from which hidden states move takes. Composition is decided above it; below, pushes cost content."""
    image_encoder: str | None = None
    """The folder of an image encoder of the studio's, as transformers wrote it (CLIP, SigLIP, DINO and others): a reward model
    may read what it makes of takes. A path that is not absolute begins at the studio's folder. Null does without."""
    judged_takes_share: float | Automatic = "auto"
    """Share of the target that comes from the judged takes themselves, weighted by their rewards; the rest comes from the
    gradient of the reward. 1 needs no gradient, and a step costs a quarter less. auto: 0.5 where hidden states predict verdicts
    better than statistics of the latents; where the image encoder does, 0.5, or 1 if hidden states under noise tell nothing of
    its reward; and else 0."""
    judged_takes_scale: float = 4.0
    """reward_scale of that share."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_above_0("reward_scale", "hidden_states_scale", "judged_takes_scale")
        self.require_share("gradient_normalisation")
        self.require_share("hidden_states_above")
        if self.judged_takes_share != "auto":
            share = self.judged_takes_share
            self.require("judged_takes_share", isinstance(share, (int, float)) and 0 <= share <= 1, "auto, or 0 to 1")
        self.require_one_of("hidden_states", HIDDEN_STATES)
        self.require(
            "image_encoder", self.image_encoder is None or bool(self.image_encoder.strip()), "a folder, or null"
        )


@dataclass(frozen=True)
class RankedSettings(StrengthSettings):
    """Method ranked: many takes of the production model, ranked by a reward model, learned from without its gradient."""

    section: ClassVar[str] = "ranked"

    takes_per_brief: int = 8
    """Takes of each judged brief that are ranked. Those that production has drawn already count; what is missing is drawn by
    the run, in half the steps."""
    learned_share: float = 1.0
    """Share of a brief's ranked takes that is learned from: half of it the best, half of it the worst."""
    learn_by: str = "advantage"
    """advantage: each of these takes by how much more than the others it is preferred; dpo: the best against the worst, the second
    best against the second worst and so on; sft: the best ones alone."""
    advantage_scale: float = 4.0
    """With advantage: reward_scale of guided."""
    beta_scale: float = 250.0
    """With dpo: how strongly a change of the error counts, as in section dpo."""
    sft_weight: float = 1.0
    """With dpo: weight of the plain denoising error of the best takes, which keeps pictures whole."""
    loser_guard: float = 0.5
    """With dpo: share of the best take's own gradient that the push on the worst may not use up."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("takes_per_brief", self.takes_per_brief >= 2, "2 or more: takes of a brief are compared")
        self.require_one_of("learn_by", LEARN_BY)
        self.require_above_0("advantage_scale", "beta_scale")
        self.require_not_negative("sft_weight")
        self.require_share("loser_guard")
        self.require("learned_share", 0 < self.learned_share <= 1, "above 0, up to 1")


@dataclass(frozen=True)
class SftSettings(Section):
    """Method sft: winners and circled takes only."""

    section: ClassVar[str] = "sft"

    reference_weight: float = 0.0
    """Weight of the mean squared distance to the reference's predictions. Above 0 a step takes about a third longer."""

    def __post_init__(self) -> None:
        self.require_not_negative("reference_weight")


@dataclass(frozen=True)
class MapoSettings(SftSettings):
    """Method mapo: the margin between two takes, without a reference."""

    section: ClassVar[str] = "mapo"

    beta: float | None = None
    """How strongly a change of the mean squared error counts. Null sets it from the data: beta_scale / mean error."""
    beta_scale: float = 250.0
    """With beta null: the beta of a model whose mean reference error is 1, so that beta has no units to guess."""
    sft_weight: float = 1.0
    """Weight of the plain denoising error of winners and circled takes, which keeps pictures whole."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("beta", self.beta is None or self.beta > 0, "above 0, or null to set it from the data")
        self.require_above_0("beta_scale")
        self.require_not_negative("sft_weight")


@dataclass(frozen=True)
class KtoSettings(MapoSettings):
    """Method kto: each take alone, desirable or not."""

    section: ClassVar[str] = "kto"

    loser_guard: float = 0.5
    """Share of the winner's own gradient that the push on the loser may not use up: 0 lets it use all, 1 stops it."""
    loser_guard_scope: str = "sample"
    """Whether each pair's own winner is guarded (sample) or only the winners of a batch on average (batch)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_share("loser_guard")
        self.require_one_of("loser_guard_scope", GUARD_SCOPES)


@dataclass(frozen=True)
class DpoSettings(KtoSettings):
    """Method dpo: the comparison of the two takes of a pair."""

    section: ClassVar[str] = "dpo"

    loss_type: str = "sigmoid"
    """Shape of the loss: sigmoid, ipo (a target margin, never exceeded), linear (Linear-DPO: a pull that is cut off)."""
    star_margin: float = 0.0
    """Log-odds asked for on top, per star of difference given by people who also compared the pair."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_one_of("loss_type", LOSS_TYPES)
        self.require_not_negative("star_margin")
