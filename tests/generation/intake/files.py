"""Files as other tools write them: their own metadata around small pictures and clips."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, PngImagePlugin

from generation.media.encode import write_frames

MODEL = "sd_model_v1-5.safetensors"
PARAMETERS = """a house by the sea, evening
Negative prompt: blurry, text
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 123456, Size: 512x512, Model hash: abc, \
Model: dream-v3, Lora hashes: "one: 1, two: 2", Version: v1.10.1"""


def graph(prompt: str = "a house by the sea", seed: Any = 42) -> dict[str, Any]:
    """What ComfyUI's default workflow writes, with the text behind one more node and the seed behind a link."""
    return {
        "3": node("KSampler", seed=["11", 0], steps=20, cfg=8.0, sampler_name="euler", scheduler="normal", denoise=1.0,
                  model=["4", 0], positive=["12", 0], negative=["7", 0], latent_image=["5", 0]),
        "4": node("CheckpointLoaderSimple", ckpt_name=MODEL),
        "5": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "6": node("CLIPTextEncode", text=prompt, clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="ComfyUI"),
        "11": node("PrimitiveInt", value=seed),
        "12": node("ConditioningSetTimestepRange", conditioning=["6", 0], start=0.0, end=1.0),
    }  # fmt: skip


def custom_graph() -> dict[str, Any]:
    """The sampler in parts, as workflows of newer models have it: noise, guider, sigmas."""
    return {
        "1": node("UNETLoader", unet_name="new-model-12b.gguf", weight_dtype="default"),
        "2": node("CLIPTextEncode", text="a lighthouse", clip=["20", 0]),
        "3": node("Guidance", guidance=3.5, conditioning=["2", 0]),
        "4": node("BasicGuider", model=["1", 0], conditioning=["3", 0]),
        "5": node("RandomNoise", noise_seed=2**64 - 1),
        "6": node("KSamplerSelect", sampler_name="dpmpp_2m"),
        "7": node("BasicScheduler", scheduler="simple", steps=24, denoise=1.0, model=["1", 0]),
        "8": node("SamplerCustomAdvanced", noise=["5", 0], guider=["4", 0], sampler=["6", 0], sigmas=["7", 0],
                  latent_image=["9", 0]),
        "9": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "10": node("SaveVideo", video=["8", 0]),
        "20": node("CLIPLoader", clip_name="encoder.safetensors"),
    }  # fmt: skip


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def noise(seed: int, width: int = 64, height: int = 64) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(seed: int = 0, width: int = 64, height: int = 64, **texts: str) -> bytes:
    info, sink = PngImagePlugin.PngInfo(), io.BytesIO()
    for name, text in texts.items():
        info.add_text(name, text)
    noise(seed, width, height).save(sink, "PNG", pnginfo=info)
    return sink.getvalue()


def comfyui_png(picture: int = 0, **options: Any) -> bytes:
    return png(picture, prompt=json.dumps(graph(**options)), workflow="{}")


def webp(seed: int = 0) -> bytes:
    exif, sink = Image.Exif(), io.BytesIO()
    exif[0x0110] = f"prompt:{json.dumps(graph())}"
    exif[0x010F] = "workflow:{}"
    noise(seed).save(sink, "WEBP", exif=exif, lossless=True)
    return sink.getvalue()


def jpeg(seed: int = 0) -> bytes:
    exif, sink = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\x00" + PARAMETERS.encode("utf-16-be")
    noise(seed).save(sink, "JPEG", exif=exif)
    return sink.getvalue()


def mp4(path: Path, frames: int = 12, fps: Fraction = Fraction(24), faststart: bool = True, **texts: str) -> Path:
    """A clip whose frame number is its brightness."""
    flags = "+use_metadata_tags" + ("+faststart" if faststart else "")
    with av.open(str(path), "w", options={"movflags": flags}) as file:
        file.metadata.update(texts)
        write_frames(
            file, np.stack([np.full((64, 64, 3), 16 * number % 256, np.uint8) for number in range(frames)]), fps
        )
    return path
