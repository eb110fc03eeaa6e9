"""What a user's machine gets: the four layers and the starter's weights, and nothing that needs benchmarks/."""

from __future__ import annotations

import ast
import glob
import tomllib
from pathlib import Path

import pytest
from setuptools import find_packages

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
INSTALLED = sorted({name.split(".")[0] for name in find_packages(str(ROOT), **SETTINGS["packages"]["find"])})


def imported_packages(path: Path) -> set[str]:
    """Top-level names of all imports of a module, those inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


def test_the_four_layers_are_installed() -> None:
    assert INSTALLED == ["feedback", "finetune", "generation", "ui"]


@pytest.mark.parametrize("package", INSTALLED)
def test_nothing_that_is_installed_needs_benchmarks_or_tests(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    needing = [path for path in files if imported_packages(path) & {"benchmarks", "tests"}]
    assert not needing


def test_the_starter_is_installed_with_its_card() -> None:
    starter = ROOT / "generation" / "starter"
    patterns = [f"{ROOT}/generation/{pattern}" for pattern in SETTINGS["package-data"]["generation"]]
    files = {Path(path) for pattern in patterns for path in glob.glob(pattern, recursive=True)}
    assert {starter / "README.md", *(path for path in (starter / "weights").rglob("*") if path.is_file())} <= files
