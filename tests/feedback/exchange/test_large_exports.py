"""Exports of very many pairs: no query for each of them, and no row kept longer than it takes to write it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from feedback.exchange.export import export_preferences
from feedback.exchange.preference_sets.jsonl import write_jsonl
from feedback.store import Studio
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def count_queries(monkeypatch: pytest.MonkeyPatch, studio: Studio, out: Path) -> tuple[int, int]:
    """(rows, queries) of an export."""
    queries = []
    execute = Studio._execute

    def counted(self: Studio, sql: str, params: Any) -> Any:
        queries.append(sql)
        return execute(self, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(Studio, "_execute", counted)
        made = export_preferences(studio, "jsonl", out)
    return made["count"], len(queries)


def test_no_query_for_each_pair(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        for pair in combinations(scene.takes(scene.brief(), 5), 2):
            scene.judge("ben", *pair, "left")
        counts.append(count_queries(monkeypatch, scene.studio, tmp_path))
    (few, queries), (many, same) = counts
    assert (few, many) == (10, 20)
    assert queries == same


def test_rows_are_written_one_after_the_other(tmp_path: Path) -> None:
    alive, most = 0, 0

    class Row(dict[str, Any]):
        def __init__(self, number: int) -> None:
            nonlocal alive, most
            super().__init__(number=number)
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def rows() -> Iterator[Row]:
        for number in range(1000):
            yield Row(number)

    path, count = write_jsonl(rows(), tmp_path)
    assert (count, len(path.read_text().splitlines())) == (1000, 1000)
    assert most <= 3


def test_a_missing_picture_refuses_the_export_and_leaves_the_older_one(scene: Scene, tmp_path: Path) -> None:
    a, b = scene.takes(scene.brief(), 2)
    scene.judge("ben", a, b, "left")
    made = export_preferences(scene.studio, "jsonl", tmp_path)
    before = Path(made["path"]).read_bytes()
    c, d = scene.takes(scene.brief(), 2)
    scene.judge("ben", c, d, "left")
    for path in scene.studio.media_folder.rglob("*.png"):
        if path.name.startswith(scene.studio.value("SELECT media FROM takes WHERE id = ?", (d,))[2:]):
            path.unlink()
    with pytest.raises(Exception, match=f"picture of take {d} is missing"):
        export_preferences(scene.studio, "jsonl", tmp_path)
    assert [path.read_bytes() for path in tmp_path.glob("preferences*")] == [before]
