"""Adapters: written and read back to the bit, their strength, and one clear line for every broken file."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import WanTransformer3DModel
from peft import LoraConfig, inject_adapter_in_model

from feedback.errors import Refused
from generation.families.clips.wan import Wan
from generation.models.adapters import attach_adapter, file_sha256, merge_adapters, read_adapter, save_adapter
from tests.tiny_pipelines.wan import tiny_parts


def network(seed: int = 0) -> WanTransformer3DModel:
    return tiny_parts(seed)["transformer"]


def tuned(seed: int = 1) -> tuple[WanTransformer3DModel, LoraConfig]:
    """A network with a LoRA whose weights are as after some training."""
    config = LoraConfig(r=4, lora_alpha=8, target_modules=list(Wan.lora_targets))
    denoiser = network()
    inject_adapter_in_model(config, denoiser)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in denoiser.named_parameters():
            if "lora_" in name:
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.1)
    return denoiser, config


@torch.no_grad()
def output(denoiser: torch.nn.Module) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    x_t, text = torch.randn(1, 4, 1, 4, 4, generator=generator), torch.randn(1, 8, 32, generator=generator)
    return Wan().predict(denoiser, x_t, torch.tensor([0.5]), {"encoder_hidden_states": text})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_tuned(tmp_path / "v0001")
    return tmp_path / "v0001"


def save_tuned(folder: Path, seed: int = 1) -> str:
    denoiser, config = tuned(seed)
    return save_adapter(denoiser, folder, config)


def test_attached_adapter_acts_as_the_one_that_was_saved(saved: Path) -> None:
    denoiser = network()
    attach_adapter(denoiser, saved)
    assert torch.equal(output(denoiser), output(tuned()[0]))
    assert not torch.allclose(output(denoiser), output(network()))


def test_same_weights_give_the_same_file(tmp_path: Path, saved: Path) -> None:
    (sha256,) = {save_tuned(tmp_path / "again") for _ in range(8)}
    assert sha256 == file_sha256(saved / "adapter.safetensors") == read_adapter(saved, sha256).sha256
    assert sorted(path.name for path in saved.iterdir()) == ["adapter.safetensors", "adapter_config.json"]


def test_weight_scales_the_effect(saved: Path) -> None:
    half, none, full = network(), network(), network()
    for denoiser, weight in ((half, 0.5), (none, 0.0), (full, 1.0)):
        attach_adapter(denoiser, saved, weight)
    torch.testing.assert_close(output(none), output(network()))
    q = "blocks.0.attn1.to_q"
    torch.testing.assert_close(delta(half, q) * 2, delta(full, q))


def delta(denoiser: torch.nn.Module, layer: str) -> torch.Tensor:
    return denoiser.get_submodule(layer).get_delta_weight("default")


def test_merging_keeps_the_effect(saved: Path) -> None:
    denoiser = network()
    attach_adapter(denoiser, saved, 0.7, name="one")
    attach_adapter(denoiser, saved, 0.2, name="two")
    both = network()
    attach_adapter(both, saved, 0.9)
    merge_adapters(denoiser, ["one", "two"])
    torch.testing.assert_close(output(denoiser), output(both), rtol=1e-4, atol=1e-5)


def break_weights(how: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda folder: how(folder / "adapter.safetensors")


BREAKAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (break_weights(Path.unlink), "adapter.safetensors is missing"),
    "empty": (break_weights(lambda path: path.write_bytes(b"")), "adapter.safetensors is broken"),
    "truncated": (
        break_weights(lambda path: path.write_bytes(path.read_bytes()[:-100])),
        "adapter.safetensors is broken",
    ),
    "pickle": (
        break_weights(lambda path: path.write_bytes(pickle.dumps({"weight": [1.0]}))),
        "adapter.safetensors is broken or not safetensors",
    ),
    "torch": (break_weights(lambda path: torch.save({"w": torch.ones(3)}, path)), "adapter.safetensors is broken"),
    "no config": (lambda folder: (folder / "adapter_config.json").unlink(), "adapter_config.json is broken"),
    "half a config": (
        lambda folder: (folder / "adapter_config.json").write_text('{"r": 4,'),
        "adapter_config.json is broken",
    ),
    "stronger config": (
        lambda folder: change_config(folder, lora_alpha=800),
        "not the configuration that adapter.safetensors was written with",
    ),
    "list as config": (
        lambda folder: (folder / "adapter_config.json").write_text("[]"),
        "adapter_config.json is broken",
    ),
}


def change_config(folder: Path, **changes: object) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_broken_adapter_is_refused_in_one_line_that_names_the_file(saved: Path, breakage: str) -> None:
    break_it, message = BREAKAGES[breakage]
    break_it(saved)
    with pytest.raises(Refused) as refusal:
        attach_adapter(network(), saved)
    assert message in str(refusal.value)
    assert str(saved) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_pickle_is_never_executed(saved: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "exploded",))

    (saved / "adapter.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(Refused):
        attach_adapter(network(), saved)
    assert not (tmp_path / "exploded").exists()


def test_swapped_file_is_refused_by_its_sha256(saved: Path, tmp_path: Path) -> None:
    registered = file_sha256(saved / "adapter.safetensors")
    save_tuned(saved, seed=2)
    with pytest.raises(Refused, match="is not the registered one"):
        attach_adapter(network(), saved, sha256=registered)


def test_adapter_of_another_model_does_not_fit(saved: Path) -> None:
    other = WanTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=32,
        in_channels=4,
        out_channels=4,
        text_dim=32,
        ffn_dim=64,
        num_layers=1,
    )
    with pytest.raises(Refused, match=r"adapter\.safetensors does not fit this model"):
        attach_adapter(other, saved)


def test_adapter_with_nan_is_refused(tmp_path: Path) -> None:
    denoiser, config = tuned()
    with torch.no_grad():
        next(weight for name, weight in denoiser.named_parameters() if "lora_B" in name).fill_(float("nan"))
    save_adapter(denoiser, tmp_path / "v", config)
    with pytest.raises(Refused, match="not finite"):
        read_adapter(tmp_path / "v")
