"""Fewer bits, as far as a processor goes: refused in one line, layers exchanged, counts in checkpoints."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from feedback.errors import Refused
from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.memory import few_bits
from finetune.memory.few_bits import linear_4bit, make_optimizer, quantise, refuse_impossible
from finetune.settings import LoraSettings, MemorySettings, OptimiserSettings
from finetune.training.checkpoint import optimizer_tensors, restore_optimizer
from finetune.tunable_model import add_adapter, load_tunable_model
from generation.families import family_named
from tests.finetune.judged import quick
from tests.tiny_pipelines.wan import tiny_parts


@pytest.mark.parametrize("field", ["optimiser_8bit", "base_4bit"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_refused_where_there_is_no_gpu_before_anything_is_written(studio: Studio, field: str, dry_run: bool) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(Refused, match=rf"memory\.{field}: bitsandbytes works on GPUs") as caught:
        tune(studio, quick(**{field: True}), dry_run=dry_run, progress=False)
    assert "\n" not in str(caught.value)
    assert studio.value("SELECT COUNT(*) FROM runs") == 0


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(few_bits, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"pip install 'circletake\[gpu\]'"):
        refuse_impossible(MemorySettings(base_4bit=True))
    refuse_impossible(MemorySettings())


class Rounded(torch.nn.Module):
    """A layer whose weights were made coarser, in the place of one of 4 bits."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter((layer.weight * 16).round() / 16, requires_grad=False)
        self.bias = layer.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.weight, self.bias)


def test_linear_layers_are_exchanged_but_for_those_kept_precise() -> None:
    network = tiny_parts(0)["transformer"]
    linear = {name for name, each in network.named_modules() if type(each) is torch.nn.Linear}
    quantise(network, Rounded)
    left = {name for name, each in network.named_modules() if type(each) is torch.nn.Linear}
    assert left == {name for name in linear if "time_embedder" in name}
    assert len(left) < len(linear)
    assert network.is_loaded_in_4bit
    text, x_t = torch.randn(1, 8, 32), torch.randn(1, 4, 1, 4, 4)
    answer = network(hidden_states=x_t, timestep=torch.tensor([500.0]), encoder_hidden_states=text, return_dict=False)
    assert torch.isfinite(answer[0]).all()


def test_reference_of_4_bits_is_another_one(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its errors are cached under keys of their own."""
    monkeypatch.setattr("finetune.tunable_model.quantise", lambda network, make_linear: None)
    plain, coarse = (load_tunable_model(studio, "tiny", quick(base_4bit=each)) for each in (False, True))
    assert plain.sha256 != coarse.sha256
    assert plain.base_sha256 == coarse.base_sha256


class Counting(torch.optim.SGD):
    """Keeps a plain count in its state, as bitsandbytes' optimizers do."""

    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                self.state[weight]["step"] = self.state[weight].get("step", 0) + 1
                self.state[weight]["state1"] = torch.full((3,), self.state[weight]["step"], dtype=torch.uint8)


def test_counts_of_an_optimizer_come_back_as_counts() -> None:
    weights = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    before, after = Counting(weights, lr=1.0), Counting(weights, lr=1.0)
    for _ in range(3):
        before.step()
    restore_optimizer(after, optimizer_tensors(before), [0.5])
    assert after.state[weights[0]]["step"] == 3
    assert type(after.state[weights[0]]["step"]) is int
    assert after.state[weights[1]]["state1"].tolist() == [3, 3, 3]
    assert after.param_groups[0]["lr"] == 0.5


@pytest.fixture
def gpu() -> torch.device:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    if find_spec("bitsandbytes") is None:
        pytest.skip("needs bitsandbytes")
    return torch.device("cuda")


@pytest.mark.gpu
def test_network_of_4_bits_trains_an_adapter_by_an_optimizer_of_8(gpu: torch.device, tmp_path: Path) -> None:
    network = tiny_parts(0)["transformer"].to(gpu, torch.bfloat16)
    quantise(network, linear_4bit)
    add_adapter(network, family_named("WanPipeline"), LoraSettings(r=4))  # type: ignore[arg-type]
    network.to(gpu)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = make_optimizer(weights, OptimiserSettings(), MemorySettings(optimiser_8bit=True))
    before = [weight.detach().clone() for weight in weights]
    inputs = {"hidden_states": torch.randn(2, 4, 1, 4, 4), "encoder_hidden_states": torch.randn(2, 8, 32)}
    inputs = {name: each.to(gpu, torch.bfloat16) for name, each in inputs.items()}
    for _ in range(3):
        times = torch.tensor([300.0, 700.0], device=gpu)
        network(**inputs, timestep=times, return_dict=False)[0].float().square().mean().backward()
        optimizer.step()
    assert any((was != now).any() for was, now in zip(before, weights, strict=True))
    assert optimizer_tensors(optimizer)
