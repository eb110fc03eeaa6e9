"""From a version's name to a pipeline: what is kept in memory, and what is never loaded."""

from __future__ import annotations

import gc
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import WanPipeline
from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file

from feedback.errors import Refused
from feedback.models import versions
from feedback.store import Studio
from generation.models import adapters, loading, weights_digest
from generation.models.loading import Loaded, load_base, load_parts, load_version
from generation.models.pinning import BaseChanged
from generation.models.weights_digest import weights_sha256
from generation.sampling import sample
from tests.generation.conftest import add_tuned_version
from tests.generation.models.old_layout import save_old_layout
from tests.tiny_pipelines.wan import tiny_parts

BRIEF = {"prompt": "a red sun", "negative_prompt": "", "kind": "still", "frames": 1, "width": 32, "height": 32}
BRIEF |= {"steps": 2, "guidance": 3.0}


def draw(loaded: Loaded) -> np.ndarray:
    return sample(loaded, BRIEF, [1])[0]


def drawn_apart(studio: Studio, version: str) -> np.ndarray:
    """By a pipeline that no other version was ever on."""
    row = versions.get_version(studio, version)
    return draw(load_parts(studio.folder, version, row["base"], tuple(row["adapters"])))


@pytest.fixture
def trial(studio: Studio) -> Studio:
    """Production, and a candidate on top of another adapter, of the same base."""
    for seed, name in enumerate(("v0001", "v0002")):
        add_tuned_version(studio, name, seed=seed)
    rows = [versions.get_version(studio, name) for name in ("v0001", "v0002")]
    both = [adapter for row in rows for adapter in row["adapters"]]
    versions.register_candidate(studio, "both", rows[0]["base"], [{**each, "weight": 0.3} for each in both])
    return studio


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Folders that pipelines are loaded from."""
    folders: list[str] = []
    real = WanPipeline.from_pretrained
    monkeypatch.setattr(
        WanPipeline, "from_pretrained", lambda folder, **options: folders.append(folder) or real(folder, **options)
    )
    return folders


def test_versions_of_a_trial_alternate_on_one_pipeline(trial: Studio, loads: list[str]) -> None:
    """And draw what each draws alone, to the byte."""
    alone = {name: drawn_apart(trial, name) for name in ("v0001", "both", "tiny")}
    assert len({each.tobytes() for each in alone.values()}) == 3
    loads.clear()
    for name in ("v0001", "both", "v0001", "tiny", "both", "tiny"):
        np.testing.assert_array_equal(draw(load_version(trial, name)), alone[name])
    assert len(loads) == 1


def parameters_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, torch.nn.Parameter) for each in gc.get_objects())


def test_memory_holds_one_base(trial: Studio) -> None:
    load_version(trial, "tiny")
    one = parameters_in_memory()
    for name in ("v0001", "both", "v0002", "v0001"):
        load_version(trial, name)
    assert parameters_in_memory() == one
    networks = load_version(trial, "tiny").pipe.transformer
    changed = sum("attn" in name or "ffn" in name for name, _ in networks.named_parameters())
    base = loading.base_in_memory(versions.get_version(trial, "tiny")["base"], trial.folder / "cache")
    assert base._originals == []
    load_version(trial, "both")
    assert 0 < len(base._originals) <= changed


def test_a_version_that_another_one_has_replaced_comes_back_when_it_is_used(trial: Studio) -> None:
    first, other = load_version(trial, "v0001"), load_version(trial, "both")
    expected = drawn_apart(trial, "v0001")
    np.testing.assert_array_equal(draw(first), expected)
    np.testing.assert_array_equal(draw(other), drawn_apart(trial, "both"))
    np.testing.assert_array_equal(draw(first), expected)


@pytest.mark.parametrize("deed", ["attach_adapter", "merge_adapters", "put_back"])
def test_base_is_whole_after_adapters_that_could_not_be_put_on(
    trial: Studio, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    expected = drawn_apart(trial, "tiny")
    load_version(trial, "v0001")
    real, calls = getattr(adapters, deed), list[str]()

    def fail(*given: Any, **named: Any) -> None:
        if deed != "put_back":
            real(*given, **named)
        calls.append(deed)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loading if deed == "put_back" else adapters, deed, fail)
        with pytest.raises(KeyboardInterrupt):
            load_version(trial, "both")
    assert calls == [deed]
    pipe = load_version(trial, "tiny").pipe
    assert not any("lora" in name for name, _ in pipe.transformer.named_modules())
    np.testing.assert_array_equal(draw(load_version(trial, "tiny")), expected)
    np.testing.assert_array_equal(draw(load_version(trial, "both")), drawn_apart(trial, "both"))


def test_version_of_the_older_layout_draws_as_it_did(studio: Studio) -> None:
    """As it was then: peft's names, the strength in the version's row, merged by peft."""
    base, config = versions.get_version(studio, "tiny")["base"], LoraConfig(r=4, target_modules=["to_q", "ffn.net.2"])
    tuned, pipe = tiny_parts(0)["transformer"], load_base(versions.get_version(studio, "tiny")["base"], "cpu")[0]
    torch.manual_seed(1)
    config.init_lora_weights = False
    inject_adapter_in_model(config, tuned)
    sha256 = save_old_layout(tuned, studio.models_folder / "old", config)
    versions.register_candidate(studio, "old", base, [{"folder": "models/old", "sha256": sha256, "weight": 0.7}])
    inject_adapter_in_model(config, pipe.transformer)
    set_peft_model_state_dict(pipe.transformer, load_file(studio.models_folder / "old" / "adapter.safetensors"))
    for layer in pipe.transformer.modules():
        if isinstance(layer, LoraLayer):
            layer.scaling["default"] *= 0.7
            layer.merge(adapter_names=["default"])
    ours = load_version(studio, "old")
    np.testing.assert_array_equal(draw(ours), draw(replace(ours, pipeline=pipe, put_on=lambda: None)))
    assert (draw(ours) != draw(load_version(studio, "tiny"))).any()


def test_two_versions_of_a_base_are_kept(trial: Studio) -> None:
    tiny, first = load_version(trial, "tiny"), load_version(trial, "v0001")
    assert load_version(trial, "tiny") is tiny
    load_version(trial, "v0002")  # pushes out v0001, which was used longest ago
    assert load_version(trial, "tiny") is tiny
    assert load_version(trial, "v0001") is not first


def test_two_bases_are_kept(studio: Studio, tiny_base: Path, tmp_path: Path, loads: list[str]) -> None:
    for name in ("b", "c"):
        base = shutil.copytree(tiny_base, tmp_path / name)
        versions.register_candidate(studio, name, str(base), [])
    for name in ("tiny", "b", "tiny", "c", "tiny", "b"):
        load_version(studio, name)
    assert [Path(each).name for each in loads] == [tiny_base.name, "b", "c", "b"]


def test_base_whose_files_were_replaced_is_loaded_again(studio: Studio, base: Path, loads: list[str]) -> None:
    versions.register_candidate(studio, "own", str(base), [])
    before = load_version(studio, "own").base_sha256
    assert load_version(studio, "own").base_sha256 == before
    flip_a_bit(base / "vae" / "diffusion_pytorch_model.safetensors")
    with pytest.raises(BaseChanged, match=r"vae/diffusion_pytorch_model\.safetensors changed"):
        load_version(studio, "own")
    versions.register_candidate(studio, "new", str(base), [])
    after = load_version(studio, "new").base_sha256
    assert after != before
    assert len(loads) == 2
    base.rename(base.with_name("out of reach"))
    assert load_version(studio, "new").base_sha256 == after


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files that a digest was computed of."""
    paths: list[Path] = []
    real = weights_digest.file_sha256
    monkeypatch.setattr(weights_digest, "file_sha256", lambda path: paths.append(path) or real(path))
    return paths


