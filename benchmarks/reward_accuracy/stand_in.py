"""Trains a small image encoder on renders, as a stand-in for one that a studio brings: `python -m benchmarks.reward_accuracy.stand_in`.

It learns what encoders learn that studios have: to tell captions by the picture, and to know a picture again that was cropped and
changed a little (language and self-supervision together, as SLIP, arXiv 2112.12750). No taste and no style is among its labels:
captions do not name the colour of a coat, how a corner is cut, or where a car faces. Captions that rewards are judged on are
left out. It takes about ten minutes on one core, and is not kept in the repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, normalize
from tqdm import tqdm
from transformers import ResNetConfig, ResNetModel

from benchmarks.house_style.points import BenchmarkSetup, held_out_prompts, judged_prompts
from benchmarks.reward_accuracy.renders import draw_style
from benchmarks.synthetic.labels import ATTRIBUTES, CHOICES, label_indices, sample_content
from benchmarks.synthetic.scenes import parse_caption, render

SIDE, RENDERED = 96, 128  # pixels that it reads, and that are drawn
WIDTHS = (32, 64, 128)
TEMPERATURE = 0.2
SMALLEST_CROP = 0.6  # of a side
JITTER = 0.15  # of brightness and of each colour
LEARNING_RATE = 2e-3


def make_pictures(count: int, seed: int, judged: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(renders [count, 3, 96, 96] in [-1, 1], the labels of their captions [count, 5])."""
    left_out = {parse_caption(text) for text in left_out_captions(judged)}
    rng, pictures, labels = np.random.default_rng([seed, 7]), list[np.ndarray](), list[list[int]]()
    with tqdm(total=count, desc="rendering", file=sys.stderr, disable=False) as bar:
        while len(pictures) < count:
            content = sample_content(rng)
            if content in left_out:
                continue
            style, number = draw_style([seed, 7, len(pictures)], varied=True)
            drawn = Image.fromarray(render(content, style, RENDERED, 1, number)[0])
            pictures.append(np.asarray(drawn.resize((SIDE, SIDE), Image.Resampling.BICUBIC)))
            labels.append(label_indices(content))
            bar.update()
    pixels = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
    return pixels.float() / 127.5 - 1, torch.tensor(labels)


def left_out_captions(judged: int) -> list[str]:
    setup = BenchmarkSetup(held_out=judged)
    return [*judged_prompts(setup, judged), *held_out_prompts(setup)]


def view(pixels: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    """Cropped somewhere and in a slightly other light, each picture by itself; never turned round."""
    count = len(pixels)
    size = SMALLEST_CROP + (1 - SMALLEST_CROP) * torch.rand(count, generator=chance)
    shift = (1 - size)[:, None] * (2 * torch.rand(count, 2, generator=chance) - 1)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = size, size, shift
    cropped = grid_sample(pixels, affine_grid(matrix, list(pixels.shape), align_corners=False), align_corners=False)
    light = 1 + JITTER * (2 * torch.rand(count, 3, 1, 1, generator=chance) - 1)
    return (cropped + 1) * light - 1 + 0.03 * torch.randn(cropped.shape, generator=chance)


def contrastive(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """That each picture's two views are nearest to each other (NT-Xent, arXiv 2002.05709)."""
    both = normalize(torch.cat([one, other]), dim=1)
    alike = (both @ both.T / TEMPERATURE).fill_diagonal_(-1e9)
    count = len(one)
    return cross_entropy(alike, torch.cat([torch.arange(count) + count, torch.arange(count)]))


def train(pixels: torch.Tensor, labels: torch.Tensor, steps: int, batch: int, seed: int) -> ResNetModel:
    torch.manual_seed(seed)
    config = ResNetConfig(
        embedding_size=WIDTHS[0], hidden_sizes=list(WIDTHS), depths=[1] * len(WIDTHS), layer_type="basic"
    )
    network = ResNetModel(config)
    heads = torch.nn.ModuleList(torch.nn.Linear(WIDTHS[-1], len(CHOICES[name])) for name in ATTRIBUTES)
    projection = torch.nn.Sequential(torch.nn.Linear(WIDTHS[-1], 128), torch.nn.ReLU(), torch.nn.Linear(128, 64))
    weights = [*network.parameters(), *heads.parameters(), *projection.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    chance = torch.Generator().manual_seed(seed)
    network.train()
    with tqdm(range(steps), desc="training", file=sys.stderr, disable=False) as bar:
        for _ in bar:
            rows = torch.randint(len(pixels), (batch,), generator=chance)
            views = torch.cat([view(pixels[rows], chance), view(pixels[rows], chance)])
            pooled = network(pixel_values=views).pooler_output.flatten(1)
            named = torch.stack(
                [cross_entropy(head(pooled), labels[rows, k].repeat(2)) for k, head in enumerate(heads)]
            ).mean()
            again = contrastive(*projection(pooled).chunk(2))
            optimiser.zero_grad()
            (named + again).backward()
            optimiser.step()
            schedule.step()
            bar.set_postfix(labels=f"{float(named):.2f}", contrast=f"{float(again):.2f}")
    return network.eval()


def save(network: ResNetModel, folder: Path) -> None:
    network.save_pretrained(folder)
    written = {
        "image_processor_type": "ConvNextImageProcessor",
        "size": {"shortest_edge": SIDE},
        "crop_pct": 1.0,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(written))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reward_accuracy.stand_in", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--judged", type=int, default=125, help="captions that are left out, and as many unseen ones")
    options = parser.parse_args(words)
    pixels, labels = make_pictures(options.pictures, options.seed, options.judged)
    save(train(pixels, labels, options.steps, options.batch, options.seed), options.out)
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
