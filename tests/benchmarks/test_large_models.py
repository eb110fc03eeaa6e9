"""What autograd keeps is counted rightly, on networks small enough to count by hand."""

from __future__ import annotations

import pytest
import torch

from benchmarks import large_models
from benchmarks.large_models import GIB, META, Kept, Model, checkpointed, figures, flash_attention, plain
from generation.families.clips.wan import Wan

SMALL = {
    "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 4, "out_channels": 4,
    "text_dim": 32, "freq_dim": 32, "ffn_dim": 64, "num_layers": 4, "rope_max_seq_len": 64,
}  # fmt: skip


@pytest.fixture
def model() -> Model:
    return Model(Wan, "WanTransformer3DModel", SMALL, (4, 3, 8, 8), "64x64, 9 frames", large_models.text(8, 32))


def test_a_storage_counts_once_and_weights_not_at_all() -> None:
    network = torch.nn.Linear(4, 4, bias=False, device=META)
    x = torch.empty(8, 4, device=META, requires_grad=True)
    kept = Kept(network)
    with kept.counting():
        y = network(x)  # keeps x, and the weight
        (y * y).sum()  # keeps y
    assert kept.total == 2 * x.nbytes


def test_attention_keeps_no_square_of_its_rows() -> None:
    query, key, value = (torch.empty(1, 2, 64, 16, device=META, requires_grad=True) for _ in range(3))
    kept = Kept(torch.nn.Identity())
    with kept.counting(), flash_attention():
        torch.nn.functional.scaled_dot_product_attention(query, key, value)
    assert kept.total == 4 * query.nbytes + 2 * 64 * 4


def test_counts_of_a_step_are_those_of_the_same_network_on_a_processor(model: Model) -> None:
    """Their sizes alone are known on the meta device; on a processor the tensors are there."""
    counted = plain(model, large_models.build(model))
    network = large_models.build(model).to_empty(device="cpu")
    kept = Kept(network)
    with kept.counting(), flash_attention():
        Wan().predict(
            network,
            torch.zeros(1, *model.latents, dtype=torch.bfloat16),
            torch.zeros(1),
            {"encoder_hidden_states": torch.zeros(1, 8, 32, dtype=torch.bfloat16)},
        )
    assert counted == pytest.approx(kept.total, rel=0.01)


def test_checkpointing_keeps_less_and_the_more_blocks_the_less_in_comparison(model: Model) -> None:
    shares = []
    for layers in (4, 16):
        deep = Model(model.family, model.network, {**SMALL, "num_layers": layers}, model.latents, "", model.condition)
        network = large_models.build(deep)
        shares.append(checkpointed(deep, network) / plain(deep, large_models.build(deep)))
    assert shares[1] < shares[0] < 1


def test_figures_name_what_is_frozen_and_what_trains(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(large_models.MODELS, "small", model)
    row = figures("small")
    network = large_models.build(model)
    frozen = sum(weight.numel() for weight in network.parameters() if not weight.requires_grad)
    assert row["parameters"] == frozen
    assert row["weights_gib"] == round(2 * frozen / GIB, 1)
    assert 0 < row["adapter_parameters"] < 2 * frozen
