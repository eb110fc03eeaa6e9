"""What a step of training takes of memory with the large models, computed on torch's meta device: no weights, no GPU.

    python -m benchmarks.large_models --json

Networks are built in the shapes of the released checkpoints, with the product's own adapters (rank 16), in bf16. One item
goes forward as in a step, and what autograd keeps for the way back is added up, weights aside: without gradient
checkpointing, and with it (inputs of all blocks and the inside of the largest one). Attention is counted as flash
attention keeps it: its inputs, its output and a number per row. Optimiser, adapters and what a library holds for itself
come on top; they are small beside these. `python -m benchmarks.training_step` measures.

Operations are those of one item going forward, attention as it is written (twice the products of its rows and columns).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import diffusers
import torch
import torch.nn.functional as F
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from finetune.settings import LoraSettings
from finetune.tunable_model import add_adapter
from generation.families.clips.cogvideox import CogVideoX
from generation.families.clips.hunyuan_video import HunyuanVideo
from generation.families.clips.ltx import LTX
from generation.families.clips.wan import Wan
from generation.families.protocol import Family
from generation.families.stills.flux import Flux
from generation.families.stills.qwen_image import QwenImage
from generation.families.stills.stable_diffusion import StableDiffusion
from generation.families.stills.stable_diffusion_3 import StableDiffusion3
from generation.families.stills.stable_diffusion_xl import StableDiffusionXL
from generation.families.stills.z_image import ZImage
from generation.objectives import discrete_objective

META, FORMAT = torch.device("meta"), torch.bfloat16
GIB = 1024**3
RANK = 16
Condition = dict[str, torch.Tensor]


def rows(*shape: int) -> torch.Tensor:
    """One item's, without values."""
    return torch.empty(1, *shape, device=META, dtype=FORMAT)


def lengths(count: int) -> torch.Tensor:
    """With a value: families read how long a prompt is."""
    return torch.tensor([count])


@dataclass(frozen=True)
class Model:
    """A released checkpoint: how its denoiser is configured, and one item of the size that it is for."""

    family: Callable[[], Family]
    network: str  # of diffusers
    config: dict[str, Any]
    latents: tuple[int, ...]  # of x0: [z, F, h, w]
    size: str
    condition: Callable[[], Condition]


def text(tokens: int, width: int, **more: torch.Tensor) -> Callable[[], Condition]:
    return lambda: {"encoder_hidden_states": rows(tokens, width), **more}


