"""What a model folder holds and needs is known before it is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from feedback.errors import Invalid
from generation.models.loading import load_base
from generation.models.requirements import Machine, describe_model, fits
from tests.tiny_pipelines.catalogue import TINY


@pytest.fixture(scope="module", params=["sdxl", "sd 3.5 without T5", "flux.1 dev"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    tiny = TINY[request.param]
    return tiny.make(tmp_path_factory.mktemp("model"), **tiny.options)


def test_parameters_are_those_of_the_loaded_model(folder: Path) -> None:
    """Files may hold buffers too."""
    counted, loaded = describe_model(folder).parameters, load_base(str(folder), "cpu")[0].components
    modules = {name: part for name, part in loaded.items() if isinstance(part, torch.nn.Module)}
    assert counted.keys() == modules.keys()
    for name, part in modules.items():
        learned, buffers = (sum(each.numel() for each in values) for values in (part.parameters(), part.buffers()))
        assert learned <= counted[name] <= learned + buffers, name


def test_bytes_are_those_of_the_format_it_is_loaded_in(folder: Path) -> None:
    model = describe_model(folder)
    everything = sum(model.parameters.values())
    assert model.to_draw(on_gpu=False) == 4 * everything
    assert model.to_draw(on_gpu=True) == 2 * everything + 2 * model.parameters["vae"]
    assert model.to_tune(on_gpu=True) == 2 * sum(model.parameters[name] for name in model.denoisers)
    assert len(model.denoisers) == 1


def test_a_machine_without_room_says_what_it_would_need(folder: Path) -> None:
    model = describe_model(folder)
    enough, line = fits(model, Machine("a card", model.to_draw(True), on_gpu=True))
    assert enough
    assert model.pipeline_class in line
    enough, line = fits(model, Machine("a card", model.to_draw(True) - 1, on_gpu=True))
    assert not enough
    assert "more than fits" in line
    assert "use a GPU with more memory" in line
    assert "\n" not in line


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])


@pytest.mark.parametrize("harm", [damage, lambda path: path.write_bytes(b"")])
def test_a_broken_weights_file_is_named(folder: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    harm(next((copy / "vae").glob("*.safetensors")))
    with pytest.raises(Invalid, match=r"vae/.*\.safetensors is broken"):
        describe_model(copy)
