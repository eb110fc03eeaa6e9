"""One Parquet file with the image bytes inside; `Dataset.from_parquet` gives Image columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from feedback.exchange.files import check_count, whole_file
from feedback.exchange.preference_sets.rows import SIDES


def write_parquet(rows: Iterable[Mapping[str, Any]], out: Path) -> tuple[Path, int]:
    import datasets
    import pyarrow.parquet

    path, rows = out / "preferences.parquet", list(rows)
    filled = [{**row, **{side: embedded(Path(row[side])) for side in SIDES}} for row in rows]
    table = datasets.Dataset.from_list(filled, features=parquet_features(rows[0]))
    with whole_file(path) as partial:
        table.to_parquet(str(partial))
        check_count(path, pyarrow.parquet.read_metadata(partial).num_rows, len(rows))
    return path, len(rows)


def embedded(path: Path) -> dict[str, Any]:
    return {"bytes": path.read_bytes(), "path": path.name}


def parquet_features(row: Mapping[str, Any]) -> Any:
    import datasets

    kinds = {int: "int64", float: "float64"}
    columns = {key: datasets.Value(kinds.get(type(value), "string")) for key, value in row.items()}
    return datasets.Features({**columns, **{side: datasets.Image() for side in SIDES}})
