"""What a run measures, as its row in the record keeps it (JSON)."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from feedback.models.lineage import ImageEncoderBehind


class Evaluation(TypedDict):
    """How the tuned model does on held-out pairs, at one strength of the adapter."""

    strength: float
    heldout_loss: float
    heldout_accuracy: float
    heldout_accuracy_low: float  # bounds of its confidence sequence
    heldout_accuracy_high: float
    heldout_pairs: int
    winner_error_ratio: float  # denoising error of the chosen takes, relative to the reference's
    loser_error_ratio: float
    unexplained: NotRequired[float]  # of method guided: 0 is all the way to its targets, 1 is nowhere


class StepEvaluation(Evaluation):
    """The same, of one step."""

    step: int


class LogEntry(StepEvaluation):
    """The same, with the mean of each part of the training loss at that step."""

    train: dict[str, float]


class RewardModelMetrics(TypedDict):
    """The reward model of a run; its fields are described in reward/model.py."""

    features: str
    penalty: float
    within_prompt_std: float
    accuracy: float
    loss: float
    reliability: float
    rbf_features: bool
    pairs: int


class RankedTakesMetrics(TypedDict):
    """Of method ranked: what it ranked."""

    recorded: int  # takes that production had drawn already
    drawn: int  # takes that runs drew to rank them
    best_of_brief: float  # reward of a brief's best take above its mean, in within-prompt deviations


class SignalMetrics(TypedDict):
    """What a signal beside verdicts on pairs does to the prediction of such verdicts, on held-out briefs."""

    counts: bool  # or it was left out, since they are predicted better without
    loss_with: float
    loss_without: float


class PeopleRewardsMetrics(TypedDict):
    """Whether people differ; who does is for supervisors, on the page Agreement."""

    number: int  # of people who judged enough
    own_rewards: bool  # whether rewards of their own predict held-out verdicts better than one of all
    loss: float  # mean cross-entropy of these


class LibraryMetrics(TypedDict):
    """Frames and clips of the studio's library."""

    items: int
    stills: int
    clips: int
    titles: list[str]
    without_caption: int
    sizes: dict[str, int]  # how many, by width, height and frames that they are cut to
    heldout: int  # of a run on the library alone
    left_out: dict[str, int]  # how many, by the reason


class LibraryPairsMetrics(TypedDict):
    """Frames of the library against takes of the model, beside people's judgements."""

    weight: float  # of all of them, relative to all judgements; 0 is without
    against: str | None  # own_takes, redrawn or copies_over_takes; None at weight 0
    items: int
    loss_with: float  # mean cross-entropy of held-out verdicts
    loss_without: float
    reason: str  # recipe, too_few, too_many, no_help or helps
    why: str  # the same in words


class MemoryMetrics(TypedDict):
    """What a run took, and what it did so that it fits."""

    peak_bytes: int  # of the GPU; on a processor what was resident at most
    pieces: dict[str, int]  # by use of a network and shape of latents: most items at a time
    gradient_checkpointing: bool
    vae_tiling: bool
    offload: bool
    sharded: bool  # whether each process held only a part of the frozen weights
    notes: list[str]  # what was done for want of memory, a line each


class RunMetrics(TypedDict, total=False):
    """All of a run. `chosen_step` and the held-out numbers are those of the kept adapter."""

    judgements: int
    pointed: int  # of them verdicts whose person pointed at a part of either take
    people: int
    pairs: int
    train_pairs: int
    heldout_briefs: int
    reference: str  # the version in production when the run began
    label_smoothing: float  # mean label noise of the training pairs
    tuned: dict[str, tuple[float, float]]  # denoisers with an adapter: lowest and highest noise level trained on
    untuned: list[str]  # denoisers without
    device: str  # kind of machine part that tuned: cpu, cuda, mps
    beta: float | None
    library: LibraryMetrics  # where the library is learned from
    library_pairs: LibraryPairsMetrics  # likewise beside judgements
    stands_on: str  # the version whose library adapter is under the tuned one
    reward_model: RewardModelMetrics
    image_encoder: ImageEncoderBehind  # where the recipe names one
    ranked_takes: RankedTakesMetrics
    signals: dict[str, SignalMetrics]  # rankings, stars, both_bad, circles and tags, as far as there are any
    people_rewards: PeopleRewardsMetrics  # where two or more judged enough
    noise_attenuation: dict[str, dict[str, float]]  # by noise level, by group of features
    reward_under_noise: dict[
        str, float
    ]  # by noise level: share of the reward that hidden states there tell, on held-out briefs
    strength: float
    measured_gain: float  # that people are expected to see: by a reward model of other features, where there is one
    believed_gain: float  # by the reward model that takes were moved by
    gain_judged_by: str  # features of the reward model that measured it
    kept_content: float  # what drawn takes keep of the reference's own at this strength (guided/quality.py)
    kept_error: float
    kept_variety: float
    drawn_strengths: list[float]  # that the strength was chosen from
    heldout_loss: float
    heldout_accuracy: float
    heldout_accuracy_low: float
    heldout_accuracy_high: float
    heldout_pairs: int
    winner_error_ratio: float
    loser_error_ratio: float
    unexplained: float
    steps: int
    chosen_step: int | None
    seconds: float
    cache_seconds: float
    memory: MemoryMetrics
    processes: int  # where there were several
    refused_checkpoints: list[str]  # a line each: which file, and what is wrong with it
    log: list[LogEntry]
