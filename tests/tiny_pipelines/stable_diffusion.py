"""Tiny, random, but real Stable Diffusion pipelines on disk. Built offline, the same for the same seed."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

TOKENS = 32  # what the tiny text encoders read at most, both marks counted
SPACE = 4  # pixels a side that a place of the latents stands for
SAMPLE_SIZE = 8  # of the UNet's config: trained on 32x32 pixels
LATENTS = 3  # channels; not 4, which nothing may take for granted
SCALED_LINEAR = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def tiny_clip_tokenizer() -> CLIPTokenizer:
    """Letters only, each with and without the mark of a word's end."""
    letters = [*string.ascii_lowercase, *string.digits, *".,;:!?'-"]
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocab = {piece: number for number, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=TOKENS)


def text_config(width: int, tokenizer: CLIPTokenizer, **more: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        bos_token_id=len(tokenizer) - 2,
        eos_token_id=len(tokenizer) - 1,
        pad_token_id=len(tokenizer) - 1,
        **more,
    )


def tiny_vae(latents: int = LATENTS, **more: Any) -> AutoencoderKL:
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        latent_channels=latents,
        norm_num_groups=4,
        sample_size=32,
        scaling_factor=0.7,
        **more,
    )
    with torch.no_grad():  # takes must be told apart by their pixels
        vae.decoder.conv_out.weight.mul_(2)
    return vae.eval()


def tiny_unet(width: int, latents: int = LATENTS, channels: int | None = None, **more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=SAMPLE_SIZE,
        in_channels=channels or latents,
        out_channels=latents,
        block_out_channels=(8, 16),
        layers_per_block=1,
        cross_attention_dim=width,
        attention_head_dim=2,
        norm_num_groups=4,
        **more,
    ).eval()


def scheduler_of(prediction: str, **more: Any) -> DDIMScheduler:
    """As the checkpoints have them."""
    return DDIMScheduler(
        **SCALED_LINEAR, prediction_type=prediction, clip_sample=False, set_alpha_to_one=False, steps_offset=1, **more
    )


def tiny_checker(flags: bool) -> StableDiffusionSafetyChecker:
    """Withholds everything or nothing."""
    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**small, "image_size": 32, "patch_size": 16, "projection_dim": 8}
    checker = StableDiffusionSafetyChecker(CLIPConfig(text_config=small, vision_config=vision, projection_dim=8))
    for weights in (checker.concept_embeds_weights, checker.special_care_embeds_weights):
        weights.data.fill_(-2.0 if flags else 2.0)  # thresholds of cosines
    return checker.eval()


def checker_parts(flags: bool | None) -> dict[str, Any]:
    if flags is None:
        return {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    extractor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return {"safety_checker": tiny_checker(flags), "feature_extractor": extractor}


def tiny_stable_diffusion(
    folder: Path | str,
    seed: int = 0,
    scheduler: Any = None,
    *,
    checker: bool | None = None,
    latents: int = LATENTS,
    unet_channels: int | None = None,
    **unet: Any,
) -> Path:
    """A StableDiffusionPipeline with a real `save_pretrained` folder, epsilon by DDIM unless a scheduler is given.

    `checker`: None has no safety checker, else it withholds everything (True) or nothing. `unet_channels`: that it takes.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tokenizer = tiny_clip_tokenizer()
        down, up = ("CrossAttnDownBlock2D", "DownBlock2D"), ("UpBlock2D", "CrossAttnUpBlock2D")
        pipe = StableDiffusionPipeline(
            vae=tiny_vae(latents),
            text_encoder=CLIPTextModel(text_config(16, tokenizer)).eval(),
            tokenizer=tokenizer,
            unet=tiny_unet(16, latents, unet_channels, down_block_types=down, up_block_types=up, **unet),
            scheduler=scheduler or scheduler_of("epsilon"),
            **checker_parts(checker),
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)


def tiny_stable_diffusion_xl(
    folder: Path | str,
    seed: int = 0,
    scheduler: Any = None,
    *,
    latents: int = LATENTS,
    vae: dict[str, Any] | None = None,
) -> Path:
    """A StableDiffusionXLPipeline, likewise; its UNet attends after the first halving only, as the real one does."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tokenizer = tiny_clip_tokenizer()
        pipe = StableDiffusionXLPipeline(
            vae=tiny_vae(latents, **(vae or {})),
            text_encoder=CLIPTextModel(text_config(16, tokenizer)).eval(),
            text_encoder_2=CLIPTextModelWithProjection(text_config(16, tokenizer, projection_dim=12)).eval(),
            tokenizer=tokenizer,
            tokenizer_2=tokenizer,
            unet=tiny_unet(
                32,
                latents,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
                use_linear_projection=True,
                addition_embed_type="text_time",
                addition_time_embed_dim=4,
                projection_class_embeddings_input_dim=6 * 4 + 12,
            ),
            scheduler=scheduler or scheduler_of("epsilon"),
            add_watermarker=False,
        )
    pipe.save_pretrained(folder, safe_serialization=True)
    return Path(folder)
