"""A pipeline of one denoiser is tuned as it was before there could be several: the same bits, under the same names.

What stands here as `Before` and `predict_before` is how it was done then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model, set_peft_model_state_dict

from feedback.store import Studio
from finetune.data.batches import Batch
from finetune.training.checkpoint import finished
from finetune.training.loop import run_training
from finetune.tunable_model import NAME, TunableModel, load_tunable_model
from tests.finetune.judged import prepared, quick


class Before(TunableModel):
    """One denoiser, whose weights have no prefix."""

    @property
    def denoiser(self) -> torch.nn.Module:
        return self.pipe.transformer

    @property
    def trainable(self) -> dict[str, torch.nn.Parameter]:
        return {name: weight for name, weight in self.denoiser.named_parameters() if weight.requires_grad}

    def adapter_state(self) -> dict[str, torch.Tensor]:
        state = get_peft_model_state_dict(self.denoiser, adapter_name=NAME)
        return {name: weight.detach().cpu().clone().contiguous() for name, weight in sorted(state.items())}

    def load_adapter(self, state: dict[str, torch.Tensor]) -> None:
        set_peft_model_state_dict(self.denoiser, state, adapter_name=NAME)

    def train(self) -> None:
        self.denoiser.train()

    def eval(self) -> None:
        self.denoiser.eval()


def predict_before(model: TunableModel, batch: Batch) -> torch.Tensor:
    rows = {name: rows.to(model.dtype) for name, rows in batch.condition.items()}
    with model.autocast():
        predicted = model.family.predict(model.pipe.transformer, batch.x_t.to(model.dtype), batch.t, rows)
    return predicted.float()


def files_of_training(studio: Studio, folder: Path, before: bool, **changes: Any) -> dict[str, bytes]:
    """Of the last checkpoint: the adapter, the best one, the average, the optimiser and the random state."""
    with pytest.MonkeyPatch.context() as patch:
        if before:
            patch.setattr("finetune.data.batches.predict", predict_before)
            patch.setattr("tests.finetune.judged.load_tunable_model", model_before)
        trainer = prepared(studio, folder, **changes)
        assert isinstance(trainer.model, Before) == before
        run_training(trainer, lambda share: None, lambda: False, quiet=True)
    return {path.name: path.read_bytes() for path in finished(folder)[-1].glob("*.safetensors")}


def model_before(studio: Studio, version: str, recipe: Any) -> Before:
    model = load_tunable_model(studio, version, recipe)
    return Before(**{name: getattr(model, name) for name in TunableModel.__dataclass_fields__})


@pytest.mark.parametrize("changes", [{}, {"method": "mapo", "ema_decay": 0.9, "dropout": 0.1}], ids=str)
def test_training_ends_in_the_same_bits(studio: Studio, tmp_path: Path, changes: dict[str, Any]) -> None:
    before, now = (files_of_training(studio, tmp_path / str(old), old, **changes) for old in (True, False))
    assert {"adapter.safetensors", "best.safetensors", "optimizer.safetensors"} <= before.keys()
    assert now == before


def test_first_weights_are_those_of_the_seed(studio: Studio) -> None:
    model = load_tunable_model(studio, "tiny", quick(seed=3))
    network = load_tunable_model(studio, "tiny", quick(seed=4)).networks["transformer"]
    config = LoraConfig(r=4, lora_alpha=4.0, lora_dropout=0.0, target_modules=list(model.family.lora_targets))
    torch.manual_seed(3)
    inject_adapter_in_model(config, network, adapter_name="before")
    state = get_peft_model_state_dict(network, adapter_name="before")
    assert all(torch.equal(weight, state[name]) for name, weight in model.adapter_state().items())
