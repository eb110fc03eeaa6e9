"""Trains the starter model from nothing: scenes, encoder, latents, denoiser, decoder, export, report.

    python -m benchmarks.synthetic.training --work .train
    python -m benchmarks.synthetic.training --work .train --stage denoiser --denoiser-minutes 120
    python -m benchmarks.synthetic.training --work .train --stage export --out generation/starter/weights

Each stage goes on from its checkpoint. Minutes are those of the whole stage, earlier runs counted in. The pipeline is
written to WORK/weights, to be looked at (WORK/report) before it takes the place of the committed one. The content reader and
the composition reader, which judge one model after the other, are trained by --stage reader and --stage composition only.
The latter needs no other stage, takes ten minutes of one processor, and is written to WORK/composition or to --out FILE.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.synthetic.composition_reader import READER
from benchmarks.synthetic.training.architecture import build_autoencoder
from benchmarks.synthetic.training.autoencoder import write_encoder
from benchmarks.synthetic.training.dataset import load_split, load_subjects, render_split
from benchmarks.synthetic.training.decoder import train_decoder
from benchmarks.synthetic.training.denoiser import train_denoiser
from benchmarks.synthetic.training.export import export_pipeline, load_autoencoder, load_averaged_denoiser
from benchmarks.synthetic.training.mixture import Mixture, cache_latents
from benchmarks.synthetic.training.splits import SPLITS

STAGES = ("scenes", "encoder", "latents", "denoiser", "decoder", "export", "report")


def run_stage(stage: str, options: argparse.Namespace) -> None:
    work: Path = options.work
    if stage == "scenes":
        for split in SPLITS:
            render_split(work / "scenes", split, options.processes)
    elif stage == "encoder":
        write_encoder(build_autoencoder(), load_pictures(work), work / "vae")
    elif stage == "latents":
        load_latents(work)
    elif stage == "denoiser":
        train_denoiser(load_mixture(work), work / "denoiser", options.denoiser_minutes)
    elif stage == "decoder":
        parts = load_autoencoder(work / "vae").requires_grad_(True), load_averaged_denoiser(work / "denoiser")
        scenes = [load_split(work / "scenes", split)[0] for split in SPLITS]
        train_decoder(*parts, load_mixture(work), scenes, work / "decoder", options.decoder_minutes)
    elif stage == "export":
        parts = load_autoencoder(work / "decoder"), load_averaged_denoiser(work / "denoiser")
        export_pipeline(*parts, load_latents(work), SPLITS, options.out or work / "weights")
    elif stage == "report":
        from benchmarks.synthetic.report import write_report

        figures = write_report(options.out or work / "weights", work, work / "report", options.takes)
        (work / "report" / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
        print(json.dumps(figures))
    elif stage == "composition":
        from benchmarks.synthetic.report import load_starter
        from benchmarks.synthetic.training.composition import train_composition

        weights = options.out or work / "composition" / READER.name
        print(json.dumps({"composition": train_composition(work / "composition", load_starter().vae, weights)}))
    else:
        from benchmarks.synthetic.reader import train_reader

        pixels, labels, _ = load_split(work / "scenes", SPLITS[0])
        print(json.dumps({"reader": train_reader(pixels[:, 0], labels)}))


def load_pictures(work: Path) -> list[np.ndarray]:
    """What the encoder's map is of: stills and the frames of clips, uint8[N, H, W, 3] of each split."""
    pixels = [load_split(work / "scenes", split)[0] for split in SPLITS]
    return [each.reshape(-1, *each.shape[2:]) for each in pixels]


def load_mixture(work: Path) -> Mixture:
    captions = [load_split(work / "scenes", split)[2] for split in SPLITS]
    subjects = [load_subjects(work / "scenes", split) for split in SPLITS]
    return Mixture.of(SPLITS, load_latents(work), captions, subjects)


def load_latents(work: Path) -> list[torch.Tensor]:
    """Of each split, fp16 [N, C, F, h, w]; computed where they are not cached yet."""
    vae = load_autoencoder(work / "vae")
    return [
        cache_latents(vae, load_split(work / "scenes", split)[0], work / "latents" / f"{split.name}.pt")
        for split in SPLITS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.synthetic.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--work", type=Path, default=Path(".train"), help="folder for scenes and checkpoints")
    parser.add_argument(
        "--out", type=Path, help="folder of the finished pipeline (WORK/weights); file of the composition reader"
    )
    parser.add_argument("--stage", choices=(*STAGES, "reader", "composition", "all"), default="all")
    parser.add_argument("--processes", type=int, help="that render scenes (one per processor)")
    parser.add_argument("--denoiser-minutes", type=float, default=70)
    parser.add_argument("--decoder-minutes", type=float, default=40)
    parser.add_argument("--takes", type=int, default=256, help="stills of each size that the report measures")
    options = parser.parse_args()
    torch.manual_seed(0)
    for stage in STAGES if options.stage == "all" else (options.stage,):
        print(f"stage {stage}", file=sys.stderr)
        run_stage(stage, options)


if __name__ == "__main__":
    # Tiny optimiser moments become denormal numbers, which this arithmetic does many times slower.
    torch.set_flush_denormal(True)
    main()
