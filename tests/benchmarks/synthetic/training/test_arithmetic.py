"""Short floats are for processors that are fast at them, and for nothing else."""

import pytest
import torch

from benchmarks.synthetic.training.arithmetic import quick_arithmetic


@pytest.mark.parametrize(("fast", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
@pytest.mark.parametrize("tokens", [64, 1088])
def test_matrices_are_multiplied_in_short_floats_where_the_processor_has_tiles(monkeypatch, fast, dtype, tokens):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": fast})
    with quick_arithmetic(tokens):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_a_processor_that_says_nothing_of_tiles_computes_as_ever(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    with quick_arithmetic(64):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(("tokens", "fused"), [(64, False), (1088, True)])
def test_attention_among_few_tokens_is_done_by_plain_products(monkeypatch, tokens, fused):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    with quick_arithmetic(tokens):
        assert torch.backends.cuda.flash_sdp_enabled() == fused
