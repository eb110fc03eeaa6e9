"""Trains the starter's denoiser, and the text encoder with it, on cached latents of stills and clips (flow matching)."""

from __future__ import annotations

import copy
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.synthetic.training.architecture import build_denoiser, build_text_encoder, build_tokenizer
from benchmarks.synthetic.training.arithmetic import quick_arithmetic
from benchmarks.synthetic.training.checkpoints import load_state, save_state
from benchmarks.synthetic.training.mixture import Batch, Mixture
from benchmarks.synthetic.training.optimiser import MuonAndAdamW

PEAK_RATE = 6.0e-4
SHIFT = 3.0  # of the noise levels at SHIFT_TOKENS, as the scheduler's
SHIFT_TOKENS = 64
SHIFT_GROWTH = 0.25
WARMUP = 100  # steps
LOG_STEPS = 50
SAVE_SECONDS = 60
SUBJECT_WEIGHT = 6.0  # how much more a token's error counts where the subject is, when there is next to no noise left
AVERAGE = 0.999  # decay of the averaged weights, which are the ones kept


def embed(text_encoder: torch.nn.Module, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Embeddings [B, L, D] with zeros after the end token, as WanPipeline pads them."""
    return text_encoder(ids, mask).last_hidden_state * mask[..., None]


def noise_levels(count: int, tokens: int, generator: torch.Generator) -> torch.Tensor:
    """Logit-normal levels in (0, 1), shifted towards noise (SD 3, arXiv 2403.03206).

    The more tokens show the same scene, the more noise it takes to hide it. With SD 3's root of their count clips would
    see less noise than half in one of 170 cases, and that is where their detail is made: the shift grows more slowly.
    """
    shift = SHIFT * (tokens / SHIFT_TOKENS) ** SHIFT_GROWTH
    level = torch.randn(count, generator=generator).sigmoid()
    return shift * level / (1 + (shift - 1) * level)


class Denoiser(torch.nn.Module):
    """The two parts that are trained together."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.transformer = build_denoiser()
        self.text_encoder = build_text_encoder(vocabulary)

    def forward(self, x: torch.Tensor, level: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        condition = embed(self.text_encoder, ids, mask)
        return self.transformer(x, level * 1000, condition, return_dict=False)[0]


def flow_loss(model: Denoiser, batch: Batch, generator: torch.Generator) -> torch.Tensor:
    x0 = batch.x0
    level = noise_levels(len(x0), count_tokens(model.transformer, x0), generator)
    noise = torch.randn(x0.shape, generator=generator)
    weight = level.view(-1, 1, 1, 1, 1)
    made = model((1 - weight) * x0 + weight * noise, level, batch.ids, batch.mask)
    error = (made.float() - (noise - x0)) ** 2
    return (error * token_weights(batch.subject, level)).mean()


def token_weights(subject: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """How much each latent's error counts, [B, 1, F, h, w]; `subject` [B, F, h / 2, w / 2] is its share of the tokens.

    A subject is a few of all the tokens, and the mean hardly hears it. The more noise, the less is added: where a
    subject goes is decided there, and a weight would draw it to where training pictures had one.
    """
    there = (subject > 0).float().repeat_interleave(2, -1).repeat_interleave(2, -2)
    return 1 + SUBJECT_WEIGHT * (1 - level).view(-1, 1, 1, 1, 1) * there[:, None]


def count_tokens(transformer: torch.nn.Module, latents: torch.Tensor) -> int:
    """Of one item of latents [B, C, F, h, w]."""
    return latents[0, 0].numel() // int(np.prod(transformer.config.patch_size))


def learning_rate(step: int, spent: float) -> float:
    """A short rise, then a straight fall over the time there is; spent is the share of it in [0, 1]."""
    return PEAK_RATE * min(1.0, (step + 1) / WARMUP) * (0.03 + 0.97 * (1 - spent))


def take_step(model: Denoiser, optimiser: MuonAndAdamW, batch: Batch, rate: float, generator: torch.Generator) -> float:
    optimiser.set_rate(rate)
    optimiser.zero_grad()
    with quick_arithmetic(count_tokens(model.transformer, batch.x0)):
        loss = flow_loss(model, batch, generator)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


@torch.no_grad()
def follow(average: Denoiser, model: Denoiser, step: int) -> None:
    """Moves the averaged weights towards the model's; faster in the beginning, when the model is far from done."""
    decay = min(AVERAGE, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


def build_model() -> Denoiser:
    return Denoiser(len(build_tokenizer()))


def compile_blocks(model: Denoiser) -> None:
    """Once per split's shape, half a minute each; sizes known beforehand make steps a tenth faster than without."""
    for block in model.transformer.blocks:
        block.compile(dynamic=False)


def summarize(losses: dict[str, list[float]]) -> dict[str, float]:
    """The mean loss of each split, and over all steps as "loss"."""
    means = {split: float(np.mean(each)) for split, each in sorted(losses.items())}
    return {"loss": float(np.mean([loss for each in losses.values() for loss in each])), **means}


def train_denoiser(mixture: Mixture, folder: Path, minutes: float) -> Denoiser:
    """Trains for `minutes` in all, resumed runs counted in; returns the averaged weights.

    Checkpoints and a loss log (JSON lines, a column per split) go to `folder`.
    """
    model = build_model()
    average = copy.deepcopy(model).requires_grad_(False)
    optimiser = MuonAndAdamW(model, model.transformer.blocks, PEAK_RATE)
    parts = {"model": model, "average": average}
    compile_blocks(model)
    state = load_state(folder, parts, optimiser)
    generator = torch.Generator().manual_seed(1000 + state["step"])
    began, saved, losses = time.monotonic() - state["seconds"], time.monotonic(), defaultdict[str, list[float]](list)
    bar = tqdm(desc="denoiser", initial=state["step"], file=sys.stderr)
    with (folder / "loss.jsonl").open("a", buffering=1) as log:
        while (spent := (time.monotonic() - began) / 60 / minutes) < 1:
            batch = mixture.pick(generator)
            loss = take_step(model, optimiser, batch, learning_rate(state["step"], spent), generator)
            losses[batch.split].append(loss)
            state = {"step": state["step"] + 1, "seconds": time.monotonic() - began}
            follow(average, model, state["step"])
            bar.update()
            if state["step"] % LOG_STEPS == 0:
                means = summarize(losses)
                bar.set_postfix({split: f"{mean:.4f}" for split, mean in means.items()})
                log.write(json.dumps({**state, **means}) + "\n")
                losses.clear()
            if time.monotonic() - saved > SAVE_SECONDS:
                saved = time.monotonic()
                save_state(folder, parts, optimiser, state)
    save_state(folder, parts, optimiser, {**state, "done": True})
    return average
