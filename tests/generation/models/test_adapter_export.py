"""Adapters that open elsewhere: registered folders and exports, by plain diffusers and by its converters."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from diffusers.utils.state_dict_utils import convert_unet_state_dict_to_peft
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import load_file, save_file

from feedback.errors import Invalid, Refused
from feedback.models import versions
from feedback.store import Studio
from generation.families import comfyui, family_of
from generation.families.folder import parts_left_out, pipeline_class_in
from generation.low_rank import LowRank, relative_difference
from generation.models import adapter_export, loading
from generation.models.adapter_export import changes_of_version, export_version, weightless_networks
from generation.models.adapter_files import WEIGHTS
from generation.models.adapters import save_adapter
from generation.models.loading import Loaded, forget_versions, load_base, load_version
from generation.models.weights_digest import file_sha256
from generation.sampling import sample_each
from tests.tiny_pipelines.catalogue import BRIEF, PROMPTS, TINY, TinyPipeline

FORMATS: dict[str, Any] = {"fp32": torch.float32, "bf16": {"default": torch.bfloat16, "vae": torch.float32}}
KINDS = ("sd 1.5", "sdxl", "sd 3.5", "flux.1 dev", "wan 2.1 still", "wan 2.2 A14B")
HALF = ("sdxl", "wan 2.2 A14B")  # a U-Net, and two transformers: numbers are rounded alike in all of a kind
EXACT = 1e-6


@dataclass(frozen=True)
class Case:
    """A studio whose version "one" has an adapter on each denoiser, and "two" another one on top, of fewer layers."""

    studio: Studio
    base: Path
    tiny: TinyPipeline
    format: Any

    def folder(self, version: str) -> Path:
        return self.studio.models_folder / version

    def changes(self, version: str) -> dict[str, dict[str, LowRank]]:
        return changes_of_version(
            self.studio, versions.get_version(self.studio, version), weightless_networks(self.base)
        )

    def drawn(self, loaded: Loaded) -> np.ndarray:
        """uint8 [2, F, H, W, 3]."""
        brief = {**BRIEF, **self.tiny.brief, "guidance": 4.0}
        return np.stack(sample_each(loaded, [({**brief, "prompt": text}, seed) for seed, text in enumerate(PROMPTS)]))

    def opened(self, *folders: Path, fuse: bool) -> Loaded:
        """As diffusers' documentation has it, without anything of ours."""
        options = {**parts_left_out(self.base), **({"add_watermarker": False} if "sdxl" in str(self.base) else {})}
        pipe = DiffusionPipeline.from_pretrained(self.base, dtype=self.format, **options)
        pipe.set_progress_bar_config(disable=True)
        for number, folder in enumerate(folders):
            pipe.load_lora_weights(folder, adapter_name=str(number))
            if getattr(pipe, "transformer_2", None) is not None:  # whose weights WanPipeline leaves to the caller
                options = {"weight_name": WEIGHTS, "adapter_name": str(number)}
                pipe.transformer_2.load_lora_adapter(folder, prefix="transformer_2", **options)
        pipe.set_adapters([str(number) for number in range(len(folders))])
        for part in pipe.components.values():  # torch multiplies matrices that require a gradient in another order
            if isinstance(part, torch.nn.Module):
                part.requires_grad_(False)
        if fuse:
            pipe.fuse_lora(components=[each.name for each in family_of(pipe).denoisers_of(pipe)])
        return Loaded(pipe, family_of(pipe), "opened", str(self.base), "")


def tuned_networks(base: Path, seed: int, **config: Any) -> dict[str, torch.nn.Module]:
    """Denoisers with adapters as after some training."""
    pipe, family, _ = load_base(str(base), "cpu")
    networks = {each.name: each.module for each in family.denoisers_of(pipe)}
    chance = torch.Generator().manual_seed(seed)
    settings = {"r": 4, "lora_alpha": 6.0, "target_modules": list(family.lora_targets), **config}
    for network in networks.values():
        inject_adapter_in_model(LoraConfig(**settings), network, adapter_name="tuned")
        for name, weight in network.named_parameters():
            if "lora_" in name:
                weight.data = torch.randn(weight.shape, generator=chance) * 0.15
    return networks


