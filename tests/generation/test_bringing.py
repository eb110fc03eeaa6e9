"""A model that is brought is read, loaded once and drawn with; one of whose layers or numbers something is wrong is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from feedback.errors import Invalid
from generation import bringing
from generation.bringing import bring_base
from generation.models.limits import Limits, write_limits
from generation.models.pinning import files_of
from tests.tiny_pipelines import catalogue

Weights = dict[str, torch.Tensor]


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_base, tmp_path / "base")


@pytest.mark.parametrize("name", [*catalogue.ONE_OF_EACH_STILL, "cogvideox 5b clip", "wan 2.2 A14B"])
def test_a_whole_model_of_each_family_is_brought(tmp_path: Path, name: str) -> None:
    kind = catalogue.TINY[name]
    kind.make(tmp_path, **kind.options)
    if "clip" not in name:
        write_limits(tmp_path, Limits(usual_side=32))
    assert bring_base(str(tmp_path)) == files_of(str(tmp_path))


def with_weights(part: str, change: Callable[[Weights], None]) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        path = next((folder / part).glob("*.safetensors"))
        weights = load_file(path)
        change(weights)
        save_file(weights, path, {"format": "pt"})

    return harm


def a_weight(weights: Weights) -> str:
    return max(weights, key=lambda name: (weights[name].dim() > 1, name))


def not_a_number(value: float) -> Callable[[Weights], None]:
    return lambda weights: weights[a_weight(weights)].view(-1)[0:1].fill_(value) and None


def fewer_layers(part: str) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        path = folder / part / "config.json"
        config = json.loads(path.read_text())
        config["num_layers"] -= 1
        path.write_text(json.dumps(config))

    return harm


def more_layers(part: str) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        path = folder / part / "config.json"
        config = json.loads(path.read_text())
        config["num_layers"] += 1
        path.write_text(json.dumps(config))

    return harm


def without_one(weights: Weights) -> None:
    del weights[a_weight(weights)]


def other_shape(weights: Weights) -> None:
    name = a_weight(weights)
    weights[name] = torch.cat([weights[name], weights[name]])


HARM = {
    part: {
        "NaN": (with_weights(part, not_a_number(float("nan"))), "values that are not numbers"),
        "infinity": (with_weights(part, not_a_number(float("inf"))), "values that are not numbers"),
        "weights lack": (with_weights(part, without_one), "no values for"),
        "weights over": (with_weights(part, lambda weights: weights.update(x=torch.zeros(1))), "no layer for x"),
        "shape": (with_weights(part, other_shape), "cannot be loaded|another shape"),
    }
    for part in ("transformer", "vae", "text_encoder")
}
CASES = {f"{part}: {what}": case for part, cases in HARM.items() for what, case in cases.items()}
CASES |= {
    "a layer less": (fewer_layers("transformer"), "no layer for blocks"),
    "a layer more": (more_layers("transformer"), "no values for blocks"),
    "a layer less to read": (fewer_layers("text_encoder"), "no layer for"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_model_of_which_something_is_wrong_is_refused(base: Path, name: str) -> None:
    harm, message = CASES[name]
    harm(base)
    with pytest.raises(Invalid, match=message) as refusal:
        bring_base(str(base))
    assert str(base) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_one_small_take_is_drawn(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[dict] = []
    real = bringing.draw_each
    monkeypatch.setattr(
        bringing, "draw_each", lambda loaded, pairs: drawn.extend(b for b, _ in pairs) or real(loaded, pairs)
    )
    bring_base(str(base))
    (brief,) = drawn
    assert (brief["width"], brief["steps"]) == (64, 2)
    bring_base(str(base), draw=False)
    assert len(drawn) == 1


def test_a_model_that_cannot_draw_is_refused(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(loaded: object, pairs: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(bringing, "draw_each", fail)
    with pytest.raises(Invalid, match="cannot be drawn with: mat1 and mat2"):
        bring_base(str(base))
