"""How ComfyUI and kohya-style tools name what a LoRA changes, for each pipeline class that they can draw with.

ComfyUI's own list of names is `model_lora_keys_unet` of its file comfy/lora.py (commit 17358c8f of Comfy-Org/ComfyUI), the
endings are those of comfy/weight_adapter/lora.py. It reads

- for UNets kohya's names, `lora_unet_down_blocks_0_….lora_down.weight` with `.lora_up.weight` and `.alpha`;
- for FLUX.1 and SD 3 diffusers' own names under `transformer.`, which it maps to its fused layers by itself;
- for every model the names of its own layers under `diffusion_model.`, where Z-Image's separate q, k and v stand for parts
  of its fused layer too. Qwen-Image and LTX have diffusers' names there. Wan, FLUX.2 and HunyuanVideo have those of their
  first release, and the latter two fuse layers that diffusers separates: the adapters of such layers become one, whose
  matrix of outputs is zero outside of each one's own rows.

What is written is read again by diffusers' converters (`lora_state_dict` of the pipeline class), which tests prove for all.
Two things diffusers cannot read: HunyuanVideo's `token_refiner` (its converter splits the inner matrix too) and
HunyuanVideo of another width than 3072, which its converter takes for granted. Those are read by `Renamed.read` alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from diffusers.loaders import StableDiffusionLoraLoaderMixin
from diffusers.utils.state_dict_utils import convert_state_dict_to_kohya, convert_unet_state_dict_to_peft

from feedback.errors import Refused
from generation.low_rank import Changes, LowRank, nothing, side_by_side

Tensors = dict[str, torch.Tensor]


class Layout(Protocol):
    """Changes of a denoiser's layers as tensors under another tool's names, and back."""

    def write(self, changes: Changes, network: torch.nn.Module) -> Tensors:
        """Refused, in one line, for a layer that has no name there."""
        ...

    def read(self, tensors: Tensors, network: torch.nn.Module) -> Changes: ...


@dataclass(frozen=True)
class Kohya:
    """Names of a UNet's layers with underscores; written and read by diffusers' own functions."""

    def write(self, changes: Changes, network: torch.nn.Module) -> Tensors:
        written: Tensors = {}
        for name, change in changes.items():
            weights = {f"unet.{name}.lora_A.weight": change.down, f"unet.{name}.lora_B.weight": change.up}
            tensors = convert_state_dict_to_kohya(weights)
            (alpha,) = (key for key in tensors if key.endswith(".alpha"))  # its rank, as diffusers writes it
            written |= {**tensors, alpha: torch.tensor(change.scale * change.rank)}
        return written

    def read(self, tensors: Tensors, network: torch.nn.Module) -> Changes:
        state, alphas = StableDiffusionLoraLoaderMixin.lora_state_dict(dict(tensors))
        changes = {}
        for key in [key for key in state if key.endswith("down.weight")]:
            down, up = state[key], state[key.replace("down.weight", "up.weight")]
            (name,) = convert_unet_state_dict_to_peft({key.removeprefix("unet."): down})
            alpha = alphas[f"{key.split('.lora.')[0]}.alpha"]
            changes[name.removesuffix(".lora_A.weight")] = LowRank(down, up, alpha / down.shape[0])
        return changes


@dataclass(frozen=True)
class Place:
    """Layers, by a pattern of their names, and the layer that they are in the other tool."""

    pattern: str
    target: str  # with \\1 of the pattern
    parts: tuple[str, ...] = ()  # all layers that are fused in the target, likewise; empty where it is one


@dataclass(frozen=True)
class Renamed:
    """Other names for the same layers, some of them fused; the strength is in the outer matrix."""

    prefix: str
    places: tuple[Place, ...]

    def write(self, changes: Changes, network: torch.nn.Module) -> Tensors:
        written: Tensors = {}
        for name in changes:
            target, parts = self.place_of(name)
            if f"{target}.lora_A.weight" not in written:
                change = side_by_side([changes.get(part) or nothing_for(network, part) for part in parts])
                written |= {f"{target}.lora_A.weight": change.down, f"{target}.lora_B.weight": change.up}
        return written

    def place_of(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The other tool's layer, and all of ours that are in it, in their order."""
        for place in self.places:
            match = re.fullmatch(place.pattern, name)
            if match:
                parts = tuple(match.expand(part) for part in place.parts) or (name,)
                return self.prefix + match.expand(place.target), parts
        raise Refused(f"layer {name} has no name in the comfyui layout: use --layout diffusers")

    def read(self, tensors: Tensors, network: torch.nn.Module) -> Changes:
        """A part of a fused layer that does not change is left out."""
        changes: Changes = {}
        for target, parts in self.places_in(network).items():
            if f"{target}.lora_A.weight" in tensors:
                down, up = tensors[f"{target}.lora_A.weight"], tensors[f"{target}.lora_B.weight"]
                rows = up.split([outputs_of(network, part) for part in parts])
                changes |= {part: LowRank(down, own) for part, own in zip(parts, rows, strict=True) if own.any()}
        return changes

    def places_in(self, network: torch.nn.Module) -> dict[str, tuple[str, ...]]:
        """By the other tool's layer, ours that are in it."""
        names = [name for name, _ in network.named_modules()]
        return dict(
            self.place_of(name) for name in names if any(re.fullmatch(place.pattern, name) for place in self.places)
        )


