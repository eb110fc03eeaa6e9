"""Only a family's own file knows the family, and generation's packages do not import each other in circles."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from generation.families import FAMILIES, family_named

ROOT = Path(__file__).parent.parent.parent
LAYERS = ("feedback", "generation", "finetune", "ui")
FAMILY_WORDS = re.compile(
    r"(?<![a-z])wan(?![a-z])|wan(?=pipeline)|transformer(?!s(?![a-z]))|(?<!y)u-?net(?![a-z])|stable.?diffusion(?! 3)|sdxl"
    r"|flux|(?<![a-z])ltx|cogvideo|hunyuan|qwen|z.?image(?!s)"
    r"|num_frames|max_sequence_length|time_ids|vae_scale_factor|prompt_embeds",
    re.IGNORECASE,
)
"""The library `transformers` is none, nor are a paper that noise levels are taken from and a detector of faces, YuNet."""
PACKAGES = ("families", "models", "media", "workers")


def modules() -> list[Path]:
    """Of all layers, but for the families' own folder."""
    every = [path for layer in LAYERS for path in (ROOT / layer).rglob("*.py")]
    # What trained the starter knows its network; it is on its way out of the layers.
    ours = {ROOT / "generation" / "starter" / "__init__.py"}
    return [
        path
        for path in every
        if ROOT / "generation" / "families" not in path.parents
        and (ROOT / "generation" / "starter" not in path.parents or path in ours)
    ]


OTHER_PROGRAMS = ("generation/intake/comfyui_graph.py",)  # reads what others call the inputs of their nodes


def family_words(source: str) -> list[str]:
    return [match.group() for match in FAMILY_WORDS.finditer(source)]


def test_nothing_outside_the_families_knows_one() -> None:
    """Names, comments and texts alike."""
    words = {str(path.relative_to(ROOT)): family_words(path.read_text()) for path in modules()}
    assert len(words) > 100
    assert {path: some for path, some in words.items() if some and path not in OTHER_PROGRAMS} == {}


def test_nothing_outside_the_families_imports_one() -> None:
    own_files = {entry.module for entry in FAMILIES.values()} | {"generation.families.stills.unet"}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in own_files, path
                assert not (node.module == "diffusers" and {alias.name for alias in node.names} & set(FAMILIES)), path


@pytest.mark.parametrize(
    "line",
    [
        "from generation.families.clips.wan import Wan",
        "pipe.transformer.parameters()",
        'getattr(pipe, "transformer_2")',
        "pipe.unet",
        "the UNet",
        "WanPipeline",
        "# SDXL pads",
        "Stable Diffusion",
        "StableDiffusionXLPipeline",
        "num_frames=5",
    ],
)
def test_a_family_is_recognised(line: str) -> None:
    assert family_words(line)


@pytest.mark.parametrize(
    "line",
    [
        "import transformers",
        "from transformers.utils import x as transformers_logging",
        "what people want",
        "wanted",
        "unwanted",
        "a swan",
        "magnet",
    ],
)
def test_other_words_are_none(line: str) -> None:
    assert family_words(line) == []


def test_each_family_names_parts_that_only_it_may_name() -> None:
    """The words that are looked for above are those of all families there are."""
    for name in FAMILIES:
        family = family_named(name)
        assert family_words(name), name
        assert all(family_words(denoiser) for denoiser in family.denoisers), name


def imported_packages(package: str) -> set[str]:
    """The packages and modules of generation that a package imports, lazily or not."""
    used: set[str] = set()
    folder = ROOT / "generation" / package
    for path in folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if names == ["generation"]:
                names = [f"generation.{alias.name}" for alias in node.names]
            used |= {name.split(".")[1] for name in names if name.startswith("generation.")}
    return used - {package}


def test_packages_do_not_import_each_other_in_circles() -> None:
    beside = [path.stem for path in (ROOT / "generation").glob("*.py") if path.stem != "__init__"]
    graph = {name: imported_packages(name) for name in (*PACKAGES, *beside)}
    assert "families" in graph["models"]
    assert {"models", "media", "sampling"} <= graph["workers"]
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" > ".join(error.args[1]))
