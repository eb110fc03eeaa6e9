"""The order of tests, the processes that they start, and what hashing a password costs in them."""

from __future__ import annotations

import gc
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from feedback.people import accounts
from tests import preloaded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files by the longest time that one of their tests may take, and then by how many tests they have.

    No process is left alone at the end with a file that it began last.
    """
    longest: defaultdict[Path, float] = defaultdict(float)
    counts = Counter(item.path for item in items)
    for item in items:
        limit = item.get_closest_marker("timeout")
        longest[item.path] = max(longest[item.path], limit.args[0] if limit else 0)
    items.sort(key=lambda item: (-longest[item.path], -counts[item.path]))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it again and again for what nobody refers to takes minutes in all."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    if preloaded.FOLDER not in os.environ:
        preloaded.open_folder()
        config.add_cleanup(preloaded.close_folder)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Argon2 with little memory: what is tested is who gets in, and not how long guessing takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield
