"""A step in pieces: what it adds up to, whatever the machine has room for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from feedback.errors import Interrupted, Refused
from feedback.models import runs
from feedback.store import Studio
from finetune import tunable_model
from finetune.jobs.tune import tune
from finetune.memory import plan as plan_module
from finetune.memory.machine import SHARE
from finetune.memory.uses import LOSS
from finetune.training.loop import Trainer, run_training, take_step
from finetune.training.trainer import find_start
from generation.families.clips.wan import Wan
from tests.finetune.judged import prepared, quick
from tests.finetune.memory.shortage import raise_above

PAIRS, DRAWS = list(range(8)), [0, 1, 2, 3] * 2
METHODS: dict[str, dict[str, Any]] = {
    "guided": {"method": "guided"},
    "dpo": {"method": "dpo"},
    "dpo, guarded as a batch": {"method": "dpo", "loser_guard_scope": "batch", "reference_weight": 1.0},
    "kto": {"method": "kto"},
    "kto, guarded as a batch": {"method": "kto", "loser_guard_scope": "batch"},
    "mapo": {"method": "mapo"},
    "sft": {"method": "sft"},
    "in two batches": {"method": "kto", "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2},
}


def weights_after(trainer: Trainer, steps: int = 3) -> dict[str, torch.Tensor]:
    trainer.model.train()
    torch.manual_seed(0)
    for _ in range(steps):
        take_step(trainer, PAIRS, DRAWS)
    return {name: weight.detach().clone() for name, weight in trainer.model.trainable.items()}


def fixed(trainer: Trainer, size: int) -> Trainer:
    """The same with `size` pairs in the network at a time; what is cached stays as it is."""
    memory = trainer.model.memory
    memory.settings = replace(memory.settings, micro_batch=size)
    return trainer


def of_loss(trainer: Trainer) -> list[int]:
    return [size for key, size in trainer.model.memory.pieces.items() if key.startswith("loss ")]


@pytest.mark.parametrize("name", METHODS)
def test_step_in_pieces_is_the_step_as_a_whole(studio: Studio, tmp_path: Path, name: str) -> None:
    """A loss that compares the pairs of a batch compares all of them. Adam makes roundings of small gradients large."""
    whole, pieces = (prepared(studio, tmp_path / each, **METHODS[name]) for each in ("whole", "pieces"))
    for trainer in (whole, pieces):
        take_step(trainer, PAIRS, DRAWS)  # B begins at zero, where many a loss agrees
    fixed(pieces, 3)
    gradients = []
    for trainer in (whole, pieces):
        parts = take_step(trainer, PAIRS, DRAWS)
        gradients.append({key: weight.grad.clone() for key, weight in trainer.model.trainable.items()})
        gradients[-1] |= {key: value.float() for key, value in parts.items()}
    scale = max(float(each.abs().max()) for each in gradients[0].values())
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-3, atol=1e-5 * scale)


@pytest.mark.parametrize("name", ["guided", "dpo, guarded as a batch", "kto", "in two batches"])
def test_step_that_ran_out_of_memory_begins_again_in_halves(studio: Studio, tmp_path: Path, name: str) -> None:
    """To the bit what it is when the pieces are asked for, with the dropout of a step that was never begun before."""
    changes = {**METHODS[name], "dropout": 0.1}
    short, asked_for = (prepared(studio, tmp_path / each, **changes) for each in ("short", "small"))
    seen = raise_above(4, short.model.networks["transformer"].proj_out)  # two pairs; late, after its dropout
    expected = weights_after(fixed(asked_for, 2))
    actual = weights_after(short)
    assert max(seen) == (8 if name == "in two batches" else 16)
    assert of_loss(short) == [2]
    assert actual.keys() == expected.keys()
    assert all(torch.equal(actual[key], expected[key]) for key in expected)


def test_gradients_of_what_went_before_are_not_added_twice(studio: Studio, tmp_path: Path) -> None:
    """Memory runs out in the second batch of a step; the first one's gradients are there already."""
    changes = {**METHODS["in two batches"], "method": "dpo"}
    short, asked_for = (prepared(studio, tmp_path / each, **changes) for each in ("short", "small"))
    for trainer in (short, fixed(asked_for, 2)):
        trainer.model.memory.measure(LOSS, (4, 1, 4, 4), 4, lambda: None)
    calls: list[int] = []
    raise_above(4, short.model.networks["transformer"].proj_out, unless=lambda: calls.append(1) or len(calls) == 1)
    expected, actual = weights_after(asked_for, 1), weights_after(short, 1)
    assert of_loss(short) == [2]
    assert all(torch.equal(actual[key], expected[key]) for key in expected)


