"""A WanPipeline of any size with random weights, and a studio that judged noise: what measures of time and memory work on."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel
from PIL import Image
from transformers import AutoTokenizer, UMT5Config, UMT5EncoderModel

from feedback.judgements import ballots
from feedback.models import versions
from feedback.people import accounts
from feedback.production import briefs, projects, render_queue, shots
from feedback.store import Studio, media
from feedback.trials import promotion
from generation.starter import WEIGHTS

VERSION = "random"
HEAD = 64  # numbers of an attention head
TAKES = 4  # of each brief: six pairs


@dataclass(frozen=True)
class Size:
    """Of the pipeline and its takes."""

    width: int = 512  # of the transformer; heads of 64
    layers: int = 10
    vae_width: int = 16  # base_dim; Wan 2.1 has 96
    text_width: int = 512
    text_layers: int = 4
    side: int = 256  # pixels


def write_pipeline(folder: Path, size: Size) -> int:
    """A from_pretrained folder; returns the transformer's number of weights."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(WEIGHTS / "tokenizer")
    transformer = WanTransformer3DModel(
        num_attention_heads=size.width // HEAD,
        attention_head_dim=HEAD,
        text_dim=size.text_width,
        ffn_dim=4 * size.width,
        num_layers=size.layers,
    )
    text = UMT5Config(
        vocab_size=len(tokenizer),
        d_model=size.text_width,
        d_kv=HEAD,
        d_ff=2 * size.text_width,
        num_layers=size.text_layers,
        num_heads=size.text_width // HEAD,
        feed_forward_proj="gated-gelu",
    )
    pipe = WanPipeline(
        tokenizer=tokenizer,
        text_encoder=UMT5EncoderModel(text),
        vae=AutoencoderKLWan(base_dim=size.vae_width),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )
    pipe.save_pretrained(folder, safe_serialization=True)
    return sum(weight.numel() for weight in transformer.parameters())


def judged_studio(folder: Path, base: Path, side: int, count: int) -> Studio:
    """`count` briefs whose takes are noise on a colour; the redder one of each pair was preferred."""
    studio = Studio.create(folder)
    promotion.ensure_starter(studio)
    versions.register_candidate(studio, VERSION, str(base), [])
    promotion.promote(studio, VERSION, force=True, reason="a benchmark measures this model")
    person = accounts.add_person(studio, "rater", "admin")["id"]
    projects.add_project(studio, "BENCH")
    shot = shots.add_shot(studio, "BENCH", "B_010")["id"]
    for number in range(count):
        brief = briefs.write_brief(
            studio, shot, f"shot {number} of a house by day", author="rater", width=side, height=side
        )
        for cold, warm in combinations(draw_noise(studio, brief["id"], side), 2):
            ballots.cast_ballot(studio, person, f"{cold}-{warm}", cold, warm, "right", 900)
    return studio


def draw_noise(studio: Studio, brief: int, side: int) -> list[int]:
    """The takes of a brief, from the least red to the reddest."""
    ids = render_queue.queue_takes(studio, brief, list(range(TAKES)))
    render_queue.lease_takes(studio, "benchmark", len(ids))
    chance = np.random.default_rng(brief)
    for redness, take in enumerate(ids):
        pixels = 90 + 40 * chance.standard_normal((side, side, 3)) + [30 * redness, 0, -15 * redness]
        sink = io.BytesIO()
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(sink, "PNG")
        sha256 = media.store_bytes(studio, sink.getvalue(), "png", "image/png", side, side, 1)
        render_queue.finish_take(
            studio,
            take,
            "benchmark",
            media=sha256,
            poster=None,
            rendition=sha256,
            rendition_poster=None,
            provenance={},
        )
    return ids