def test_weights_are_read_once_for_their_digest(
    base: Path, tmp_path: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_digest, "SETTLED", -1.0)
    cache, vae = tmp_path / "cache", base / "vae" / "diffusion_pytorch_model.safetensors"
    first = load_base(str(base), "cpu", cache=cache)[2]
    assert len(read) == len(list(base.rglob("*.safetensors"))) > 2
    read.clear()
    assert load_base(str(base), "cpu", cache=cache)[2] == first == weights_sha256(base)
    read.clear()
    flip_a_bit(vae)
    assert weights_sha256(base, cache) != first
    assert read == [vae]
    flip_a_bit(vae)
    assert weights_sha256(base, cache) == first


def test_digest_sees_a_file_of_the_same_size_and_time(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `cp --preserve` or `rsync --times` leave it."""
    monkeypatch.setattr(weights_digest, "SETTLED", -1.0)
    vae = base / "vae" / "diffusion_pytorch_model.safetensors"
    first, times = weights_sha256(base, tmp_path), vae.stat()
    flip_a_bit(vae)
    os.utime(vae, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert weights_sha256(base, tmp_path) != first


def test_digest_of_a_file_that_has_just_changed_is_not_kept(base: Path, tmp_path: Path, read: list[Path]) -> None:
    """It may change again within the grain of the file system's clock."""
    first = weights_sha256(base, tmp_path)
    count = len(read)
    assert weights_sha256(base, tmp_path) == first
    assert len(read) == 2 * count


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "{"])
def test_broken_record_of_digests_costs_reading_again(base: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / weights_digest.FILE).write_text(content)
    assert weights_sha256(base, tmp_path) == weights_sha256(base)


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)


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
    flip_a_bit(base / "vae" / "diffusion_pytorch_model.safetensors")
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
    assert "nowhere is not there: put it back, or give" in refusal_of(tmp_path / "nowhere")
    (tmp_path / "bare").mkdir()
    assert "no model_index.json" in refusal_of(tmp_path / "bare")
