"""The opponent: plain Diffusion-DPO (arXiv 2311.12908) as the diffusers research script trains it.

Written anew after `examples/research_projects/diffusion_dpo/train_diffusion_dpo.py` and the command in its README. Kept:
-log sigmoid of the difference of differences of mean squared errors over latents, one uniform time and one noise per
pair, the reference run beside the model at every step, AdamW with weight decay 0.01 at a constant rate, gradients clipped
at 1, random horizontal flips, ties trained as wins of the first picture, every row trained on, the last step kept.
So there are no soft labels, no smoothing, no guard, no anchor, no held-out pairs, no refusal.

Not kept, because it favours the opponent or makes no difference: the adapter is the recipe's own (rank and layers; the script's is rank 4 on
attention, its first weights drawn otherwise), latents are the family's (the script samples from the autoencoder's
posterior), and they are encoded once.
Pairs called both bad have no winner and no place in the script's data: they are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch.nn.functional import logsigmoid
from tqdm import tqdm

from feedback.errors import Invalid, Refused
from feedback.models import versions
from feedback.preferences import dataset
from feedback.store import Studio, media
from finetune.data.batches import Batch, side_errors
from finetune.data.pixels import read_pixels
from finetune.settings import LoraSettings, Recipe
from finetune.tunable_model import NAME, TunableModel, load_tunable_model
from generation.models.adapters import save_adapter
from generation.request import Request
from generation.sampling import deterministic

ENCODED_AT_ONCE = 8  # the script's vae_encode_batch_size
GRID = [(beta, rate) for beta in (200.0, 1000.0, 5000.0) for rate in (1e-5, 1e-4, 5e-4)]


@dataclass(frozen=True)
class PlainRecipe:
    """The script's options, by our names."""

    beta: float = 5000.0
    """As in z = -beta/2 (...): the script's `beta_dpo`, 2500, multiplies the whole difference."""
    learning_rate: float = 5e-4
    """The script's default; the command in its README has 1e-5."""
    batch_size: int = 32
    """Pairs a step: 16 times 2 accumulated in the README's command."""
    max_steps: int = 150
    """Steps; the last one is kept."""
    weight_decay: float = 1e-2
    """AdamW's."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm."""
    flips: bool = True
    """Whether each picture is mirrored every second time."""
    lora_r: int = 16
    """Rank of the adapter, as in the product's recipe."""
    lora_targets: tuple[str, ...] | None = None
    """Layers of the adapter, likewise; null takes the family's own."""
    seed: int = 0
    """Of everything random."""


@dataclass(frozen=True)
class Row:
    """One judgement as the script's dataset has it."""

    prompt: str
    winner: str  # sha256 of the archived media
    loser: str


def plain_loss(
    winner: torch.Tensor, loser: torch.Tensor, winner_ref: torch.Tensor, loser_ref: torch.Tensor, beta: float
) -> torch.Tensor:
    """Mean squared errors [B] of the tuned model and of the reference -> [B]."""
    logits = (winner_ref - loser_ref) - (winner - loser)
    return -logsigmoid(beta / 2 * logits)


def plain_rows(studio: Studio) -> list[Row]:
    """One row per ballot; a tie is a win of the left take, as `label_0 != 0` reads it."""
    collected = dataset.collect(studio)
    return [
        make_row(collected, pair, verdict)
        for pair in collected.pairs
        for _, _, verdict in pair["judgements"]
        if verdict != "both_bad"
    ]


def make_row(collected: dataset.Preferences, pair: dataset.Pair, verdict: str) -> Row:
    left, right = collected.takes[str(pair["left"])], collected.takes[str(pair["right"])]
    prompt = collected.prompts[str(pair["brief"])]
    return Row(prompt, right, left) if verdict == "right" else Row(prompt, left, right)


def tune_plain(studio: Studio, recipe: PlainRecipe) -> str:
    """Trains on every ballot and registers the last step as a candidate; returns its name."""
    rows = plain_rows(studio)
    if not rows:
        raise Refused("nothing was judged yet")
    with deterministic():
        model = load_tunable_model(studio, untuned_version(studio), adapter_of(recipe))
        train(model, load_data(studio, model, rows), rows, recipe)
        return register(studio, model)


def adapter_of(recipe: PlainRecipe) -> Recipe:
    """The part of a product's recipe that the adapter depends on."""
    targets = None if recipe.lora_targets is None else tuple(recipe.lora_targets)
    return Recipe(seed=recipe.seed, lora=LoraSettings(r=recipe.lora_r, alpha=recipe.lora_r, target_modules=targets))


