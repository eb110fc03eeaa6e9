"""Rules of the layers (docs/architecture.md), held by reading the source: nothing is run, lazy imports count too."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("feedback", "generation", "finetune", "ui")  # bottom to top
NEVER = {
    "feedback": {"torch", "diffusers", "transformers", "peft", "trl", "accelerate", "gradio", "fastapi"},
    "generation": {"gradio", "fastapi"},
    "finetune": {"gradio", "fastapi"},
    "ui": set(),
}
SQL = re.compile(
    r"\s*(SELECT\s.*\sFROM\s|INSERT\s+(INTO|OR)\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|(CREATE|DROP|ALTER)\s+(TABLE|INDEX|VIEW)\s|PRAGMA\s)",
    re.IGNORECASE | re.DOTALL,
)
MOST_MODULES = 15  # of a folder, about a dozen being the aim
GROWING = {"feedback/store/migrations"}  # a numbered list, to which each change of the tables adds a file
MOST_LINES = 400


def modules_of(folder: str) -> list[Path]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths, f"{folder}/ is empty"
    return paths


def imported_modules(source: str, package: tuple[str, ...] = ()) -> list[tuple[int, tuple[str, ...]]]:
    """(line, dotted name in parts) of every import, lazy ones inside functions too. `from a import b` is a.b."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [(node.lineno, tuple(alias.name.split("."))) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = (*start, *(node.module or "").split(".")) if node.module else start
            names += [(node.lineno, (*module, alias.name)) for alias in node.names]
    return names


def upward_imports(layer: str, source: str) -> list[tuple[int, str]]:
    above = set(LAYERS[LAYERS.index(layer) + 1 :]) | NEVER[layer]
    return sorted({(line, parts[0]) for line, parts in imported_modules(source, (layer,)) if parts[0] in above})


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_only_go_down_the_layers(layer: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules_of(layer)
        for line, name in upward_imports(layer, path.read_text())
    ]
    assert not wrong, "\n".join(wrong)


def test_reader_of_imports_sees_lazy_and_nested_ones() -> None:
    source = "def f():\n    import torch\n    from ui.app import create_app\nfrom . import x\n"
    assert upward_imports("feedback", source) == [(2, "torch"), (3, "ui")]
    assert upward_imports("generation", source) == [(3, "ui")]
    assert upward_imports("ui", source) == []


def parts_imported(package: str) -> dict[str, set[str]]:
    """Which parts of a package (its modules and sub-packages) each part imports; `package` is a folder such as "feedback"."""
    base = tuple(package.split("/"))
    graph: dict[str, set[str]] = {}
    for path in modules_of(package):
        inside = path.relative_to(ROOT / package).with_suffix("").parts
        if len(inside) == 1 and inside[0] == "__init__":
            continue
        imports = imported_modules(path.read_text(), (*base, *inside[:-1]))
        within = {parts[len(base)] for _, parts in imports if parts[: len(base)] == base and len(parts) > len(base)}
        graph.setdefault(inside[0], set()).update(within - {inside[0]})
    return graph


def circle_in(graph: dict[str, set[str]]) -> list[str] | None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def packages_with_packages() -> list[str]:
    folders = {str(path.parent.relative_to(ROOT)) for layer in LAYERS for path in modules_of(layer)}
    return sorted(folder for folder in folders if any(other.startswith(f"{folder}/") for other in folders))


@pytest.mark.parametrize("package", packages_with_packages())
def test_parts_of_a_package_do_not_import_each_other_in_circles(package: str) -> None:
    circle = circle_in(parts_imported(package))
    assert circle is None, f"{package}: {' <- '.join(circle or [])}"


def test_a_circle_is_found() -> None:
    assert circle_in({"models": {"trials"}, "trials": {"models", "store"}, "store": set()}) is not None
    assert circle_in({"models": {"store"}, "trials": {"models", "store"}, "store": set()}) is None


def sql_in(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) of every statement in a string and of every way to run one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield node.lineno, "a statement"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = getattr(node.func.value, "attr", getattr(node.func.value, "id", ""))
            if node.func.attr in ("rows", "row", "value") and "studio" in owner:
                yield node.lineno, f"studio.{node.func.attr}()"
            elif node.func.attr in ("execute", "executemany", "executescript"):
                yield node.lineno, f".{node.func.attr}()"
        elif isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars and ast.unparse(item.context_expr).endswith(".writing()"):
                    yield node.lineno, "a writer connection"


@pytest.mark.parametrize("layer", LAYERS[1:])
def test_sql_is_written_in_feedback_only(layer: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} has {what}: give feedback a function for it"
        for path in modules_of(layer)
        for line, what in sql_in(path.read_text())
    ]
    assert not wrong, "\n".join(wrong)


def test_reader_of_sql_sees_every_way() -> None:
    source = """
question = "select 1 from takes"
text = f"UPDATE takes SET {x} = 1"
self._studio.row(question)
with studio.writing() as db:
    db.execute(question)
with studio.writing():
    "Select a take, then update it"  # prose
"""
    lines = [line for line, _ in sql_in(source)]
    assert sorted(lines) == [2, 3, 4, 5, 6]


def test_folders_are_taken_in_at_a_glance() -> None:
    counts: dict[str, int] = {}
    for path in [path for folder in (*LAYERS, "benchmarks") for path in modules_of(folder)]:
        folder = str(path.parent.relative_to(ROOT))
        counts[folder] = counts.get(folder, 0) + (path.name != "__init__.py")
    large = {folder: count for folder, count in counts.items() if count > MOST_MODULES and folder not in GROWING}
    assert not large


def test_files_are_read_in_one_sitting() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().split("\n"))
        for folder in (*LAYERS, "benchmarks", "tests")
        for path in modules_of(folder)
    }
    assert not {path: length for path, length in lengths.items() if length > MOST_LINES}


def test_web_process_never_loads_torch() -> None:
    """The page must come up in seconds and must not hold a second copy of the model's libraries."""
    code = "import sys, ui.app; print('torch' in sys.modules, 'diffusers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "False"], done.stdout + done.stderr


def test_the_record_loads_no_pandas() -> None:
    """A short command took twice as long with it. Who needs it can still load it."""
    code = "import sys, feedback.store; print('pandas' in sys.modules); import pandas; print(pandas.Timestamp(0).year)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "1970"], done.stdout + done.stderr
