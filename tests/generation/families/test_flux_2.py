"""What FLUX.2 Klein has alone: adapters on every single block, and teachers that read a negative prompt."""

from __future__ import annotations

from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer

from generation.models.loading import load_base
from generation.request import request_of
from tests.tiny_pipelines.catalogue import BRIEF
from tests.tiny_pipelines.flux_2 import tiny_flux_2_klein

DOUBLE = ("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0")
SINGLE = ("attn.to_qkv_mlp_proj", "attn.to_out")


def test_adapters_are_put_on_every_block_and_on_nothing_else(tmp_path: Path) -> None:
    pipe, family, _ = load_base(str(tiny_flux_2_klein(tmp_path)), "cpu")
    inject_adapter_in_model(LoraConfig(r=2, target_modules=list(family.lora_targets)), pipe.transformer)
    adapted = {name for name, module in pipe.transformer.named_modules() if isinstance(module, LoraLayer)}
    assert adapted == {f"transformer_blocks.0.{name}" for name in DOUBLE} | {
        f"single_transformer_blocks.{number}.{name}" for number in (0, 1) for name in SINGLE
    }


def test_a_teacher_is_guided_away_from_what_the_pipeline_would_leave_empty(tmp_path: Path) -> None:
    """Its own call has no text for it, only embeddings."""
    pipe, family, _ = load_base(str(tiny_flux_2_klein(tmp_path, distilled=False)), "cpu")
    request = request_of({**BRIEF, "guidance": 3.0, "negative_prompt": "a dark sea"})
    (drawn,) = family.generate(pipe, [request], [torch.Generator().manual_seed(0)], lambda share: None)
    negative, _ = pipe.encode_prompt(["a dark sea"], max_sequence_length=family.longest_prompt(pipe))
    by_pipeline = pipe(
        prompt=[request.prompt],
        negative_prompt_embeds=negative,
        guidance_scale=3.0,
        height=32,
        width=48,
        num_inference_steps=3,
        max_sequence_length=family.longest_prompt(pipe),
        generator=[torch.Generator().manual_seed(0)],
        output_type="pt",
    ).images
    assert torch.equal(drawn.pixels, by_pipeline)