def nothing_for(network: torch.nn.Module, name: str) -> LowRank:
    layer = network.get_submodule(name)
    return nothing(layer.in_features, layer.out_features)  # type: ignore[arg-type]


def outputs_of(network: torch.nn.Module, name: str) -> int:
    return network.get_submodule(name).weight.shape[0]  # type: ignore[union-attr, index, return-value]


def as_here(pattern: str) -> Place:
    """Layers whose names are the same there."""
    return Place(pattern, r"\g<0>")


def renamed(blocks: str, target: str, names: Mapping[str, str]) -> tuple[Place, ...]:
    """Layers of numbered blocks, by our name within the block, one by one."""
    return tuple(
        Place(rf"{re.escape(blocks)}\.(\d+)\.{re.escape(name)}", rf"{target}.\1.{other}")
        for name, other in names.items()
    )


def fused(blocks: str, target: str, names: tuple[str, ...], other: str) -> tuple[Place, ...]:
    """Layers of numbered blocks that are one layer there."""
    parts = tuple(rf"{blocks}.\1.{name}" for name in names)
    return tuple(
        Place(rf"{re.escape(blocks)}\.(\d+)\.{re.escape(name)}", rf"{target}.\1.{other}", parts) for name in names
    )


QKV, ADDED = ("attn.to_q", "attn.to_k", "attn.to_v"), ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")
REFINER = "context_embedder.token_refiner.refiner_blocks"
ATTENTION = r"(to_[qkv]|add_[qkv]_proj|to_out\.0|to_add_out)"
MLP = r"net\.(0\.proj|2)"
JOINT = rf"transformer_blocks\.\d+\.(attn2?\.{ATTENTION}|ff(_context)?\.{MLP}|norm1(_context)?\.linear)"
SINGLE = r"single_transformer_blocks\.\d+\.(attn\.to_[qkv]|proj_mlp|proj_out|norm\.linear)"

