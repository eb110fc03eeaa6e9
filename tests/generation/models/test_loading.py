"""From a version's name to a pipeline: what is kept in memory, and what is never loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from feedback.errors import Refused
from feedback.models import versions
from feedback.store import Studio
from generation.models.loading import load_base, load_version
from tests.generation.conftest import add_tuned_version


def test_two_versions_stay_in_memory(studio: Studio) -> None:
    for name in ("v0001", "v0002"):
        add_tuned_version(studio, name)
    tiny, first = load_version(studio, "tiny"), load_version(studio, "v0001")
    assert load_version(studio, "tiny") is tiny
    load_version(studio, "v0002")  # pushes out v0001, which was used longest ago
    assert load_version(studio, "tiny") is tiny
    assert load_version(studio, "v0001") is not first


def test_loaded_version_says_what_it_is_made_of(studio: Studio) -> None:
    add_tuned_version(studio, weight=0.5)
    loaded = load_version(studio, "v0001")
    row = versions.get_version(studio, "v0001")
    assert loaded.sha256s == {"models/v0001": row["adapters"][0]["sha256"]}
    assert (loaded.name, loaded.dtype, loaded.device.type) == ("v0001", torch.float32, "cpu")
    assert not any(weight.requires_grad for weight in loaded.pipe.vae.parameters())


def test_half_precision_weights_are_drawn_in_full_precision_on_a_processor(tiny_base: Path, tmp_path: Path) -> None:
    pipe, _, _ = load_base(str(tiny_base), "cpu")
    pipe.to(torch.float16).save_pretrained(tmp_path / "half")
    again, _, _ = load_base(str(tmp_path / "half"), "cpu")
    parts = (again.transformer, again.vae, again.text_encoder)
    assert {weight.dtype for part in parts for weight in part.parameters()} == {torch.float32}


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


def test_digest_covers_every_weight(base: Path, tiny_base: Path) -> None:
    before = load_base(str(base), "cpu")[2]
    assert before == load_base(str(tiny_base), "cpu")[2]
    path = base / "vae" / "diffusion_pytorch_model.safetensors"
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    assert load_base(str(base), "cpu")[2] != before


def refusal_of(base: Path) -> str:
    with pytest.raises(Refused) as refusal:
        load_base(str(base), "cpu")
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_folder_with_pickles_only_is_refused(base: Path) -> None:
    for path in base.rglob("*.safetensors"):
        torch.save({}, path.with_suffix(".bin"))
        path.unlink()
    assert "no safetensors weights" in refusal_of(base)


def test_pickle_beside_safetensors_is_not_taken_instead(base: Path) -> None:
    path = base / "transformer" / "diffusion_pytorch_model.safetensors"
    torch.save({}, path.with_suffix(".bin"))
    path.unlink()
    assert str(base) in refusal_of(base)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{", "model_index.json is broken"),
        ("[]", "model_index.json is broken"),
        (json.dumps({"_class_name": "PixelPipeline"}), "'PixelPipeline' is not one this studio can draw with"),
    ],
)
def test_folder_of_no_known_pipeline_is_refused(base: Path, index: str, message: str) -> None:
    (base / "model_index.json").write_text(index)
    assert message in refusal_of(base)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "no model_index.json" in refusal_of(tmp_path / "nowhere")
