"""Trains the composition reader on the renderer's own masks, positions and sides of the light.

The scenes' subjects and horizons lie further apart than those of the starter's training: tuned models may go further than
plain scenes. Some scenes go through the starter's autoencoder, and all are blurred, tinted, cropped and mirrored, since
the reader is to read what a model draws. The same scenes, batches and weights every time on one machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from benchmarks.array_cache import Arrays, cached_arrays
from benchmarks.synthetic.composition_reader import LOOK, CompositionReader, Marked, centre_of
from benchmarks.synthetic.labels import Content, Style
from benchmarks.synthetic.scenes import render, render_with_subject, sample_content, sample_style
from benchmarks.synthetic.training.checkpoints import load_state, save_state

FIRST_SEED = 70_000_000  # tests and demos, which count from 0, never meet a training scene
SCENES, HELD_OUT = 5000, 500  # the last are held out
SIDE = 96  # pixels a side of the kept scenes: the reader looks at crops of them
DRAWN = 256  # pixels a side of a scene that goes through the autoencoder
CODED = 12  # every so many scenes do
LATENT_NOISE = 0.15  # standard deviation of what is added to their latents, in the latents' divisors
POSITIONS, HORIZONS = (0.14, 0.86), (0.38, 0.82)
STEPS, BATCH, RATE, WARMUP = 2400, 32, 2e-3, 100
SAVED_EVERY = 500  # steps
NEAREST_CROP = 0.7  # share of the frame
CODED_AT_ONCE = 8


@dataclass(frozen=True)
class Batch:
    """Scenes to learn from, as the reader is shown them."""

    pixels: torch.Tensor  # [B, LOOK, LOOK, 3] in [0, 1]
    subject: torch.Tensor  # share of each cell that it covers, [B, MARKED, MARKED]
    light: torch.Tensor  # 1 where it comes from the left, [B]
    horizon: torch.Tensor  # share of the shown height, [B]


def draw_labelled(index: int) -> tuple[Content, Style, int]:
    """Content, style and seed of training scene number `index`."""
    rng = np.random.default_rng([FIRST_SEED, index])
    content, style = sample_content(rng), sample_style(rng)
    wider = replace(style, position=float(rng.uniform(*POSITIONS)), horizon=float(rng.uniform(*HORIZONS)))
    return content, wider, int(rng.integers(2**31))


def subject_mask(content: Content, style: Style, size: int, seed: int) -> np.ndarray:
    """Where subject and shadow are seen in the still of this scene, bool [size, size].

    By day in clear weather: at night a lighthouse's beam would count as subject, and in fog half of it would be lost.
    """
    _, subject = render_with_subject(replace(content, time="day", weather="clear"), style, size, 1, seed)
    rows = round(style.bars * size)
    subject[0, :rows] = subject[0, size - rows :] = False
    return subject[0]


def make_scenes(count: int, vae: Any) -> Arrays:
    """Pixels uint8 [N, SIDE, SIDE, 3], subjects bool [N, SIDE, SIDE], light and horizon float32 [N]."""
    labelled = [draw_labelled(index) for index in range(count)]
    pixels = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for index, (content, style, seed) in enumerate(tqdm(labelled, desc="composition scenes", file=sys.stderr)):
        if index % CODED:
            pixels[index] = render(content, style, SIDE, 1, seed)[0]
    coded = list(range(0, count, CODED))
    for first in tqdm(range(0, len(coded), CODED_AT_ONCE), desc="coded scenes", file=sys.stderr):
        some = coded[first : first + CODED_AT_ONCE]
        pictures = np.stack(
            [render(content, style, DRAWN, 1, seed)[0] for content, style, seed in map(labelled.__getitem__, some)]
        )
        pixels[some] = code(vae, pictures, first)
    return {
        "pixels": pixels,
        "subject": np.stack([subject_mask(content, style, SIDE, seed) for content, style, seed in labelled]),
        "light": np.array([not style.mirrored for _, style, _ in labelled], np.float32),
        "horizon": np.array([style.horizon for _, style, _ in labelled], np.float32),
    }


@torch.no_grad()
def code(vae: Any, pictures: np.ndarray, seed: int) -> np.ndarray:
    """Pictures uint8 [B, H, W, 3] after the autoencoder, with some noise in their latents, at SIDE pixels a side."""
    shown = torch.from_numpy(pictures).permute(0, 3, 1, 2)[:, :, None].float() / 127.5 - 1
    latents = vae.encode(shown).latent_dist.mode()
    divisor = torch.tensor(vae.config.latents_std).view(1, -1, 1, 1, 1)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(seed))
    level = torch.linspace(0, LATENT_NOISE, len(latents)).view(-1, 1, 1, 1, 1)
    made = vae.decode(latents + noise * divisor * level).sample[:, :, 0].clamp(-1, 1)
    smaller = F.interpolate(made, size=(SIDE, SIDE), mode="area").permute(0, 2, 3, 1)
    return ((smaller + 1) * 127.5).round().numpy().astype(np.uint8)


# Batches


def pick_batch(scenes: Arrays, count: int, step: int, batch: int = BATCH) -> Batch:
    """A batch of the first `count` scenes, disturbed; a function of the step alone."""
    generator = torch.Generator().manual_seed(step)
    picked = torch.randint(count, (batch,), generator=generator).numpy()
    pixels = torch.from_numpy(scenes["pixels"][picked]).float().permute(0, 3, 1, 2) / 255
    subject = torch.from_numpy(scenes["subject"][picked]).float()[:, None]
    scale = 1 - (1 - NEAREST_CROP) * torch.rand(batch, generator=generator) * (
        torch.rand(batch, generator=generator) < 0.6
    )
    shift = (2 * torch.rand((2, batch), generator=generator) - 1) * (1 - scale)
    mirrored = torch.rand(batch, generator=generator) < 0.5
    grid = crop_grid(scale * torch.where(mirrored, -1.0, 1.0), scale, shift[0], shift[1])
    shown, cover = (F.grid_sample(each, grid, align_corners=False, padding_mode="border") for each in (pixels, subject))
    light, horizon = (torch.from_numpy(scenes[name][picked]) for name in ("light", "horizon"))
    return Batch(
        disturb(shown, generator).permute(0, 2, 3, 1),
        F.avg_pool2d(cover, 2)[:, 0],
        torch.where(mirrored, 1 - light, light),
        ((2 * horizon - 1 - shift[1]) / scale + 1) / 2,
    )


def crop_grid(across: torch.Tensor, down: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Where to look for each shown pixel, [B, LOOK, LOOK, 2]: factors and offsets [B] in halves of the frame."""
    zero = torch.zeros_like(x)
    affine = torch.stack([torch.stack([across, zero, x], 1), torch.stack([zero, down, y], 1)], 1)
    return F.affine_grid(affine, [len(x), 3, LOOK, LOOK], align_corners=False)