DDIM = discrete_objective("DDIMScheduler", {"beta_schedule": "scaled_linear", "prediction_type": "epsilon"})
SD_BLOCKS = {"block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2, "cross_attention_dim": 768}
SDXL_BLOCKS = {
    "block_out_channels": (320, 640, 1280),
    "layers_per_block": 2,
    "cross_attention_dim": 2048,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SD35_MEDIUM = {
    "num_layers": 24,
    "num_attention_heads": 24,
    "caption_projection_dim": 1536,
    "pos_embed_max_size": 384,
    "qk_norm": "rms_norm",
    "dual_attention_layers": tuple(range(13)),
}
COGVIDEOX_5B = {"num_attention_heads": 48, "num_layers": 42, "use_rotary_positional_embeddings": True}
WAN_SMALL = {"num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30}
MODELS: dict[str, Model] = {
    "Stable Diffusion 1.5": Model(
        lambda: StableDiffusion(DDIM),
        "UNet2DConditionModel", {**SD_BLOCKS, "attention_head_dim": 8}, (4, 1, 64, 64), "512x512", text(77, 768),
    ),
    "SDXL": Model(
        lambda: StableDiffusionXL(DDIM),
        "UNet2DConditionModel", SDXL_BLOCKS, (4, 1, 128, 128), "1024x1024",
        text(77, 2048, text_embeds=rows(1280), time_ids=rows(6)),
    ),
    "Stable Diffusion 3.5 medium": Model(
        StableDiffusion3, "SD3Transformer2DModel", SD35_MEDIUM, (16, 1, 128, 128), "1024x1024",
        text(77 + 256, 4096, pooled_projections=rows(2048)),
    ),
    "FLUX.1 dev": Model(
        Flux, "FluxTransformer2DModel", {"guidance_embeds": True}, (16, 1, 128, 128), "1024x1024",
        text(512, 4096, pooled_projections=rows(768), guidance=rows()),
    ),
    "Qwen-Image": Model(
        QwenImage, "QwenImageTransformer2DModel", {}, (16, 1, 166, 166), "1328x1328",
        text(128, 3584, length=lengths(128)),
    ),
    "Z-Image": Model(
        ZImage, "ZImageTransformer2DModel", {}, (16, 1, 128, 128), "1024x1024", text(128, 2560, length=lengths(128)),
    ),
    "Wan 2.1 1.3B": Model(
        Wan, "WanTransformer3DModel", WAN_SMALL, (16, 21, 60, 104), "832x480, 81 frames", text(512, 4096),
    ),
    "Wan 14B (2.1, or one expert of 2.2)": Model(
        Wan, "WanTransformer3DModel", {}, (16, 21, 60, 104), "832x480, 81 frames", text(512, 4096),
    ),
    "LTX-Video 2B": Model(
        lambda: LTX(32, 8), "LTXVideoTransformer3DModel", {}, (128, 21, 16, 22), "704x512, 161 frames",
        text(128, 4096, encoder_attention_mask=torch.ones(1, 128, device=META, dtype=torch.bool),
             frame_rate=torch.empty(1, 2, device=META)),
    ),
    "CogVideoX 5b": Model(
        lambda: CogVideoX(DDIM), "CogVideoXTransformer3DModel", COGVIDEOX_5B, (16, 13, 60, 90), "720x480, 49 frames",
        text(226, 4096),
    ),
    "HunyuanVideo": Model(
        HunyuanVideo, "HunyuanVideoTransformer3DModel", {}, (16, 16, 68, 120), "960x544, 61 frames",
        text(256, 4096, pooled_projections=rows(768), guidance=rows(),
             encoder_attention_mask=torch.ones(1, 256, device=META, dtype=torch.long)),
    ),
}  # fmt: skip


class Kept:
    """Bytes that autograd keeps: each storage once, those of the network's own weights left out."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.own = {id(each.untyped_storage()) for each in [*network.parameters(), *network.buffers()]}
        self.sizes: dict[int, int] = {}
        self.alive: list[Any] = []  # so that no storage's id is given to another

    def add(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if id(storage) not in self.own:
            self.sizes[id(storage)] = storage.nbytes()
            self.alive.append(storage)
        return tensor

    @property
    def total(self) -> int:
        return sum(self.sizes.values())

    @contextmanager
    def counting(self) -> Iterator[None]:
        with saved_tensors_hooks(self.add, lambda tensor: tensor):
            yield


class Flash(torch.autograd.Function):
    """Attention as flash attention keeps it: inputs, output and a number per row; nothing of rows times columns."""

    @staticmethod
    def forward(ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        answer = query.new_empty(*query.shape[:-1], value.shape[-1])
        ctx.save_for_backward(query, key, value, answer, query.new_empty(query.shape[:-1], dtype=torch.float32))
        return answer

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        raise NotImplementedError


@contextmanager
def flash_attention() -> Iterator[None]:
    before = F.scaled_dot_product_attention
    F.scaled_dot_product_attention = lambda query, key, value, *rest, **more: Flash.apply(query, key, value)
    try:
        yield
    finally:
        F.scaled_dot_product_attention = before


def build(model: Model) -> torch.nn.Module:
    """With adapters that train and weights that do not, all of them without values."""
    diffusers.logging.set_verbosity_error()
    with META:
        network = getattr(diffusers, model.network)(**model.config).to(FORMAT)
        add_adapter(network, model.family(), LoraSettings(r=RANK))
    return network.train()


def forward(model: Model, network: torch.nn.Module) -> None:
    x_t = torch.empty(1, *model.latents, device=META, dtype=FORMAT)
    with META:
        model.family().predict(network, x_t, torch.empty(1, device=META), model.condition())


@torch.no_grad()
def operations(model: Model, network: torch.nn.Module) -> int:
    """Of one item going forward; a multiplication with an addition is two."""
    with FlopCounterMode(display=False) as counter:
        forward(model, network)
    return counter.get_total_flops()


def plain(model: Model, network: torch.nn.Module) -> int:
    kept = Kept(network)
    with kept.counting(), flash_attention():
        forward(model, network)
    return kept.total


def checkpointed(model: Model, network: torch.nn.Module) -> int:
    """Outside of the blocks, the inputs of all, and the inside of the largest."""
    outside, inside = Kept(network), [0]

    def run(block: Callable[..., Any], *inputs: Any) -> Any:
        block_kept = Kept(network)
        for each in inputs:
            if isinstance(each, torch.Tensor):
                outside.add(each)
        with block_kept.counting():
            answer = block(*inputs)
        inside[0] = max(inside[0], block_kept.total)
        return answer

    network.enable_gradient_checkpointing(run)
    with outside.counting(), flash_attention():
        forward(model, network)
    return outside.total + inside[0]


def figures(name: str) -> dict[str, Any]:
    model = MODELS[name]
    network = build(model)
    frozen = [weight for weight in network.parameters() if not weight.requires_grad]
    adapters = sum(prod(weight.shape) for weight in network.parameters() if weight.requires_grad)
    return {
        "model": name,
        "size": model.size,
        "parameters": sum(prod(weight.shape) for weight in frozen),
        "adapter_parameters": adapters,
        "teraflops_forward": round(operations(model, network) / 1e12, 1),
        "weights_gib": round(sum(weight.nbytes for weight in frozen) / GIB, 1),
        "activations_gib": round(plain(model, network) / GIB, 1),
        "activations_checkpointed_gib": round(checkpointed(model, network) / GIB, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", choices=MODELS, help="may be repeated  [default: all]")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = [figures(name) for name in tqdm(options.model or MODELS, desc="models")]
    if options.json:
        print(json.dumps({"benchmark": "large_models", "measured": False, "models": table}))
        return
    for row in table:
        print(
            f"| {row['model']} | {row['size']} | {row['parameters'] / 1e9:.1f} B | {row['teraflops_forward']} |"
            f" {row['weights_gib']} | {row['activations_gib']} | {row['activations_checkpointed_gib']} |"
        )


if __name__ == "__main__":
    main()
