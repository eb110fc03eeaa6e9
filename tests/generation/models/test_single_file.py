"""Checkpoints of one file: unpacked, they are the model that they were made of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from feedback.errors import Invalid
from generation.models.loading import load_base
from generation.models.single_file import unpack
from tests.tiny_pipelines.cogvideox import tiny_cogvideox
from tests.tiny_pipelines.single_file import stable_diffusion_file, wan_file, weights_of
from tests.tiny_pipelines.stable_diffusion import tiny_stable_diffusion
from tests.tiny_pipelines.wan import tiny_wan

PARTS = ("unet", "vae", "text_encoder")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_stable_diffusion(tmp_path_factory.mktemp("sd") / "model", checker=False)


@pytest.fixture(scope="module")
def wan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("wan") / "model")


def without_weights(model: Path, folder: Path, *parts: str) -> Path:
    """A copy of a model folder in which these parts have a configuration only."""
    shutil.copytree(model, folder)
    for part in parts:
        for file in (folder / part).glob("*.safetensors"):
            file.unlink()
    return folder


def assert_same_weights(one: Path, other: Path) -> None:
    files = sorted(path.relative_to(one) for path in one.rglob("*.safetensors"))
    assert files == sorted(path.relative_to(other) for path in other.rglob("*.safetensors"))
    for file in files:
        expected, actual = load_file(one / file), load_file(other / file)
        assert expected.keys() == actual.keys()
        assert all(torch.equal(actual[name].to(weight.dtype), weight) for name, weight in expected.items()), file


def test_a_whole_model_of_one_file_is_unpacked_to_the_bit(model: Path, tmp_path: Path) -> None:
    file = stable_diffusion_file(model, tmp_path / "model.safetensors")
    unpack(file, without_weights(model, tmp_path / "config", *PARTS), tmp_path / "unpacked")
    assert_same_weights(model, tmp_path / "unpacked")
    loaded, unpacked = (load_base(str(folder)) for folder in (model, tmp_path / "unpacked"))
    assert type(unpacked[0]) is type(loaded[0])


def test_a_file_without_a_vae_takes_the_folders(model: Path, tmp_path: Path) -> None:
    file = stable_diffusion_file(model, tmp_path / "model.safetensors", vae=False)
    config = without_weights(model, tmp_path / "config", "unet", "text_encoder")
    unpack(file, config, tmp_path / "unpacked")
    assert_same_weights(model, tmp_path / "unpacked")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_sixteen_bits_stay_sixteen(model: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    file = stable_diffusion_file(model, tmp_path / "model.safetensors", dtype=dtype)
    unpack(file, without_weights(model, tmp_path / "config", *PARTS), tmp_path / "unpacked")
    for part in ("unet", "vae"):
        kept, original = weights_of(tmp_path / "unpacked", part), weights_of(model, part)
        assert {weight.dtype for weight in kept.values()} == {dtype}
        assert all(torch.equal(weight, original[name].to(dtype)) for name, weight in kept.items())


def test_a_denoiser_alone_is_put_into_the_folders_pipeline(wan: Path, tmp_path: Path) -> None:
    file = wan_file(wan, tmp_path / "transformer.safetensors")
    other = tiny_wan(tmp_path / "other", seed=5)
    shutil.rmtree(other / "vae")
    shutil.copytree(wan / "vae", other / "vae")
    shutil.rmtree(other / "text_encoder")
    shutil.copytree(wan / "text_encoder", other / "text_encoder")
    unpack(file, other, tmp_path / "unpacked")
    assert_same_weights(wan, tmp_path / "unpacked")


def test_limits_come_along(wan: Path, tmp_path: Path) -> None:
    config = without_weights(wan, tmp_path / "config")
    (config / "limits.json").write_text('{"usual_side": 32}')
    unpack(wan_file(wan, tmp_path / "transformer.safetensors"), config, tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "limits.json").read_text() == '{"usual_side": 32}'


def test_pickles_are_not_read(model: Path, tmp_path: Path) -> None:
    (tmp_path / "model.ckpt").write_bytes(b"\x80\x04")
    with pytest.raises(Invalid, match="pickles never"):
        unpack(tmp_path / "model.ckpt", model, tmp_path / "unpacked")


def broken(file: Path) -> str:
    file.write_bytes(b"cut off")
    return "model.safetensors is broken"


def without_a_weight(file: Path) -> str:
    tensors = load_file(file)
    del tensors["model.diffusion_model.out.2.bias"]
    save_file(tensors, file)
    return "lacks weights of unet"


def of_another_shape(file: Path) -> str:
    tensors = load_file(file)
    tensors["model.diffusion_model.out.2.bias"] = torch.zeros(7)
    save_file(tensors, file)
    return "cannot be read with the configuration in"


def of_another_model(file: Path) -> str:
    save_file({"something": torch.zeros(2)}, file)
    return "model.safetensors"


@pytest.mark.parametrize("spoil", [broken, without_a_weight, of_another_shape, of_another_model])
def test_what_cannot_be_read_is_one_line_and_nothing_is_written(model: Path, tmp_path: Path, spoil: object) -> None:
    file = stable_diffusion_file(model, tmp_path / "model.safetensors")
    message = spoil(file)  # type: ignore[operator]
    with pytest.raises(Invalid, match=message) as refusal:
        unpack(file, without_weights(model, tmp_path / "config", *PARTS), tmp_path / "unpacked")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "unpacked").exists()


def test_what_diffusers_does_not_read_is_one_line(model: Path, tmp_path: Path) -> None:
    config = tiny_cogvideox(tmp_path / "config")
    file = stable_diffusion_file(model, tmp_path / "model.safetensors")
    with pytest.raises(Invalid, match="no single files of CogVideoXTransformer3DModel; give a folder as base"):
        unpack(file, config, tmp_path / "unpacked")


def test_a_model_of_two_denoisers_is_no_single_file(tmp_path: Path) -> None:
    two = tiny_wan(tmp_path / "two", boundary=0.5)
    with pytest.raises(Invalid, match="several denoisers"):
        unpack(wan_file(two, tmp_path / "one.safetensors"), two, tmp_path / "unpacked")
