"""Constants are sent to a device once, and forgotten with the constant."""

from __future__ import annotations

import gc

import torch

from generation import residency
from generation.residency import resident

META = torch.device("meta")


def test_constant_is_sent_once_and_not_at_all_where_it_is() -> None:
    constant = torch.ones(3)
    assert resident(constant, constant.device) is constant
    there = resident(constant, META)
    assert there.device == META
    assert resident(constant, META) is there
    assert resident(torch.ones(3), META) is not there


def test_copies_go_with_the_constant() -> None:
    before = len(residency._copies)
    constant = torch.ones(3)
    resident(constant, META)
    assert len(residency._copies) == before + 1
    del constant
    gc.collect()
    assert len(residency._copies) == before
