"""Adapters: written and read back to the bit, their strength, and one clear line for every broken file."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import WanPipeline, WanTransformer3DModel
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from feedback.errors import Refused
from generation.families.clips.wan import Wan
from generation.models import adapters
from generation.models.adapter_files import Adapter, Part, read_adapter, write_adapter
from generation.models.adapters import attach_adapter, merge_adapters, save_adapter, unwrap_layers
from generation.models.weights_digest import file_sha256
from tests.generation.models.old_layout import save_old_layout
from tests.tiny_pipelines.wan import tiny_parts

WEIGHTS = "pytorch_lora_weights.safetensors"  # diffusers' own name


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


def attach(denoiser: torch.nn.Module, folder: Path, weight: float = 1.0, name: str = "default") -> None:
    attach_adapter({"transformer": denoiser}, read_adapter(folder), weight, name=name)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_tuned(tmp_path / "v0001")
    return tmp_path / "v0001"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    denoiser, config = tuned()
    save_old_layout(denoiser, tmp_path / "old", config)
    return tmp_path / "old"


def save_tuned(folder: Path, seed: int = 1, strength: float = 1.0) -> str:
    return save_adapter({"transformer": tuned(seed)[0]}, folder, strength)


@pytest.mark.parametrize("layout", ["saved", "old"])
def test_attached_adapter_acts_as_the_one_that_was_saved(request: pytest.FixtureRequest, layout: str) -> None:
    denoiser = network()
    attach(denoiser, request.getfixturevalue(layout))
    assert torch.equal(output(denoiser), output(tuned()[0]))
    assert not torch.allclose(output(denoiser), output(network()))


def test_same_weights_give_the_same_file(tmp_path: Path, saved: Path) -> None:
    (sha256,) = {save_tuned(tmp_path / "again") for _ in range(8)}
    assert sha256 == file_sha256(saved / WEIGHTS) == read_adapter(saved, sha256).sha256
    assert [path.name for path in saved.iterdir()] == [WEIGHTS]


def test_file_is_what_the_pipeline_would_write(tmp_path: Path, saved: Path) -> None:
    """Tensors and, as far as it differs from every LoraConfig, the metadata."""
    denoiser, config = tuned()
    WanPipeline.save_lora_weights(
        tmp_path,
        transformer_lora_layers=get_peft_model_state_dict(denoiser),
        transformer_lora_adapter_metadata=config.to_dict(),
    )
    ours, theirs = load_file(saved / WEIGHTS), load_file(tmp_path / WEIGHTS)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())
    settings, their_settings = metadata_in(saved), metadata_in(tmp_path)
    assert {**settings, "transformer.target_modules": None}.items() <= {
        **their_settings,
        "transformer.target_modules": None,
    }.items()
    assert set(settings["transformer.target_modules"]) == set(their_settings["transformer.target_modules"])


def metadata_in(folder: Path) -> dict:
    with safe_open(str(folder / WEIGHTS), framework="pt") as file:
        return json.loads(file.metadata()["lora_adapter_metadata"])


def test_strength_is_in_the_file(tmp_path: Path, saved: Path) -> None:
    """And so in its sha256; the weights are those that were trained."""
    weaker, stronger, whole = (tmp_path / name for name in ("weaker", "stronger", "v0001"))
    assert save_tuned(weaker, strength=0.25) != save_tuned(stronger, strength=1.5) != file_sha256(whole / WEIGHTS)
    assert [metadata_in(each)["transformer.lora_alpha"] for each in (weaker, stronger, whole)] == [2.0, 12.0, 8.0]
    assert all(
        torch.equal(each, load_file(whole / WEIGHTS)[name]) for name, each in load_file(weaker / WEIGHTS).items()
    )
    in_file, in_row = network(), network()
    attach(in_file, weaker)
    attach(in_row, whole, 0.25)
    assert torch.equal(output(in_file), output(in_row))


def test_one_file_holds_the_adapters_of_all_denoisers(tmp_path: Path) -> None:
    first, second = tuned(1)[0], tuned(2)[0]
    save_adapter({"transformer": first, "transformer_2": second}, tmp_path)
    fresh = {"transformer": network(), "transformer_2": network()}
    attach_adapter(fresh, read_adapter(tmp_path))
    assert torch.equal(output(fresh["transformer"]), output(first))
    assert torch.equal(output(fresh["transformer_2"]), output(second))


def test_denoiser_without_an_adapter_is_left_out_of_the_file(tmp_path: Path) -> None:
    save_adapter({"transformer": network(), "transformer_2": tuned()[0]}, tmp_path)
    fresh = {"transformer": network(), "transformer_2": network()}
    attach_adapter(fresh, read_adapter(tmp_path))
    assert torch.equal(output(fresh["transformer"]), output(network()))
    assert torch.equal(output(fresh["transformer_2"]), output(tuned()[0]))


@pytest.mark.parametrize("layout", ["saved", "old"])
def test_weight_scales_the_effect(request: pytest.FixtureRequest, layout: str) -> None:
    half, none, full = network(), network(), network()
    for denoiser, weight in ((half, 0.5), (none, 0.0), (full, 1.0)):
        attach(denoiser, request.getfixturevalue(layout), weight)
    torch.testing.assert_close(output(none), output(network()))
    q = "blocks.0.attn1.to_q"
    torch.testing.assert_close(delta(half, q) * 2, delta(full, q))


def delta(denoiser: torch.nn.Module, layer: str) -> torch.Tensor:
    return denoiser.get_submodule(layer).get_delta_weight("default")


def test_merging_keeps_the_effect(saved: Path) -> None:
    denoiser = network()
    attach(denoiser, saved, 0.7, name="one")
    attach(denoiser, saved, 0.2, name="two")
    both = network()
    attach(both, saved, 0.9)
    merge_adapters(denoiser, ["one", "two"])
    torch.testing.assert_close(output(denoiser), output(both), rtol=1e-4, atol=1e-5)
    merged = output(denoiser)
    unwrap_layers(denoiser)
    assert torch.equal(output(denoiser), merged)
    assert list(denoiser.state_dict()) == list(network().state_dict())


def written_otherwise(monkeypatch: pytest.MonkeyPatch, change: Callable[[Part], Part]) -> None:
    """As if a disk or a library had changed something on the way into the file."""

    def write(path: Path, parts: dict[str, Part]) -> None:
        write_adapter(path, {name: change(part) for name, part in parts.items()})

    monkeypatch.setattr(adapters, "write_adapter", write)


def with_one_bit_off(part: Part) -> Part:
    name = sorted(part.weights)[3]
    weight = part.weights[name].detach().clone()
    weight[0, 0] = torch.nextafter(weight[0, 0], torch.tensor(9.0))
    return Part(part.config, {**part.weights, name: weight})


def with_another_alpha(part: Part) -> Part:
    return Part(LoraConfig(r=4, lora_alpha=8.001, target_modules=list(Wan.lora_targets)), part.weights)


def without_a_tensor(part: Part) -> Part:
    return Part(
        part.config, {name: weight for name, weight in part.weights.items() if "blocks.1.ffn.net.2" not in name}
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_one_bit_off, r"transformer\.blocks\.0\.attn1\.to_out\.0\.lora_B\.weight is not what was trained"),
        (with_another_alpha, r"the scale of transformer\.blocks\.0\.attn1\.to_q is not 2"),
        (without_a_tensor, r"blocks\.1\.ffn\.net\.2\.lora_A"),
    ],
)
def test_file_that_is_not_what_was_trained_is_refused_by_the_tensors_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Part], Part], message: str
) -> None:
    written_otherwise(monkeypatch, change)
    with pytest.raises(Refused, match=message) as refusal:
        save_tuned(tmp_path / "v0001")
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


BREAKAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "lora_weights.safetensors is missing"),
    "empty": (lambda path: path.write_bytes(b""), "safetensors is broken"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-100]), "safetensors is broken"),
    "pickle": (
        lambda path: path.write_bytes(pickle.dumps({"weight": [1.0]})),
        "safetensors is broken or not safetensors",
    ),
    "torch": (lambda path: torch.save({"w": torch.ones(3)}, path), "safetensors is broken"),
}
NEW: dict[str, tuple[Callable[[Path], object], str]] = {
    **BREAKAGES,
    "no settings": (lambda path: save_file(load_file(path), path), "no lora_adapter_metadata in its header"),
    "list as settings": (lambda path: with_metadata(path, []), "is no JSON object"),
    "unknown component": (
        lambda path: with_metadata(path, {**metadata_in(path.parent), "text_encoder.r": 4}),
        "'text_encoder' has weights or settings, and not both",
    ),
    "rank of another": (
        lambda path: with_metadata(path, {**metadata_in(path.parent), "transformer.r": 3}),
        "does not fit this model",
    ),
}
OLD: dict[str, tuple[Callable[[Path], object], str]] = {
    **BREAKAGES,
    "no config": (lambda path: config_of(path).unlink(), "adapter_config.json is broken"),
    "half a config": (lambda path: config_of(path).write_text('{"r": 4,'), "adapter_config.json is broken"),
    "list as config": (lambda path: config_of(path).write_text("[]"), "adapter_config.json is broken"),
    "stronger config": (
        lambda path: config_of(path).write_text(
            config_of(path).read_text().replace('"lora_alpha": 8', '"lora_alpha": 9')
        ),
        "not the configuration that adapter.safetensors was written with",
    ),
}


def with_metadata(path: Path, settings: object) -> None:
    save_file(load_file(path), path, metadata={"lora_adapter_metadata": json.dumps(settings)})


def config_of(path: Path) -> Path:
    return path.with_name("adapter_config.json")


@pytest.mark.parametrize(("layout", "breakage"), [("saved", each) for each in NEW] + [("old", each) for each in OLD])
def test_broken_adapter_is_refused_in_one_line_that_names_the_file(
    request: pytest.FixtureRequest, layout: str, breakage: str
) -> None:
    folder = request.getfixturevalue(layout)
    break_it, message = (NEW if layout == "saved" else OLD)[breakage]
    break_it(folder / (WEIGHTS if layout == "saved" else "adapter.safetensors"))
    with pytest.raises(Refused) as refusal:
        attach(network(), folder)
    assert message in str(refusal.value)
    assert str(folder) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_pickle_is_never_executed(saved: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "exploded",))

    (saved / WEIGHTS).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(Refused):
        attach(network(), saved)
    assert not (tmp_path / "exploded").exists()


def test_swapped_file_is_refused_by_its_sha256(saved: Path) -> None:
    registered = file_sha256(saved / WEIGHTS)
    save_tuned(saved, seed=2)
    with pytest.raises(Refused, match="is not the registered one"):
        read_adapter(saved, sha256=registered)


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
    with pytest.raises(Refused, match=r"safetensors does not fit this model"):
        attach(other, saved)
    with pytest.raises(Refused, match=r"it is for transformer, and there is unet"):
        attach_adapter({"unet": network()}, read_adapter(saved))


def test_adapter_with_nan_is_refused(tmp_path: Path) -> None:
    denoiser, _ = tuned()
    with torch.no_grad():
        next(weight for name, weight in denoiser.named_parameters() if "lora_B" in name).fill_(float("nan"))
    with pytest.raises(Refused, match="not finite"):
        save_adapter({"transformer": denoiser}, tmp_path / "v")


def test_old_file_is_for_the_first_denoiser(old: Path) -> None:
    fresh = {"transformer": network(), "transformer_2": network()}
    attach_adapter(fresh, read_adapter(old))
    assert torch.equal(output(fresh["transformer"]), output(tuned()[0]))
    assert torch.equal(output(fresh["transformer_2"]), output(network()))


def test_new_file_beside_an_old_one_is_the_one_that_counts(old: Path) -> None:
    save_tuned(old / "new", seed=2)
    (old / "new" / WEIGHTS).rename(old / WEIGHTS)
    adapter: Adapter = read_adapter(old)
    assert (adapter.path.name, list(adapter.parts)) == (WEIGHTS, ["transformer"])
