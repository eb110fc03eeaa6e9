"""The order of tests: what may take longest begins first, so that no process is left alone with it at the end."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files by the longest time that one of their tests may take; otherwise as they were."""
    longest: defaultdict[Path, float] = defaultdict(float)
    for item in items:
        limit = item.get_closest_marker("timeout")
        longest[item.path] = max(longest[item.path], limit.args[0] if limit else 0)
    items.sort(key=lambda item: -longest[item.path])