def make_case(tmp: Path, kind: str, format: str) -> Case:
    tiny = TINY[kind]
    base = tiny.make(tmp / kind.replace(" ", "-"), **tiny.options)
    studio = Studio.create(tmp / "studio")
    first = tuned_networks(base, 1)
    adapter = {"folder": "models/one", "sha256": save_adapter(first, studio.models_folder / "one", 0.7, name="tuned")}
    second = next(iter(tuned_networks(base, 2, r=2, target_modules=["to_q", "to_out.0"]).values()))
    sha256 = save_adapter(dict.fromkeys(list(first)[:1], second), studio.models_folder / "on_top", 0.4, name="tuned")
    on_top = {"folder": "models/on_top", "sha256": sha256}
    versions.register_candidate(studio, "base", str(base), [])
    versions.register_candidate(studio, "one", str(base), [adapter])
    versions.register_candidate(studio, "two", str(base), [adapter, on_top])
    return Case(studio, base, tiny, FORMATS[format])


@pytest.fixture(
    scope="module", params=[*((kind, "fp32") for kind in KINDS), *((kind, "bf16") for kind in HALF)], ids=" ".join
)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    kind, format = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "number_types", lambda device: FORMATS[format])
        case = make_case(tmp_path_factory.mktemp("export"), kind, format)
        yield case
        forget_versions()
        case.studio.close()


@pytest.fixture(scope="module")
def wan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    case = make_case(tmp_path_factory.mktemp("wan"), "wan 2.2 A14B", "fp32")
    yield case
    case.studio.close()


def assert_same_but_for_rounding(one: np.ndarray, other: np.ndarray) -> None:
    """A sum in another order moves a value by a millionth: one in thousands is then rounded the other way."""
    differing = one.astype(int) - other
    assert np.count_nonzero(differing) <= one.size / 2000
    assert abs(differing).max() <= 1


@pytest.mark.parametrize("version", ["one", "two"])
def test_registered_folders_merged_by_diffusers_draw_the_very_pixels(case: Case, version: str) -> None:
    """In 32 and in 16 bits: the same weights at the same scale, one after the other."""
    folders = [case.folder("one"), case.folder("on_top")][: 1 if version == "one" else 2]
    ours = case.drawn(load_version(case.studio, version))
    assert np.count_nonzero(ours != case.drawn(load_version(case.studio, "base"))) > ours.size / 4
    np.testing.assert_array_equal(case.drawn(case.opened(*folders, fuse=True)), ours)


def test_registered_folder_unmerged_draws_the_same_but_for_rounding(case: Case) -> None:
    if case.format != torch.float32:
        pytest.skip("weights rounded to 8 bits after the sum, or outputs before it: not the same")
    ours = case.drawn(load_version(case.studio, "one"))
    assert_same_but_for_rounding(case.drawn(case.opened(case.folder("one"), fuse=False)), ours)


@pytest.mark.parametrize("version", ["one", "two"])
def test_plain_diffusers_draws_the_same_from_an_export(case: Case, tmp_path: Path, version: str) -> None:
    """Two adapters are one there: their sum is rounded once, which shows in 16 bits."""
    if case.format != torch.float32 and version == "two":
        pytest.skip("rounded twice in the studio, once elsewhere")
    export_version(case.studio, version, "diffusers", tmp_path)
    ours, merged = case.drawn(load_version(case.studio, version)), case.drawn(case.opened(tmp_path, fuse=True))
    if version == "one":
        np.testing.assert_array_equal(merged, ours)
    else:
        assert_same_but_for_rounding(merged, ours)
    if case.format == torch.float32:
        assert_same_but_for_rounding(case.drawn(case.opened(tmp_path, fuse=False)), ours)


