"""What an image encoder makes of renders, as the product reads it of takes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from benchmarks.array_cache import Arrays, cached_arrays
from benchmarks.house_style.points import digest
from benchmarks.reward_accuracy.renders import Scenes, drawing_source, drawn_styles, render_row
from finetune.reward.features.image_encoder import groups_of
from finetune.reward.features.sets import Groups
from generation.image_encoder import FRAMES_AT_ONCE, ImageEncoder, open_image_encoder


def make_encoded(options: argparse.Namespace, scenes: Scenes) -> Groups:
    """Of all rows; cached by what they are. Invalid where the folder of `--encoder` holds none."""
    encoder = open_image_encoder(Path(options.encoder))
    about = (*scenes.captions, str(options.seed), str(scenes.varied), *drawing_source())
    path = Path(options.work) / f"{digest('encoded', encoder.sha256, *about)}.npz"
    arrays, _ = cached_arrays(path, lambda: read_renders(options, scenes, encoder))
    return {name: torch.from_numpy(values).float() for name, values in arrays.items()}


def read_renders(options: argparse.Namespace, scenes: Scenes, encoder: ImageEncoder) -> Arrays:
    drawn = drawn_styles(options, len(scenes.captions) // scenes.each, scenes.varied)
    rows, parts = torch.arange(len(scenes.captions)), list[Groups]()
    with encoder.loaded() as loaded:
        for some in tqdm(rows.split(FRAMES_AT_ONCE), desc="image encoder", file=sys.stderr, disable=None):
            pictures = [render_row(scenes.captions[row], *drawn[row])[None] for row in some.tolist()]
            parts.append(groups_of(loaded, pictures))
    return {name: torch.cat([part[name] for part in parts]).half().numpy() for name in parts[0]}
