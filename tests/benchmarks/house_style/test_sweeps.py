"""The sweep file holds recipes, and each changes little against the defaults of its method."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from benchmarks.house_style.options import SWEEPS, changes, sweep_recipes

ENTRIES = [f"{group}/{name}" for group, entries in yaml.safe_load(SWEEPS.read_text()).items() for name in entries]


def leaves(values: dict[str, Any]) -> int:
    return sum(leaves(value) if isinstance(value, dict) else 1 for name, value in values.items() if name != "method")


@pytest.mark.parametrize("selection", ENTRIES)
def test_a_recipe_of_a_sweep_changes_little(selection: str) -> None:
    """One factor against its method's defaults; two where one makes no sense without the other."""
    (recipe,) = sweep_recipes(selection).values()
    group, name = selection.split("/")
    assert recipe.method == (name if group == "methods" else group)
    assert leaves(changes(recipe)) in ((0,) if name == "default" or group == "methods" else (1, 2))


def test_there_are_sweeps() -> None:
    assert len(ENTRIES) > 30