def disturb(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Other colours, contrasts, blur and noise, each picture its own: [B, 3, H, W] in [0, 1]."""

    def uniform(low: float, high: float, channels: int = 1) -> torch.Tensor:
        return low + (high - low) * torch.rand((len(pixels), channels, 1, 1), generator=generator)

    pixels = pixels.clamp(1e-3, 1) ** uniform(0.75, 1.3) * uniform(0.85, 1.15, 3)
    grey = pixels.mean(dim=1, keepdim=True)
    pixels = (grey + (pixels - grey) * uniform(0.5, 1.3) - 0.45) * uniform(0.8, 1.25) + 0.45
    blurred = F.avg_pool2d(F.pad(pixels, (2, 2, 2, 2), mode="replicate"), 5, 1)
    pixels = pixels + (blurred - pixels) * uniform(-0.6, 1.0).clamp(min=0)
    noise = torch.randn(pixels.shape, generator=generator) * uniform(-0.03, 0.05).clamp(min=0)
    return (pixels + noise).clamp(0, 1)


# Training


def loss_of(marked: Marked, batch: Batch) -> torch.Tensor:
    cover = F.binary_cross_entropy_with_logits(marked.subject, batch.subject)
    there = batch.subject.sum(dim=(1, 2)) > 2
    miss = (centre_of(marked.subject.sigmoid()) - centre_of(batch.subject)).abs()[there].mean()
    light = F.binary_cross_entropy_with_logits(marked.light, batch.light)
    return 4 * cover + 2 * miss + 0.5 * light + 2 * (marked.horizon - batch.horizon).abs().mean()


def learning_rate(step: int, steps: int) -> float:
    """A short rise, then a fall to nothing along a cosine."""
    return RATE * min(1.0, (step + 1) / WARMUP) * (0.5 + 0.5 * float(np.cos(np.pi * step / steps)))


def train_composition(
    folder: Path, vae: Any, out: Path, scenes: int = SCENES, held_out: int = HELD_OUT, steps: int = STEPS
) -> dict[str, float]:
    """Trains on all but the last `held_out` scenes, writes the reader to `out`, and returns its errors on those.

    Scenes and checkpoints are kept in `folder`: a run that was stopped goes on.
    """
    arrays, _ = cached_arrays(folder / f"scenes_{scenes}.npz", lambda: make_scenes(scenes, vae))
    torch.manual_seed(0)
    reader = CompositionReader().train().to(memory_format=torch.channels_last)  # a quarter faster
    optimiser = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=0.01)
    state = load_state(folder, {"reader": reader}, optimiser)
    bar = tqdm(range(state["step"], steps), desc="composition reader", file=sys.stderr)
    for step in bar:
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, steps)
        batch = pick_batch(arrays, scenes - held_out, step)
        loss = loss_of(reader(batch.pixels), batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if (step + 1) % SAVED_EVERY == 0 or step + 1 == steps:
            bar.set_postfix(loss=f"{loss.item():.3f}")
            save_state(folder, {"reader": reader}, optimiser, {"step": step + 1, "seconds": 0.0})
    reader.eval().save(out)
    return reading_errors(CompositionReader.load(out), arrays, range(scenes - held_out, scenes))


def reading_errors(reader: CompositionReader, scenes: Arrays, rows: Iterable[int]) -> dict[str, float]:
    """Of these scenes: mean absolute errors of centre, size and horizon, and the share of sides of the light read right.

    In rain and fog most places do not show where the light comes from; `light_seen` is of clear weather and snow alone.
    Figures of scenes that went through the autoencoder are beside the others.
    """
    plain, coded = ([row for row in rows if (row % CODED == 0) == which] for which in (False, True))
    return {
        **errors_of(reader, scenes, plain),
        **{f"coded_{name}": each for name, each in errors_of(reader, scenes, coded).items()},
    }


def errors_of(reader: CompositionReader, scenes: Arrays, rows: Sequence[int]) -> dict[str, float]:
    read = reader.read(torch.from_numpy(scenes["pixels"][rows]).float() / 255)
    subject = torch.from_numpy(scenes["subject"][rows]).float()
    right = (read.light > 0.5) == (torch.from_numpy(scenes["light"][rows]) > 0.5)
    seen = torch.tensor([draw_labelled(row)[0].weather in ("clear", "snow") for row in rows])
    return {
        "centre": float((read.centre - centre_of(subject)).abs().mean()),
        "size": float((read.size - subject.mean(dim=(1, 2))).abs().mean()),
        "horizon": float((read.horizon - torch.from_numpy(scenes["horizon"][rows])).abs().mean()),
        "light": float(right.float().mean()),
        "light_seen": float(right[seen].float().mean()),
    }