def test_export_for_diffusers_is_the_version(case: Case, tmp_path: Path) -> None:
    """Each layer's change, and what the answer says of the file."""
    made = export_version(case.studio, "two", "diffusers", tmp_path)
    (file,) = made["files"]
    assert (made["version"], made["layout"], made["base"]) == ("two", "diffusers", str(case.base))
    assert (file["file"], file["rank"]) == (str(tmp_path / WEIGHTS), 4 + 2)
    assert file["sha256"] == file_sha256(tmp_path / WEIGHTS)
    tensors = load_file(tmp_path / WEIGHTS)
    expected = case.changes("two")
    assert file["tensors"] == len(tensors) == 2 * sum(len(layers) for layers in expected.values())
    for component, layers in expected.items():
        first = component == next(iter(weightless_networks(case.base)))
        ranks = {change.rank for change in layers.values()}
        assert (
            {4, 6} <= ranks <= {2, 4, 6} if first else ranks == {4}
        )  # SD 3 has layers that only the second one adapts
    parts = adapter_export.DiffusersWriter(weightless_networks(case.base)).read(tmp_path / WEIGHTS, list(expected))
    for component, layers in expected.items():
        assert parts[component].keys() == layers.keys()
        assert max(relative_difference(layers[each], parts[component][each]) for each in layers) < EXACT


def read_by_diffusers(case: Case, path: Path) -> dict[str, LowRank]:
    """The changes that diffusers' own converters see in a file for ComfyUI."""
    pipeline = getattr(diffusers, pipeline_class_in(case.base))
    answer = pipeline.lora_state_dict(path.parent, weight_name=path.name)
    state, alphas = answer if isinstance(answer, tuple) else (answer, None)
    prefix = "unet." if alphas else "transformer."
    changes = {}
    for key in [key for key in state if key.endswith(("lora_A.weight", "down.weight"))]:
        other = key.replace("lora_A", "lora_B").replace("down.weight", "up.weight")
        (name,) = convert_unet_state_dict_to_peft({key.removeprefix(prefix): state[key]})
        scale = alphas[f"{key.split('.lora.')[0]}.alpha"] / state[key].shape[0] if alphas else 1.0
        changes[name.removesuffix(".lora_A.weight")] = LowRank(state[key], state[other], scale)
    return changes


@pytest.mark.parametrize("version", ["one", "two"])
def test_diffusers_converters_read_the_export_for_comfyui(case: Case, tmp_path: Path, version: str) -> None:
    made, expected = export_version(case.studio, version, "comfyui", tmp_path), case.changes(version)
    assert len(made["files"]) == len(expected)
    for file in made["files"]:
        (component,) = file["denoisers"]
        read = read_by_diffusers(case, Path(file["file"]))
        assert read.keys() == expected[component].keys()
        assert max(relative_difference(change, read[name]) for name, change in expected[component].items()) < EXACT


STARTS = {
    "sd 1.5": ("lora_unet_down_blocks_0_attentions_0_", ("alpha", "lora_down.weight", "lora_up.weight")),
    "sdxl": ("lora_unet_down_blocks_1_attentions_0_", ("alpha", "lora_down.weight", "lora_up.weight")),
    "sd 3.5": ("transformer.transformer_blocks.0.attn.", ("lora_A.weight", "lora_B.weight")),
    "flux.1 dev": ("transformer.single_transformer_blocks.0.attn.", ("lora_A.weight", "lora_B.weight")),
    "wan 2.1 still": ("diffusion_model.blocks.0.self_attn.q.", ("lora_A.weight", "lora_B.weight")),
    "wan 2.2 A14B": ("diffusion_model.blocks.0.cross_attn.o.", ("lora_A.weight", "lora_B.weight")),
}


def test_names_for_comfyui(case: Case, tmp_path: Path) -> None:
    """As ComfyUI's comfy/lora.py lists them."""
    kind = next(each for each in STARTS if each.replace(" ", "-") == case.base.name)
    files = [Path(each["file"]) for each in export_version(case.studio, "one", "comfyui", tmp_path)["files"]]
    experts = ["one_high_noise.safetensors", "one_low_noise.safetensors"]
    assert [path.name for path in files] == (experts if kind == "wan 2.2 A14B" else ["one.safetensors"])
    start, endings = STARTS[kind]
    for path in files:
        tensors = load_file(path)
        assert any(name.startswith(start) for name in tensors)
        assert all(name.endswith(endings) for name in tensors)
        assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}


