"""Pictures and numbers about the committed starter: contact sheet, loss curve, content agreement, takes a second.

python -m generation.starter.report --work .train --pictures docs/pictures
"""

from __future__ import annotations

import argparse
import json
import textwrap
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import WanPipeline
from PIL import Image, ImageDraw

from generation.starter import DEFAULT_GUIDANCE, DEFAULT_SIZE, DEFAULT_STEPS, WEIGHTS
from generation.starter.reader import ContentReader
from generation.starter.scenes import captions

BATCH = 8


def load_starter(folder: Path = WEIGHTS) -> WanPipeline:
    """The committed pipeline, fp32, silent."""
    pipe = WanPipeline.from_pretrained(str(folder), local_files_only=True, use_safetensors=True, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def draw_stills(
    pipe: WanPipeline,
    prompts: list[str],
    seed: int = 0,
    steps: int = DEFAULT_STEPS,
    guidance: float = DEFAULT_GUIDANCE,
) -> np.ndarray:
    """One still per prompt, float32[N, H, W, 3] in [0, 1]; seeds count up from `seed`."""
    parts = []
    for first in range(0, len(prompts), BATCH):
        batch = prompts[first : first + BATCH]
        frames = pipe(
            prompt=batch,
            height=DEFAULT_SIZE[0],
            width=DEFAULT_SIZE[1],
            num_frames=1,
            num_inference_steps=steps,
            guidance_scale=guidance,
            max_sequence_length=pipe.tokenizer.model_max_length,
            generator=[torch.Generator().manual_seed(seed + first + k) for k in range(len(batch))],
            output_type="np",
        ).frames
        parts.append(np.asarray(frames)[:, 0])
    return np.concatenate(parts)


def contact_sheet(pixels: np.ndarray, texts: list[str], columns: int = 8, side: int = 176) -> Image.Image:
    """Stills in a grid on neutral grey, each with its caption below; pixels float[N, H, W, 3] in [0, 1]."""
    foot, rows = 58, -(-len(pixels) // columns)
    sheet = Image.new("RGB", (columns * (side + 8) + 8, rows * (side + foot) + 8), (34, 34, 34))
    draw = ImageDraw.Draw(sheet)
    for k, (still, text) in enumerate(zip(pixels, texts, strict=True)):
        x, y = 8 + k % columns * (side + 8), 8 + k // columns * (side + foot)
        picture = Image.fromarray((still * 255).round().astype(np.uint8))
        sheet.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (x, y))
        draw.multiline_text((x, y + side + 2), textwrap.fill(text, 30), fill=(208, 208, 208), spacing=1, font_size=10)
    return sheet


def loss_curve(log: Path, width: int = 800, height: int = 360) -> Image.Image:
    """The loss over the steps from a log of JSON lines, logarithmic upwards."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    steps, losses = np.array([row["step"] for row in rows]), np.array([row["loss"] for row in rows])
    level = np.log(losses)
    x = 60 + (width - 80) * steps / steps.max()
    y = 20 + (height - 60) * (level.max() - level) / max(1e-6, level.max() - level.min())
    chart = Image.new("RGB", (width, height), (34, 34, 34))
    draw = ImageDraw.Draw(chart)
    draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=(208, 208, 208), width=2)
    draw.text((6, 14), f"{losses.max():.3f}", fill=(160, 160, 160))
    draw.text((6, height - 48), f"{losses.min():.3f}", fill=(160, 160, 160))
    draw.text((60, height - 24), f"flow-matching loss over {steps.max()} steps", fill=(160, 160, 160))
    return chart


def measure_agreement(
    pipe: WanPipeline, count: int, seed: int = 1000, guidance: float = DEFAULT_GUIDANCE
) -> dict[str, float]:
    """Share of `count` fresh stills that the content reader reads as their captions say, per attribute."""
    prompts = captions(count, seed)
    pixels = draw_stills(pipe, prompts, seed, guidance=guidance)
    return ContentReader.load().agreement(prompts, torch.from_numpy(pixels).float())


def measure_speed(pipe: WanPipeline, count: int = 16) -> float:
    """Stills a second, prompt to pixels, in batches."""
    draw_stills(pipe, captions(2, 0), steps=2)
    began = time.monotonic()
    draw_stills(pipe, captions(count, 1))
    return count / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(".train"))
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--count", type=int, default=256)
    options = parser.parse_args()
    pipe = load_starter()
    prompts = captions(48, 2024)
    options.pictures.mkdir(parents=True, exist_ok=True)
    contact_sheet(draw_stills(pipe, prompts, 2024), prompts).save(options.pictures / "starter_contact_sheet.png")
    log = options.work / "denoiser" / "loss.jsonl"
    if log.exists():
        loss_curve(log).save(options.pictures / "starter_loss.png")
    speed, agreement = measure_speed(pipe), measure_agreement(pipe, options.count)
    print(json.dumps({"takes_per_second": round(speed, 2), "agreement": agreement}))


if __name__ == "__main__":
    main()