def test_not_one_pair_fits(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c")
    raise_above(1, trainer.model.networks["transformer"])
    with pytest.raises(Refused, match="not one of the pairs of 4x1x4x4 fits into memory") as caught:
        take_step(trainer, PAIRS, DRAWS)
    assert "\n" not in str(caught.value)
    assert trainer.model.memory.checkpointing  # it was tried


def test_first_step_measures_and_turns_checkpointing_on(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With as much memory free as activations need that are computed twice."""
    plain, tight = (prepared(studio, tmp_path / each) for each in ("plain", "tight"))
    expected = weights_after(plain)
    free = {"bytes": 2**62}
    monkeypatch.setattr(plan_module, "free_bytes", lambda device: free["bytes"])
    kept = kept_by_one_pair(tight)
    free["bytes"] = int(0.9 * kept / SHARE)
    monkeypatch.setattr(plan_module, "measured_growth", lambda device: Nothing())
    actual = weights_after(tight)
    assert tight.model.memory.checkpointing
    assert not plain.model.memory.checkpointing
    assert "gradient checkpointing from here on" in tight.model.memory.notes[0]
    assert all(torch.equal(actual[key], expected[key]) for key in expected)  # and it changes nothing


class Nothing:
    bytes = 0

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *given: object) -> None: ...


def kept_by_one_pair(trainer: Trainer) -> int:
    """Bytes of activations, each storage once."""
    storages: dict[int, int] = {}
    known = {weight.untyped_storage().data_ptr() for weight in trainer.model.networks["transformer"].parameters()}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        trainer.method.loss(trainer.method.train[:1], [0])
    return sum(size for pointer, size in storages.items() if pointer not in known)


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Every network that is loaded runs out of memory with more than two pairs; how many items came to each."""
    seen: list[list[int]] = []
    add_adapter = tunable_model.add_adapter

    def add(denoiser: torch.nn.Module, *given: Any) -> None:
        add_adapter(denoiser, *given)
        seen.append(raise_above(4, denoiser))

    monkeypatch.setattr(tunable_model, "add_adapter", add)
    return seen


def test_run_says_what_it_did_for_want_of_memory(studio: Studio, short_of_memory: list[list[int]]) -> None:
    tune(studio, quick(method="guided"), progress=False)
    memory = runs.get_run(studio, 1)["metrics"]["memory"]
    assert memory["pieces"]["loss 4x1x4x4"] == 2
    assert memory["peak_bytes"] > 2**20
    assert any(line.startswith("2 instead of 4 pairs of 4x1x4x4 at a time (loss)") for line in memory["notes"])
    assert (memory["gradient_checkpointing"], memory["vae_tiling"], memory["offload"]) == (False, False, False)


def test_run_without_want_has_nothing_to_say(studio: Studio) -> None:
    memory = tune(studio, quick(), progress=False)["metrics"]["memory"]
    assert memory["notes"] == []
    assert memory["pieces"]["loss 4x1x4x4"] == 8
    assert memory["pieces"]["reference errors 4x1x4x4"] == 16


def test_continued_run_goes_on_with_the_pieces_that_it_found(
    studio: Studio, tmp_path: Path, short_of_memory: list[list[int]]
) -> None:
    stops = iter([False, True])
    cut = prepared(studio, tmp_path / "c")
    with pytest.raises(Interrupted):
        run_training(cut, lambda share: None, lambda: next(stops), quiet=True)
    again = prepared(studio, tmp_path / "other")
    again.model.memory.pieces.clear()
    start = find_start(again.method.run, again.recipe, tmp_path / "c")
    assert again.model.memory.pieces == cut.model.memory.pieces
    short_of_memory[-1].clear()
    run_training(replace(again, folder=tmp_path / "c", start=start), lambda share: None, lambda: False, quiet=True)
    assert max(short_of_memory[-1]) == 4  # nothing larger is tried again


def test_takes_that_do_not_fit_into_the_vae_go_through_in_fewer(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, sizes = Wan.encode_media, list[int]()

    def short(self: Wan, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        sizes.append(len(pixels))
        if len(pixels) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return encode(self, pipe, pixels)

    monkeypatch.setattr(Wan, "encode_media", short)
    trainer = prepared(studio, tmp_path / "c")
    assert sizes[:6] == [1, 8, 4, 2, 2, 2]
    assert trainer.model.memory.pieces["takes in the VAE 1x32x32"] == 2
    assert not trainer.model.parts.tiling


def test_tiles_are_the_last_resort_and_their_latents_are_kept_apart(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prepared(studio, tmp_path / "whole")
    take = whole.method.train[0].left
    encode = Wan.encode_media

    def short(self: Wan, pipe: Any, pixels: torch.Tensor) -> torch.Tensor:
        if not pipe.vae.use_tiling:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return encode(self, pipe, pixels)

    whole.cache.path("latents", whole.cache.latent_key(take)).unlink()  # what has to be encoded again
    with monkeypatch.context() as patch:
        patch.setattr(Wan, "encode_media", short)
        tiled = prepared(studio, tmp_path / "tiled")
    assert tiled.model.memory.describe()["vae_tiling"]
    assert all(tiled.cache.has("latents", tiled.cache.latent_key(each.left)) for each in tiled.method.train)
    assert tiled.cache.latent_key(take) != whole.cache.latent_key(take)
    example = tiled.method.train[0]
    assert tiled.cache.reference_key(example) != whole.cache.reference_key(example)
    assert not whole.cache.has("latents", whole.cache.latent_key(take))
