"""A tiny, random HunyuanVideoPipeline on disk: Llama and CLIP, double and single blocks, guidance that is fed."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
from transformers import CLIPTextModel, LlamaConfig, LlamaModel, LlamaTokenizerFast

from tests.tiny_pipelines.colour import colour_sighted
from tests.tiny_pipelines.stable_diffusion import text_config, tiny_clip_tokenizer

CLIP_TOKENS = 77  # the pipeline's own number


def tiny_llama_tokenizer() -> LlamaTokenizerFast:
    """Letters, and one piece for so much of the template's beginning that all of it has the length that is cropped."""
    letters = ["▁", "\n", *string.ascii_letters, *string.digits, *".,;:!?'-<|>_"]
    vocab = {piece: number for number, piece in enumerate(["<unk>", "<s>", "</s>", "<pad>", *letters])}
    tokenizer = LlamaTokenizerFast(vocab=vocab, merges=[], pad_token="<pad>", padding_side="right")
    beginning, _ = DEFAULT_PROMPT_TEMPLATE["template"].split("{}")
    tokenizer.add_tokens(beginning[: 1 - DEFAULT_PROMPT_TEMPLATE["crop_start"]])
    return tokenizer


def tiny_hunyuan_vae() -> AutoencoderKLHunyuanVideo:
    return colour_sighted(
        AutoencoderKLHunyuanVideo(
            latent_channels=4,
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=1,
            scaling_factor=0.476986,
        )
    )


def tiny_hunyuan_video(folder: Path | str, seed: int = 0) -> Path:
    """Sides are multiples of 16, frames 1, 5, 9, …"""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        llama, clip = tiny_llama_tokenizer(), tiny_clip_tokenizer()
        clip_config = text_config(16, clip)
        clip_config.max_position_embeddings = CLIP_TOKENS
        pipe = HunyuanVideoPipeline(
            text_encoder=LlamaModel(
                LlamaConfig(
                    vocab_size=len(llama),
                    hidden_size=32,
                    intermediate_size=32,
                    num_hidden_layers=3,
                    num_attention_heads=2,
                    num_key_value_heads=1,
                    pad_token_id=llama.pad_token_id,
                )
            ).eval(),
            tokenizer=llama,
            transformer=HunyuanVideoTransformer3DModel(
                in_channels=4,
                out_channels=4,
                num_attention_heads=2,
                attention_head_dim=16,
                num_layers=1,
                num_single_layers=1,
                num_refiner_layers=1,
                mlp_ratio=2.0,
                text_embed_dim=32,
                pooled_projection_dim=16,
                rope_axes_dim=(4, 6, 6),
            ).eval(),
            vae=tiny_hunyuan_vae(),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
            text_encoder_2=CLIPTextModel(clip_config).eval(),
            tokenizer_2=clip,
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
