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


def imported_modules(path: Path) -> set[str]:
    """Full names of what a module imports, `from a import b` as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imports_within(layer: str) -> dict[str, set[str]]:
    """What each package of a layer imports from the same layer; a module beside the packages counts as one."""
    imports: dict[str, set[str]] = {}
    for path in (ROOT / layer).rglob("*.py"):
        package = path.relative_to(ROOT / layer).with_suffix("").parts[0]
        used = {name.split(".")[1] for name in imported_modules(path) if name.startswith(f"{layer}.")}
        imports.setdefault(package, set()).update(used - {package})
    return imports


def circles(imports: dict[str, set[str]], packages: set[str]) -> list[str]:
    """Each of `packages` that imports itself through others: `models > takes > models`."""
    circular = []
    for package in sorted(packages):
        paths, seen = [[package]], set[str]()
        while paths:
            path = paths.pop()
            if len(path) > 1 and path[-1] == package:
                circular.append(" > ".join(path))
            elif path[-1] not in seen:
                seen.add(path[-1])
                paths += [[*path, other] for other in sorted(imports.get(path[-1], set()))]
    return circular


def test_packages_of_the_record_do_not_import_each_other_in_circles() -> None:
    packages = {path.parent.name for path in (ROOT / "feedback").glob("*/__init__.py")}
    assert {"models", "trials"} <= packages
    assert circles(imports_within("feedback"), packages) == []


def test_circles_are_seen_through_other_packages() -> None:
    imports = {"models": {"takes"}, "takes": {"clock", "trials"}, "trials": {"models"}, "clock": set[str]()}
    assert circles(imports, {"models"}) == ["models > takes > trials > models"]
    assert circles(imports | {"takes": {"clock"}}, {"models", "trials"}) == []


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
