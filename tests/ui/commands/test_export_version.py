"""`versions export`: files that other tools open, and what its answer says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from safetensors.torch import load_file

from feedback.models import versions
from feedback.store import Studio
from generation.models.adapter_export import LAYOUTS
from generation.models.weights_digest import file_sha256
from tests.generation.conftest import add_tuned_version
from tests.tiny_pipelines.wan import tiny_wan
from ui.cli import main
from ui.commands.models.versions import ADAPTER_LAYOUTS


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """v0001 has an adapter on version "tiny"."""
    studio = Studio.create(tmp_path / "studio")
    versions.register_candidate(studio, "tiny", str(tiny_wan(tmp_path / "base")), [])
    add_tuned_version(studio)
    yield studio
    studio.close()


def export(studio: Studio, *words: str) -> Result:
    return CliRunner().invoke(main, ["versions", "export", *words, "--studio", str(studio.folder)])


@pytest.mark.parametrize(("layout", "name"), [("diffusers", "pytorch_lora_weights"), ("comfyui", "v0001")])
def test_answer_names_what_was_written(studio: Studio, tmp_path: Path, layout: str, name: str) -> None:
    path = tmp_path / "out" / f"{name}.safetensors"
    done = export(studio, "v0001", "--layout", layout, "--out", str(path.parent), "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    base = versions.get_version(studio, "tiny")["base"]
    assert {each: answer[each] for each in ("version", "layout", "base")} == {
        "version": "v0001",
        "layout": layout,
        "base": base,
    }
    (file,) = answer["files"]
    assert file == {
        "file": str(path),
        "sha256": file_sha256(path),
        "tensors": len(load_file(path)),
        "rank": 4,
        "denoisers": ["transformer"],
    }
    assert (
        f"{path}: {file['tensors']} tensors, rank 4"
        in export(studio, "v0001", "--layout", layout, "--out", str(path.parent)).stdout
    )


@pytest.mark.parametrize(
    ("version", "message"),
    [("tiny", "version tiny is its base alone"), ("v0009", "version 'v0009' does not exist")],
)
def test_refusals_are_one_line(studio: Studio, tmp_path: Path, version: str, message: str) -> None:
    done = export(studio, version, "--layout", "diffusers", "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_layouts_of_the_command_are_those_there_are() -> None:
    assert list(LAYOUTS) == ADAPTER_LAYOUTS
