"""Trains the starter model from nothing: scenes, autoencoder, latents, denoiser, export, content reader.

    python -m generation.starter.train --work .train
    python -m generation.starter.train --work .train --stage denoiser --denoiser-minutes 120

Each stage goes on from its checkpoint. Minutes are those of the whole stage, earlier runs counted in.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

from generation.starter import WEIGHTS
from generation.starter.architecture import build_autoencoder
from generation.starter.dataset import load_dataset, render_dataset
from generation.starter.export import export_pipeline, load_autoencoder, load_averaged_denoiser
from generation.starter.train_autoencoder import train_autoencoder
from generation.starter.train_denoiser import cache_latents, train_denoiser

STAGES = ("scenes", "autoencoder", "latents", "denoiser", "export", "reader")


def run_stage(stage: str, options: argparse.Namespace) -> None:
    work: Path = options.work
    if stage == "scenes":
        render_dataset(work / "scenes", options.scenes)
        return
    pixels, labels, captions = load_dataset(work / "scenes")
    if stage == "autoencoder":
        train_autoencoder(build_autoencoder(), pixels, work / "vae", options.autoencoder_minutes)
        return
    if stage == "reader":
        from generation.starter.reader import train_reader

        print(json.dumps({"reader": train_reader(pixels, labels)}))
        return
    vae = load_autoencoder(work / "vae")
    latents = cache_latents(vae, pixels, work / "latents.pt")
    if stage == "denoiser":
        train_denoiser(latents, captions, work / "denoiser", options.denoiser_minutes)
    elif stage == "export":
        export_pipeline(vae, load_averaged_denoiser(work / "denoiser"), latents, options.out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(".train"), help="folder for scenes and checkpoints")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the finished pipeline")
    parser.add_argument("--stage", choices=(*STAGES, "all"), default="all")
    parser.add_argument("--scenes", type=int, default=16000)
    parser.add_argument("--autoencoder-minutes", type=float, default=4)
    parser.add_argument("--denoiser-minutes", type=float, default=45)
    options = parser.parse_args()
    torch.manual_seed(0)
    # Tiny optimiser moments become denormal numbers, which this arithmetic does many times slower.
    torch.set_flush_denormal(True)
    for stage in STAGES if options.stage == "all" else (options.stage,):
        print(f"stage {stage}", file=sys.stderr)
        run_stage(stage, options)


if __name__ == "__main__":
    main()
