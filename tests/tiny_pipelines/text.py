"""Tiny, random text encoders and their tokenizers, which several pipelines share."""

from __future__ import annotations

from typing import Any

from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer, T5Config, T5EncoderModel

from tests.tiny_pipelines.stable_diffusion import text_config
from tests.tiny_pipelines.wan import tiny_tokenizer


def tiny_clip(width: int, tokenizer: CLIPTokenizer, **more: Any) -> CLIPTextModelWithProjection:
    config: CLIPTextConfig = text_config(width, tokenizer, **more)
    return CLIPTextModelWithProjection(config).eval()


def tiny_t5(width: int) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=len(tiny_tokenizer()),
            d_model=width,
            d_kv=8,
            d_ff=32,
            num_layers=1,
            num_heads=4,
            feed_forward_proj="gated-gelu",
        )
    ).eval()
