"""Trains the starter model from nothing: scenes, autoencoder, latents, denoiser, export, report.

    python -m benchmarks.synthetic.training --work .train
    python -m benchmarks.synthetic.training --work .train --stage denoiser --denoiser-minutes 120
    python -m benchmarks.synthetic.training --work .train --stage export --out generation/starter/weights

Each stage goes on from its checkpoint. Minutes are those of the whole stage, earlier runs counted in. The pipeline is
written to WORK/weights, to be looked at (WORK/report) before it takes the place of the committed one. The content reader, which
judges one model after the other, is trained only when asked for: --stage reader.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.synthetic.training.architecture import build_autoencoder
from benchmarks.synthetic.training.autoencoder import train_autoencoder
from benchmarks.synthetic.training.dataset import load_lot, load_subjects, render_lot
from benchmarks.synthetic.training.denoiser import train_denoiser
from benchmarks.synthetic.training.earlier import EarlierCode, read_code
from benchmarks.synthetic.training.export import export_pipeline, load_autoencoder, load_averaged_denoiser
from benchmarks.synthetic.training.mixture import Mixture, Statistics, cache_latents
from benchmarks.synthetic.training.splits import LOTS

STAGES = ("scenes", "autoencoder", "latents", "denoiser", "export", "report")


def run_stage(stage: str, options: argparse.Namespace) -> None:
    work: Path = options.work
    if stage == "scenes":
        for lot in LOTS:
            render_lot(work / "scenes", lot, options.processes)
    elif stage == "autoencoder":
        earlier = read_code(options.start_from) if options.start_from else None
        train_autoencoder(build_autoencoder(), load_pictures(work), work / "vae", options.autoencoder_minutes, earlier)
    elif stage == "latents":
        load_latents(work)
    elif stage == "denoiser":
        captions = [load_lot(work / "scenes", lot)[2] for lot in LOTS]
        subjects = [load_subjects(work / "scenes", lot) for lot in LOTS]
        mixture = Mixture.of(LOTS, load_latents(work), captions, subjects, kept_statistics(work))
        train_denoiser(mixture, work / "denoiser", options.denoiser_minutes, options.start_from)
    elif stage == "export":
        parts = load_autoencoder(work / "vae"), load_averaged_denoiser(work / "denoiser")
        export_pipeline(*parts, load_latents(work), LOTS, options.out or work / "weights", kept_statistics(work))
    elif stage == "report":
        from benchmarks.synthetic.report import write_report

        figures = write_report(options.out or work / "weights", work, work / "report", options.takes)
        (work / "report" / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
        print(json.dumps(figures))
    else:
        from benchmarks.synthetic.reader import train_reader

        pixels, labels, _ = load_lot(work / "scenes", LOTS[0])
        print(json.dumps({"reader": train_reader(pixels[:, 0], labels)}))


def load_pictures(work: Path) -> list[np.ndarray]:
    """What the autoencoder learns from: stills and the frames of clips, uint8[N, H, W, 3] of each lot."""
    pixels = [load_lot(work / "scenes", lot)[0] for lot in LOTS]
    return [each.reshape(-1, *each.shape[2:]) for each in pixels]


def load_latents(work: Path) -> list[torch.Tensor]:
    """Of each lot, fp16 [N, C, F, h, w]; computed where they are not cached yet."""
    vae = load_autoencoder(work / "vae")
    return [cache_latents(vae, load_lot(work / "scenes", lot)[0], work / "latents" / f"{lot.name}.pt") for lot in LOTS]


def kept_statistics(work: Path) -> Statistics | None:
    """Of the channels that an earlier starter knew."""
    earlier = EarlierCode.load(work / "vae")
    return earlier.statistics(load_autoencoder(work / "vae")) if earlier else None


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.synthetic.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--work", type=Path, default=Path(".train"), help="folder for scenes and checkpoints")
    parser.add_argument("--out", type=Path, help="folder of the finished pipeline; WORK/weights unless told otherwise")
    parser.add_argument("--stage", choices=(*STAGES, "reader", "all"), default="all")
    parser.add_argument("--processes", type=int, help="that render scenes; one per processor unless told otherwise")
    parser.add_argument("--autoencoder-minutes", type=float, default=5)
    parser.add_argument("--denoiser-minutes", type=float, default=70)
    parser.add_argument("--start-from", type=Path, help="folder of an earlier starter, of half the size, to go on from")
    parser.add_argument("--takes", type=int, default=256, help="stills of each size that the report measures")
    options = parser.parse_args()
    torch.manual_seed(0)
    # Tiny optimiser moments become denormal numbers, which this arithmetic does many times slower.
    torch.set_flush_denormal(True)
    for stage in STAGES if options.stage == "all" else (options.stage,):
        print(f"stage {stage}", file=sys.stderr)
        run_stage(stage, options)


if __name__ == "__main__":
    main()
