"""Parts of a pipeline that are not trained: away while they have nothing to do, and the same when they are back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from transformers import UMT5Config, UMT5EncoderModel

from feedback.store import Studio
from finetune.jobs.tune import tune
from finetune.memory import parts as parts_module
from finetune.memory.parts import Parts, is_dropped
from finetune.tunable_model import TunableModel, load_tunable_model
from generation.sampling import sample
from tests.finetune.judged import prepared, quick, tiny_studio
from tests.tiny_pipelines.catalogue import TINY
from tests.tiny_pipelines.wan import tiny_wan

MIB = 2**20


@pytest.fixture
def model(studio: Studio) -> TunableModel:
    return load_tunable_model(studio, "tiny", quick())


def drawn(model: TunableModel, studio: Studio) -> object:
    brief = studio.row("SELECT * FROM briefs")
    with model.parts.drawing():
        return sample(model, brief, [1])[0].tobytes()


def test_on_a_processor_they_are_dropped_and_come_back_from_disk(studio: Studio, model: TunableModel) -> None:
    before, pipe = drawn(model, studio), model.pipe
    dtype, config = pipe.vae.dtype, dict(pipe.vae.config)
    model.parts.send_away()
    assert {name for name, part in model.parts.networks.items() if is_dropped(part)} == {"vae", "text_encoder"}
    assert (pipe.vae.dtype, dict(pipe.vae.config)) == (dtype, config)  # what the cache's keys are made of
    assert drawn(model, studio) == before
    assert not any(is_dropped(part) for part in model.parts.networks.values())
    assert all(
        weight.requires_grad for name, weight in model.networks["transformer"].named_parameters() if "lora_" in name
    )


@pytest.mark.parametrize("kind", TINY)
def test_every_familys_parts_come_back(tmp_path: Path, kind: str) -> None:
    tiny = TINY[kind]
    studio = tiny_studio(tmp_path / "studio", tiny.make(tmp_path / "model", **tiny.options))
    model = load_tunable_model(studio, "tiny", quick())
    states = {name: part.state_dict() for name, part in model.parts.others.items()}
    before = {name: {key: value.clone() for key, value in state.items()} for name, state in states.items()}
    assert "vae" in before
    model.parts.send_away()
    model.parts.restore_dropped()
    for name, state in before.items():
        torch.testing.assert_close(getattr(model.pipe, name).state_dict(), state, rtol=0, atol=0)
    studio.close()


def test_memory_of_what_is_dropped_is_free_again(tmp_path: Path) -> None:
    """By what is resident, with a text encoder of 160 MiB."""
    folder = tiny_wan(tmp_path / "model")
    large = UMT5Config(vocab_size=160 * MIB // 4 // 1024, d_model=1024, d_kv=8, d_ff=32, num_layers=1, num_heads=4)
    UMT5EncoderModel(large).save_pretrained(folder / "text_encoder")
    studio = tiny_studio(tmp_path / "studio", folder)
    model = load_tunable_model(studio, "tiny", quick())
    float(model.pipe.text_encoder.shared.weight.sum())  # from the file into memory
    before = psutil.Process().memory_info().rss
    model.parts.send_away()
    assert psutil.Process().memory_info().rss < before - 120 * MIB
    studio.close()


@pytest.mark.parametrize("method", ["dpo", "guided"])
def test_nothing_but_the_denoiser_is_in_memory_while_training(studio: Studio, tmp_path: Path, method: str) -> None:
    trainer = prepared(studio, tmp_path / "c", method=method)
    assert all(is_dropped(part) for part in trainer.model.parts.others.values())
    assert not is_dropped(trainer.model.networks["transformer"])


def test_takes_are_drawn_for_the_gain_with_what_was_dropped(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[set[str]] = []
    again = parts_module.Parts.restore_dropped

    def restore(self: Parts) -> None:
        reads.append({name for name, part in self.networks.items() if is_dropped(part)})
        again(self)

    monkeypatch.setattr(parts_module.Parts, "restore_dropped", restore)

    def measured(model: Any, raters: Any, takes: Any, strength: float | None, on_progress: Any) -> Any:
        count = len(takes)
        reward = torch.full((count, len(raters.judge.reward_models)), strength or 0.0)
        return {
            "rewards": reward,
            "own": torch.zeros(count),
            "none": torch.ones(count),
            "states": torch.zeros(count, 1),
        }

    monkeypatch.setattr("finetune.methods.guided.strength.measure_takes", measured)
    result = tune(studio, quick(method="guided", target_gain=1.0, target_gain_takes=2), progress=False)
    assert result["state"] == "candidate"
    assert reads == [set(), set(), {"vae", "text_encoder"}]  # takes, prompts, drawing


def test_a_full_cache_reads_no_part_again(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(studio, tmp_path / "c")
    monkeypatch.setattr(parts_module.Parts, "restore_dropped", lambda self: pytest.fail("read again"))
    prepared(studio, tmp_path / "c")


def test_offload_draws_and_encodes_the_same(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a processor in the GPU's place: the hooks are accelerate's own, and every part does its work under them."""
    trainer = prepared(studio, tmp_path / "plain")
    before = drawn(trainer.model, studio)
    keys = [trainer.cache.path("prompts", trainer.cache.condition_key(each)) for each in trainer.method.train]
    rows = [path.read_bytes() for path in keys]
    for path in set(keys):
        path.unlink()
    monkeypatch.setattr(Parts, "on_processor", False)
    again = prepared(studio, tmp_path / "again", offload="on")
    assert [path.read_bytes() for path in keys] == rows
    assert again.model.memory.describe()["offload"]
    assert drawn(again.model, studio) == before
    assert not any(hasattr(part, "_hf_hook") for part in again.model.parts.networks.values())


def test_parts_take_turns_one_after_the_other(model: TunableModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sends away the one before it, and the first the last: a pipeline draws more than once."""
    parts = [torch.nn.Linear(2, 2) for _ in range(3)]
    with parts_module.taking_turns(parts, torch.device("cpu")):
        hooks = [part._hf_hook for part in parts]  # type: ignore[union-attr]
        assert [hook.prev_module_hook.model for hook in hooks] == [parts[2], parts[0], parts[1]]
    assert not any(hasattr(part, "_hf_hook") for part in parts)


@pytest.mark.parametrize(
    ("offload", "free", "expected"), [("auto", 0, True), ("auto", 2**40, False), ("off", 0, False)]
)
def test_parts_that_do_not_fit_together_take_turns(
    model: TunableModel, monkeypatch: pytest.MonkeyPatch, offload: str, free: int, expected: bool
) -> None:
    monkeypatch.setattr(parts_module, "free_bytes", lambda device: free)
    model.parts.device, model.parts.offload = torch.device("meta"), offload  # type: ignore[assignment]
    assert model.parts.must_offload(list(model.parts.others.values())) is expected
