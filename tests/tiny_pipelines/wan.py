"""A tiny, random, but real WanPipeline on disk: what tests draw with. Built offline, the same for the same seed."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel
from transformers import T5TokenizerFast, UMT5Config, UMT5EncoderModel

TOKENS = 64  # what the tiny text encoder reads at most, the end token counted
WORDS = "a an the of in at on over by with and sun sea city forest night dusk house tree red blue wide"


def tiny_tokenizer() -> T5TokenizerFast:
    """Whole common words and single letters, so that every prompt has tokens and a long one is easily too long."""
    pieces = [f"▁{word}" for word in WORDS.split()] + ["▁", *string.ascii_letters, *string.digits, *".,;:!?'-"]
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -20.0)] + [(piece, -2.0 - len(piece) % 3) for piece in pieces]
    return T5TokenizerFast(vocab=vocab, extra_ids=0, model_max_length=TOKENS)


def tiny_parts(seed: int) -> dict:
    """The pipeline's components with random weights; latents are 1/8 of the pixels and 4 channels deep."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer()
    text = UMT5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=8,
        d_ff=32,
        num_layers=1,
        num_heads=4,
        feed_forward_proj="gated-gelu",
    )
    vae = AutoencoderKLWan(
        base_dim=4,
        z_dim=4,
        dim_mult=[1, 2, 2, 2],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.1, -0.2, 0.3, -0.4],
        latents_std=[1.5, 2.0, 0.5, 1.25],
    )
    transformer = tiny_transformer()
    with torch.no_grad():  # a random decoder paints everything mid-grey: takes must be told apart by their pixels
        vae.decoder.conv_out.weight.mul_(6)
    return {
        "tokenizer": tokenizer,
        "text_encoder": UMT5EncoderModel(text).eval(),
        "vae": vae.eval(),
        "transformer": transformer.eval(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0),
    }


def tiny_transformer() -> WanTransformer3DModel:
    return WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=16,
        in_channels=4,
        out_channels=4,
        text_dim=32,
        freq_dim=32,
        ffn_dim=64,
        num_layers=2,
        rope_max_seq_len=64,
    )


def tiny_wan(
    folder: Path | str, seed: int = 0, *, boundary: float | None = None, expand_timesteps: bool = False
) -> Path:
    """Writes a from_pretrained folder of a random WanPipeline (safetensors, ~1 MB) and returns its path.

    Draws stills and clips from 32x32 pixels up, in multiples of 16; frames 1, 5, 9, … . A 32x32 still of 4 steps
    takes well under a second on one core. The random state of the caller is left as it was. `boundary`: noise level
    below which a second transformer predicts, as in Wan 2.2 A14B. `expand_timesteps`: a time for every token, as in
    Wan 2.2 TI2V-5B.
    """
    with torch.random.fork_rng(devices=[]):
        parts = tiny_parts(seed)
        second = None if boundary is None else tiny_transformer().eval()
        pipe = WanPipeline(**parts, transformer_2=second, boundary_ratio=boundary, expand_timesteps=expand_timesteps)
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
