"""Hidden states of the starter's denoiser for renders, as the product reads them of takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.array_cache import Arrays, cached_arrays
from benchmarks.house_style.points import BenchmarkSetup, digest
from benchmarks.reward_accuracy.judging import name_of
from benchmarks.reward_accuracy.renders import Scenes
from finetune.data.batches import fixed_noise
from finetune.reward.features.hidden_states import READ_AT_ONCE, grid_features
from finetune.reward.features.sets import Groups
from generation.families.hidden import LEVEL
from generation.models.loading import load_base
from generation.request import request_of
from generation.starter import WEIGHTS


def make_states(options: argparse.Namespace, scenes: Scenes) -> Groups:
    """Of all rows; cached by what they are."""
    pipe, family, sha256 = load_base(str(WEIGHTS))
    about = (*scenes.captions, str(options.seed), f"{LEVEL:g}", str(scenes.varied))
    path = Path(options.work) / f"{digest('states', sha256, *about)}.npz"
    arrays, _ = cached_arrays(path, lambda: read_states(options, scenes, pipe, family))
    return {name: torch.from_numpy(values).float() for name, values in arrays.items()}


@torch.no_grad()
def read_states(options: argparse.Namespace, scenes: Scenes, pipe: Any, family: Any) -> Arrays:
    network = pipe.transformer.float().eval()
    setup, parts = BenchmarkSetup(seed=options.seed), list[Groups]()
    rows = torch.arange(len(scenes.captions))
    for some in tqdm(rows.split(READ_AT_ONCE), desc="hidden states", file=sys.stderr, disable=None):
        x_t = noisy(family, scenes.latents[some], [name_of(int(row)) for row in some])
        requests = [request_of(setup.brief(scenes.captions[int(row)])) for row in some]
        condition = {name: values.float() for name, values in family.encode_prompt(pipe, requests).items()}
        parts.append(grid_features(family.hidden_states(network, x_t, torch.full((len(some),), LEVEL), condition)))
    return {name: torch.cat([part[name] for part in parts]).half().numpy() for name in parts[0]}


def noisy(family: Any, x0: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
    noise = torch.stack([fixed_noise(name, x0[0].shape) for name in names])
    return family.objective.noise(x0, noise, torch.full((len(x0),), LEVEL))[0]