def test_one_tuned_denoiser_is_one_file(wan: Case, tmp_path: Path) -> None:
    networks = tuned_networks(wan.base, 3)
    sha256 = save_adapter({"transformer_2": networks["transformer_2"]}, wan.folder("low"), name="tuned")
    adapter = {"folder": "models/low", "sha256": sha256}
    versions.register_candidate(wan.studio, "low", str(wan.base), [adapter])
    assert [Path(each["file"]).name for each in export_version(wan.studio, "low", "comfyui", tmp_path)["files"]] == [
        "low_low_noise.safetensors"
    ]
    (file,) = export_version(wan.studio, "low", "diffusers", tmp_path)["files"]
    assert file["denoisers"] == ["transformer_2"]
    assert {name.split(".")[0] for name in load_file(file["file"])} == {"transformer_2"}


def test_version_of_its_base_alone_has_nothing_to_export(wan: Case, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="version base is its base alone, without adapters: there is nothing to export"):
        export_version(wan.studio, "base", "diffusers", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_layout_that_a_pipeline_cannot_have_is_refused_with_those_that_can(
    wan: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="layout 'kohya': choose one of diffusers, comfyui"):
        export_version(wan.studio, "one", "kohya", tmp_path)
    monkeypatch.delitem(comfyui.LAYOUTS, "WanPipeline")
    with pytest.raises(Refused) as refusal:
        export_version(wan.studio, "one", "comfyui", tmp_path / "out")
    assert str(refusal.value).startswith("the comfyui layout cannot be written for WanPipeline, only for Flux2KleinP")
    assert not (tmp_path / "out").exists()


def test_layer_without_a_name_there_is_refused(wan: Case, tmp_path: Path) -> None:
    networks = tuned_networks(wan.base, 3, target_modules=["proj_out"])
    sha256 = save_adapter(networks, wan.folder("out"), name="tuned")
    versions.register_candidate(wan.studio, "out", str(wan.base), [{"folder": "models/out", "sha256": sha256}])
    with pytest.raises(Refused, match="layer proj_out has no name in the comfyui layout: use --layout diffusers"):
        export_version(wan.studio, "out", "comfyui", tmp_path)
    assert not list(tmp_path.iterdir())
    export_version(wan.studio, "out", "diffusers", tmp_path)


def test_again_is_the_same_file_and_another_one_is_not_replaced(wan: Case, tmp_path: Path) -> None:
    first, again = (export_version(wan.studio, "one", "diffusers", tmp_path) for _ in range(2))
    assert first == again
    (tmp_path / "other").touch()
    assert (tmp_path / WEIGHTS).stat().st_mode == (
        tmp_path / "other"
    ).stat().st_mode  # who may read other files may read it
    (tmp_path / "other").unlink()
    with pytest.raises(Refused, match=r"pytorch_lora_weights\.safetensors is there with other content"):
        export_version(wan.studio, "two", "diffusers", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]
    assert file_sha256(tmp_path / WEIGHTS) == first["files"][0]["sha256"]


def test_all_files_or_none(wan: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second file cannot have its name, as on a full disk."""
    (tmp_path / "one.txt").write_text("somebody's")
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if "high_noise" in path.name:
            raise OSError(errno.ENOSPC, "disk full")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="disk full"):
        export_version(wan.studio, "one", "comfyui", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["one.txt"]


def test_folder_that_is_a_file_is_refused(wan: Case, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(Refused, match="is a file: name a folder"):
        export_version(wan.studio, "one", "diffusers", tmp_path / "out")


def one_entry_off(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    name = next(name for name in sorted(tensors) if name.endswith("q.lora_B.weight"))
    tensors[name] = tensors[name] * 1.0001
    return tensors


def without_one(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in tensors.items() if not re.search(r"blocks\.0\.ffn\.(net\.)?0", name)}


@pytest.mark.parametrize("layout", ["diffusers", "comfyui"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (one_entry_off, r"transformer\.blocks\.0\.attn[12]\.to_q changed on the way into it"),
        (without_one, r"blocks\.0\.ffn\.net\.0\.proj"),
    ],
)
def test_export_that_is_not_the_version_is_not_kept(
    wan: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    layout: str,
    change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]],
    message: str,
) -> None:
    def write(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, str] | None = None) -> None:
        save_file(change(dict(tensors)), path, header)

    monkeypatch.setattr("generation.models.adapter_export.write_tensors", write)
    monkeypatch.setattr("generation.models.adapter_files.write_tensors", write)
    with pytest.raises(Refused, match=message):
        export_version(wan.studio, "one", layout, tmp_path)
    assert not list(tmp_path.iterdir())
