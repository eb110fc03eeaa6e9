"""No family reads a number back from the device in order to predict or to read hidden states: the processor stays ahead of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from generation.families.protocol import LENGTH
from generation.models.loading import load_base
from generation.request import request_of
from tests.tiny_pipelines.catalogue import BRIEF, TINY
from tests.waits import META, READS, Waits


@pytest.mark.parametrize("name", TINY)
def test_prediction_reads_nothing_back(tmp_path: Path, name: str) -> None:
    tiny = TINY[name]
    tiny.make(tmp_path, **tiny.options)
    pipe, family, _ = load_base(str(tmp_path), "cpu")
    requests = [request_of({**BRIEF, **tiny.brief, "prompt": prompt}) for prompt in tiny.prompts]
    condition = family.encode_prompt(pipe, requests)
    size = requests[0].frames, requests[0].height, requests[0].width
    x0 = family.encode_media(pipe, torch.zeros(len(requests), 3, *size))
    for denoiser in family.denoisers_of(pipe):
        module, x_t, t = denoiser.module.to(META), x0.to(META), torch.full((len(requests),), 0.5, device=META)
        family.predict(module, x_t, t, on_device(condition))  # constants are sent there, once
        with Waits() as waits:
            family.predict(module, x_t, t, on_device(condition))
            family.hidden_states(module, x_t, t, on_device(condition))
        assert [each for each in waits.seen if any(word in each for word in READS)] == []


def on_device(condition: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: rows if name == LENGTH else rows.to(META) for name, rows in condition.items()}
