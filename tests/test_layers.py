"""The house has four floors and imports only go down them (docs/architecture.md). Read with ast, so nothing is run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("feedback", "generation", "finetune", "ui")  # bottom to top
NEVER = {
    "feedback": {"torch", "diffusers", "transformers", "peft", "trl", "accelerate", "gradio", "fastapi"},
    "generation": {"gradio", "fastapi"},
    "finetune": {"gradio", "fastapi"},
    "ui": set(),
}


def imported_names(source: str) -> list[tuple[int, str]]:
    """(line, top-level package) of every absolute import in a module, lazy ones inside functions too."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [(node.lineno, alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append((node.lineno, (node.module or "").split(".")[0]))
    return names


def upward_imports(floor: str, source: str) -> list[tuple[int, str]]:
    above = set(FLOORS[FLOORS.index(floor) + 1 :])
    return [(line, name) for line, name in imported_names(source) if name in above | NEVER[floor]]


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_only_go_down_the_floors(floor: str) -> None:
    files = list((ROOT / floor).rglob("*.py"))
    assert files, f"the floor {floor}/ is empty"
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files
        for line, name in upward_imports(floor, path.read_text())
    ]
    assert not wrong, "\n".join(wrong)


def test_reader_of_imports_sees_lazy_and_nested_ones() -> None:
    source = "def f():\n    import torch\n    from ui.app import create_app\nfrom . import x\n"
    assert upward_imports("feedback", source) == [(2, "torch"), (3, "ui")]
    assert upward_imports("generation", source) == [(3, "ui")]
    assert upward_imports("ui", source) == []


def test_web_process_never_loads_torch() -> None:
    """The page must come up in seconds and must not hold a second copy of the model's libraries."""
    import subprocess
    import sys

    code = "import sys, ui.app; print('torch' in sys.modules, 'diffusers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "False"], done.stdout + done.stderr
