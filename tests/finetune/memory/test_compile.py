"""A compiled network learns the same; through torch's own tracing, without a compiler behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from feedback.store import Studio
from finetune.training.loop import take_step
from tests.finetune.judged import prepared


def test_compiled_network_learns_the_same(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = torch.nn.Module.compile
    calls: list[torch.nn.Module] = []

    def traced(self: torch.nn.Module) -> None:
        calls.append(self)
        compiled(self, backend="eager")

    monkeypatch.setattr(torch.nn.Module, "compile", traced)
    plain, fast = (prepared(studio, tmp_path / str(each), compile=each) for each in (False, True))
    assert calls == [*fast.model.networks.values()]
    for trainer in (plain, fast):
        for _ in range(2):
            take_step(trainer, [0, 1, 2, 3], [0, 1, 2, 3])
    expected, actual = plain.model.trainable, fast.model.trainable
    for name, weight in expected.items():
        torch.testing.assert_close(actual[name], weight, rtol=1e-4, atol=1e-6)
    results = [trainer.method.evaluate(0.5)["winner_error_ratio"] for trainer in (plain, fast)]
    assert results[1] == pytest.approx(results[0], rel=1e-4)
    torch.compiler.reset()
