"""Trains the starter's denoiser, and the text encoder with it, on cached latents of rendered stills (flow matching)."""

from __future__ import annotations

import copy
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan
from tqdm import tqdm

from generation.starter.architecture import LONGEST_CAPTION, build_denoiser, build_text_encoder, build_tokenizer
from generation.starter.checkpoints import load_state, save_state
from generation.starter.train_autoencoder import encode_stills, single_frame_convolutions

BATCH = 32
PEAK_RATE = 1.0e-3
CAPTION_DROPOUT = 0.12  # share trained on the empty caption, for classifier-free guidance
SHIFT = 3.0  # of the noise levels, as the scheduler's
WARMUP = 100  # steps
LOG_STEPS = 50
SAVE_SECONDS = 60
AVERAGE = 0.999  # decay of the averaged weights, which are the ones kept


@torch.no_grad()
def cache_latents(vae: AutoencoderKLWan, pixels: np.ndarray, path: Path) -> torch.Tensor:
    """Latent means of all stills, fp16 [N, C, 1, h, w]; once."""
    if path.exists():
        return torch.load(path, weights_only=True)
    parts = []
    with single_frame_convolutions():
        for start in tqdm(range(0, len(pixels), 32), desc="latents", file=sys.stderr):
            batch = torch.from_numpy(np.array(pixels[start : start + 32])).permute(0, 3, 1, 2)[:, :, None]
            parts.append(encode_stills(vae, batch.float() / 127.5 - 1)[0].half())
    latents = torch.cat(parts)
    torch.save(latents, path)
    return latents


def latent_statistics(latents: torch.Tensor) -> tuple[list[float], list[float]]:
    """Mean and divisor per channel, as the autoencoder's config wants them (`latents_mean`, `latents_std`).

    The channels are principal components, from the brightness of a patch (large) to its grain (small). Divided by their
    own deviation all would be equally loud, and the noise would drown the composition no later than the grain: patches
    came out one by one, without a whole. Divided by its root, the large ones are settled first, as in pixels.
    """
    flat = latents[:4096].float().transpose(0, 1).flatten(1)
    deviation = flat.std(1)
    divisor = deviation.sqrt() * deviation.mean().sqrt()  # so that the mean variance is 1
    return flat.mean(1).tolist(), divisor.tolist()


def tokenize(captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, [N, LONGEST_CAPTION], as WanPipeline makes them."""
    made = build_tokenizer()(
        captions, padding="max_length", max_length=LONGEST_CAPTION, truncation=True, return_tensors="pt"
    )
    return made.input_ids, made.attention_mask


def embed(text_encoder: torch.nn.Module, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Embeddings [B, L, D] with zeros after the end token, as WanPipeline pads them."""
    return text_encoder(ids, mask).last_hidden_state * mask[..., None]


def noise_levels(count: int, generator: torch.Generator) -> torch.Tensor:
    """Logit-normal levels in (0, 1), shifted towards noise (SD 3, arXiv 2403.03206)."""
    level = torch.randn(count, generator=generator).sigmoid()
    return SHIFT * level / (1 + (SHIFT - 1) * level)


class Denoiser(torch.nn.Module):
    """The two parts that are trained together."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.transformer = build_denoiser()
        self.text_encoder = build_text_encoder(vocabulary)

    def forward(self, x: torch.Tensor, level: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        condition = embed(self.text_encoder, ids, mask)
        return self.transformer(x, level * 1000, condition, return_dict=False)[0]


def flow_loss(
    model: Denoiser, x0: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    level = noise_levels(len(x0), generator)
    noise = torch.randn(x0.shape, generator=generator)
    weight = level.view(-1, 1, 1, 1, 1)
    made = model((1 - weight) * x0 + weight * noise, level, ids, mask)
    return ((made - (noise - x0)) ** 2).mean()


@dataclass(frozen=True)
class Stills:
    """What the denoiser learns from; every batch is a function of the generator alone."""

    latents: torch.Tensor  # fp16 [N, C, 1, h, w]
    mean: torch.Tensor
    divisor: torch.Tensor
    ids: torch.Tensor  # [N, LONGEST_CAPTION]
    mask: torch.Tensor
    empty_ids: torch.Tensor  # [1, LONGEST_CAPTION]
    empty_mask: torch.Tensor

    @classmethod
    def of(cls, latents: torch.Tensor, captions: list[str]) -> Stills:
        mean, divisor = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in latent_statistics(latents))
        return cls(latents, mean, divisor, *tokenize(captions), *tokenize([""]))

    def pick(self, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """A batch of scaled latents with ids and masks, some captions left out."""
        picked = torch.randint(len(self.latents), (BATCH,), generator=generator)
        dropped = (torch.rand(BATCH, generator=generator) < CAPTION_DROPOUT)[:, None]
        x0 = (self.latents[picked].float() - self.mean) / self.divisor
        ids = torch.where(dropped, self.empty_ids, self.ids[picked])
        return x0, ids, torch.where(dropped, self.empty_mask, self.mask[picked])


def learning_rate(step: int, spent: float) -> float:
    """A short rise, then a straight fall over the time there is; spent is the share of it in [0, 1]."""
    return PEAK_RATE * min(1.0, (step + 1) / WARMUP) * (0.03 + 0.97 * (1 - spent))


def take_step(
    model: Denoiser, optimiser: torch.optim.Optimizer, stills: Stills, rate: float, generator: torch.Generator
) -> float:
    for group in optimiser.param_groups:
        group["lr"] = rate
    loss = flow_loss(model, *stills.pick(generator), generator)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


@torch.no_grad()
def follow(average: Denoiser, model: Denoiser, step: int) -> None:
    """Moves the averaged weights towards the model's; faster in the beginning, when the model is far from done."""
    decay = min(AVERAGE, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)


def train_denoiser(latents: torch.Tensor, captions: list[str], folder: Path, minutes: float) -> Denoiser:
    """Trains for `minutes` in all, resumed runs counted in; returns the averaged weights."""
    stills, model = Stills.of(latents, captions), Denoiser(len(build_tokenizer()))
    average = copy.deepcopy(model).requires_grad_(False)
    optimiser = torch.optim.AdamW(model.parameters(), PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    parts = {"model": model, "average": average}
    for block in model.transformer.blocks:
        block.compile()  # a third faster on a processor; half a minute to begin with
    state = load_state(folder, parts, optimiser)
    generator = torch.Generator().manual_seed(1000 + state["step"])
    began, saved, recent = time.monotonic() - state["seconds"], time.monotonic(), []
    bar = tqdm(desc="denoiser", initial=state["step"], file=sys.stderr)
    with (folder / "loss.jsonl").open("a", buffering=1) as log:
        while (spent := (time.monotonic() - began) / 60 / minutes) < 1:
            rate = learning_rate(state["step"], spent)
            recent.append(take_step(model, optimiser, stills, rate, generator))
            state = {"step": state["step"] + 1, "seconds": time.monotonic() - began}
            follow(average, model, state["step"])
            bar.update()
            if state["step"] % LOG_STEPS == 0:
                bar.set_postfix(loss=f"{np.mean(recent):.4f}")
                log.write(json.dumps({**state, "loss": float(np.mean(recent))}) + "\n")
                recent = []
            if time.monotonic() - saved > SAVE_SECONDS:
                saved = time.monotonic()
                save_state(folder, parts, optimiser, state)
    save_state(folder, parts, optimiser, {**state, "done": True})
    return average
