"""Hostile model folders and adapters are refused in one line: nothing of theirs runs, and nothing is fetched."""

from __future__ import annotations

import json
import resource
import shutil
import time
from pathlib import Path

import pytest
from safetensors.torch import save_file

from feedback.errors import Invalid, NotFound
from generation.models.adapter_files import LORA_ADAPTER_METADATA_KEY, WEIGHTS, read_adapter
from generation.models.folder_safety import check_files
from tests.faults import hostile
from tests.tiny_pipelines.wan import tiny_parts, tiny_wan
from tests.torture import hostile_models


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def marker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marker") / "executed"


def test_a_whole_folder_is_not_refused(model: Path) -> None:
    check_files(model)


@pytest.mark.parametrize("name", hostile.folders(Path("marker")))
def test_a_hostile_folder_is_refused_in_a_moment(model: Path, marker: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(model, tmp_path / "hostile")
    hostile.folders(marker)[name](copy)
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid) as refusal:
        check_files(copy)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 600
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < hostile_models.MEMORY
    assert not marker.exists()


def test_the_command_refuses_them_too(tmp_path: Path) -> None:
    row = hostile_models.run(3, tmp_path, seed=1)
    assert row.reached, row.counted


def test_a_folder_of_the_hubs_cache_may_link_to_its_blobs(model: Path, tmp_path: Path) -> None:
    snapshot = shutil.copytree(model, tmp_path / "models--x" / "snapshots" / "abc")
    weights = hostile.weights_of(snapshot, "vae")
    blob = tmp_path / "models--x" / "blobs" / "def"
    blob.parent.mkdir()
    weights.rename(blob)
    weights.symlink_to(blob)
    check_files(snapshot)


def write_adapter(folder: Path, **settings: object) -> Path:
    network = tiny_parts(0)["transformer"]
    layer = network.blocks[0].attn1.to_q
    weights = {
        "transformer.blocks.0.attn1.to_q.lora_A.weight": layer.weight[:4].clone().detach(),
        "transformer.blocks.0.attn1.to_q.lora_B.weight": layer.weight[:, :4].clone().detach().contiguous(),
    }
    usual = {"r": 4, "lora_alpha": 4, "target_modules": ["blocks.0.attn1.to_q"]}
    header = {f"transformer.{key}": value for key, value in {**usual, **settings}.items()}
    folder.mkdir()
    save_file(weights, folder / WEIGHTS, {LORA_ADAPTER_METADATA_KEY: json.dumps(header)})
    return folder


def test_a_plain_adapter_is_read(tmp_path: Path) -> None:
    assert read_adapter(write_adapter(tmp_path / "plain")).parts["transformer"].config.r == 4


@pytest.mark.parametrize("name", hostile.adapters())
def test_a_hostile_adapter_is_refused_in_a_moment(tmp_path: Path, name: str) -> None:
    folder, began = write_adapter(tmp_path / "hostile", **hostile.adapters()[name]), time.process_time()
    with pytest.raises(Invalid) as refusal:
        read_adapter(folder)
    assert str(folder) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("ending", [".bin", ".pt", ".ckpt"])
def test_a_pickled_adapter_is_not_opened(tmp_path: Path, marker: Path, ending: str) -> None:
    path = write_adapter(tmp_path / "hostile") / WEIGHTS
    path.unlink()
    hostile_bytes = hostile.pickle.dumps(hostile.Executed(marker))
    path.with_suffix(ending).write_bytes(hostile_bytes)
    with pytest.raises(NotFound, match="only safetensors"):
        read_adapter(path.parent)
    path.write_bytes(hostile_bytes)
    with pytest.raises(Invalid, match="broken or not safetensors"):
        read_adapter(path.parent)
    assert not marker.exists()


LIES = {name: harm for name, harm in hostile.folders(Path("marker")).items() if name.startswith(("header", "cut"))}


@pytest.mark.parametrize("name", LIES)
def test_an_adapter_whose_header_lies_is_refused(tmp_path: Path, name: str) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    for part in hostile.PARTS:
        write_adapter(parts / part)
    LIES[name](parts)
    refused = 0
    for part in hostile.PARTS:
        try:
            read_adapter(parts / part)
        except Invalid as refusal:
            refused += "broken" in str(refusal)
    assert refused == 1
