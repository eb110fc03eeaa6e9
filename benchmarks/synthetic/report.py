"""Pictures and numbers about a trained starter, for every shape that its limits.json lists.

    python -m benchmarks.synthetic.report --work .train --pictures docs/pictures
    python -m benchmarks.synthetic.report --weights .train/weights --pictures .train/report

What a take shows is measured by the content reader (of a clip, its middle frame) and, for camera moves, from the motion
between frames; the captions are ones that no training scene had.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import WanPipeline

from benchmarks.synthetic.blocks import block_energy
from benchmarks.synthetic.camera_moves import read_moves
from benchmarks.synthetic.labels import MOVES
from benchmarks.synthetic.reader import ContentReader
from benchmarks.synthetic.scenes import captions, clip_captions, find_move
from benchmarks.synthetic.sheets import contact_sheet, filmstrips, loss_curves
from generation.families.clips.wan import Wan
from generation.models.limits import Shape, read_limits
from generation.starter import DEFAULT_GUIDANCE, DEFAULT_SIZE, DEFAULT_STEPS, WEIGHTS

SEED = 1000  # of captions and takes
TOKENS_AT_ONCE = 512
BLOCK_SIDES = (4, 8, 16, 32)  # pixels: of the folded patches, of what is halved, of a latent, of a token
ON_A_SHEET = {"still": 48, "clip": 24}
CLIPS_PER_STILL = 0.25  # clips take longer, so fewer are measured


def load_starter(folder: Path = WEIGHTS) -> WanPipeline:
    """A finished pipeline, fp32, silent."""
    pipe = WanPipeline.from_pretrained(str(folder), local_files_only=True, use_safetensors=True, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def drawn_shapes(folder: Path) -> tuple[Shape, ...]:
    """The shapes that a model folder lists; a still of the default size where it lists none."""
    height, width = DEFAULT_SIZE
    return read_limits(folder).shapes or (Shape("still", width, height, 1),)


def draw_takes(
    pipe: WanPipeline,
    shape: Shape,
    prompts: list[str],
    seed: int = 0,
    steps: int = DEFAULT_STEPS,
    guidance: float = DEFAULT_GUIDANCE,
) -> np.ndarray:
    """One take per prompt, float32[N, F, H, W, 3] in [0, 1]; seeds count up from `seed`."""
    family, parts = Wan(), []
    at_once = max(1, TOKENS_AT_ONCE // family.tokens_per_item(pipe, shape.width, shape.height, shape.frames))
    for first in range(0, len(prompts), at_once):
        batch = prompts[first : first + at_once]
        frames = pipe(
            prompt=batch,
            height=shape.height,
            width=shape.width,
            num_frames=family.frames_to_ask(pipe, shape.frames),
            num_inference_steps=steps,
            guidance_scale=guidance,
            max_sequence_length=pipe.tokenizer.model_max_length,
            generator=[torch.Generator().manual_seed(seed + first + k) for k in range(len(batch))],
            output_type="np",
        ).frames
        parts.append(np.asarray(frames, dtype=np.float32))
    return np.concatenate(parts)


def measure_takes(prompts: list[str], takes: np.ndarray) -> dict[str, Any]:
    """What is read from takes [N, F, H, W, 3], as shares that agree with their captions."""
    middle = torch.from_numpy(takes[:, takes.shape[1] // 2])
    blocks = {str(side): round(float(np.median(block_energy(middle.numpy(), side))), 3) for side in BLOCK_SIDES}
    figures: dict[str, Any] = {"agreement": ContentReader.load().agreement(prompts, middle), "block_energy": blocks}
    return {**figures, **measure_moves(prompts, takes)} if takes.shape[1] > 1 else figures


def measure_moves(prompts: list[str], clips: np.ndarray) -> dict[str, Any]:
    """Of clips whose captions name a move, the share that shows it, per move; of the others, which moves are shown."""
    pairs = list(zip([find_move(text) for text in prompts], read_moves(clips), strict=True))
    shown = {move: [read == move for named, read in pairs if named == move] for move in MOVES}
    silent = Counter(read for named, read in pairs if named is None)
    return {
        "moves": {move: float(np.mean(each)) for move, each in shown.items() if each},
        "moves_when_silent": {move: silent[move] / max(1, silent.total()) for move in MOVES},
    }


def measure_speed(pipe: WanPipeline, shape: Shape, count: int = 8) -> float:
    """Takes a second, prompt to pixels, as many at once as `draw_takes` draws."""
    draw_takes(pipe, shape, captions(1, 0), steps=2)
    began = time.monotonic()
    draw_takes(pipe, shape, captions(count, 1))
    return count / (time.monotonic() - began)


def write_report(weights: Path, work: Path, pictures: Path, count: int) -> dict[str, Any]:
    """Sheets into `pictures`; returns figures per shape, over `count` stills each and a quarter of that in clips."""
    pipe, figures = load_starter(weights), dict[str, Any]()
    pictures.mkdir(parents=True, exist_ok=True)
    for shape in drawn_shapes(weights):
        still = shape.kind == "still"
        prompts = captions(count, SEED) if still else clip_captions(max(1, round(CLIPS_PER_STILL * count)), SEED)
        takes = draw_takes(pipe, shape, prompts, SEED)
        speed = round(measure_speed(pipe, shape), 2)
        figures[str(shape)] = {"takes_per_second": speed, **measure_takes(prompts, takes)}
        shown = ON_A_SHEET[shape.kind]
        sheet = (
            contact_sheet(takes[:shown, 0], prompts[:shown]) if still else filmstrips(takes[:shown], prompts[:shown])
        )
        sheet.save(
            pictures / f"starter_{shape.kind}s_{shape.height}.jpg", quality=90
        )  # pictures stay in the repository
    if (work / "denoiser" / "loss.jsonl").exists():
        loss_curves(work / "denoiser" / "loss.jsonl").save(pictures / "starter_loss.png")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the pipeline")
    parser.add_argument("--work", type=Path, default=Path(".train"), help="folder of its training, for the losses")
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--count", type=int, default=256)
    options = parser.parse_args()
    print(json.dumps(write_report(options.weights, options.work, options.pictures, options.count)))


if __name__ == "__main__":
    main()
