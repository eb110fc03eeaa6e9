"""The benchmark of a step, small: every side takes its steps, and the figures are there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import torch

from benchmarks import training_step
from benchmarks.training_step import Ours, Script, recipe_of, summary
from benchmarks.wan_like import Size, judged_studio, write_pipeline
from feedback.store import Studio
from tests import preloaded

ROOT = Path(__file__).parents[2]
SMALL = Size(width=64, layers=1, vae_width=4, text_width=64, text_layers=1, side=32)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("bench")
    weights = write_pipeline(folder / "model", SMALL)
    assert weights > 50_000
    return judged_studio(folder / "studio", folder / "model", SMALL.side, count=4)


@pytest.mark.parametrize("name", ["dpo", "guided", "ranked", "script"])
def test_every_side_trains_the_same_adapter_on_as_many_pairs(studio: Studio, name: str) -> None:
    side = (Script if name == "script" else Ours)(studio, recipe_of(name, pairs=2))
    before = {key: weight.detach().clone() for key, weight in side.model.trainable.items()}
    seconds, cpu = training_step.timed(side, side.step, 2)
    assert seconds > 0 < cpu
    assert side.taken == 2
    assert any((weight != before[key]).any() for key, weight in side.model.trainable.items())
    assert sum(weight.numel() for weight in before.values()) == 16 * sum(map(sum, shapes_of(side.model.lora_layers)))
    side.passes()
    assert sum(len(batch.t) for batch in side.kept) == 4  # two pairs


def shapes_of(layers: list) -> list[tuple[int, int]]:
    return [(layer.in_features, layer.out_features) for layer in layers]


def test_script_reads_and_encodes_anew_at_every_step(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    side = Script(studio, recipe_of("script", pairs=2))
    encoded: list[int] = []
    family = type(side.model.family)
    encode = family.encode_media
    monkeypatch.setattr(
        family, "encode_media", lambda self, pipe, x: [encoded.append(len(x)), encode(self, pipe, x)][1]
    )
    side.step()
    side.step()
    assert encoded == [4, 4]
    assert not any(weight.is_meta for part in side.model.parts.others.values() for weight in part.parameters())


def test_ratios_are_those_of_each_round() -> None:
    def row(seconds: float, passes: float) -> dict[str, float]:
        times = {"seconds": seconds, "cpu_seconds": seconds}
        return {**times, "passes_seconds": passes, "passes_cpu_seconds": passes, "peak_bytes": 2**30}

    fast, slow = row(1.0, 0.9), row(10.0, 9.0)  # the machine had something else to do
    script = [row(3.0, 1.5), row(30.0, 15.0), row(3.0, 1.5)]
    result = summary({**{name: [fast, slow, fast] for name in training_step.OURS}, "script": script})
    assert result["dpo"]["times_as_fast_seconds"] == 3.0
    assert result["dpo"]["own_share"] == pytest.approx(0.1)
    assert result["script"]["own_share"] == 0.5
    assert result["guided"]["memory_ratio"] == 1.0


@pytest.mark.slow
def test_command_prints_one_json(tmp_path: Path) -> None:
    sizes = "--width 64 --layers 1 --vae-width 4 --text-width 64 --text-layers 1 --side 32 --pairs 2"
    words = [
        preloaded.python(),
        "-m",
        "benchmarks.training_step",
        *sizes.split(),
        "--rounds",
        "1",
        "--steps",
        "1",
        "--json",
    ]
    done = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    assert result["benchmark"] == "training_step"
    assert result["script"]["peak_mib"] > 100
    assert result["guided"]["times_as_fast_seconds"] > 0
    assert torch.get_num_threads() == result["threads"]