def untuned_version(studio: Studio) -> str:
    """Production's base without adapters: every night trains anew on all ballots, as the product's default does."""
    base = versions.get_version(studio, versions.production_version(studio))["base"]
    rows = studio.rows("SELECT name FROM versions WHERE base = ? AND adapters = '[]' ORDER BY created, name", (base,))
    return str(rows[0]["name"])


@dataclass(frozen=True)
class Data:
    """What the rows are made of, encoded once."""

    latents: dict[str, torch.Tensor]  # sha256 -> [2, z, F, H, W]: as it is, and mirrored
    conditions: dict[str, dict[str, torch.Tensor]]  # prompt -> the family's condition


def load_data(studio: Studio, model: TunableModel, rows: list[Row]) -> Data:
    names = sorted({name for row in rows for name in (row.winner, row.loser)})
    latents: dict[str, torch.Tensor] = {}
    for start in tqdm(range(0, len(names), ENCODED_AT_ONCE), desc="plain: encoding", file=sys.stderr):
        group = names[start : start + ENCODED_AT_ONCE]
        pixels = torch.stack([read_pixels(media.path_of(studio, name)) for name in group])
        ways = [model.family.encode_media(model.pipe, each).float() for each in (pixels, pixels.flip(-1))]
        latents |= dict(zip(group, torch.stack(ways, dim=1), strict=True))
    frames, tall, wide = pixels.shape[-3:]  # one benchmark's takes are of one size
    prompts = sorted({row.prompt for row in rows})
    return Data(latents, {prompt: encode(model, prompt, (wide, tall, frames)) for prompt in prompts})


def encode(model: TunableModel, prompt: str, size: tuple[int, int, int]) -> dict[str, torch.Tensor]:
    """`size`: width, height, frames."""
    kind = "still" if size[-1] == 1 else "clip"
    request = Request(prompt, "", kind, *size, steps=1, guidance=1.0, fps=Fraction(24))
    return {name: value[0] for name, value in model.family.encode_prompt(model.pipe, [request]).items()}


def train(model: TunableModel, data: Data, rows: list[Row], recipe: PlainRecipe) -> None:
    """The script's loop."""
    weights = list(model.trainable.values())
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    model.train()
    batches = shuffled(len(rows), recipe)
    for _ in tqdm(range(recipe.max_steps), desc="plain", unit="step", file=sys.stderr):
        batch = make_batch(model, data, [rows[index] for index in next(batches)], recipe)
        loss = step_loss(model, batch, recipe.beta)
        if not bool(torch.isfinite(loss)):
            raise Invalid(f"plain DPO at beta {recipe.beta:g} and rate {recipe.learning_rate:g}: the loss is no number")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, recipe.max_grad_norm)
        optimizer.step()
    model.eval()


def shuffled(count: int, recipe: PlainRecipe) -> Iterator[list[int]]:
    """Batches of indices for ever, in a new order each epoch; an epoch's last batch may be short."""
    torch.manual_seed(recipe.seed)
    while True:
        order = torch.randperm(count).tolist()
        yield from (order[start : start + recipe.batch_size] for start in range(0, count, recipe.batch_size))


def make_batch(model: TunableModel, data: Data, rows: list[Row], recipe: PlainRecipe) -> Batch:
    """Winners on the left, losers on the right; each picture is mirrored on its own, as the script does."""
    names = [row.winner for row in rows] + [row.loser for row in rows]
    ways = torch.randint(2, (len(names),)).tolist() if recipe.flips else [0] * len(names)
    x0 = torch.stack([data.latents[name][way] for name, way in zip(names, ways, strict=True)])
    noise = torch.randn(x0[: len(rows)].shape).to(x0).repeat(2, *[1] * (x0.dim() - 1))
    levels = (model.low + (model.high - model.low) * torch.rand(len(rows))).repeat(2)
    t = levels.to(x0)
    x_t, target = model.family.objective.noise(x0, noise, t)
    conditions = [data.conditions[row.prompt] for row in rows] * 2
    condition = {name: torch.stack([each[name] for each in conditions]) for name in conditions[0]}
    return Batch(x_t, target, t, condition, tuple(levels.tolist()))


def step_loss(model: TunableModel, batch: Batch, beta: float) -> torch.Tensor:
    winner, loser = side_errors(model, batch).errors
    with torch.no_grad(), model.reference():
        winner_ref, loser_ref = side_errors(model, batch).errors
    return plain_loss(winner, loser, winner_ref, loser_ref, beta).mean()


def register(studio: Studio, model: TunableModel) -> str:
    name = versions.next_name(studio)
    sha256 = save_adapter(model.networks, studio.models_folder / name, name=NAME)
    adapter = {"folder": f"models/{name}", "sha256": sha256, "weight": 1.0}
    versions.register_candidate(studio, name, model.base, [*model.adapters, adapter])
    return name