LAYOUTS: dict[str, Layout] = {
    "StableDiffusionPipeline": Kohya(),
    "StableDiffusionXLPipeline": Kohya(),
    "StableDiffusion3Pipeline": Renamed("transformer.", (as_here(JOINT),)),
    "FluxPipeline": Renamed("transformer.", (as_here(JOINT), as_here(SINGLE))),
    "QwenImagePipeline": Renamed(
        "diffusion_model.", (as_here(rf"transformer_blocks\.\d+\.(attn\.{ATTENTION}|(img|txt)_mlp\.{MLP})"),)
    ),
    "ZImagePipeline": Renamed(
        "diffusion_model.",
        (
            as_here(
                r"(layers|noise_refiner|context_refiner)\.\d+\.(attention\.(to_[qkv]|to_out\.0)|feed_forward\.w[123])"
            ),
        ),
    ),
    "LTXPipeline": Renamed(
        "diffusion_model.", (as_here(rf"transformer_blocks\.\d+\.(attn[12]\.{ATTENTION}|ff\.{MLP})"),)
    ),
    "WanPipeline": Renamed(
        "diffusion_model.",
        renamed(
            "blocks",
            "blocks",
            {
                f"{ours}.{layer}": f"{theirs}.{other}"
                for ours, theirs in (("attn1", "self_attn"), ("attn2", "cross_attn"))
                for layer, other in (("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "o"))
            }
            | {"ffn.net.0.proj": "ffn.0", "ffn.net.2": "ffn.2"},
        ),
    ),
    "HunyuanVideoPipeline": Renamed(
        "diffusion_model.",
        (
            *fused("transformer_blocks", "double_blocks", QKV, "img_attn_qkv"),
            *fused("transformer_blocks", "double_blocks", ADDED, "txt_attn_qkv"),
            *renamed(
                "transformer_blocks",
                "double_blocks",
                {
                    "attn.to_out.0": "img_attn_proj",
                    "attn.to_add_out": "txt_attn_proj",
                    "ff.net.0.proj": "img_mlp.fc1",
                    "ff.net.2": "img_mlp.fc2",
                    "ff_context.net.0.proj": "txt_mlp.fc1",
                    "ff_context.net.2": "txt_mlp.fc2",
                },
            ),
            *fused("single_transformer_blocks", "single_blocks", (*QKV, "proj_mlp"), "linear1"),
            *renamed("single_transformer_blocks", "single_blocks", {"proj_out": "linear2"}),
            *fused(REFINER, "txt_in.individual_token_refiner.blocks", QKV, "self_attn_qkv"),
            *renamed(REFINER, "txt_in.individual_token_refiner.blocks", {"attn.to_out.0": "self_attn_proj"}),
        ),
    ),
}
"""By the name of the pipeline class."""
FLUX_2 = Renamed(
    "diffusion_model.",
    (
        *fused("transformer_blocks", "double_blocks", QKV, "img_attn.qkv"),
        *fused("transformer_blocks", "double_blocks", ADDED, "txt_attn.qkv"),
        *renamed(
            "transformer_blocks",
            "double_blocks",
            {
                "attn.to_out.0": "img_attn.proj",
                "attn.to_add_out": "txt_attn.proj",
                "ff.linear_in": "img_mlp.0",
                "ff.linear_out": "img_mlp.2",
                "ff_context.linear_in": "txt_mlp.0",
                "ff_context.linear_out": "txt_mlp.2",
            },
        ),
        *renamed(
            "single_transformer_blocks",
            "single_blocks",
            {"attn.to_qkv_mlp_proj": "linear1", "attn.to_out": "linear2"},
        ),
    ),
)
LAYOUTS |= {"Flux2Pipeline": FLUX_2, "Flux2KleinPipeline": FLUX_2}

FILES = {"WanPipeline": {"transformer": "_high_noise", "transformer_2": "_low_noise"}}
"""Endings of file names where a pipeline has several denoisers, each of which ComfyUI loads a LoRA of its own for."""


def layout_of(pipeline_class: str) -> Layout:
    """Refused, saying which there are, for a class that ComfyUI has no names for."""
    if pipeline_class not in LAYOUTS:
        known = ", ".join(sorted(LAYOUTS))
        raise Refused(
            f"the comfyui layout cannot be written for {pipeline_class}, only for {known}: use --layout diffusers"
        )
    return LAYOUTS[pipeline_class]
