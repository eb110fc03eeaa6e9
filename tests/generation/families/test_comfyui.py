"""Names for ComfyUI, of families whose pipelines need no drawing for it: diffusers' converters read what is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import diffusers
import pytest
import torch

from feedback.errors import Refused
from generation.families import FAMILIES
from generation.families.comfyui import LAYOUTS, Kohya, Renamed, layout_of
from generation.low_rank import Changes, LowRank, relative_difference

ATTENTION = r"attn\.(to_[qkv]|to_out\.0|add_[qkv]_proj|to_add_out)"
EXACT = 1e-6


@dataclass(frozen=True)
class Kind:
    """A small network of a pipeline class, which layers of it are adapted, and some of the names that ComfyUI has."""

    network: str
    config: dict[str, Any]
    adapted: str  # what the ends of layers' names match
    names: tuple[str, ...]
    unreadable: str = "^$"  # by diffusers


KINDS = {
    "QwenImagePipeline": Kind(
        "QwenImageTransformer2DModel",
        {"num_layers": 2, "attention_head_dim": 16, "num_attention_heads": 2, "joint_attention_dim": 16},
        rf"({ATTENTION}|img_mlp\.net\.0\.proj|txt_mlp\.net\.2)$",
        ("diffusion_model.transformer_blocks.1.attn.add_q_proj", "diffusion_model.transformer_blocks.0.txt_mlp.net.2"),
    ),
    "ZImagePipeline": Kind(
        "ZImageTransformer2DModel",
        {"dim": 32, "n_layers": 2, "n_refiner_layers": 1, "n_heads": 2, "n_kv_heads": 2, "axes_dims": [4, 6, 6]},
        r"(attention\.(to_[qkv]|to_out\.0)|feed_forward\.w[123])$",
        ("diffusion_model.layers.1.attention.to_q", "diffusion_model.noise_refiner.0.attention.to_out.0"),
    ),
    "LTXPipeline": Kind(
        "LTXVideoTransformer3DModel",
        {"num_layers": 2, "num_attention_heads": 2, "attention_head_dim": 8, "cross_attention_dim": 16},
        r"(attn[12]\.(to_[qkv]|to_out\.0)|ff\.net\.(0\.proj|2))$",
        ("diffusion_model.transformer_blocks.1.attn2.to_k", "diffusion_model.transformer_blocks.0.ff.net.0.proj"),
    ),
    "Flux2KleinPipeline": Kind(
        "Flux2Transformer2DModel",
        {
            "num_layers": 2,
            "num_single_layers": 2,
            "attention_head_dim": 8,
            "num_attention_heads": 2,
            "joint_attention_dim": 16,
            "in_channels": 8,
        },
        rf"({ATTENTION}|ff(_context)?\.linear_(in|out)|attn\.to_qkv_mlp_proj|single_transformer_blocks\.\d+\.attn\.to_out)$",
        ("diffusion_model.double_blocks.1.txt_attn.qkv", "diffusion_model.single_blocks.0.linear2"),
    ),
    "HunyuanVideoPipeline": Kind(
        "HunyuanVideoTransformer3DModel",
        {"num_layers": 1, "num_single_layers": 1, "num_refiner_layers": 1},
        rf"({ATTENTION}|^transformer_blocks\.0\.ff(_context)?\.net\.(0\.proj|2)|single_transformer_blocks\.0\.proj_(mlp|out))$",
        (
            "diffusion_model.double_blocks.0.img_attn_qkv",
            "diffusion_model.double_blocks.0.txt_mlp.fc2",
            "diffusion_model.single_blocks.0.linear1",
            "diffusion_model.txt_in.individual_token_refiner.blocks.0.self_attn_qkv",
        ),
        "token_refiner",
    ),
}


def network_of(kind: Kind, **changes: Any) -> torch.nn.Module:
    with torch.device("meta"):
        return getattr(diffusers, kind.network)(**{**kind.config, **changes})


def changes_to(
    network: torch.nn.Module, adapted: str, inputs: int | None = None, skip: Callable[[str], bool] = lambda name: False
) -> Changes:
    """As after training, a scale of each layer's own; of few inputs, if need be, which no layout looks at."""
    chance, changes = torch.Generator().manual_seed(0), {}
    for number, (name, layer) in enumerate(network.named_modules()):
        if isinstance(layer, torch.nn.Linear) and re.search(adapted, name) and not skip(name):
            down, up = (
                torch.randn(shape, generator=chance)
                for shape in ((2, inputs or layer.in_features), (layer.out_features, 2))
            )
            changes[name] = LowRank(down, up, 0.5 + number % 7)
    assert len(changes) > 8
    return changes


def read_by_diffusers(pipeline: str, tensors: dict[str, torch.Tensor]) -> Changes:
    state = getattr(diffusers, pipeline).lora_state_dict(dict(tensors))
    names = [key.removeprefix("transformer.").removesuffix(".lora_A.weight") for key in state if "lora_A" in key]
    ends = ("lora_A.weight", "lora_B.weight")
    return {name: LowRank(*[state[f"transformer.{name}.{end}"] for end in ends]) for name in names}


@pytest.mark.parametrize("pipeline", KINDS)
def test_what_is_written_is_read_by_diffusers_and_by_us(pipeline: str) -> None:
    kind, layout = KINDS[pipeline], layout_of(pipeline)
    network = network_of(kind)
    changes = changes_to(network, kind.adapted, inputs=16)
    tensors = layout.write(changes, network)
    assert {f"{name}.lora_A.weight" for name in kind.names} <= tensors.keys()
    readable = {name: tensor for name, tensor in tensors.items() if not re.search(kind.unreadable, name)}
    proven = {name: change for name, change in changes.items() if not re.search(kind.unreadable, name)}
    for read, expected in ((layout.read(tensors, network), changes), (read_by_diffusers(pipeline, readable), proven)):
        assert read.keys() == expected.keys()
        assert max(relative_difference(change, read[name]) for name, change in expected.items()) < EXACT


@pytest.mark.parametrize("pipeline", ["Flux2KleinPipeline", "HunyuanVideoPipeline"])
def test_part_of_a_fused_layer_may_be_left_alone(pipeline: str) -> None:
    kind, layout = KINDS[pipeline], layout_of(pipeline)
    network = network_of(kind, attention_head_dim=8, num_attention_heads=2)
    changes = changes_to(network, kind.adapted, skip=lambda name: "to_k" in name or "proj_mlp" in name)
    read = layout.read(layout.write(changes, network), network)
    assert read.keys() == changes.keys()
    assert max(relative_difference(change, read[name]) for name, change in changes.items()) < EXACT


@pytest.mark.parametrize("pipeline", KINDS)
def test_layer_without_a_name_is_refused(pipeline: str) -> None:
    network = network_of(KINDS[pipeline])
    with pytest.raises(Refused, match="layer x_embedder has no name in the comfyui layout"):
        layout_of(pipeline).write({"x_embedder": LowRank(torch.ones(1, 2), torch.ones(2, 1))}, network)


def test_families_have_a_layout_or_a_refusal() -> None:
    for pipeline in FAMILIES:
        if pipeline in LAYOUTS:
            assert isinstance(layout_of(pipeline), Kohya | Renamed)
        else:
            with pytest.raises(Refused, match=rf"cannot be written for {pipeline}, only for .*FluxPipeline"):
                layout_of(pipeline)
