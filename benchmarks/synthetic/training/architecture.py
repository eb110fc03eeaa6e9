"""The starter model's parts before training: a real WanPipeline, small enough for two cores.

The autoencoder works in the manner of Wan 2.2: pixels are first folded into channels, here 4x4 of them, and then halved
twice. A 256x256 still is a 16x16 latent of 20 channels, 64 tokens for the denoiser; a clip of 17 frames is 17 such
latents, 1088 tokens.
"""

from __future__ import annotations

import re

from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanTransformer3DModel
from tokenizers import normalizers
from transformers import T5TokenizerFast, UMT5Config, UMT5EncoderModel

PATCH = 4  # pixels a side that are folded into channels
LATENT_SIDE = 16  # pixels a side of what one latent shows
TOKEN_SIDE = 2 * LATENT_SIDE  # pixels a side of what one token of the denoiser shows
LATENT_CHANNELS = 20
LONGEST_CAPTION = 40  # tokens, the end token counted
TEXT_WIDTH = 96


def _vocabulary() -> list[tuple[str, float]]:
    """Every word the captions use, and single letters for all other words; scores make whole words win."""
    from benchmarks.synthetic.wording import DIRECTIONS, MOVE_WORDS, PHRASINGS, TERSE, WORDS

    phrases = [text for values in (*WORDS.values(), MOVE_WORDS) for texts in values.values() for text in texts]
    phrases += [*MOVE_WORDS, *(way for ways in DIRECTIONS.values() for way in ways)]
    words = sorted(set(re.findall(r"[a-z]+", " ".join([*phrases, *PHRASINGS, *TERSE]).lower())))
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789", *".,:;!?'-"]
    pieces = [f"▁{word}" for word in words if len(word) > 1] + ["▁", *letters, *(f"▁{mark}" for mark in letters)]
    specials = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -30.0)]
    return specials + [(piece, -2.0 if len(piece) > 2 else -8.0) for piece in dict.fromkeys(pieces)]


def build_tokenizer() -> T5TokenizerFast:
    """A unigram tokenizer over the captions' words; lower-cases, since a caption's capitals mean nothing."""
    tokenizer = T5TokenizerFast(vocab=_vocabulary(), extra_ids=0, model_max_length=LONGEST_CAPTION)
    backend = tokenizer.backend_tokenizer
    before = [backend.normalizer] if backend.normalizer is not None else []
    backend.normalizer = normalizers.Sequence([normalizers.Lowercase(), *before])
    return tokenizer


def build_text_encoder(vocabulary: int) -> UMT5EncoderModel:
    config = UMT5Config(
        vocab_size=vocabulary,
        d_model=TEXT_WIDTH,
        d_kv=24,
        d_ff=256,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
    )
    return UMT5EncoderModel(config)


def build_autoencoder() -> AutoencoderKLWan:
    return AutoencoderKLWan(
        base_dim=64,
        decoder_base_dim=48,
        z_dim=LATENT_CHANNELS,
        dim_mult=[1, 2, 2],
        num_res_blocks=1,
        temperal_downsample=[False, False],
        latents_mean=[0.0] * LATENT_CHANNELS,
        latents_std=[1.0] * LATENT_CHANNELS,
        in_channels=3 * PATCH**2,
        out_channels=3 * PATCH**2,
        patch_size=PATCH,
        scale_factor_spatial=LATENT_SIDE,
        # No frames are folded: every frame has its own latent. The pipeline would make two frames of one were this 1.
        scale_factor_temporal=4,
    )


def build_denoiser() -> WanTransformer3DModel:
    return WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=6,
        attention_head_dim=32,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        text_dim=TEXT_WIDTH,
        freq_dim=128,
        ffn_dim=640,
        num_layers=8,
        cross_attn_norm=True,
        rope_max_seq_len=64,
    )


def build_scheduler() -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(shift=3.0)
