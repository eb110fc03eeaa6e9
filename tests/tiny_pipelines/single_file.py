"""Model folders of tests as single files, named as the models' own makers name their weights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

Tensors = dict[str, torch.Tensor]
LAYERS = 1  # resnets of a down block of the tiny UNet
VAE_LEVELS = 3
RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
UNET = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
VAE = {
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
    "mid_block.attentions.0": "mid.attn_1",
    "mid_block.resnets.0": "mid.block_1",
    "mid_block.resnets.1": "mid.block_2",
    "downsamplers.0": "downsample",
    "upsamplers.0": "upsample",
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}
WAN = {
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "proj_out": "head.head",
    ".to_out.0.": ".o.",
    ".to_q.": ".q.",
    ".to_k.": ".k.",
    ".to_v.": ".v.",
    "attn2": "cross_attn",
    "attn1": "self_attn",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    "norm2": "norm_between",
    "norm3": "norm2",
    "norm_between": "norm3",
}


def replaced(name: str, names: Iterable[tuple[str, str]]) -> str:
    for ours, theirs in names:
        name = name.replace(ours, theirs)
    return name


def unet_name(name: str) -> str:
    block = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name)
    if block:
        way, part, rest = block[1], block[3], block[5]
        first = int(block[2]) * (LAYERS + 1)
        if part == "downsamplers":
            return f"input_blocks.{first + LAYERS + 1}.0.{rest.replace('conv', 'op')}"
        if part == "upsamplers":
            return f"output_blocks.{first + LAYERS}.1.{rest}"
        place = (
            f"input_blocks.{1 + first + int(block[4])}" if way == "down" else f"output_blocks.{first + int(block[4])}"
        )
        return f"{place}.0.{replaced(rest, RESNET.items())}" if part == "resnets" else f"{place}.1.{rest}"
    middle = re.match(r"mid_block\.(resnets|attentions)\.(\d+)\.(.*)", name)
    if middle and middle[1] == "resnets":
        return f"middle_block.{2 * int(middle[2])}.{replaced(middle[3], RESNET.items())}"
    return f"middle_block.1.{middle[3]}" if middle else replaced(name, UNET.items())


def vae_name(name: str) -> str:
    name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name).replace("down_blocks", "down")
    name = re.sub(r"up_blocks\.(\d+)\.", lambda level: f"up.{VAE_LEVELS - 1 - int(level[1])}.", name)
    return replaced(re.sub(r"(up\.\d+)\.resnets", r"\1.block", name), VAE.items())


def vae_weight(name: str, weight: torch.Tensor) -> torch.Tensor:
    """Attention of the original is a convolution of one place."""
    return weight[:, :, None, None] if "attn_1" in name and weight.dim() == 2 else weight


def stable_diffusion_file(model: Path, file: Path, *, vae: bool = True, dtype: torch.dtype | None = None) -> Path:
    """Of a `StableDiffusionPipeline` folder; `dtype`: what its weights are rounded to."""
    tensors = {f"model.diffusion_model.{unet_name(name)}": each for name, each in weights_of(model, "unet").items()}
    text = weights_of(model, "text_encoder", "model.safetensors")
    plain = {name.removeprefix("text_model."): weight for name, weight in text.items()}  # newer libraries leave it out
    tensors |= {f"cond_stage_model.transformer.text_model.{name}": weight for name, weight in plain.items()}
    named = {vae_name(name): weight for name, weight in weights_of(model, "vae").items()} if vae else {}
    tensors |= {f"first_stage_model.{name}": vae_weight(name, weight) for name, weight in named.items()}
    return save(tensors, file, dtype)


def wan_file(model: Path, file: Path, dtype: torch.dtype | None = None) -> Path:
    """The transformer of a `WanPipeline` folder."""
    names = WAN.items()
    renamed = {replaced(name, names): weight for name, weight in weights_of(model, "transformer").items()}
    modulated = {
        name.replace("head.scale_shift_table", "head.modulation").replace("scale_shift_table", "modulation"): weight
        for name, weight in renamed.items()
    }
    modulated = {("head.modulation" if name == "modulation" else name): weight for name, weight in modulated.items()}
    return save({f"model.diffusion_model.{name}": weight for name, weight in modulated.items()}, file, dtype)


def weights_of(model: Path, part: str, file: str = "diffusion_pytorch_model.safetensors") -> Tensors:
    return load_file(model / part / file)


def save(tensors: Tensors, file: Path, dtype: torch.dtype | None) -> Path:
    save_file({name: weight.to(dtype or weight.dtype).contiguous() for name, weight in tensors.items()}, file)
    return file
